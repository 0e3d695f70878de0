// The list of messages: in order, at its end unless the reader has scrolled up.

import { MessageView } from "./message-view.js";
import { Paging } from "./paging.js";
import { Span } from "./span.js";
import { prepareTexts } from "../text/message-text.js";
import { isFrom } from "../../sdk/names.js";
import { Viewport } from "../lib/viewport.js";

const MOST = 60_000; // rows; beyond that an open page forgets all but the last KEPT
const KEPT = 50_000;
const VIEWS = 300; // elements of messages that were on the page are kept for reuse
const ABOVE = 44; // pixels above the first row, for `head`
const BETWEEN = 30; // milliseconds between drawings: enough to read, and in a flood it leaves frames for typing
const MARKED = 4_000; // milliseconds for which the target of a jump is marked

export class MessageList {
  #parts;
  #context;
  #onSeen;
  #onTrim;
  #onAway;
  #onDrawn;
  #span;
  #paging;
  #viewport;
  #views = new Map(); // key -> MessageView
  #active = null; // the key of the message that Tab leads to: the one with the focus, or else the last one in view
  #target = null; // the key of the target of a jump
  #unmark = 0;
  #opened = false;
  #came = false; // whether anything was said since the reader turned away
  #away = 0; // messages of others without a seq that came since the reader is not at the end
  #frame = 0;
  #drawnAt = -Infinity;

