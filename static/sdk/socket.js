// One WebSocket that speaks wschat.v1: commands return promises, events go to a callback.

import { CommandError, ConnectionLost } from "./errors.js";
import { mend, sizeOf } from "./strings.js";

const SUBPROTOCOL = "wschat.v1";
const TOO_LARGE = 1009;
const TOO_LARGE_CODES = new Set([TOO_LARGE, 4009]); // 4009: under daphne
const MAX_FRAME = 65_536; // bytes that a server accepts unless it states another limit

export class Socket {
  #socket;
  #onEvent;
  #onClosed;
  #patience;
  #pending = new Map(); // command id -> { resolve, reject, timer, size }
  #lastId = 0;
  #strays = []; // refusals that name no command
  #lastSuspect = 0; // the id of the last command that a stray refusal may be for
  #close;
  #ended = false;
  #heard = true; // whether anything arrived since the last check
  #watch;

  /**
   * `onEvent` is called with each event, `onClosed` at the end, before the commands without an answer learn of
   * it. An answer that takes longer than `patience` milliseconds means that the connection is dead, whatever
   * the network says. A connection that is silent for `quiet` milliseconds is pinged. `openPatience`: how long it may take
   * to open. `transport`: what to use in place of a WebSocket.
   *
   * @param {string} url
   * @param {{ onEvent: (event: object) => void, onClosed?: () => void, patience?: number, quiet?: number,
   *   openPatience?: number, transport?: WebSocket | import("./polling.js").PollingSocket }} options
   */
  constructor(url, { onEvent, onClosed = () => {}, patience = 15_000, quiet = 30_000, openPatience = patience, transport }) {
    this.#socket = transport ?? new WebSocket(url, SUBPROTOCOL);
    this.#onEvent = onEvent;
    this.#onClosed = onClosed;
    this.#patience = patience;
    /** The maximum size of a command in bytes. */
    this.maxFrame = MAX_FRAME;
    /** Milliseconds after which to reconnect, if the server announced that it is about to stop. */
    this.comeBackAfter = undefined;
    /** Resolves to `{ code, reason }` when the connection has ended, for whatever reason. */
    this.closed = new Promise((resolve) => (this.#close = resolve));
    /** Resolves when commands can be sent; rejects with ConnectionLost. */
    this.opened = this.#open(openPatience);
    this.#socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
    this.#watch = setInterval(() => this.#look(), quiet);
  }

  /**
   * Send a command. Resolves to its `ok`; rejects with CommandError or ConnectionLost. Strings are made well-formed. What
   * is larger than the server takes is refused here: it would end the connection.
   *
   * @param {object} command without an id
   * @returns {Promise<any>}
   */
  request(command) {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new ConnectionLost(1006, ""));
        return;
      }
      const id = ++this.#lastId;
      const frame = JSON.stringify({ ...mend(command), id });
      const size = sizeOf(frame);
      if (size > this.maxFrame) {
        reject(tooLarge());
        return;
      }
      const timer = setTimeout(() => this.#lose(id), this.#patience);
      this.#pending.set(id, { resolve, reject, timer, size });
      this.#socket.send(frame);
    });
  }

  /** Ping the server: without an answer the connection ends. */
  check() {
    if (this.#socket.readyState === WebSocket.OPEN) this.request({ type: "ping" }).catch(() => {});
  }

  /** End the connection, without waiting for a network that may be gone. */
  close() {
    this.#socket.close();
    this.#end(1006, "");
  }

  #open(patience) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.close(), patience);
      this.#socket.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      this.closed.then(({ code, reason }) => {
        clearTimeout(timer);
        reject(new ConnectionLost(code, reason));
      });
    });
  }

  #look() {
    if (!this.#heard) this.check();
    this.#heard = false;
  }

  #receive(frame) {
    if (this.#ended) return;
    this.#heard = true;
    if (frame.type === "closing") {
      this.comeBackAfter = frame.retry_after * 1000;
      return;
    }
    if (frame.type !== "ok" && frame.type !== "error") {
      this.#onEvent(frame);
      return;
    }
    const waiting = this.#take(frame.id);
    if (waiting && frame.type === "ok") waiting.resolve(frame);
    else if (waiting) waiting.reject(new CommandError(frame));
    else if (frame.type === "error" && !this.#isOurs(frame.id)) this.#stray(new CommandError(frame));
    this.#match();
  }

  /** The command with this id is no longer waited for. */
  #take(id) {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  #isOurs(id) {
    return Number.isInteger(id) && id > 0 && id <= this.#lastId;
  }

  // A refusal without a command id is for a command that was sent before it arrived. Each command gets one answer, so
  // it is for the command that is left when all others have theirs.

  #stray(error) {
    this.#strays.push(error);
    this.#lastSuspect = this.#lastId;
  }

  #match() {
    if (!this.#strays.length) return;
    const suspects = [...this.#pending.keys()].filter((id) => id <= this.#lastSuspect);
    if (suspects.length > this.#strays.length) return;
    for (const id of suspects) this.#take(id).reject(this.#strays.shift());
    this.#strays = []; // what is left fits nothing
  }

  /** No answer came in time. Sent on another connection, a command that a stray refusal may be for would get none either. */
  #lose(id) {
    if (id <= this.#lastSuspect && this.#strays.length) this.#take(id).reject(this.#strays.shift());
    else this.close();
  }

  #end(code, reason) {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#watch);
    this.#onClosed();
    if (TOO_LARGE_CODES.has(code)) this.#blameTheLargest();
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new ConnectionLost(code, reason));
    }
    this.#pending.clear();
    this.#close({ code, reason });
  }

  /** Refuse a command that is too large: sent again, it would end each new connection. */
  #blameTheLargest() {
    const [largest] = [...this.#pending].sort(([, one], [, other]) => other.size - one.size);
    if (largest) this.#take(largest[0]).reject(tooLarge());
  }
}

const tooLarge = () => new CommandError({ code: TOO_LARGE, error: "too large" });
