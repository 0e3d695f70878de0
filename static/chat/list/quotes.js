// The messages that replies quote, including old ones that are not loaded.

export class Quotes {
  #room;
  #onKnown;
  #asked = new Set();
  #gone = new Set();

  /** `onKnown(seq)`: this message was found, or is gone. */
  constructor({ room, onKnown }) {
    this.#room = room;
    this.#onKnown = onKnown;
  }

  /** The message; undefined while it is being fetched, null if it is gone. */
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
