// Lists of messages (mentions, saved, search): their texts as words, without Markdown and with spoilers covered. A name opens
// the card of the person, as in a room.

import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt, markMentions } from "../text/message-text.js";
import { personOf, takeChosen } from "../text/people.js";

const LONGEST = 300; // characters

/** @param {HTMLElement} list @param {import("./places.js").Stay} stay */
export function open(list, { signal, site }) {
  list.querySelectorAll(".found-text").forEach(showWords);
  for (const name of list.querySelectorAll("a.person")) name.setAttribute("aria-haspopup", "menu");
  let cards = null; // loaded for the first name that is chosen
  list.addEventListener("click", async (event) => {
    const link = takeChosen(event);
    if (!link) return;
    const { makeCard } = await import("./found-card.js");
    cards ??= makeCard(site);
    if (!signal.aborted) cards.show(personOf(link), link);
  });
}

/** Show an excerpt. A link in a link cannot be: where people are mentioned, the words stand beside the link to the message. */
function showWords(link, number) {
  const words = document.createElement("div");
  const names = link.dataset.mentions.split("\n").filter(Boolean);
  words.append(excerptOf(link.textContent));
  markMentions(words, names, document.getElementById("sidebar").dataset.name);
  if (!words.querySelector("a")) {
    link.replaceChildren(...words.childNodes);
    return;
  }
  Object.assign(words, { id: `words-${number}`, className: "found-text", dir: "auto" });
  link.className = "found-link";
  link.setAttribute("aria-labelledby", words.id);
  link.replaceChildren();
  link.after(words);
}

/** Its lines are kept. */
function excerptOf(text) {
  const lines = text.slice(0, LONGEST).split("\n");
  return lines.map((line) => makeExcerpt(line, LONGEST)).join("\n");
}