  /**
   * `parts`: elements: `scroller`, in it `head`, `rows`, `empty` and `tail`, which is below the rows.
   * `context`: what a MessageView needs. `load` brings pages: see Paging. `onSeen(seq, { after, atEnd })`:
   * the messages after the seq `after` up to this one are in view, and whether that is the end. `onTrim(seq)`: the
   * messages before it are no longer shown. `onAway(away, count)`: whether the reader is not at the end, and how many
   * messages of others without a seq came since then. `onDrawn()`: what was added is drawn, if it is in view.
   */
  constructor({ parts, context, load, onSeen = () => {}, onTrim = () => {}, onAway = () => {}, onDrawn = () => {} }) {
    this.#parts = parts;
    this.#context = context;
    this.#onSeen = onSeen;
    this.#onTrim = onTrim;
    this.#onAway = onAway;
    this.#onDrawn = onDrawn;
    this.#span = new Span((message) => isFrom(message, context.participant()));
    const onBusy = (on) => parts.rows.setAttribute("aria-busy", String(on));
    this.#paging = new Paging({ span: this.#span, load, onPage: () => this.#grown(), onBusy });
    this.#viewport = new Viewport({ ...parts, above: ABOVE, source: this.#source() });
    parts.rows.addEventListener("focusin", ({ target }) => this.#focused(target));
    parts.rows.addEventListener("focusout", ({ relatedTarget }) => parts.rows.contains(relatedTarget) || this.#left());
    parts.scroller.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Whether the list is at its end, and stays there. */
  get atEnd() {
    return this.#viewport.following;
  }

  /** The seq of the last message that is loaded. */
  get last() {
    return this.#span.last ?? 0;
  }

  /** Whether there is a line above what was not read. */
  get hasNews() {
    return this.#span.hasNews;
  }

  /** When the first message came that was not read; undefined if it is not loaded. @returns {string | undefined} */
  get unreadSince() {
    return this.hasNews ? this.#span.rows[this.#span.firstUnread].message.at : undefined;
  }

  /** The key of the first message in sight. */
  get firstInSight() {
    return this.#span.rows[this.#viewport.inSight?.first]?.key ?? null;
  }

  /** The message that has the focus, itself or something in it. @returns {import("../../sdk/types.js").Message | null} */
  get focused() {
    if (!this.#entered) return null;
    return this.#span.rows[this.#span.indexOf(this.#active)]?.message ?? null;
  }

  /**
   * Open the list with the latest messages. All up to `read` was read; `unread` messages of others after it were not.
   * The list opens at the message `at`, or else at the first that is unread, or else at the end, unless the reader goes
   * elsewhere while that is loaded. Resolves, once it is open, to whether `at` is missing.
   *
   * @param {import("../../sdk/types.js").Message[]} messages
   * @param {{ more: boolean, read?: number, unread?: number, at?: number | null }} where `more`: there are others before them
   */
  async begin(messages, { more, read = 0, unread = 0, at = null }) {
    this.#span.reset(messages, { beginning: !more, live: true });
    this.#span.mark(unread ? read : this.last);
    const jump = this.#paging.startJump();
    let there = false;
    await prepareTexts(messages.map(({ text }) => text));
    try {
      there = at !== null && (this.#span.indexOf(at) >= 0 || (await this.#paging.loadAround(at)));
      if (!there && unread && !this.#span.hasNews) await this.#paging.loadUnread(read, () => this.#span.hasNews);
    } catch {
      // The room is over, and the page says so.
    }
    this.#opened = true;
    this.#parts.rows.setAttribute("aria-busy", "false");
    this.#grown();
    if (!this.#paging.isCurrent(jump)) return false;
    if (there) await this.jumpTo(at);
    else if (unread) this.showUnread();
    return at !== null && !there;
  }

  /** Bring the first message that was not read into sight, and the line above it. */
  showUnread() {
    this.#grown();
    const first = this.#span.firstUnread;
    if (first >= 0) this.#viewport.show(first, "start");
  }

  /** Go to the first message that was not read, and load it if needed: all up to `read` was. */
  async jumpToUnread(read) {
    const jump = this.#paging.startJump();
    if (!this.#span.hasNews) {
      this.#span.mark(read);
      await this.#paging.loadUnread(read, () => this.#span.hasNews);
      if (!this.#paging.isCurrent(jump)) return;
      this.#viewport.replace();
    }
    this.showUnread();
  }

  /** The reader no longer looks: a line will be shown above messages that come from now on. */
  readerLeft() {
    this.#came = false;
    if (this.atEnd) this.mark(this.#span.rows.at(-1)?.key ?? 0); // without a seq, messages have keys all the same
  }

  /** The reader is back: `toNews` shows what was said meanwhile from its beginning, if they were at the end. */
  readerReturned({ toNews }) {
    if (!this.#span.hasNews) this.mark(null);
    else if (toNews && this.#came && this.atEnd) this.showUnread();
  }

  /** Add a new message. */
  add(message) {
    this.#span.add(message);
    this.#came = true;
    if (!message.seq && !this.atEnd && !isFrom(message, this.#context.participant())) this.#away += 1;
    this.#schedule();
  }

  /** A message has changed, and with it the answers that quote it. */
  update(message) {
    this.#span.update(message);
    this.requote(message.seq);
    this.#schedule();
  }

  /** More is known of a message that others quote. */
  requote(seq) {
    for (const view of this.#views.values()) if (view.message.reply_to === seq) view.quote();
  }

  /** Others are blocked now, or what they wrote is to be shown. */
  refold() {
    for (const view of this.#views.values()) {
      view.refold();
      if (view.message.reply_to) view.quote();
    }
    this.#schedule();
  }

  /** A new day has begun. */
  turnDay() {
    for (const view of this.#views.values()) view.showDay();
  }

  /** Put all that is loaded on the page, and not only what is in sight, or no longer. */
  drawAll(on) {
    this.#viewport.drawAll(on);
  }

  /** Count messages after this seq as unread, and show the line above them. Null: no line. */
  mark(seq) {
    this.#span.mark(seq);
    this.#schedule();
  }

  /**
   * Bring a message into view, in the middle or where `align` says (see Viewport), and load what is around it if needed.
   * Resolves to whether it is missing.
   */
  async jumpTo(seq, { focus = true, align = "center" } = {}) {
    const jump = this.#paging.startJump();
    if (this.#span.indexOf(seq) < 0) {
      if (!(await this.#paging.loadAround(seq))) return this.#paging.isCurrent(jump);
      this.#viewport.replace();
    }
    this.#point(seq);
    this.#viewport.show(this.#span.indexOf(seq), align);
    if (focus) this.#focus(this.#span.indexOf(seq));
    return false;
  }

  /** Go to the latest message. */
  async jumpToEnd() {
    this.#paging.startJump();
    if (!this.#span.live) {
      if (!(await this.#paging.loadLatest())) return;
      this.#viewport.replace();
      this.#forget();
    }
    this.#viewport.toEnd();
  }

  /** Focus the message that has the focus already, or else the last one in view. */
  focus() {
    this.#focus(this.#span.indexOf(this.#active));
  }

  /** Report the messages in view as seen. */
  reportSeen() {
    const range = this.#viewport.inSight;
    if (!range) return;
    const { rows, beginning } = this.#span;
    const first = beginning ? 0 : rows[0].key - 1;
    const after = range.first ? rows[range.first - 1].key : first;
    this.#onSeen(Math.floor(rows[range.last].key), { after, atEnd: this.atEnd });
  }

  // What the viewport asks

  #source() {
    const list = this;
    return {
      get count() {
        return list.#span.rows.length;
      },
      get live() {
        return list.#span.live;
      },
      get held() {
        return list.#entered ? list.#span.indexOf(list.#active) : null;
      },
      keyAt: (index) => this.#span.rows[index].key,
      indexOf: (key) => this.#span.indexOf(key),
      estimate: (index, width) => estimate(this.#span.rows[index], width),
      elementAt: (index) => this.#elementAt(index),
      drawn: (range) => this.#drawn(range),
      moved: () => this.#moved(),
    };
  }

  #elementAt(index) {
    const row = this.#span.rows[index];
    let view = this.#views.get(row.key);
    if (view) view.show(row);
    else this.#views.set(row.key, (view = this.#make(row)));
    const whole = this.#span.beginning && this.#span.live;
    view.element.ariaPosInSet = String(index + 1);
    view.element.ariaSetSize = String(whole ? this.#span.rows.length : -1);
    view.element.classList.toggle("target", row.key === this.#target);
    return view.element;
  }

  #make(row) {
    const view = new MessageView(row, this.#context);
    view.activate(row.key === this.#active);
    return view;
  }

  #drawn(range) {
    this.#dropViews();
    if (!this.#entered) this.#activate(this.#span.rows[this.#viewport.inSight.last].key);
    this.#paging.look(range);
    this.#moved();
  }

  #moved() {
    if (this.atEnd) this.#away = 0;
    this.#onAway(!this.atEnd, this.#away);
    this.reportSeen();
  }

  /** The oldest ones that are not on the page. */
  #dropViews() {
    for (const [key, { element }] of this.#views) {
      if (this.#views.size <= VIEWS) return;
      if (!element.isConnected) this.#views.delete(key);
    }
  }

  // Drawing

  /** Once for all that happens in a frame, and in a flood with every other one. */
  #schedule() {
    this.#frame ||= requestAnimationFrame((now) => {
      this.#frame = 0;
      if (now - this.#drawnAt < BETWEEN) {
        this.#schedule();
        return;
      }
      this.#drawnAt = now;
      this.#forget();
      this.#grown();
    });
  }

  #grown() {
    if (!this.#opened) return;
    this.#viewport.update();
    this.#showEnds();
    this.#onDrawn();
  }

  /** An open page must not grow without end; while the reader has scrolled up, nothing is forgotten. */
  #forget() {
    if (this.atEnd && this.#span.trim(MOST, KEPT)) this.#onTrim(this.#span.first);
  }

  #showEnds() {
    const empty = !this.#span.rows.length;
    this.#parts.empty.hidden = !empty;
    this.#parts.head.hidden = empty;
    this.#parts.rows.role = empty ? "group" : "feed"; // a feed must have articles
    this.#parts.head.dataset.beginning = this.#span.beginning;
  }

  /** Mark the target of a jump for a while. */
  #point(key) {
    const mark = (on) => this.#views.get(this.#target)?.element.classList.toggle("target", on);
    mark(false);
    this.#target = key;
    mark(true);
    clearTimeout(this.#unmark);
    this.#unmark = setTimeout(() => this.#target !== null && this.#point(null), MARKED);
  }

  // The keyboard

  /** Whether a message, or something in one, has the focus. */
  get #entered() {
    return this.#parts.rows.contains(document.activeElement);
  }

  #activate(key) {
    if (key === this.#active) return;
    this.#views.get(this.#active)?.activate(false);
    this.#active = key;
    this.#views.get(key)?.activate(true);
  }

  #focused(target) {
    const message = target.closest("[data-key]");
    if (!message) return;
    this.#activate(Number(message.dataset.key));
    this.#views.get(this.#active)?.enter(true);
  }

  /** The focus went elsewhere: from there, Tab leads to the latest message in view. */
  #left() {
    if (this.#entered) return; // it is the window that lost the focus
    this.#views.get(this.#active)?.enter(false);
    const last = this.#span.rows[this.#viewport.inSight?.last];
    if (last) this.#activate(last.key);
  }

  #focus(index) {
    const row = this.#span.rows[index];
    if (!row) return;
    this.#activate(row.key);
    this.#viewport.show(index, "nearest");
    this.#views.get(row.key)?.element.focus({ preventScroll: true });
  }

  #press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (!this.#parts.rows.contains(event.target)) return;
    const index = this.#span.indexOf(this.#active);
    const { first, last } = this.#viewport.inSight ?? { first: 0, last: 0 };
    const page = Math.max(1, last - first);
    const end = this.#span.rows.length - 1;
    const to = {
      ArrowUp: index - 1,
      ArrowDown: index + 1,
      PageUp: index - page,
      PageDown: index + page,
      Home: 0,
      End: end,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#focus(Math.max(0, Math.min(end, to)));
  }
}

/** The height of a message in pixels, roughly, until it is measured. */
function estimate({ message, day, news, follows }, width) {
  const letters = Math.max(20, Math.min(width - 48, 700) / 8);
  const lines = Math.max(1, Math.ceil(message.text.length / letters));
  const extras = (day ? 44 : 0) + (news ? 32 : 0) + (follows ? 0 : 30) + (message.reply_to ? 26 : 0);
  return extras + 4 + 24 * lines + (message.reactions?.length ? 36 : 0) + (message.replies ? 32 : 0);
}
