// The bar above the messages of a room that opens with more unread ones than fit on the screen: the way to the first of
// them, to the end, and back.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { formatMoment } from "../text/dates.js";

const MOST = 100; // the server counts no further

export class UnreadBar {
  #bar;
  #list;
  #go;
  #read = 0; // all up to this seq was read
  #place = null; // the key of the message where the reader was before they went to the end
  #busy = false; // going there

  /**
   * `bar` has the buttons; `go(act)` runs a jump in the list.
   *
   * @param {{ bar: HTMLElement, list: import("./message-list.js").MessageList, go: (act: () => Promise<unknown>) => Promise<unknown> }} parts
   */
  constructor({ bar, list, go }) {
    this.#bar = bar;
    this.#list = list;
    this.#go = go;
    this.#part("since").addEventListener("click", () => this.#toUnread());
    this.#part("way").addEventListener("click", () => (this.#place === null ? this.toEnd() : this.#back()));
    this.#part("hide").addEventListener("click", () => this.hide());
  }

  get shown() {
    return !this.#bar.hidden;
  }

  /** The list has opened with this number of unread messages; all up to the seq `read` was read. */
  show(unread, read) {
    if (!unread || this.#list.atEnd) return;
    const since = this.#list.unreadSince;
    const words = since
      ? ngettext("%(count)s new since %(time)s", "%(count)s new since %(time)s", unread)
      : ngettext("%(count)s new message", "%(count)s new messages", unread);
    const count = unread < MOST ? unread : `${MOST}+`;
    this.#part("since").textContent = interpolate(words, { count, time: since && formatMoment(new Date(since)) });
    this.#read = read;
    this.#leave(null);
    this.#bar.hidden = false;
  }

  hide() {
    this.#bar.hidden = true;
    this.#leave(null);
  }

  /** The reader has moved: to the end by reading, perhaps. */
  moved(isAway) {
    if (this.shown && !isAway && this.#place === null && !this.#busy) this.hide();
  }

  /** Go to the end, by whatever button or key, and remember from where. */
  toEnd() {
    if (this.shown && !this.#list.atEnd) this.#leave(this.#list.firstInSight);
    return this.#go(() => this.#list.jumpToEnd());
  }

  #toUnread() {
    return this.#jump(() => this.#list.jumpToUnread(this.#read));
  }

  #back() {
    return this.#jump(() => this.#list.jumpTo(this.#place, { align: "start", focus: false }));
  }

  async #jump(act) {
    this.#busy = true;
    try {
      await this.#go(act);
    } finally {
      this.#busy = false;
    }
    if (this.shown && !this.#list.atEnd) this.#leave(null);
  }

  /** Offer the way back to this place, or to the end. */
  #leave(place) {
    this.#place = place;
    this.#bar.classList.toggle("left", place !== null);
    this.#part("way").textContent = place === null ? gettext("Go to latest") : gettext("Back to where I was");
  }

  #part(name) {
    return this.#bar.querySelector(`.${name}`);
  }
}
