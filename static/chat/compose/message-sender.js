// What one says: shown at once, until it stands in the list or is marked as failed.

import { newNonce } from "../../sdk/client.js";
import { PendingMessages } from "./pending-messages.js";

export class MessageSender {
  #room;
  #pending;
  #arrived = []; // nonces of what is not drawn yet

  /**
   * `room()` is the Room. `list`, `template`, `key`, `me` and `render` are what PendingMessages wants; `onEdit(command)` is called
   * when a refused message is to be written anew, `onDiscard()` when somebody gives it up.
   */
  constructor({ room, list, template, key, me, render, onEdit, onDiscard }) {
    this.#room = room;
    const onRetry = ({ text, reply_to: replyTo }) => this.send(text, { replyTo });
    this.#pending = new PendingMessages({ list, template, room: key, me, render, onRetry, onEdit, onDiscard });
  }

  /** Say it. What is refused is shown with the reason. */
  async send(text, { replyTo } = {}) {
    const nonce = newNonce();
    try {
      await this.#room().send(text, { replyTo, nonce });
    } catch (error) {
      this.handleRefusal({ type: "send", text, nonce, reply_to: replyTo }, error);
    }
  }

  /** These are not confirmed. */
  showUnsent(unsent) {
    this.#pending.show(unsent);
  }

  /** A message has come, and will stand in the list with its next drawing. */
  handleArrival({ nonce }) {
    if (nonce) this.#arrived.push(nonce);
  }

  /** All that has come stands in the list. In the same frame it goes from here. */
  removeDrawn() {
    for (const nonce of this.#arrived.splice(0)) this.#pending.remove(nonce);
  }

  /** It will not be said. What answers a message that is gone can be sent again as one of its own. */
  handleRefusal(command, error) {
    this.#pending.markFailed(error.field === "reply_to" ? { ...command, reply_to: undefined } : command, error);
  }
}
