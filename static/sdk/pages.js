// Reads a room's log: pages of messages, search, pinned messages.

export class Pages {
  #ask;
  #timeline;

  /** `ask(command)` sends a command of the room and returns its answer; its `timeline` keeps the pages. */
  constructor(ask, timeline) {
    this.#ask = ask;
    this.#timeline = timeline;
  }

  /** See `Room.history`. */
  async history({ before, after, limit } = {}) {
    return this.#expect(async (page) => {
      const { messages, seq, more } = await this.#ask({ type: "history", before, after, limit });
      const known = page.arrived(messages, seq);
      this.#cover(messages, { before, after, more });
      return { messages: known, more };
    });
  }

  /** See `Room.search`. */
  async search(text, { before, limit } = {}) {
    const { messages, more } = await this.#ask({ type: "search", text, before, limit });
    return { messages, more };
  }

  /** See `Room.replies`. */
  async replies(seq, { after, limit } = {}) {
    return this.#expect(async (page) => {
      const answer = await this.#ask({ type: "replies", target: seq, after, limit });
      return { messages: page.changed(answer.messages, answer.seq), more: answer.more };
    });
  }

  /** See `Room.pins`. */
  async pins() {
    return this.#expect(async (page) => {
      const { messages, seq } = await this.#ask({ type: "pins" });
      return page.changed(messages, seq).filter(({ pinned }) => pinned);
    });
  }

  async #expect(work) {
    const page = this.#timeline.expectPage();
    try {
      return await work(page);
    } finally {
      page.done();
    }
  }

  /** From where to where all messages are known now. */
  #cover(messages, { before = Infinity, after, more }) {
    if (after !== undefined) this.#timeline.cover(after + 1, more ? messages.at(-1).seq : Infinity);
    else this.#timeline.cover(more ? messages[0].seq : 0, before - 1);
  }
}
