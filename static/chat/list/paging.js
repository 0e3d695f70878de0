// Loads pages of the log: the next one on either side of what is loaded, or those around a message.

const PAGE = 100;
const FAR = 10; // pages: the server searches no further for unread messages either
const SOON = 25; // rows from an edge: the next page is loaded

export class Paging {
  #span;
  #load;
  #onPage;
  #onBusy;
  #asking = { before: false, after: false }; // another object for each span: pages for an earlier one come too late
  #jump = 0; // what was loaded for an earlier jump comes too late

  /**
   * `load({ before, after, limit })` is a promise of `{ messages, more }`. `onPage()` is called when the span has
   * grown, `onBusy(on)` when a page is on its way, or is no more.
   */
  constructor({ span, load, onPage, onBusy }) {
    this.#span = span;
    this.#load = load;
    this.#onPage = onPage;
    this.#onBusy = onBusy;
  }

  /** Load the next page if the rows in view are near an edge. */
  look({ first, last }) {
    const span = this.#span;
    if (!span.beginning && span.first && first < SOON) this.#ask("before", span.first);
    if (!span.live && span.last && last >= span.rows.length - SOON) this.#ask("after", span.last);
  }

  /** The reader goes elsewhere: drop what is being loaded. Returns what `isCurrent` takes. */
  startJump() {
    this.#forgetPages();
    this.#jump += 1;
    return this.#jump;
  }

  /** Whether the reader has gone nowhere else since that `startJump()`. */
  isCurrent(jump) {
    return jump === this.#jump;
  }

  /**
   * Replace the span by the part around a message. Resolves to whether it did: not if the message does not exist, or
   * if the reader has gone elsewhere meanwhile.
   */
  async loadAround(seq) {
    const jump = this.#jump;
    const [before, after] = await this.#bothSides(seq);
    if (!this.isCurrent(jump) || before.messages.at(-1)?.seq !== seq) return false;
    this.#join(before, after);
    return true;
  }

  /** Replace the span by the part around this seq, and load up to FAR pages after it until `isThere()`. */
  async loadUnread(seq, isThere) {
    const jump = this.#jump;
    const sides = await this.#bothSides(seq);
    if (this.isCurrent(jump)) this.#join(...sides);
    for (let page = 0; page < FAR && this.isCurrent(jump) && !isThere() && !this.#span.live; page += 1)
      await this.#ask("after", this.#span.last);
  }

  /** Replace the span by the live end. Resolves to whether it did: not if the reader has gone elsewhere meanwhile. */
  async loadLatest() {
    const jump = this.#jump;
    const { messages, more } = await this.#load({ limit: PAGE });
    if (!this.isCurrent(jump)) return false;
    this.#replace(messages, { beginning: !more, live: true });
    return true;
  }

  #bothSides(seq) {
    return Promise.all([
      this.#load({ before: seq + 1, limit: PAGE / 2 }),
      this.#load({ after: seq, limit: PAGE / 2 }),
    ]);
  }

  #join(before, after) {
    this.#replace([...before.messages, ...after.messages], { beginning: !before.more, live: !after.more });
  }

  #replace(messages, ends) {
    this.#forgetPages();
    this.#span.reset(messages, ends);
  }

  #forgetPages() {
    const { before, after } = this.#asking;
    this.#asking = { before: false, after: false };
    if (before || after) this.#onBusy(false);
  }

  async #ask(side, seq) {
    const asking = this.#asking;
    if (asking[side]) return;
    asking[side] = true;
    this.#onBusy(true);
    try {
      const { messages, more } = await this.#load({ [side]: seq, limit: PAGE });
      if (asking !== this.#asking) return;
      if (side === "before") this.#span.prepend(messages, more);
      else this.#span.append(messages, more);
      asking[side] = false;
      this.#onBusy(asking.before || asking.after);
      this.#onPage();
    } catch {
      if (asking === this.#asking) this.#onBusy(false); // the room is over, and the page says so
    }
  }
}
