// The read marker of the room: messages that were in view while the reader looked are read. The server is told at
// intervals.

export class ReadMarker {
  #tell;
  #pause;
  #told = 0;
  #seen = 0;
  #skips = false;
  #begins = false;
  #held = false; // the reader has marked messages as unread, and still looks at them
  #timer = 0;

  /** `tell(seq)` is called at most once in `pause` milliseconds. */
  constructor({ tell, pause = 1_000 }) {
    this.#tell = tell;
    this.#pause = pause;
  }

  /**
   * The messages after the seq `after` up to this one were in view. After a jump nothing counts as read until the
   * reader reaches what they had read before, or the end.
   */
  noteSeen(seq, { after = 0, atEnd = false } = {}) {
    if (this.#held) return;
    if (this.#skips && !atEnd && after > this.#seen) return;
    this.#skips = false;
    if (this.#begins) this.#told = 0;
    this.#begins = false;
    this.#seen = Math.max(this.#seen, seq);
    if (!this.#timer) this.#say();
  }

  /** The view is about to jump to another part of the log. */
  expectJump() {
    this.#skips = true;
  }

  /** All up to this seq was read before. The first view is told anyway: entering alone sets a marker. */
  begin(seq) {
    this.noteRead(seq);
    this.#begins = true;
  }

  /**
   * The server knows that all up to this seq was read. If that was more before, the rest was marked as unread, here or in
   * another tab: then nothing counts as read until `release`. Returns whether that is so.
   */
  noteRead(seq) {
    const back = seq < this.#told;
    this.#held ||= back;
    this.#told = back ? seq : Math.max(this.#told, seq);
    this.#seen = back ? seq : Math.max(this.#seen, seq);
    return back;
  }

  /** The reader no longer looks at what they marked as unread, or goes on to talk. */
  release() {
    this.#held = false;
  }

  /** Tell the server at once. */
  flush() {
    clearTimeout(this.#timer);
    this.#say();
  }

  #say() {
    this.#timer = 0;
    if (this.#seen <= this.#told) return;
    this.#told = this.#seen;
    this.#tell(this.#seen);
    this.#timer = setTimeout(() => this.#say(), this.#pause);
  }
}
