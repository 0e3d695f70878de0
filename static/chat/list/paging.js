// Loads pages of the log: the next one on either side of what is loaded, or those around a message.

const PAGE = 100;
const FAR = 10; // pages: the server searches no further for unread messages either
const SOON = 25; // rows from an edge: the next page is loaded

export class Paging {
  #span;
  #load;
  #onPage;
  #onBusy;
  #asking = { before: false, after: false };
  #epoch = 0; // pages that were requested before the span was replaced come too late

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

  /**
   * Replace the span by the part around a message. Resolves to whether the message exists; if not, the span stays as
   * it is.
   */
  async loadAround(seq) {
    const [before, after] = await this.#bothSides(seq);
    if (before.messages.at(-1)?.seq !== seq) return false;
    this.#join(before, after);
    return true;
  }

  /** Replace the span by the part around this seq, and load up to FAR pages after it until `isThere()`. */
  async loadUnread(seq, isThere) {
    this.#join(...(await this.#bothSides(seq)));
    for (let page = 0; page < FAR && !isThere() && !this.#span.live; page += 1) await this.#ask("after", this.#span.last);
  }

  /** Replace the span by the live end. */
  async loadLatest() {
    const { messages, more } = await this.#load({ limit: PAGE });
    this.#replace(messages, { beginning: !more, live: true });
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
    this.#epoch += 1;
    this.#asking = { before: false, after: false };
    this.#onBusy(false);
    this.#span.reset(messages, ends);
  }

  async #ask(side, seq) {
    if (this.#asking[side]) return;
    const epoch = this.#epoch;
    this.#asking[side] = true;
    this.#onBusy(true);
    try {
      const { messages, more } = await this.#load({ [side]: seq, limit: PAGE });
      if (epoch !== this.#epoch) return;
      if (side === "before") this.#span.prepend(messages, more);
      else this.#span.append(messages, more);
      this.#asking[side] = false;
      this.#onBusy(this.#asking.before || this.#asking.after);
      this.#onPage();
    } catch {
      if (epoch === this.#epoch) this.#onBusy(false); // the room is over, and the page says so
    }
  }
}
