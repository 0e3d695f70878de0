// One WebSocket that speaks wschat.v1: commands return promises, events go to a callback.

import { CommandError, Disconnected } from "./errors.js";

const SUBPROTOCOL = "wschat.v1";

export class Socket {
  #socket;
  #onEvent;
  #patience;
  #pending = new Map(); // command id -> { resolve, reject, timer }
  #lastId = 0;
  #close;
  #ended = false;

  /**
   * `onEvent` is called with each event. An answer that takes longer than `patience` milliseconds means
   * that the connection is dead, whatever the network says.
   */
  constructor(url, { onEvent, patience = 15_000 }) {
    this.#onEvent = onEvent;
    this.#patience = patience;
    this.#socket = new WebSocket(url, SUBPROTOCOL);
    /** Resolves to `{ code, reason }` when the connection has ended, for whatever reason. */
    this.closed = new Promise((resolve) => (this.#close = resolve));
    /** Resolves when commands can be sent; rejects with Disconnected. */
    this.opened = this.#open();
    this.#socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
  }

  /** Send a command. Resolves to its `ok`; rejects with CommandError or Disconnected. */
  request(command) {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new Disconnected(1006, ""));
        return;
      }
      const id = ++this.#lastId;
      const timer = setTimeout(() => this.close(), this.#patience);
      this.#pending.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ ...command, id }));
    });
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

  #receive(frame) {
    if (this.#ended) return;
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
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new Disconnected(code, reason));
    }
    this.#pending.clear();
    this.#close({ code, reason });
  }
}
