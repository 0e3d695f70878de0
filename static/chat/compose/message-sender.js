// Sends messages. Each is shown at once as pending, until the list shows it or it is marked as failed.

import { newNonce } from "../../sdk/client.js";
import { PendingMessages } from "./pending-messages.js";

const HELD = 110;

export class MessageSender {
  #room;
  #pending;
  #onRefused;
  #arrived = []; // nonces of messages that are not drawn yet

  /**
   * `room()` is the Room. `list`, `template`, `key`, `me` and `render` are for PendingMessages; `onEdit(command)` is
   * called when the user edits a refused message, `onDiscard()` when the user discards one, and `onRefused(error)` when
   * the server refuses one.
   */
  constructor({ room, list, template, key, me, render, onEdit, onDiscard, onRefused }) {
    this.#room = room;
    this.#onRefused = onRefused;
    const onRetry = ({ text, reply_to: replyTo }) => this.send(text, { replyTo });
    this.#pending = new PendingMessages({ list, template, room: key, me, render, onRetry, onEdit, onDiscard });
  }

  /** Send a message. If it is refused, it is shown with the reason. */
  async send(text, { replyTo } = {}) {
    const nonce = newNonce();
    try {
      await this.#room().send(text, { replyTo, nonce });
    } catch (error) {
      this.handleRefusal({ type: "send", text, nonce, reply_to: replyTo }, error);
    }
  }

  /** Show the commands that are not confirmed. */
  showUnsent(unsent) {
    this.#pending.show(unsent);
  }

  /**
   * Find out what has become of the messages that wait for a moderator: sent again under its nonce, each gets its answer.
   */
  checkHeld() {
    for (const command of this.#pending.held) this.#sendAgain(command);
  }

  /** Show messages that wait for a moderator, as the server lists them: this tab may not have sent them. */
  showHeld(messages) {
    const known = new Set(this.#pending.held.map(({ nonce }) => nonce));
    for (const { text, nonce, reply_to } of messages) {
      if (nonce && !known.has(nonce)) this.#pending.markHeld({ type: "send", text, nonce, reply_to });
    }
  }

  /** A moderator has rejected the held message of this nonce. */
  handleRejection(nonce) {
    for (const command of this.#pending.held) if (command.nonce === nonce) this.#sendAgain(command);
  }

  /** A message has arrived; the list shows it when it draws next. */
  handleArrival({ nonce }) {
    if (nonce) this.#arrived.push(nonce);
  }

  /** The list has drawn what arrived: stop showing it as pending, in the same frame. */
  removeDrawn() {
    for (const nonce of this.#arrived.splice(0)) this.#pending.remove(nonce);
  }

  /** A message was refused. A reply to a deleted message can be sent again as a message of its own. */
  handleRefusal(command, error) {
    this.#onRefused(error);
    if (error.code === HELD) this.#pending.markHeld(command);
    else this.#pending.markFailed(error.field === "reply_to" ? { ...command, reply_to: undefined } : command, error);
  }

  async #sendAgain({ text, nonce, reply_to: replyTo }) {
    try {
      await this.#room().send(text, { replyTo, nonce });
      this.#pending.markSent(nonce);
    } catch (error) {
      this.handleRefusal({ type: "send", text, nonce, reply_to: replyTo }, error);
    }
  }
}
