// Keeps a connection: reconnects after each loss, until it is stopped or the server refuses.

import { ClientEnded, CommandError, ConnectionLost } from "./errors.js";
import { Socket } from "./socket.js";

// WebSockets in a row that failed: the network may let none through. Where one did get through, it is rather the server.
const BLOCKED = { first: 2, later: 8 };
const OPEN_PATIENCE = 5_000; // milliseconds to open a WebSocket that HTTP requests can take the place of
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
  #failures = 0; // WebSockets in a row that came to no hello
  #most = BLOCKED.first; // of those, before it polls
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

  /**
   * Run one connection to its end. Returns its close code, or the error that it failed with. If the server answers HTTP
   * requests, and at the same time no WebSocket, it is polled.
   */
  async #once() {
    const polls = addressOfPolls(this.#url);
    const answers = this.#failures >= this.#most && (await isAnswered(polls));
    if (!this.#running) return {};
    const end = await this.#run(answers ? { openPatience: OPEN_PATIENCE } : {});
    this.#failures = end.greeted || end.error ? 0 : this.#failures + 1;
    if (end.greeted) this.#most = BLOCKED.later;
    if (!answers || !this.#failures || !this.#running) return end;
    const polling = await import("./polling.js").catch(() => null);
    return polling ? this.#run({ transport: new polling.PollingSocket(polls) }) : end;
  }

  async #run(options) {
    const socket = new Socket(this.#url, { onEvent: this.#onEvent, onClosed: this.#onLost, ...options });
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
      if (!(error instanceof ConnectionLost)) throw error;
    }
    const { code, reason } = await socket.closed;
    if (performance.now() - ready > STEADY) this.#backoff.reset();
    return { code, reason, comeBackAfter: socket.comeBackAfter, greeted: ready !== Infinity };
  }

  async #goOn({ code, reason, error, comeBackAfter }) {
    if (STAY_AWAY.has(code) || (error && !error.retry)) {
      this.stop();
      this.#onState("ended", error ?? new ClientEnded(code, reason));
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

/** Where to poll instead of the WebSocket of this address. */
function addressOfPolls(url) {
  const address = new URL(url);
  address.protocol = address.protocol.replace("ws", "http");
  address.search = "";
  return `${address.href}/poll`;
}

/** Whether a server that can be polled answers there. */
async function isAnswered(polls) {
  try {
    const signal = AbortSignal.timeout(OPEN_PATIENCE);
    const { status } = await fetch(polls, { method: "OPTIONS", cache: "no-store", signal });
    return status === 204;
  } catch {
    return false;
  }
}
