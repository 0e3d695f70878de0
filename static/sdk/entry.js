// Joins a room on each new connection, and again if the server says "later".

import { Backoff } from "./backoff.js";
import { ConnectionLost } from "./errors.js";

const LONGEST_TIMEOUT = 2 ** 31 - 1; // of setTimeout: a longer one would run out at once

export class Entry {
  #command;
  #expect;
  #onAnswer;
  #onRefused;
  #socket = null;
  #joining = false;
  #backoff = new Backoff();

  /**
   * `command()` is the join. `expect()` is called before it is sent, `onAnswer(ok, socket)` with its answer (null if
   * there will be none), `onRefused(error)` if the join is refused for good.
   */
  constructor({ command, expect, onAnswer, onRefused }) {
    this.#command = command;
    this.#expect = expect;
    this.#onAnswer = onAnswer;
    this.#onRefused = onRefused;
  }

  /** The connection on which the room is joined or being joined; null without a connection. */
  get socket() {
    return this.#socket;
  }

  use(socket) {
    this.#socket = socket;
    this.#joining = false;
  }

  /** Join on the present connection, unless that is under way. */
  async join() {
    const socket = this.#socket;
    if (this.#joining || !socket) return;
    this.#joining = true;
    this.#expect();
    let answer = null;
    try {
      answer = await socket.request(this.#command());
    } catch (error) {
      this.#refused(socket, error);
    }
    if (this.#socket !== socket) answer = null; // the room was left meanwhile
    if (answer) {
      this.#joining = false;
      this.#backoff.reset();
    }
    this.#onAnswer(answer, socket);
  }

  #refused(socket, error) {
    if (error instanceof ConnectionLost || this.#socket !== socket) return; // the next connection joins anew
    this.#joining = false;
    if (!error.retry) {
      this.#onRefused(error);
      return;
    }
    const again = () => this.#socket === socket && this.join();
    setTimeout(again, Math.min(error.retryAfter ?? this.#backoff.next(), LONGEST_TIMEOUT));
  }
}
