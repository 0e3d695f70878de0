// The commands of a room that become part of its log. Each returns a promise of the seq of its event (undefined if
// there was nothing to change), which rejects if it is refused for good.

import { newNonce } from "./outbox.js";

export class Deeds {
  #put;

  /** @param {(command: import("./types.js").Command) => Promise<number | undefined>} put sends a command after all earlier commands */
  constructor(put) {
    this.#put = put;
  }

  /**
   * Send a message. With the `nonce` of an earlier try that may be stored already, it is stored once.
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

  /** Pin or unpin a message. For moderators, and for both members of a conversation. */
  pin(seq, on = true) {
    return this.#put({ type: "pin", target: seq, on });
  }

  /** Mute a name for some time, or until further notice; or unmute it. For moderators. */
  mute(name, { seconds, on = true } = {}) {
    return this.#put({ type: "mute", name, seconds, on });
  }

  /** Make a participant a moderator, or with `on` false remove them as one. For the owner of the room, and staff. */
  setModerator(name, on = true) {
    return this.#put({ type: "moderator", name, on });
  }

  /** Change the description, for clients that may change the room. */
  describe(description) {
    return this.#put({ type: "describe", description });
  }
}
