// The list of messages: what was said, in order, sticking to the end unless somebody reads further up.

import { paint } from "./color.js";

const MOST_SHOWN = 1000;
const NEAR_END = 48; // pixels
const SAME_BREATH = 5 * 60_000; // a message so soon after one of the same sender needs no byline

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const calendar = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export class Messages {
  #list;
  #toEnd;
  #empty;
  #template;
  #bySeq = new Map();
  #latest = null; // the last message shown
  #atEnd = true;
  #top = 0; // where the list was scrolled to
  #scrolling = false;

  constructor({ list, toEnd, empty, template }) {
    this.#list = list;
    this.#toEnd = toEnd;
    this.#empty = empty;
    this.#template = template;
    list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    toEnd.addEventListener("click", () => this.#goToEnd());
    // A phone's keyboard makes the list smaller: what was at the end stays there.
    new ResizeObserver(() => this.#atEnd && this.#goToEnd()).observe(list);
  }

  /** Show a message below the others. */
  add(message) {
    const element = this.#element(message);
    if (message.seq) this.#bySeq.set(message.seq, element);
    this.#list.append(element);
    this.#latest = message;
    this.#empty.hidden = true;
    this.#follow();
  }

  /** The message `seq` was deleted. */
  erase(seq) {
    const element = this.#bySeq.get(seq);
    if (element) this.#showErased(element);
  }

  /** The room is joined; `empty`: nothing was ever said in it. */
  ready(empty) {
    this.#list.setAttribute("aria-busy", "false");
    this.#empty.hidden = !empty || this.#latest !== null;
  }

  #element(message) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const { name, color, verified } = message.sender;
    const at = new Date(message.at);
    element.dataset.seq = message.seq;
    const byline = element.querySelector(".name");
    byline.textContent = name;
    paint(byline, color);
    element.querySelector(".unproven").hidden = verified;
    element.classList.toggle("follows", this.#goesOn(message));
    const time = element.querySelector("time");
    time.dateTime = message.at;
    time.textContent = (isToday(at) ? clock : calendar).format(at);
    time.title = full.format(at);
    if (message.erased) this.#showErased(element);
    else element.querySelector(".text").textContent = message.text;
    return element;
  }

  #goesOn({ sender, at }) {
    const before = this.#latest;
    if (!before || new Date(at) - new Date(before.at) > SAME_BREATH) return false;
    const same = (word) => sender[word] === before.sender[word];
    return same("name") && same("color") && same("verified");
  }

  #showErased(element) {
    element.classList.add("erased");
    element.querySelector(".text").textContent = this.#list.dataset.erased;
  }

  #follow() {
    if (!this.#atEnd) {
      this.#toEnd.hidden = false;
      return;
    }
    this.#trim();
    if (this.#scrolling) return;
    this.#scrolling = true; // once for all the messages of one frame
    requestAnimationFrame(() => {
      this.#scrolling = false;
      if (this.#atEnd) this.#goToEnd();
    });
  }

  /** An open page must not grow for ever; whoever reads further up keeps what they read. */
  #trim() {
    while (this.#list.childElementCount > MOST_SHOWN) {
      const oldest = this.#list.querySelector(".message");
      this.#bySeq.delete(Number(oldest.dataset.seq));
      oldest.remove();
      this.#top = 0; // what remains moves up, and nobody scrolled
    }
  }

  /** Only who moves up leaves the end: when this is called, messages may have come behind our own move. */
  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END) {
      this.#atEnd = true;
      this.#toEnd.hidden = true;
    } else if (scrollTop < this.#top) {
      this.#atEnd = false;
    }
    this.#top = scrollTop;
  }

  #goToEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#top = this.#list.scrollTop;
  }
}

function isToday(date) {
  return date.toDateString() === new Date().toDateString();
}
