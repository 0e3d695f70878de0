// What the user has begun to write in each room, as the server has it for all of their browsers.

import { device } from "../lib/storage.js";

const TOO_MANY = 917; // the server keeps no more
const NAME = "drafts-here"; // the rooms of such drafts, in this browser's storage

export class Drafts {
  #client;
  /** @type {Set<number>} rooms whose drafts this browser alone keeps, as the server has too many */
  #here = new Set(device.getItem(NAME) ?? []);
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

  /** The rooms with a draft; null while they are not known. */
  get rooms() {
    return this.#texts && new Set([...this.#texts.keys(), ...this.#here]);
  }

  /** Have the server keep a text; null if there is no connection. @param {number} room @param {string} text @param {number} [replyTo] */
  keep(room, text, replyTo) {
    if (!this.#texts) return null;
    return this.#client.keepUnfinished(room, text, { replyTo }).then(
      () => {
        this.#markHere(room, false);
        this.#set({ room, text, reply_to: replyTo });
      },
      (error) => {
        if (error.code === TOO_MANY) this.#markHere(room, true);
        throw error;
      },
    );
  }

  /** `on`: the draft of the room is in this browser alone. */
  #markHere(room, on) {
    if (this.#here.has(room) === on) return;
    if (on) this.#here.add(room);
    else this.#here.delete(room);
    if (this.#here.size) device.setItem(NAME, [...this.#here]);
    else device.removeItem(NAME);
    this.onChange();
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
