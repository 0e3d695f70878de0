// The unconfirmed commands of a room: sent one at a time, in order.
//
// The next command is sent when the previous command is answered. With several in flight, later commands would
// overtake a command that the server asks to retry. Unanswered commands are sent again with the same nonce on the
// next connection.

import { ask } from "./ask.js";
import { mend } from "./strings.js";

const NONCE_BYTES = 16;

/** Unlike crypto.randomUUID, this works on a page that came over plain HTTP. */
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  #gate;
  #onChange;
  #waiting = []; // { command, resolve, reject }, the oldest first
  #working = false;

  /**
   * @param {import("./gate.js").Gate<import("./socket.js").Socket>} gate open while commands can be sent
   * @param {(unsent: import("./types.js").Command[]) => void} onChange
   */
  constructor(gate, onChange = () => {}) {
    this.#gate = gate;
    this.#onChange = onChange;
  }

  /**
   * Send the commands that an earlier page could not send, before all others. They have no promises: `onRefused` is
   * called for each command that is refused for good.
   *
   * @param {import("./types.js").Command[]} commands
   * @param {(command: import("./types.js").Command, error: Error) => void} onRefused
   */
  resume(commands, onRefused) {
    const entries = commands.map(mend).map((command) => ({
      command,
      resolve: () => {},
      reject: (error) => onRefused(command, error),
    }));
    this.#waiting.unshift(...entries);
    this.#work();
  }

  /** The unconfirmed commands, oldest first. */
  get unsent() {
    return this.#waiting.map(({ command }) => command);
  }

  /**
   * Send a command, with its strings made well-formed. Resolves to the seq of its event (undefined if there was nothing to change); rejects
   * if it is refused for good.
   *
   * @param {import("./types.js").Command} command
   * @returns {Promise<number | undefined>}
   */
  put(command) {
    const mended = mend(command);
    const done = new Promise((resolve, reject) => this.#waiting.push({ command: mended, resolve, reject }));
    this.#onChange(this.unsent);
    this.#work();
    return done;
  }

  /** Settle a command by an event with its nonce: it confirms as much as an answer, which may have been lost. */
  settle(nonce, seq) {
    const entry = this.#waiting.find(({ command }) => command.nonce === nonce);
    if (entry) this.#take(entry).resolve(seq);
  }

  /**
   * The room has another history: commands about a message (an edit, a reaction) are refused with this error, since the
   * seq may belong to another message now.
   *
   * @param {Error} error
   */
  reset(error) {
    for (const entry of this.#waiting.filter(({ command }) => command.target !== undefined)) {
      entry.voided = error;
      this.#take(entry).reject(error);
    }
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length) await this.#send(this.#waiting[0]);
    this.#working = false;
  }

  async #send(entry) {
    try {
      const { seq } = await ask(this.#gate, entry.command, { voided: () => entry.voided });
      this.#take(entry).resolve(seq);
    } catch (error) {
      this.#take(entry).reject(error);
    }
  }

  #take(entry) {
    const place = this.#waiting.indexOf(entry);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      this.#onChange(this.unsent);
    }
    return entry;
  }
}
