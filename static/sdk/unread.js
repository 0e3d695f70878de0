// The read mark of a room, and the number of messages of others after it. Pure.

/** The server counts no further: this number means this many or more. */
export const MOST_COUNTED = 100;

export class Unread {
  #timeline;
  #cursor;
  #isMine;
  #onChange;
  #asOf; // the seq of the last event that is in the count

  /**
   * `timeline` and `cursor` are those of the room, and `isMine(sender)` tells whether a message is the user's own. `before`: the
   * counts that the server sent already.
   */
  constructor({ timeline, cursor, isMine, onChange = () => {}, before = { read: 0, unread: 0, seq: 0 } }) {
    /** The seq up to which everything was read. */
    this.mark = before.read;
    /** The number of messages of others after it. */
    this.count = before.unread;
    this.#asOf = before.seq;
    this.#timeline = timeline;
    this.#cursor = cursor;
    this.#isMine = isMine;
    this.#onChange = onChange;
  }

  /**
   * Take the count of the server: `unread` messages after its mark `read`, as of `seq`. The mark moves backwards only with
   * `back`.
   */
  told({ read, unread, seq, back = false }) {
    const current = back || read >= this.mark; // else ours is still on its way
    this.mark = back ? read : Math.max(this.mark, read);
    if (!current || (unread >= MOST_COUNTED && this.#isKnown())) {
      this.recount();
      return;
    }
    const since = this.#timeline.count((message) => message.seq > seq && this.#counts(message));
    this.#set(unread + since, Math.max(seq, this.#cursor.seq));
  }

  /** Move the mark to `seq`, if that is forward. Returns whether it moved. */
  move(seq) {
    if (seq <= this.mark) return false;
    const passed = this.#timeline.count((message) => message.seq <= seq && this.#counts(message));
    this.mark = seq;
    if (this.#isKnown()) this.recount();
    // Of those that are not known, some may be read, too. Where there are more than were counted, more are left.
    else if (this.count < MOST_COUNTED) this.#set(this.count - passed, this.#asOf);
    return true;
  }

  /** Move the mark back to `seq`: what follows is unread again. Returns whether it moved. */
  moveBack(seq) {
    if (seq >= this.mark) return false;
    this.mark = seq;
    this.recount(); // where not all is known, the server tells
    return true;
  }

  /** The next event of the log, before the timeline takes it in. @param {import("./types.js").LogEvent} event */
  note(event) {
    if (event.seq <= this.#asOf) return;
    const gone = event.type === "erased" ? this.#timeline.get(event.target) : undefined;
    const back = event.type === "restored" ? this.#timeline.get(event.target) : undefined;
    if (event.type === "message" && this.#counts(event)) this.#set(this.count + 1, event.seq);
    else if (gone && this.#counts(gone)) this.#set(this.count - 1, event.seq);
    else if (back?.erased && this.#counts({ ...back, erased: undefined })) this.#set(this.count + 1, event.seq);
  }

  /** Count again, if all messages after the mark are known. */
  recount() {
    if (!this.#isKnown()) return;
    this.#set(
      this.#timeline.count((message) => this.#counts(message)),
      this.#cursor.seq,
    );
  }

  #isKnown() {
    return this.#timeline.whole <= this.mark + 1;
  }

  #counts({ seq, erased, sender }) {
    return seq > this.mark && !erased && !this.#isMine(sender);
  }

  #set(least, asOf) {
    const count = Math.max(0, least);
    this.#asOf = asOf;
    if (count === this.count) return;
    this.count = count;
    this.#onChange(count);
  }
}
