// Lists of messages (mentions, saved, search): their texts as words, without Markdown and with spoilers covered. A name opens
// the card of the person, as in a room.

import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";
import { personOf } from "../text/people.js";

const LONGEST = 300; // characters

/** @param {HTMLElement} list @param {import("./places.js").Stay} stay */
export function open(list, { signal, site }) {
  for (const words of list.querySelectorAll(".found-text")) words.textContent = excerptOf(words.textContent);
  for (const name of list.querySelectorAll("a.person")) name.setAttribute("aria-haspopup", "menu");
  let cards = null; // loaded for the first name that is chosen
  list.addEventListener("click", async (event) => {
    const link = event.target.closest("a.person");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { makeCard } = await import("./found-card.js");
    cards ??= makeCard(site);
    if (!signal.aborted) cards.show(personOf(link), link);
  });
}

/** Its lines are kept. */
function excerptOf(text) {
  const lines = text.slice(0, LONGEST).split("\n");
  return lines.map((line) => makeExcerpt(line, LONGEST)).join("\n");
}
