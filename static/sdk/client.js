// The entry point of the SDK: a client is one participant on one connection, in many rooms. See docs/sdk.md.

import { ask } from "./ask.js";
import { Backoff } from "./backoff.js";
import { Connection } from "./connection.js";
import { Gate } from "./gate.js";
import { Room } from "./room.js";
import { tell } from "./tell.js";

export { CommandError, Disconnected, Ended, Left } from "./errors.js";
export { keepIn } from "./kept.js";
export { newNonce } from "./outbox.js";
export { qualifyEmoji } from "./strings.js";

export class Client {
  #hello;
  #listeners;
  #place;
  #connection;
  #gate = new Gate(); // open while connected and identified
  #rooms = new Map();
  #left = new Set(); // rooms whose last events may still come on this connection
  #metAll = false; // whether the existing conversations are known

  /**
   * `name` and `color`: the identity; without a name, the current identity by token, session or cookie. `token` is an
   * account's, `session` the token that a guest got before. `onState` is called with "connecting", "connected",
   * "waiting" (to try again) or "ended", and for "ended" with the error that ended it for good; its `code` is
   * that of the close or of the refusal. `onDirect` gets each conversation of two as a Room, to `listen` to;
   * `onUnread` each room in which the number of unread messages has changed; `onRead` the read marks that other
   * connections of ours have moved, in any room. `keep`: where unsent messages
   * survive the page, as made by `keepIn`.
   *
   * @param {{ url: string, name?: string, color?: string, token?: string, session?: string,
   *   keep?: import("./types.js").Place, backoff?: Backoff } & import("./types.js").ClientListeners} options
   */
  constructor({ url, name, color, token = "", session = "", keep, backoff = new Backoff(), ...listeners }) {
    this.#hello = { type: "hello", name, color };
    this.#place = keep;
    this.#listeners = [listeners];
    /** An account's access token. Renew it before it expires: each connection needs it. */
    this.token = token;
    /** The token with which a guest returns with the same identity: keep it for the next client. */
    this.session = session;
    /** @type {{ name: string, color: string, participant: number, account: boolean } | null} */
    this.me = null;
    this.#connection = new Connection({
      url,
      backoff,
      greet: (socket) => this.#greet(socket),
      onEvent: (event) => this.#receive(event),
      onLost: () => this.#lost(),
      onState: (state, error) => this.#changed(state, error),
    });
  }

  /** Connect, and stay connected until `stop` or until the server says not to come back. */
  start() {
    this.#connection.start();
  }

  /** Disconnect. Unsent commands stay for a later `start`. */
  stop() {
    this.#connection.stop();
  }

  /** Call these listeners as well. @param {import("./types.js").ClientListeners} listeners */
  listen(listeners) {
    this.#listeners.push(listeners);
    return this;
  }

  /**
   * Join a room, and join it again on each new connection. Without `since` it begins with the `last` messages.
   *
   * @param {number} id
   * @param {{ last?: number, since?: number, token?: string, keep?: number } & import("./types.js").Listeners} options
   */
  join(id, { last, since, token, keep, ...listeners } = {}) {
    const room = this.#rooms.get(id) ?? this.#open(new Room(id, { last, since, token, keep, ...this.#ties() }));
    return room.listen(listeners);
  }

  /**
   * Get the direct conversation with a user, by name; it begins with the first message. Waits for a connection.
   *
   * @param {string} name
   * @returns {Promise<Room>}
   */
  async direct(name) {
    const { room, with: other, seq } = await ask(this.#gate, { type: "direct", to: name });
    const known = this.#rooms.get(room);
    if (!known) return this.#meet({ room, with: other, seq, read: 0, unread: 0 }, seq);
    known.with = other;
    return known;
  }

  /** All joined rooms, conversations included. */
  get rooms() {
    return [...this.#rooms.values()];
  }

  // Connections

  async #greet(socket) {
    const token = this.token || this.session || undefined;
    const welcome = await socket.request({ ...this.#hello, token });
    const { directs, session, name, color, participant, account, max_frame: maxFrame } = welcome;
    if (maxFrame) socket.maxFrame = maxFrame;
    if (session) this.session = session;
    this.me = { name, color, participant, account };
    this.#left.clear();
    for (const conversation of directs) {
      // Messages before the first connection are history; messages between two connections are news.
      const room = this.#rooms.get(conversation.room);
      if (room) room.update(conversation);
      else this.#meet(conversation, this.#metAll ? 0 : conversation.seq);
    }
    this.#metAll = true;
    this.#gate.open(socket);
    for (const room of this.#rooms.values()) room.enter(socket);
  }

  #lost() {
    this.#gate.shut();
    for (const room of this.#rooms.values()) room.lost();
  }

  #changed(state, error) {
    if (state === "ended") {
      this.#gate.end(error);
      for (const room of this.#rooms.values()) room.end(error);
    }
    this.#tell("onState", state, error);
  }

  // Rooms

  #receive(event) {
    if (event.type === "read") this.#tell("onRead", event);
    const room = this.#rooms.get(event.room) ?? this.#meetBy(event);
    room?.receive(event);
  }

  /** Handle an event of a room that was not joined: a conversation that another user began. */
  #meetBy(event) {
    // A read mark may be of any room that another client of this participant is in.
    if (!event.seq || event.type === "read" || this.#left.has(event.room)) return undefined;
    const mine = !event.sender || event.sender.name === this.me?.name;
    const { room, seq, sender } = event;
    return this.#meet({ room, with: mine ? null : sender, seq, read: 0, unread: 0 }, seq - 1);
  }

  #meet(conversation, seen) {
    const room = new Room(conversation.room, { conversation, since: seen, ...this.#ties() });
    this.#tell("onDirect", room);
    return this.#open(room);
  }

  #open(room) {
    this.#rooms.set(room.id, room);
    if (this.#gate.value) room.enter(this.#gate.value);
    return room;
  }

  /** What a room needs from its client. */
  #ties() {
    return {
      place: this.#place,
      onUnread: (room) => this.#tell("onUnread", room),
      isMe: (name) => name === this.me?.name,
      onOver: (room) => this.#forget(room),
    };
  }

  #forget(room) {
    this.#rooms.delete(room.id);
    this.#left.add(room.id);
  }

  #tell(listener, ...what) {
    for (const each of [...this.#listeners]) tell(each[listener], ...what);
  }
}
