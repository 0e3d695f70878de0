// One message on the page.

import { formatDay, formatFullTime, formatTime } from "../text/dates.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { isFrom } from "../../sdk/names.js";
import { describeFolded, makeUnfolder } from "../text/folded.js";
import { callsMe } from "../text/mentions.js";
import { highlightCode, makeExcerpt, renderText } from "../text/message-text.js";
import { showPerson } from "../text/people.js";
import { arrangeChildren } from "../lib/arrange-children.js";

const MOST_NAMES = 20; // of those who reacted, in words
const MOST_REPLIES = 100; // the server counts no further

export class MessageView {
  #context;
  #row = null;
  #entered = false;
  #folded = false;
  #quoteAgain = () => this.quote();
  #showAgain = () => this.#showText(this.message);

  /**
   * @param {{ template: HTMLTemplateElement, me: () => string, participant: () => number | undefined, mentioned: (message: import("../../sdk/types.js").Message) => string[],
   *   quoted: (seq: number) => Quoted, isFolded?: (message: Quoted) => boolean, unfold?: (seq: number) => void }} context
   *   `mentioned`: the names that a message mentions. `quoted` finds the message that is replied to: undefined if it is not known yet,
   *   null if it is gone. `isFolded`: whether the words of a message are hidden until the user shows them, which `unfold` does
   * @typedef {import("../../sdk/types.js").Message | undefined | null} Quoted
   */
  constructor(row, context) {
    this.#context = context;
    this.element = context.template.content.firstElementChild.cloneNode(true);
    this.#name(row.key);
    this.show(row);
  }

  get message() {
    return this.#row.message;
  }

  /** Show another row of this message. @param {import("./span.js").Row} row */
  show(row) {
    const before = this.#row;
    if (row === before) return;
    this.#row = row;
    this.#showPlace(row);
    if (row.message === before?.message) return;
    if (!before) this.#showSender(row.message);
    if (row.message.reply_to) this.quote();
    if (row.message.text !== before?.message.text || row.message.erased) this.#showText(row.message);
    this.#showMarks(row.message);
    this.#showReactions(row.message.erased ? [] : (row.message.reactions ?? []));
    this.#showReplies(row.message.replies ?? 0);
  }

