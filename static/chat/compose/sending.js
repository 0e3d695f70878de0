// What one says: shown at once, until it stands in the list or is marked as failed.

import { newNonce } from "../../sdk/client.js";
import { Pending } from "./pending.js";

export class Sending {
  #room;
  #pending;
  #arrived = []; // nonces of what is not drawn yet

  /**
   * `room()` is the Room. `list`, `template`, `key`, `me` and `render` are what Pending wants; `onEdit(command)` is called
   * when a refused message is to be written anew, `onDiscard()` when somebody gives it up.
   */
  constructor({ room, list, template, key, me, render, onEdit, onDiscard }) {
    this.#room = room;
    const onRetry = ({ text, reply_to: replyTo }) => this.send(text, { replyTo });
    this.#pending = new Pending({ list, template, room: key, me, render, onRetry, onEdit, onDiscard });
  }

  /** Say it. What is refused is shown with the reason. */
  async send(text, { replyTo } = {}) {
    const nonce = newNonce();
    try {
      await this.#room().send(text, { replyTo, nonce });
    } catch (error) {
      this.refused({ type: "send", text, nonce, reply_to: replyTo }, error);
    }
  }

  /** These are not confirmed. */
  show(unsent) {
    this.#pending.show(unsent);
  }

  /** A message has come, and will stand in the list with its next drawing. */
  arrived({ nonce }) {
    if (nonce) this.#arrived.push(nonce);
  }

  /** All that has come stands in the list. In the same frame it goes from here. */
  drawn() {
    for (const nonce of this.#arrived.splice(0)) this.#pending.arrived(nonce);
  }

  /** It will not be said. What answers a message that is gone can be sent again as one of its own. */
  refused(command, error) {
    this.#pending.failed(error.field === "reply_to" ? { ...command, reply_to: undefined } : command, error);
  }
}
