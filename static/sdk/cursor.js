// The position up to which a room's log was handed over. Pure.

export class Cursor {
  #strict;
  #mayJump = false;

  /**
   * `strict`: events must follow one upon the other. In a joined room the server promises that, though
   * its log may begin later than expected. A direct conversation is heard without a join, so a hole has to be
   * noticed.
   *
   * @param {number | null} seq that of the last event handed over; null if the start is not known
   */
  constructor(seq = null, strict = false) {
    this.seq = seq;
    this.#strict = strict;
  }

  /**
   * What to do with the event of this seq: "drop" it, hand it on as "next", or first fetch the missing events
   * before it ("hole").
   */
  take(seq) {
    if (seq <= this.seq) return "drop";
    if (this.#strict && !this.#mayJump && seq !== this.seq + 1) return "hole";
    this.#mayJump = false;
    this.seq = seq;
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
