// The messages that others answer, also those of long ago.

export class Quotes {
  #room;
  #onKnown;
  #asked = new Set();
  #gone = new Set();

  /** `onKnown(seq)`: this message has been found, or is there no more. */
  constructor({ room, onKnown }) {
    this.#room = room;
    this.#onKnown = onKnown;
  }

  /** The message; undefined while it is looked for, null if it is there no more. */
  find(seq) {
    const message = this.#room().message(seq);
    if (message) return message;
    if (this.#gone.has(seq)) return null;
    this.#fetch(seq);
    return undefined;
  }

  async #fetch(seq) {
    if (this.#asked.has(seq)) return;
    this.#asked.add(seq);
    try {
      const { messages } = await this.#room().history({ before: seq + 1, limit: 1 });
      if (messages[0]?.seq !== seq) this.#gone.add(seq);
      this.#onKnown(seq);
    } catch {
      // The room is over, and the page says so.
    } finally {
      this.#asked.delete(seq);
    }
  }
}
