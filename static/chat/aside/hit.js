// A message in the lists of search results and of pinned messages: a click leads to it in the room.

import { showPerson } from "../text/people.js";
import { formatFullTime, formatBriefly } from "../text/dates.js";

/**
 * @param {HTMLTemplateElement} template
 * @param {import("../../sdk/types.js").Message} message
 * @param {{ text: string, hit: boolean }[]} pieces of its text
 */
export function makeHit(template, { seq, sender, at }, pieces) {
  const element = template.content.firstElementChild.cloneNode(true);
  const time = element.querySelector("time");
  showPerson(element.querySelector(".person"), sender);
  time.dateTime = at;
  time.textContent = formatBriefly(new Date(at));
  time.title = formatFullTime(new Date(at));
  element.querySelector(".words").append(...pieces.map(piece));
  element.querySelector(".to").dataset.seq = seq;
  return element;
}

function piece({ text, hit }) {
  if (!hit) return text;
  const mark = document.createElement("mark");
  mark.textContent = text;
  return mark;
}

/** Call `onJump(seq)` when a message of the list is chosen. */
export function listenForHits(list, onJump) {
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-seq]");
    if (button) onJump(Number(button.dataset.seq));
  });
}
