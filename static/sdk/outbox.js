// What is to be done in a room and is not yet confirmed: one command after the other, in the order given.
//
// The next one goes out when the one before it is answered. With several under way at a time, one that is told
// to come later would be overtaken by those behind it. What was not answered is sent again, under the same
// nonce, with the next connection.

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
   * @param {import("./gate.js").Gate} gate open while commands can be sent
   * @param {(unsent: import("./types.js").Command[]) => void} onChange
   */
  constructor(gate, onChange = () => {}) {
    this.#gate = gate;
    this.#onChange = onChange;
  }

  /**
   * Have sent what an earlier page could not, before all else. Nobody waits for it: `onRefused` hears of what is
   * refused for good.
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

  /** The commands that are not confirmed, the oldest first. */
  get unsent() {
    return this.#waiting.map(({ command }) => command);
  }

  /**
   * Have a command sent, with its strings made well-formed. Resolves to the seq of its event (undefined if there was nothing to change); rejects
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

  /** An event bears the nonce: that says as much as an answer, which may have been lost. */
  settle(nonce, seq) {
    const entry = this.#waiting.find(({ command }) => command.nonce === nonce);
    if (entry) this.#take(entry).resolve(seq);
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length) await this.#send(this.#waiting[0]);
    this.#working = false;
  }

  async #send(entry) {
    try {
      const { seq } = await ask(this.#gate, entry.command);
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