  /** Show the message that this one replies to, as it is now. */
  quote() {
    const message = this.#context.quoted(this.message.reply_to);
    const quote = this.#part("quote");
    quote.hidden = false;
    quote.disabled = message === null;
    const gone = message === null || message?.erased;
    const folded = Boolean(message && this.#context.isFolded?.(message));
    this.#part("whose").textContent = message && !gone && !folded ? message.sender.name : "";
    const words = folded ? describeFolded() : makeExcerpt(message?.text ?? "…", undefined, { again: this.#quoteAgain });
    this.#part("words").textContent = gone ? gettext("Original message was deleted") : words;
  }

  /** Fold the message, or show it. */
  refold() {
    if (this.#folded === this.#isFolded()) return;
    this.#showText(this.message);
  }

  /** Name the day above it, if there is a line: tomorrow it is "Yesterday". */
  showDay() {
    if (this.#row.day) this.#part("day").textContent = formatDay(new Date(this.message.at));
  }

  /** Set whether Tab leads to this message. */
  activate(on) {
    this.element.tabIndex = on ? 0 : -1;
    this.enter(false);
  }

  /** Set whether Tab goes on through its buttons: from outside, it must lead to the message and not to one of them. */
  enter(on) {
    this.#entered = on;
    for (const button of this.element.querySelectorAll("button, a")) button.tabIndex = on ? 0 : -1;
  }

  #part(name) {
    return this.element.querySelector(`.${name}`);
  }

  /** What screen readers call it: sender and time, and then the text. */
  #name(key) {
    for (const name of ["name", "at", "text"]) this.#part(name).id = `${name}-${key}`;
    this.element.setAttribute("aria-labelledby", `name-${key} at-${key}`);
    this.element.setAttribute("aria-describedby", `text-${key}`);
    this.element.dataset.key = key;
  }

  #showPlace({ day, news, follows }) {
    this.#part("day").hidden = !day;
    this.showDay();
    this.#part("news").hidden = !news;
    this.element.classList.toggle("follows", follows);
  }

  #showSender(message) {
    const { sender, at, seq } = message;
    showPerson(this.#part("person"), { ...sender, of: message });
    this.#part("unverified").hidden = sender.verified;
    this.element.classList.toggle("mine", isFrom(message, this.#context.participant()));
    this.element.dataset.time = formatTime(new Date(at)); // shown beside messages that follow
    const [time, date] = [this.#part("at"), new Date(at)];
    time.dateTime = at;
    time.textContent = formatTime(date);
    time.title = formatFullTime(date);
    if (seq) this.element.dataset.seq = seq;
  }

  #showText(message) {
    const { text, erased } = message;
    const [me, names] = [this.#context.me(), this.#context.mentioned(message)];
    const words = this.#part("text");
    this.element.classList.toggle("erased", Boolean(erased));
    this.#folded = this.#isFolded();
    this.element.classList.toggle("folded", this.#folded);
    this.element.classList.toggle("mentions", !erased && !this.#folded && callsMe(names, me));
    if (this.#folded) words.replaceChildren(describeFolded(), " ", this.#unfolder());
    else words.replaceChildren(erased ? gettext("This message was deleted.") : renderText(text, { me, names, message: this.message, again: this.#showAgain }));
    if (!this.#entered) for (const link of words.querySelectorAll("a, button")) link.tabIndex = -1;
    highlightCode(words);
  }

  #isFolded() {
    return Boolean(this.#context.isFolded?.(this.message));
  }

  #unfolder() {
    return makeUnfolder(() => {
      this.element.focus({ preventScroll: true });
      this.#context.unfold(this.message.seq);
    });
  }

  #showMarks({ edited, erased, pinned }) {
    const mark = this.#part("edited");
    mark.hidden = !edited || Boolean(erased);
    if (edited) mark.title = formatFullTime(new Date(edited));
    this.#part("pinned").hidden = !pinned || Boolean(erased);
  }

  #showReactions(reactions) {
    const list = this.#part("reactions");
    const known = new Map([...list.children].map((chip) => [chip.dataset.emoji, chip]));
    const focused = list.contains(document.activeElement);
    arrangeChildren(list, reactions.map((reaction) => this.#chip(reaction, known.get(reaction.emoji))));
    if (focused && !list.contains(document.activeElement)) this.element.focus({ preventScroll: true });
    list.hidden = !reactions.length;
  }

  #showReplies(count) {
    const button = this.#part("replies");
    button.hidden = !count;
    const words = ngettext("%(count)s reply", "%(count)s replies", count);
    button.lastElementChild.textContent = interpolate(words, { count: count < MOST_REPLIES ? count : `${MOST_REPLIES}+` });
  }

  #chip({ emoji, who, participants }, known) {
    const chip = known ?? makeChip(emoji);
    const button = chip.firstElementChild;
    const names = nameAll(who);
    button.tabIndex = this.#entered ? 0 : -1;
    button.setAttribute("aria-pressed", String(participants.includes(this.#context.participant())));
    const label = interpolate(gettext("%(emoji)s %(count)s, by %(names)s"), { emoji, count: who.length, names });
    button.setAttribute("aria-label", label);
    button.title = names;
    button.querySelector(".many").textContent = who.length;
    return chip;
  }
}

function makeChip(emoji) {
  const chip = document.createElement("li");
  const button = document.createElement("button");
  const [pill, face, count] = ["span", "span", "span"].map((name) => document.createElement(name));
  chip.dataset.emoji = button.dataset.emoji = emoji;
  button.type = "button";
  button.className = "chip";
  face.textContent = emoji;
  count.className = "many";
  pill.className = "pill"; // smaller than what a finger hits
  pill.append(face, " ", count);
  button.append(pill);
  chip.append(button);
  return chip;
}

function nameAll(who) {
  if (who.length <= MOST_NAMES) return who.join(", ");
  const names = who.slice(0, MOST_NAMES).join(", ");
  const count = who.length - MOST_NAMES;
  return interpolate(ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", count), { names, count });
}
