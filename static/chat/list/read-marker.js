// Read marks: what was in sight of somebody who looks is read. The server is told, but not of each message.

export class ReadMarker {
  #tell;
  #pause;
  #told = 0;
  #seen = 0;
  #skips = false;
  #begins = false;
  #timer = 0;

  /** `tell(seq)` is called at most once in so many milliseconds. */
  constructor({ tell, pause = 1_000 }) {
    this.#tell = tell;
    this.#pause = pause;
  }

  /**
   * All up to this seq was in sight; after a jump only what comes after the seq `after`. Then nothing more is read until
   * the reader meets what they have read, or is at the end.
   */
  noteSeen(seq, { after = 0, atEnd = false } = {}) {
    if (this.#skips && !atEnd && after > this.#seen) return;
    this.#skips = false;
    if (this.#begins) this.#told = 0;
    this.#begins = false;
    this.#seen = Math.max(this.#seen, seq);
    if (!this.#timer) this.#say();
  }

  /** What is in sight next was jumped to. */
  expectJump() {
    this.#skips = true;
  }

  /** All up to this seq was read before. The first look is told all the same: a mark may come of entering alone. */
  begin(seq) {
    this.noteRead(seq);
    this.#begins = true;
  }

  /** It is known already that all up to this seq was read. */
  noteRead(seq) {
    this.#told = Math.max(this.#told, seq);
    this.#seen = Math.max(this.#seen, seq);
  }

  /** Tell now what was to be told soon. */
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
