// Keeps a connection: reconnects after each loss, until it is stopped or the server refuses.

import { CommandError, Disconnected, Ended } from "./errors.js";
import { Socket } from "./socket.js";

const STEADY = 5_000; // milliseconds: after a connection that lasted this long, the backoff starts over

/** No UTF-8, no hello in time, token void, room deleted: the next connection would end the same way. */
const STAY_AWAY = new Set([1007, 4401, 4403, 4404]);

export class Connection {
  #url;
  #backoff;
  #greet;
  #onEvent;
  #onLost;
  #onState;
  #socket = null;
  #running = false;
  #loop = Promise.resolve();
  #wake = () => {};
  #online = () => this.#comeOnline();

  /**
   * `greet(socket)` says hello on a new connection. `onLost` is called when a connection has ended, before its
   * commands are rejected. `onState`: see Client.
   */
  constructor({ url, backoff, greet, onEvent, onLost, onState }) {
    this.#url = url;
    this.#backoff = backoff;
    this.#greet = greet;
    this.#onEvent = onEvent;
    this.#onLost = onLost;
    this.#onState = onState;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    globalThis.addEventListener?.("online", this.#online);
    this.#loop = this.#loop.then(() => this.#stayConnected());
  }

  stop() {
    this.#running = false;
    globalThis.removeEventListener?.("online", this.#online);
    this.#socket?.close();
    this.#wake();
  }

  async #stayConnected() {
    while (this.#running) {
      this.#onState("connecting");
      const end = await this.#once();
      if (this.#running) await this.#goOn(end);
    }
  }

  /** Run one connection to its end. Returns its close code, or the error that it failed with. */
  async #once() {
    const socket = new Socket(this.#url, { onEvent: this.#onEvent, onClosed: this.#onLost });
    this.#socket = socket;
    let ready = Infinity;
    try {
      await socket.opened;
      await this.#greet(socket);
      ready = performance.now();
      this.#onState("connected");
    } catch (error) {
      socket.close();
      if (error instanceof CommandError) return { error };
      if (!(error instanceof Disconnected)) throw error;
    }
    const { code } = await socket.closed;
    if (performance.now() - ready > STEADY) this.#backoff.reset();
    return { code, comeBackAfter: socket.comeBackAfter };
  }

  async #goOn({ code, error, comeBackAfter }) {
    if (STAY_AWAY.has(code) || (error && !error.retry)) {
      this.stop();
      this.#onState("ended", error ?? new Ended(code));
      return;
    }
    this.#onState("waiting");
    await this.#wait(comeBackAfter ?? Math.max(this.#backoff.next(), error?.retryAfter ?? 0));
  }

  /** Wait, or less if something makes success more likely. */
  #wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The network is back: try at once, and do not trust an earlier connection. */
  #comeOnline() {
    this.#wake();
    this.#socket?.check();
  }
}
