// A message in the lists of search results, of pinned messages and of replies: a click leads to it in the room.

import { describeFolded, makeUnfolder } from "../text/folded.js";
import { markMentions } from "../text/message-text.js";
import { markWords } from "../text/snippet.js";
import { showPerson } from "../text/people.js";
import { formatFullTime, formatBriefly } from "../text/dates.js";

const shown = new WeakMap(); // element -> its words
let made = 0; // hits, for the ids of their words

/**
 * @typedef {object} Folding of the messages of blocked people
 * @property {(message: import("../../sdk/types.js").Message) => boolean} isFolded
 * @property {(seq: number) => void} unfold
 */

/**
 * @param {HTMLTemplateElement} template
 * @param {import("../../sdk/types.js").Message} message
 * @param {string} excerpt of its text
 * @param {Folding} folding
 * @param {string} sought words to mark in it
 */
export function makeHit(template, message, excerpt, folding, sought = "") {
  const { seq, sender, at } = message;
  const element = template.content.firstElementChild.cloneNode(true);
  const time = element.querySelector("time");
  showPerson(element.querySelector(".person"), { ...sender, of: message });
  time.dateTime = at;
  time.textContent = formatBriefly(new Date(at));
  time.title = formatFullTime(new Date(at));
  element.querySelector(".to").dataset.seq = seq;
  const words = new Words(element, message, { excerpt, sought }, folding);
  words.fold();
  shown.set(element, words);
  return element;
}

/** Others are blocked now, or what they wrote is to be shown. @param {Iterable<Element>} elements made by makeHit */
export function refoldHits(elements) {
  for (const element of elements) shown.get(element)?.fold();
}

/** The words of a message: folded, or not. */
class Words {
  #element;
  #message;
  #shown;
  #folding;
  #folded = null; // at first neither

  constructor(element, message, shown, folding) {
    this.#element = element;
    this.#message = message;
    this.#shown = shown;
    this.#folding = folding;
  }

  fold() {
    const folded = this.#folding.isFolded(this.#message);
    if (folded === this.#folded) return;
    this.#folded = folded;
    const element = this.#element;
    element.classList.toggle("folded", folded);
    this.#show(folded ? { excerpt: describeFolded(), sought: "" } : this.#shown);
    element.querySelector(".unfold")?.remove();
    if (folded) element.append(makeUnfolder(() => this.#unfold()));
  }

  /** Links to people cannot be in the button: words with such stand beside it. */
  #show({ excerpt, sought }) {
    const [button, words] = [".to", ".words"].map((part) => this.#element.querySelector(part));
    words.replaceChildren(excerpt);
    markMentions(words, this.#message.mentions ?? [], { message: this.#message }); // before the marks, which would cut names
    markWords(words, sought);
    button.replaceChildren(words); // and nothing else: see :empty in panel.css
    if (words.querySelector("a")) button.after(words);
    words.id ||= `hit-${(made += 1)}`;
    button.setAttribute("aria-labelledby", words.id);
  }

  #unfold() {
    this.#element.querySelector(".to").focus({ preventScroll: true }); // the button goes
    this.#folding.unfold(this.#message.seq);
  }
}

/** Call `onJump(seq)` when a message of the list is chosen. */
export function listenForHits(list, onJump) {
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-seq]");
    if (button) onJump(Number(button.dataset.seq));
  });
}
