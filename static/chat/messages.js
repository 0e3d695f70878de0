// The list of messages: what was said, in order, sticking to the end unless somebody reads further up.

import { MessageView } from "./message.js";

const MOST_SHOWN = 1000;
const NEAR_END = 48; // pixels

export class Messages {
  #list;
  #toEnd;
  #empty;
  #start;
  #making;
  #onTrim;
  #views = []; // from the top
  #bySeq = new Map();
  #atEnd = true;
  #top = 0; // where the list was scrolled to
  #scrolling = false;

  /** `start`: what stands above the first message. `onTrim(seq)`: the messages before it are shown no more. */
  constructor({ list, toEnd, empty, start, template, quoted, people, onTrim }) {
    this.#list = list;
    this.#toEnd = toEnd;
    this.#empty = empty;
    this.#start = start;
    this.#making = { template, quoted, words: list.dataset, people };
    this.#onTrim = onTrim;
    list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    toEnd.addEventListener("click", () => this.#goToEnd());
    // A phone's keyboard makes the list smaller: what was at the end stays there.
    new ResizeObserver(() => this.#atEnd && this.#goToEnd()).observe(list);
  }

  /** The seq of the first message shown. */
  get first() {
    return this.#views[0]?.message.seq;
  }

  /** Show messages below the others. */
  add(...messages) {
    const views = messages.map((message) => this.#view(message));
    views.forEach((view, place) => view.standBelow(views[place - 1] ?? this.#views.at(-1)));
    this.#list.querySelector("#pending").before(...views.map(({ element }) => element));
    this.#views.push(...views);
    this.#follow();
  }

  /** Show earlier messages above the others; what is being read stays where it is. */
  addAbove(messages) {
    const views = messages.map((message) => this.#view(message));
    const [first] = this.#views;
    const bottom = first?.element.getBoundingClientRect().bottom; // its top may lose the byline
    views.forEach((view, place) => view.standBelow(views[place - 1]));
    this.#start.after(...views.map(({ element }) => element));
    this.#views.unshift(...views);
    messages.forEach((message) => this.#quote(message));
    if (!first) return;
    first.standBelow(views.at(-1));
    this.#list.scrollTop += first.element.getBoundingClientRect().bottom - bottom;
    this.#top = this.#list.scrollTop;
  }

  /** A message has changed, and with it the answers that quote it. */
  update(message) {
    this.#bySeq.get(message.seq)?.update(message);
    this.#quote(message);
    if (this.#atEnd) this.#follow();
  }

  /** The room is joined. */
  ready() {
    this.#list.setAttribute("aria-busy", "false");
    this.#empty.hidden = this.#views.length > 0;
  }

  #view(message) {
    const view = new MessageView(message, this.#making);
    if (message.seq) this.#bySeq.set(message.seq, view);
    this.#empty.hidden = true;
    return view;
  }

  #quote(message) {
    for (const view of this.#views) if (view.message.reply_to === message.seq) view.quote(message);
  }

  /** The list has something new at its end. */
  follow() {
    this.#follow();
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
    const tooMany = this.#views.splice(0, this.#views.length - MOST_SHOWN);
    for (const { element, message } of tooMany) {
      this.#bySeq.delete(message.seq);
      element.remove();
    }
    if (!tooMany.length) return;
    this.#top = 0; // what remains moves up, and nobody scrolled
    this.#onTrim(this.first);
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
