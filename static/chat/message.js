// One message on the page.

import { paint } from "./color.js";
import { excerpt, highlightCode, render } from "./words.js";

const SAME_BREATH = 5 * 60_000; // a message so soon after one of the same sender needs no byline

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const calendar = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export class MessageView {
  #words;
  #people;

  /** `words` has what is shown of a deleted message; `quoted(seq)` finds the message that this one answers. */
  constructor(message, { template, words, quoted, people }) {
    this.message = message;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.dataset.seq = message.seq;
    this.#words = words;
    this.#people = people;
    this.#showSender(message.sender);
    this.#showTime(message.at);
    if (message.reply_to) this.quote(quoted(message.reply_to));
    this.#showContent();
  }

  /** The message has changed. */
  update(message) {
    this.message = message;
    this.#showContent();
  }

  /** Show the message that this one answers; what was deleted is not shown here either. */
  quote(message) {
    const quote = this.#part("quote");
    quote.hidden = !message || Boolean(message.erased);
    quote.querySelector(".whose").textContent = quote.hidden ? "" : message.sender.name;
    quote.querySelector(".words").textContent = quote.hidden ? "" : excerpt(message.text);
  }

  /** It stands below this one now, or at the top. @param {MessageView | undefined} before */
  standBelow(before) {
    this.element.classList.toggle("follows", before !== undefined && goesOn(this.message, before.message));
  }

  #part(name) {
    return this.element.querySelector(`.${name}`);
  }

  #showSender({ name, color, verified }) {
    const byline = this.#part("name");
    byline.textContent = name;
    paint(byline, color);
    this.#part("unproven").hidden = verified;
  }

  #showTime(when) {
    const at = new Date(when);
    const time = this.#part("at");
    time.dateTime = when;
    time.textContent = (isToday(at) ? clock : calendar).format(at);
    time.title = full.format(at);
  }

  #showContent() {
    const { text, edited, erased, reactions = [] } = this.message;
    this.element.classList.toggle("erased", Boolean(erased));
    this.#part("text").replaceChildren(erased ? this.#words.erased : render(text, this.#people()));
    highlightCode(this.element);
    this.#part("edited").hidden = !edited || Boolean(erased);
    this.#part("reactions").replaceChildren(...reactions.map(chip));
    this.#part("extra").hidden = this.#part("edited").hidden && !reactions.length;
  }
}

function chip({ emoji, who }) {
  const element = document.createElement("li");
  element.textContent = who.length > 1 ? `${emoji} ${who.length}` : emoji;
  element.title = who.join(", ");
  return element;
}

function goesOn(message, before) {
  if (message.reply_to || new Date(message.at) - new Date(before.at) > SAME_BREATH) return false;
  const same = (word) => message.sender[word] === before.sender[word];
  return same("name") && same("color") && same("verified");
}

function isToday(date) {
  return date.toDateString() === new Date().toDateString();
}
