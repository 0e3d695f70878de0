// How far a room's log was handed over. Pure.

export class Cursor {
  #strict;
  #mayJump = false;

  /**
   * `strict`: events must follow one upon the other. In a room that was joined they do by the server's promise,
   * though its log may begin later than one thinks. A conversation of two is heard without a join, and so a
   * hole has to be noticed.
   *
   * @param {number | null} seen the seq of the last event handed over; null if it is not known where to begin
   */
  constructor(seen = null, strict = false) {
    this.seen = seen;
    this.#strict = strict;
  }

  /**
   * What to do with the event of this seq: "drop" it, hand it on as the "next" one, or fetch first what is
   * missing before it ("hole").
   */
  take(seq) {
    if (seq <= this.seen) return "drop";
    if (this.#strict && !this.#mayJump && seq !== this.seen + 1) return "hole";
    this.#mayJump = false;
    this.seen = seq;
    return "next";
  }

  /** What follows comes from the log: if the next event is not the next number, those between are gone. */
  resume() {
    this.#mayJump = true;
  }

  /** The connection that this was so on is lost. */
  halt() {
    this.#mayJump = false;
  }
}
