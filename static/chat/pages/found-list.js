// Lists of messages (mentions, saved, search): their texts as words, without Markdown and with spoilers covered.

import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";

const LONGEST = 300; // characters

/** @param {HTMLElement} list */
export function open(list) {
  for (const words of list.querySelectorAll(".found-text")) words.textContent = excerptOf(words.textContent);
}

/** Its lines are kept. */
function excerptOf(text) {
  const lines = text.slice(0, LONGEST).split("\n");
  return lines.map((line) => makeExcerpt(line, LONGEST)).join("\n");
}
