// The part of a room's log that is loaded, as rows. Pure.
//
// The part is contiguous: between its first and its last message none is missing. It may reach the beginning of the
// log and its live end, or neither, after a jump into the middle.

const SAME_BREATH = 5 * 60_000; // milliseconds: a message this soon after one of the same sender needs no byline
const NEXT = 2 ** -20; // between the keys of messages without a seq, so that they stay between two seqs

/**
 * A message, and what is shown above it. Rows are immutable: a changed row is a new object.
 *
 * @typedef {object} Row
 * @property {number} key the seq; a number after the last seq where a room keeps nothing, and messages have none
 * @property {import("../../sdk/types.js").Message} message
 * @property {boolean} day it is the first one of its day
 * @property {boolean} news it is the first one that was not read
 * @property {boolean} follows it follows a message of the same sender, and has no byline
 */

export class Span {
  #rows = [];
  #isMine;
  #beginning = false;
  #live = false;
  #late = []; // new messages while the live end is not loaded
  #mark = null; // what comes after this seq was not read
  #news = null; // the key of the first row that was not read

  /** @param {(message: import("../../sdk/types.js").Message) => boolean} isMine own messages are not unread */
  constructor(isMine = () => false) {
    this.#isMine = isMine;
  }

  /** @returns {readonly Row[]} from the top */
  get rows() {
    return this.#rows;
  }

  /** The seqs of the first and of the last message; undefined if there is none. */
  get first() {
    return this.#rows[0]?.message.seq;
  }

  get last() {
    return this.#rows.at(-1)?.message.seq;
  }

  /** Whether there is nothing before the first row. */
  get beginning() {
    return this.#beginning;
  }

  /** Whether the last row is the latest message of the log. */
  get live() {
    return this.#live;
  }

  /** Whether the line above unread messages is above one of the rows. */
  get hasNews() {
    return this.#news !== null;
  }

  /** The index of the row below that line, or of the first own or deleted one after the mark; -1 if there is none. */
  get firstUnread() {
    if (this.#mark === null) return -1;
    const index = this.hasNews ? this.indexOf(this.#news) : this.#after(this.#mark);
    return index < this.#rows.length ? index : -1;
  }

  /** The place of a key or seq among the rows; -1 if it is not there. */
  indexOf(key) {
    const index = this.#after(key - NEXT / 2);
    return this.#rows[index]?.key === key ? index : -1;
  }

  /**
   * Replace the rows by another part of the log. If it reaches the live end, new messages that came since it was read
   * from the server are added.
   */
  reset(messages, { beginning, live }) {
    const heard = [...(this.#live ? this.#rows.map(({ message }) => message) : []), ...this.#late];
    this.#rows = [];
    this.#late = [];
    this.#beginning = beginning;
    this.#live = live;
    this.#push(messages);
    if (live) this.#push(heard.filter(({ seq }) => seq > (messages.at(-1)?.seq ?? 0)));
    this.#findNews();
  }

  /** The page before the first row. @param {boolean} more whether there are others before it */
  prepend(messages, more) {
    const first = this.#rows[0];
    const fresh = messages.filter(({ seq }) => !first || seq < first.key);
    const rows = [];
    for (const message of fresh) rows.push(this.#row(message.seq, message, rows.at(-1)));
    this.#rows = [...rows, ...this.#rows];
    this.#redo(rows.length);
    this.#beginning = !more;
    this.#findNews();
  }

  /** The page after the last row. @param {boolean} more whether there are others after it */
  append(messages, more) {
    const last = this.#rows.at(-1)?.key ?? 0;
    this.#push(messages.filter(({ seq }) => seq > last));
    const reached = this.#rows.at(-1)?.key ?? 0;
    this.#late = this.#late.filter(({ seq }) => seq > reached);
    if (!more) {
      this.#live = true;
      this.#push(this.#late.splice(0));
    }
    this.#findNews();
  }

  /** Add a new message. @returns {boolean} whether it is among the rows */
  add(message) {
    if (!this.#live) {
      this.#late.push(message);
      return false;
    }
    if (message.seq && message.seq <= (this.#rows.at(-1)?.key ?? 0)) return false;
    this.#push([message]);
    if (this.#news === null && this.#unread(this.#rows.at(-1))) this.#findNews();
    return true;
  }

  /** A message has changed. @returns {boolean} whether it is among the rows */
  update(message) {
    const late = this.#late.findIndex(({ seq }) => seq === message.seq);
    if (late >= 0) this.#late[late] = message;
    const index = this.indexOf(message.seq);
    if (index < 0) return false;
    this.#rows[index] = { ...this.#rows[index], message };
    if (message.erased) this.#findNews();
    return true;
  }

  /** All up to this seq was read: the line is above the first unread message after it. Null: no line. */
  mark(seq) {
    this.#mark = seq;
    this.#findNews();
  }

  /** With more rows than `most`, forget the first ones but for the last `kept`. @returns {boolean} whether it did */
  trim(most, kept) {
    if (this.#rows.length <= most) return false;
    this.#rows = this.#rows.slice(-kept);
    this.#beginning = false;
    this.#redo(0);
    this.#findNews();
    return true;
  }

  #push(messages) {
    for (const message of messages) {
      const before = this.#rows.at(-1);
      this.#rows.push(this.#row(message.seq || (before?.key ?? 0) + NEXT, message, before));
    }
  }

  #row(key, message, before) {
    const day = !before || dayOf(before.message) !== dayOf(message);
    const news = key === this.#news;
    return { key, message, day, news, follows: !day && !news && goesOn(message, before.message) };
  }

  /** Make the row of this index anew: what is shown above it has changed. */
  #redo(index) {
    const row = this.#rows[index];
    if (row) this.#rows[index] = this.#row(row.key, row.message, this.#rows[index - 1]);
  }

  #unread({ key, message }) {
    return this.#mark !== null && key > this.#mark && !message.erased && !this.#isMine(message);
  }

  #findNews() {
    const before = this.#news;
    this.#news = this.#firstNews();
    if (before === this.#news) return;
    for (const key of [before, this.#news]) if (key !== null) this.#redo(this.indexOf(key));
  }

  /** The first row not read. Where the read ones are not loaded it is not known which one that is. */
  #firstNews() {
    if (this.#mark === null || !this.#rows.length) return null;
    if (!this.#beginning && this.#rows[0].key > this.#mark) return null;
    for (let index = this.#after(this.#mark); index < this.#rows.length; index += 1) {
      if (this.#unread(this.#rows[index])) return this.#rows[index].key;
    }
    return null;
  }

  /** The index of the first row whose key is greater. */
  #after(key) {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].key > key) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function dayOf({ at }) {
  const date = new Date(at);
  return date.getFullYear() * 400 + date.getMonth() * 32 + date.getDate();
}

function goesOn(message, before) {
  if (message.reply_to || new Date(message.at) - new Date(before.at) > SAME_BREATH) return false;
  const same = (word) => message.sender[word] === before.sender[word];
  return same("name") && same("color") && same("verified");
}
