// The lines around the composer: the connection, who is writing, what waits, and what is wrong.

const find = (id) => document.getElementById(id);

/** "connecting", "connected", "waiting" or "ended"; the words stand in the template. */
export function showState(state, name = "") {
  const line = find("state");
  line.dataset.state = state;
  line.textContent = line.dataset[state].replace("{name}", name);
}

/** @param {{ name: string }[]} writing */
export function showTyping(writing) {
  const line = find("typing");
  const [first] = writing;
  line.hidden = !first;
  if (first) line.textContent = (writing.length > 1 ? line.dataset.many : line.dataset.one).replace("{name}", first.name);
}

/** How many things are not sent yet. */
export function showUnsent(count) {
  const line = find("unsent");
  line.hidden = count === 0;
  line.firstElementChild.textContent = count;
}

/** Say why something is not possible, in the words of the template, with a detail where it has a place. */
export function notice(why, detail = "") {
  const place = find("notice");
  place.hidden = why === null;
  place.replaceChildren(...(why === null ? [] : [find(`why-${why}`).content.cloneNode(true)]));
  if (detail) place.querySelector(".detail").textContent = detail;
}
