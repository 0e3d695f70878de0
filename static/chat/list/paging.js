// Fetching pages of the log: the next one on either side of what is loaded, or those around a message.

const PAGE = 100;
const FAR = 10; // pages: the server looks no further either for what is unread
const SOON = 25; // rows: so near to an edge the next page is fetched

export class Paging {
  #span;
  #load;
  #onPage;
  #onBusy;
  #asking = { before: false, after: false };
  #epoch = 0; // what was asked for before the part was replaced comes too late

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

  /** These rows are in sight: is it time for others? */
  look({ first, last }) {
    const span = this.#span;
    if (!span.beginning && span.first && first < SOON) this.#ask("before", span.first);
    if (!span.live && span.last && last >= span.rows.length - SOON) this.#ask("after", span.last);
  }

  /**
   * Have the span be the part around this message. Resolves to whether the message is there; if it is not, the span
   * stays as it is.
   */
  async around(seq) {
    const [before, after] = await this.#bothSides(seq);
    if (before.messages.at(-1)?.seq !== seq) return false;
    this.#join(before, after);
    return true;
  }

  /** Have the span be the part around this seq, and as much after it as it takes until `isThere()`, within reason. */
  async behind(seq, isThere) {
    this.#join(...(await this.#bothSides(seq)));
    for (let page = 0; page < FAR && !isThere() && !this.#span.live; page += 1) await this.#ask("after", this.#span.last);
  }

  /** Have the span be the live end. */
  async latest() {
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
