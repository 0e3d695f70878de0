// A room's log as far as known here: the position in it, its messages as they are now, the read mark.

import { Cursor } from "./cursor.js";
import { Pages } from "./pages.js";
import { Timeline } from "./timeline.js";
import { Unread } from "./unread.js";

export class Log {
  #cursor;
  #timeline;
  #pages;
  #last;

  /**
   * `last`: how many messages to begin with; or `since`: the seq to go on from. `strict`: see Cursor. `before`: the
   * counts that the server sent already. `ask(command)` sends a command of the room and returns its answer.
   */
  constructor({ last, since, keep, strict, before, isMine, onUnread, ask }) {
    this.#last = last;
    this.#cursor = new Cursor(since ?? null, strict);
    this.#timeline = new Timeline(keep);
    if (since !== undefined) this.#timeline.cover(since + 1);
    this.unread = new Unread({ timeline: this.#timeline, cursor: this.#cursor, before, isMine, onChange: onUnread });
    this.#pages = new Pages(ask, this.#timeline);
  }

  /** The seq of the last event that was handed over; null if the start is not known. */
  get cursor() {
    return this.#cursor.seq;
  }

  get messages() {
    return this.#timeline.list();
  }

  message(seq) {
    return this.#timeline.get(seq);
  }

  forget(seq) {
    this.#timeline.forget(seq);
  }

  /** The range that the next join asks for. */
  get wanted() {
    return this.cursor === null ? { last: this.#last } : { since: this.cursor };
  }

  /** The room was joined; it had come to `seq`. Only the first answer has `messages`. */
  joined({ seq, messages }) {
    if (messages) {
      this.#timeline.reset(messages, seq);
      this.#timeline.cover(messages.length < this.#last ? 0 : (messages[0]?.seq ?? seq + 1));
    }
    if (this.cursor === null) this.#cursor.seq = seq;
    else this.#cursor.resume();
  }

  /** The connection is lost. */
  lost() {
    this.#cursor.halt();
  }

  /** Classify an event: "next" (and apply it), "drop", or "hole" if events before it are missing. */
  take(event) {
    if (event.seq === 0) return "next"; // of a room that keeps nothing
    const turn = this.#cursor.take(event.seq);
    if (turn === "next") {
      this.unread.note(event);
      this.#timeline.apply(event);
    }
    return turn;
  }

  /** See `Room.history`. */
  async history(range) {
    const page = await this.#pages.history(range);
    this.unread.recount();
    return page;
  }

  /** See `Room.search`. */
  search(text, range) {
    return this.#pages.search(text, range);
  }

  /** See `Room.replies`. */
  replies(seq, range) {
    return this.#pages.replies(seq, range);
  }

  /** See `Room.pins`. */
  pins() {
    return this.#pages.pins();
  }
}
