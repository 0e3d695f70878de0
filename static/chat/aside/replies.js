// The panel of the replies to one message: the message itself, and then its replies, oldest first.

import { listenForHits, makeHit } from "./hit.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { describeFailure } from "../text/refusals.js";
import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt } from "../text/message-text.js";

const PAGE = 50;
const LENGTH = 1_000; // characters shown of each

export class Replies {
  #original;
  #list;
  #status;
  #more;
  #write;
  #template;
  #folding;
  #load;
  #find;
  #target = 0; // the seq of the message
  #shown = []; // its replies
  #turn = 0; // of the latest question: answers to earlier ones come too late

  /**
   * `folding`: see makeHit. `load(seq, { after, limit })` is a promise of `{ messages, more }`, `find(seq)` the message itself: undefined if it is not
   * known yet, null if it is gone. `onJump(seq)` goes to one of them, `onWrite(seq)` replies to it; `writable()`: whether
   * the user may.
   *
   * @param {{ element: HTMLElement, template: HTMLTemplateElement, [part: string]: unknown }} parts
   */
  constructor({ element, template, folding, load, find, onJump, onWrite }) {
    [this.#original, this.#list] = element.querySelectorAll("ol");
    this.#status = element.querySelector("[role=status]");
    this.#more = element.querySelector("#replies-more");
    this.#write = element.querySelector("#replies-write");
    this.#template = template;
    this.#folding = folding;
    this.#load = load;
    this.#find = find;
    this.#more.addEventListener("click", () => this.#loadMore());
    this.#write.addEventListener("click", () => onWrite(this.#target));
    for (const list of [this.#original, this.#list]) listenForHits(list, onJump);
  }

  /** Show the replies to this message. @param {number} seq */
  show(seq) {
    this.#target = seq;
    this.#shown = [];
    this.#list.replaceChildren();
    this.#more.hidden = true;
    this.#status.textContent = "";
    this.#drawOriginal();
    return this.#reload();
  }

  /** An event of the room: show what it changes here. @param {import("../../sdk/types.js").LogEvent} event */
  note(event) {
    const concerns = event.target === this.#target || this.#shown.some(({ seq }) => seq === event.target);
    if (event.reply_to === this.#target || concerns) this.#reload();
  }

  /** More is known of the message that the replies are to. @param {number} seq */
  refresh(seq) {
    if (seq === this.#target) this.#drawOriginal();
  }

  #loadMore() {
    return this.#ask({ after: this.#shown.at(-1)?.seq, limit: PAGE }, (page) => [...this.#shown, ...page]);
  }

  /** What is shown, as it is now. */
  #reload() {
    const limit = Math.max(PAGE, Math.min(100, this.#shown.length + 1));
    return this.#ask({ limit }, (page) => page);
  }

  async #ask(range, join) {
    const turn = (this.#turn += 1);
    try {
      const { messages, more } = await this.#load(this.#target, range);
      if (turn !== this.#turn) return;
      this.#shown = join(messages);
      this.#draw(more);
    } catch (error) {
      if (turn === this.#turn) this.#status.textContent = describeFailure(error);
    }
  }

  #draw(more) {
    this.#drawOriginal();
    this.#list.replaceChildren(...this.#shown.map((message) => this.#hit(message)));
    this.#more.hidden = !more;
    const count = this.#shown.length;
    const words = ngettext("%(count)s reply", "%(count)s replies", count);
    this.#status.textContent = interpolate(words, { count: more ? `${count}+` : count });
  }

  #drawOriginal() {
    const message = this.#find(this.#target);
    this.#write.hidden = !message || Boolean(message.erased);
    this.#original.replaceChildren(...(message ? [this.#hit(message)] : []));
  }

  #hit(message) {
    const text = message.erased ? gettext("This message was deleted.") : makeExcerpt(message.text, LENGTH);
    return makeHit(this.#template, message, text, this.#folding);
  }
}
