// What one does in a room that becomes part of its log. Each returns a promise of the seq of its event (undefined if
// there was nothing to change), which rejects if it is refused for good.

import { newNonce } from "./outbox.js";

export class Deeds {
  #put;

  /** @param {(command: import("./types.js").Command) => Promise<number | undefined>} put has a command done, after those before it */
  constructor(put) {
    this.#put = put;
  }

  /**
   * Say something. With the `nonce` of an earlier message that may be stored already, it is said once.
   *
   * @param {string} text
   * @param {{ replyTo?: number, nonce?: string }} options
   */
  send(text, { replyTo, nonce = newNonce() } = {}) {
    return this.#put({ type: "send", text, nonce, reply_to: replyTo });
  }

  edit(seq, text) {
    return this.#put({ type: "edit", target: seq, text });
  }

  delete(seq) {
    return this.#put({ type: "delete", target: seq });
  }

  react(seq, emoji, on = true) {
    return this.#put({ type: "react", target: seq, emoji, on });
  }

  /** For those who run the room, and for both in a conversation: have all find a message, or take it down. */
  pin(seq, on = true) {
    return this.#put({ type: "pin", target: seq, on });
  }

  /** For those who run the room: let nobody of this name speak for so long, or until further notice. */
  mute(name, { seconds, on = true } = {}) {
    return this.#put({ type: "mute", name, seconds, on });
  }

  /** For the owner of the room, and staff: let a participant moderate it; with `on` false, no longer. */
  setModerator(name, on = true) {
    return this.#put({ type: "moderator", name, on });
  }

  /** For those who may change the room: give it another description. */
  describe(description) {
    return this.#put({ type: "describe", description });
  }
}
