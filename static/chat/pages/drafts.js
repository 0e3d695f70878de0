// What the user has begun to write in each room, as the server has it for all of their browsers.

export class Drafts {
  #client;
  #heard = 0; // changes
  /** @type {Map<number, import("../../sdk/types.js").Unfinished> | null} */
  #texts = null;

  /** @param {import("../../sdk/client.js").Client} client */
  constructor(client) {
    this.#client = client;
    /** Called after each change. */
    this.onChange = () => {};
    /** Called after a change by another browser, and when all are known again. */
    this.onNews = () => {};
    client.listen({
      onUnfinished: (text) => this.#hear(text),
      onState: (state) => (state === "connected" ? this.#load() : (this.#texts = null)),
    });
  }

  /** The texts by room; null while they are not known, as without a connection. */
  get texts() {
    return this.#texts;
  }

  /** Have the server keep a text; null if there is no connection. @param {number} room @param {string} text @param {number} [replyTo] */
  keep(room, text, replyTo) {
    return this.#texts && this.#client.keepUnfinished(room, text, { replyTo }).then(() => this.#set({ room, text, reply_to: replyTo }));
  }

  async #load() {
    const heard = this.#heard;
    const texts = await this.#client.unfinished().catch(() => null);
    if (!texts) return;
    if (heard !== this.#heard) return this.#load(); // the answer may be older than what was heard
    this.#texts = new Map(texts.map((text) => [text.room, text]));
    this.onChange();
    this.onNews();
  }

  #hear(text) {
    this.#heard += 1;
    this.#set(text);
    this.onNews();
  }

  #set(text) {
    if (text.text) this.#texts?.set(text.room, text);
    else this.#texts?.delete(text.room);
    this.onChange();
  }
}
