// Keeps a connection for as long as the server wants us: comes back after each loss, joins the rooms
// again from the last event seen, and sends again, under the same nonce, what was not confirmed.

import { Backoff } from "./backoff.js";
import { CommandError, Disconnected } from "./errors.js";
import { Room } from "./room.js";
import { Socket } from "./socket.js";

const TOKEN_VOID = 4403;
const ROOM_DELETED = 4404;
const TOO_LARGE = 1009;
const STEADY = 5_000; // a connection that lasted so long was a good one: start the backoff anew

export class Client {
  #url;
  #hello;
  #onState;
  #backoff;
  #rooms = new Map();
  #socket = null; // the connection, once it is ready for messages
  #connecting = null;
  #running = false;
  #loop = Promise.resolve();
  #wake = () => {};

  /**
   * `onState` is called with "connecting", "connected", "waiting" (to try again) or "ended", and for
   * "ended" with the close code or the number of the error that ended it for good.
   */
  constructor({ url, name, color = "", onState = () => {}, backoff = new Backoff() }) {
    this.#url = url;
    this.#hello = { type: "hello", name, color };
    this.#onState = onState;
    this.#backoff = backoff;
    globalThis.addEventListener?.("online", () => this.#wake());
  }

  /** Have a room joined with each connection, from the next one on; see Room for the options. */
  join(id, options) {
    const room = new Room(id, options);
    this.#rooms.set(id, room);
    return room;
  }

  /** Connect, and stay connected until `stop` or until the server says not to come back. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#loop = this.#loop.then(() => this.#stayConnected());
  }

  /** Go away. What is not sent stays, for a later `start`. */
  stop() {
    this.#running = false;
    this.#connecting?.close();
    this.#wake();
  }

  /** Say something in a room. Resolves to its seq when the server has it; rejects if it is refused. */
  send(room, text) {
    const { message, said } = room.say(text);
    if (this.#socket) this.#transmit(this.#socket, room, message);
    return said;
  }

  async #stayConnected() {
    while (this.#running) {
      this.#onState("connecting");
      const end = await this.#connection();
      if (this.#running) await this.#goOn(end);
    }
  }

  /** One connection from beginning to end: the code it ended with, or the error that it failed with. */
  async #connection() {
    const socket = new Socket(this.#url, { onEvent: (event) => this.#rooms.get(event.room)?.receive(event) });
    this.#connecting = socket;
    let ready = Infinity;
    try {
      await this.#getReady(socket);
      ready = performance.now();
      this.#socket = socket;
      this.#onState("connected");
      for (const room of this.#rooms.values()) this.#resend(socket, room);
    } catch (error) {
      socket.close();
      if (error instanceof CommandError) return { error };
      if (!(error instanceof Disconnected)) throw error;
    }
    const { code } = await socket.closed;
    this.#socket = null;
    if (performance.now() - ready > STEADY) this.#backoff.reset();
    return { code };
  }

  async #getReady(socket) {
    await socket.opened;
    await socket.request(this.#hello);
    for (const room of this.#rooms.values()) {
      room.joined(await socket.request(room.joinCommand()));
    }
  }

  async #goOn({ code, error }) {
    if (code === TOKEN_VOID || code === ROOM_DELETED || (error && !error.retry)) {
      this.#running = false;
      this.#onState("ended", code ?? error.code);
      return;
    }
    if (code === TOO_LARGE) this.#giveUpSending();
    this.#onState("waiting");
    await this.#wait(Math.max(this.#backoff.next(), error?.retryAfter ?? 0));
  }

  /** Wait, unless something wakes us that makes success more likely. */
  #wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #resend(socket, room) {
    for (const message of room.unsent()) this.#transmit(socket, room, message);
  }

  async #transmit(socket, room, message) {
    const { nonce, text } = message;
    try {
      const { seq } = await socket.request({ type: "send", room: room.id, text, nonce });
      room.settle(nonce, seq);
    } catch (error) {
      if (error instanceof Disconnected) return; // it goes with the next connection
      if (error.retry) this.#transmitLater(socket, room, message, error.retryAfter ?? this.#backoff.next());
      else room.fail(nonce, error);
    }
  }

  #transmitLater(socket, room, message, milliseconds) {
    setTimeout(() => {
      if (this.#socket === socket) this.#transmit(socket, room, message);
    }, milliseconds);
  }

  /** The server cannot take one of these; sent again it would end each connection that we make. */
  #giveUpSending() {
    for (const room of this.#rooms.values()) {
      for (const { nonce } of room.unsent()) room.fail(nonce, new Error("too large"));
    }
  }
}
