// One WebSocket that speaks wschat.v1: commands return promises, events go to a callback.

import { CommandError, Disconnected } from "./errors.js";

const SUBPROTOCOL = "wschat.v1";
const TOO_LARGE = 1009;

export class Socket {
  #socket;
  #onEvent;
  #onClosed;
  #patience;
  #pending = new Map(); // command id -> { resolve, reject, timer, size }
  #lastId = 0;
  #close;
  #ended = false;
  #heard = true; // whether anything came since we last looked
  #watch;

  /**
   * `onEvent` is called with each event, `onClosed` at the end, before the commands without an answer learn of
   * it. An answer that takes longer than `patience` milliseconds means that the connection is dead, whatever
   * the network says. One that is silent for `quiet` milliseconds is asked for a sign of life.
   *
   * @param {string} url
   * @param {{ onEvent: (event: object) => void, onClosed?: () => void, patience?: number, quiet?: number }} options
   */
  constructor(url, { onEvent, onClosed = () => {}, patience = 15_000, quiet = 30_000 }) {
    this.#socket = new WebSocket(url, SUBPROTOCOL);
    this.#onEvent = onEvent;
    this.#onClosed = onClosed;
    this.#patience = patience;
    /** Milliseconds after which the server wants us back, if it has said so; it is about to stop. */
    this.comeBackAfter = undefined;
    /** Resolves to `{ code, reason }` when the connection has ended, for whatever reason. */
    this.closed = new Promise((resolve) => (this.#close = resolve));
    /** Resolves when commands can be sent; rejects with Disconnected. */
    this.opened = this.#open();
    this.#socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
    this.#watch = setInterval(() => this.#look(), quiet);
  }

  /**
   * Send a command. Resolves to its `ok`; rejects with CommandError or Disconnected.
   *
   * @param {object} command without an id
   * @returns {Promise<any>}
   */
  request(command) {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new Disconnected(1006, ""));
        return;
      }
      const id = ++this.#lastId;
      const timer = setTimeout(() => this.close(), this.#patience);
      const frame = JSON.stringify({ ...command, id });
      this.#pending.set(id, { resolve, reject, timer, size: frame.length });
      this.#socket.send(frame);
    });
  }

  /** Find out whether anybody is still there: without an answer the connection ends. */
  check() {
    if (this.#socket.readyState === WebSocket.OPEN) this.request({ type: "ping" }).catch(() => {});
  }

  /** End the connection, without waiting for a network that may be gone. */
  close() {
    this.#socket.close();
    this.#end(1006, "");
  }

  #open() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.close(), this.#patience);
      this.#socket.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      this.closed.then(({ code, reason }) => {
        clearTimeout(timer);
        reject(new Disconnected(code, reason));
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
    const waiting = this.#pending.get(frame.id);
    if (!waiting) return;
    this.#pending.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.type === "ok") waiting.resolve(frame);
    else waiting.reject(new CommandError(frame));
  }

  #end(code, reason) {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#watch);
    this.#onClosed();
    if (code === TOO_LARGE) this.#blameTheLargest();
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new Disconnected(code, reason));
    }
    this.#pending.clear();
    this.#close({ code, reason });
  }

  /** Sent again, it would end each connection that we make: it is refused, and the others go on. */
  #blameTheLargest() {
    const [largest] = [...this.#pending].sort(([, one], [, other]) => other.size - one.size);
    if (!largest) return;
    const [id, { reject, timer }] = largest;
    this.#pending.delete(id);
    clearTimeout(timer);
    reject(new CommandError({ code: TOO_LARGE, error: "too large" }));
  }
}
