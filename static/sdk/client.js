// The entry point of the SDK: a client is one participant on one connection, in many rooms. See docs/sdk.md.

import { ask } from "./ask.js";
import { Backoff } from "./backoff.js";
import { Connection } from "./connection.js";
import { Gate } from "./gate.js";
import { key } from "./names.js";
import { Room } from "./room.js";
import { tell } from "./tell.js";

export { ClientEnded, CommandError, ConnectionLost, RoomEnded } from "./errors.js";
export { storeUnsentIn } from "./unsent-store.js";
export { newNonce } from "./outbox.js";
export { qualifyEmoji } from "./strings.js";

const INVALID_TOKEN = 403;
// The listeners of events that are not of a room that we have joined.
const OURS = {
  reports_waiting: "onReportsWaiting",
  blocked: "onBlocked",
  joined_room: "onJoinedRoom",
  mentioned: "onMentioned",
  saved: "onSaved",
  unfinished: "onUnfinished",
};

/**
 * What a client calls.
 *
 * @typedef {object} ClientListeners
 * @property {(state: "connecting" | "connected" | "waiting" | "ended", error?: Error & { code: number }) => void} [onState]
 * @property {(room: Room) => void} [onDirect]
 * @property {(room: Room) => void} [onUnread]
 * @property {(event: { room: number, seq: number, unread: number, mentions: number, back?: boolean }) => void} [onRead]
 * @property {(event: import("./types.js").Mentioned) => void} [onMentioned]
 * @property {(event: { participant: number, name: string, on: boolean }) => void} [onBlocked]
 * @property {(event: import("./types.js").JoinedRoomChange) => void} [onJoinedRoom]
 * @property {(event: { room: number, target: number, on: boolean }) => void} [onSaved]
 * @property {(event: import("./types.js").Unfinished) => void} [onUnfinished]
 * @property {(event: { room: number, waiting: number }) => void} [onReportsWaiting]
 * @property {() => void} [onReset]
 */

export class Client {
  #hello;
  #listeners;
  #unsentStorage;
  #connection;
  #gate = new Gate(); // open while connected and identified
  /** @type {Map<number, Room>} */
  #rooms = new Map();
  #left = new Set(); // rooms whose last events may still come on this connection
  #metAll = false; // whether the existing conversations are known

  /**
   * `name` and `color`: the identity; without a name, the current identity by token, session or cookie. `token` is an
   * account's, `session` the token that a guest got before. `onState` is called with "connecting", "connected",
   * "waiting" (to try again) or "ended", and for "ended" with the error that ended it for good; its `code` is
   * that of the close or of the refusal. `onDirect` gets each conversation of two as a Room, to `listen` to;
   * `onUnread` each room in which the number of unread messages has changed; `onRead` the read marks that other
   * connections of ours have moved, in any room; `onMentioned` each message that mentions us, in any room that we can
   * read; `onBlocked` whom we have blocked or (`on` false) unblocked, on whichever connection; `onJoinedRoom` each room that
   * we have joined or (`on` false) left for good, or of which we have set what calls us; `onSaved` each message that we have
   * saved or (`on` false) removed from those; `onUnfinished` each text that we have begun to write on another connection ("": it was sent or removed there); `onReportsWaiting` how many reports wait in a room that we run. `onReset` is called when the server's history has changed: a backup was
   * restored, and each room begins anew. `unsentStorage`: where unsent messages survive the page, as made by
   * `storeUnsentIn`.
   *
   * @param {{ url: string, name?: string, color?: string, token?: string, session?: string,
   *   unsentStorage?: import("./types.js").UnsentStorage, backoff?: Backoff } & ClientListeners} options
   */
  constructor({ url, name, color, token = "", session = "", unsentStorage, backoff = new Backoff(), ...listeners }) {
    this.#hello = { type: "hello", name, color };
    this.#unsentStorage = unsentStorage;
    this.#listeners = [listeners];
    /** An account's access token. Renew it before it expires: each connection needs it. */
    this.token = token;
    /** The token with which a guest returns with the same identity: keep it for the next client. */
    this.session = session;
    /** The history of the server that all seqs are of: keep it together with `room.cursor`. */
    this.epoch = "";
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

  /** Call these listeners as well. @param {ClientListeners} listeners */
  listen(listeners) {
    this.#listeners.push(listeners);
    return this;
  }

  /**
   * Join a room, and join it again on each new connection. Without `since` it begins with the `last` messages. `epoch`:
   * the `client.epoch` that `since` is of.
   *
   * @param {number} id
   * @param {{ last?: number, since?: number, epoch?: string, token?: string,
   *   keep?: number } & import("./room.js").Listeners} options
   * @returns {Room}
   */
  join(id, { last, since, epoch, token, keep, ...listeners } = {}) {
    const room = this.#rooms.get(id) ?? this.#open(new Room(id, { last, since, epoch, token, keep, ...this.#ties() }));
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
    known.other = other;
    return known;
  }

  /**
   * A page of the messages that mention you, latest first: in one room, or in all that you can read. `before`: the id of the
   * last mention on the previous page.
   *
   * @param {{ room?: number, before?: number, limit?: number }} asked
   * @returns {Promise<{ mentions: import("./types.js").Mention[], more: boolean }>}
   */
  async mentions({ room, before, limit } = {}) {
    const { mentions, more } = await ask(this.#gate, { type: "mentions", room, before, limit });
    return { mentions, more };
  }

  /**
   * A page of the messages that you saved, latest first: in one room, or in all that you can read. `before`: the id of the
   * last one on the previous page.
   *
   * @param {{ room?: number, before?: number, limit?: number }} asked
   * @returns {Promise<{ saved: import("./types.js").Saved[], more: boolean }>}
   */
  async saved({ room, before, limit } = {}) {
    const { saved, more } = await ask(this.#gate, { type: "saved", room, before, limit });
    return { saved, more };
  }

  /**
   * Save a message for later; with `on` false, remove it from those that you saved.
   *
   * @param {number} room
   * @param {number} seq
   */
  async save(room, seq, on = true) {
    await ask(this.#gate, { type: "save", room, target: seq, on });
  }

  /**
   * Keep what you have begun to write in a room, for your other connections; "": remove it. It is not sent again after a
   * lost connection or a refusal, since something newer may have come by then.
   *
   * @param {number} room
   * @param {string} text
   * @param {{ replyTo?: number }} [options]
   */
  async keepUnfinished(room, text, { replyTo } = {}) {
    const socket = await this.#gate.pass();
    await socket.request({ type: "keep_unfinished", room, text, reply_to: replyTo });
  }

  /**
   * Get what you have begun to write, in all rooms that you can read, the latest first.
   *
   * @returns {Promise<import("./types.js").Unfinished[]>}
   */
  async unfinished() {
    return (await ask(this.#gate, { type: "unfinished" })).texts;
  }

  /** Get the people whom you have blocked, the latest first. @returns {Promise<import("./types.js").BlockedPerson[]>} */
  async blocked() {
    return (await ask(this.#gate, { type: "blocked" })).blocked;
  }

  /**
   * Block the participant of this number (the `participant` of their messages); with `on` false, unblock. The two of you cannot
   * write to each other directly then, and their mentions do not call you.
   *
   * @param {number} participant
   */
  async block(participant, on = true) {
    await ask(this.#gate, { type: "block", participant, on });
  }

  /** Get the rooms that you have joined, the latest first. @returns {Promise<import("./types.js").JoinedRoom[]>} */
  async joinedRooms() {
    return (await ask(this.#gate, { type: "joined_rooms" })).rooms;
  }

  /**
   * Set what calls you in a room that you have joined, for `seconds` or until you change it.
   *
   * @param {number} room
   * @param {"all" | "mentions" | "nothing"} level
   * @param {{ seconds?: number }} options
   */
  async setLevel(room, level, { seconds } = {}) {
    await ask(this.#gate, { type: "level", room, level, seconds });
  }

  /**
   * A page of the reports that wait, latest first: of one room, or of all that you run. With `done`, those that are
   * decided; with `mine`, those that you have filed. `before`: the id of the last report on the previous page.
   *
   * @param {{ room?: number, mine?: boolean, done?: boolean, before?: number, limit?: number }} asked
   * @returns {Promise<{ reports: import("./types.js").Report[], more: boolean, waiting?: number }>} `waiting`: how many
   *   wait in the room, 100 at most
   */
  async reports({ room, mine, done, before, limit } = {}) {
    const { reports, more, waiting } = await ask(this.#gate, { type: "reports", room, mine, done, before, limit });
    return { reports, more, waiting };
  }

  /**
   * Claim a report, to decide it; with `on` false, release it. For moderators. `handler`: the
   * handler that you expect it to have, "" for none. Refused with 914 if it has another one by now.
   *
   * @param {number} report
   * @param {boolean} [on]
   * @param {{ handler?: string }} [options]
   */
  async claim(report, on = true, { handler } = {}) {
    await ask(this.#gate, { type: "claim", report, on, handler });
  }

  /**
   * Decide a report: "nothing" to do, "delete" the message, "mute", "kick" or "ban" its sender, or "done" in some other
   * way. Of a held message: "approve" or "reject" it, or "mute", "kick" or "ban" its sender, which rejects it. For
   * moderators. It ends all reports of the same message. `seconds`: how long a mute or ban lasts.
   *
   * @param {number} report
   * @param {"nothing" | "delete" | "mute" | "kick" | "ban" | "done" | "approve" | "reject"} decision
   * @param {{ seconds?: number, reason?: string }} options
   */
  async decide(report, decision, { seconds, reason } = {}) {
    await ask(this.#gate, { type: "decide", report, decision, seconds, reason });
  }

  /**
   * Ban `{ name }`, `{ pattern }` (* is any text) or `{ network }` from the whole server for `seconds`, or until further
   * notice. For staff. `{ newcomers: true }`: for this many seconds no one new can join, and only staff can create rooms;
   * with `hold: true` guests can join, and the first messages of new ones wait for a moderator.
   *
   * @param {{ name?: string, pattern?: string, network?: string, newcomers?: boolean, hold?: boolean }} whom
   * @param {{ seconds?: number, reason?: string, note?: string }} options
   * @returns {Promise<import("./types.js").Ban[]>} all bans from the server, the latest first
   */
  async banFromServer({ name, pattern, network, newcomers, hold }, { seconds, reason, note } = {}) {
    const whom = { name, pattern, network, newcomers, hold };
    return (await ask(this.#gate, { type: "ban_from_server", ...whom, seconds, reason, note })).bans;
  }

  /** Lift a ban from the server. For staff. @param {number} id @returns {Promise<import("./types.js").Ban[]>} those left */
  async unbanFromServer(id) {
    return (await ask(this.#gate, { type: "unban_from_server", ban: id })).bans;
  }

  /** Get the bans from the server, the latest first. For staff. @returns {Promise<import("./types.js").Ban[]>} */
  async serverBans() {
    return (await ask(this.#gate, { type: "server_bans" })).bans;
  }

  /**
   * Get your own messages that wait for a moderator, the oldest first: of one room, or of all.
   *
   * @param {{ room?: number }} asked
   * @returns {Promise<import("./types.js").HeldMessage[]>}
   */
  async heldMessages({ room } = {}) {
    return (await ask(this.#gate, { type: "held", room })).messages;
  }

  /**
   * Get the filters of a room, the oldest first, for moderators; without `room`, those of the server, for staff.
   *
   * @param {{ room?: number }} asked
   * @returns {Promise<import("./types.js").Filter[]>}
   */
  async filters({ room } = {}) {
    return (await ask(this.#gate, { type: "filters", room })).filters;
  }

  /**
   * Add a filter to a room, for moderators; without `room`, to the server, for staff.
   *
   * @param {{ room?: number } & import("./types.js").FilterFields} fields
   * @returns {Promise<import("./types.js").Filter>}
   */
  async addFilter({ room, kind, action, pattern, amount, note }) {
    return (await ask(this.#gate, { type: "add_filter", room, kind, action, pattern, amount, note })).filter;
  }

  /**
   * Give a filter these values in place of all that it has. For moderators.
   *
   * @param {number} id
   * @param {import("./types.js").FilterFields} fields
   * @returns {Promise<import("./types.js").Filter>}
   */
  async changeFilter(id, { kind, action, pattern, amount, note }) {
    return (await ask(this.#gate, { type: "change_filter", filter: id, kind, action, pattern, amount, note })).filter;
  }

  /** Remove a filter. For moderators. @param {number} id */
  async removeFilter(id) {
    await ask(this.#gate, { type: "remove_filter", filter: id });
  }

  /**
   * See what a filter would have caught among the latest 1,000 messages of a room, or as many as take two seconds.
   * For moderators.
   *
   * @param {{ room?: number } & import("./types.js").FilterFields} fields
   * @returns {Promise<{ tried: number, count: number,
   *   messages: { seq: number, at: string, name: string, text: string }[] }>} `messages`: the latest 50 of them
   */
  async tryFilter({ room, kind, action, pattern, amount, note }) {
    const command = { type: "try_filter", room, kind, action, pattern, amount, note };
    const { tried, count, messages } = await ask(this.#gate, command);
    return { tried, count, messages };
  }

  /** All joined rooms, conversations included. @returns {Room[]} */
  get rooms() {
    return [...this.#rooms.values()];
  }

  // Connections

  async #greet(socket) {
    const welcome = await this.#sayHello(socket);
    const { directs, epoch, session, name, color, participant, account, max_frame: maxFrame } = welcome;
    if (maxFrame) socket.maxFrame = maxFrame;
    if (session) this.session = session;
    this.me = { name, color, participant, account };
    this.#left.clear();
    if (this.epoch && epoch && epoch !== this.epoch) this.#reset();
    this.epoch = epoch ?? "";
    for (const conversation of directs) {
      // Messages before the first connection are history; messages between two connections are news.
      const room = this.#rooms.get(conversation.room);
      if (room) room.update(conversation); // and if it was reset, it begins there
      else this.#meet(conversation, this.#metAll ? 0 : conversation.seq);
    }
    this.#metAll = true;
    this.#gate.open(socket);
    for (const room of this.#rooms.values()) room.enter(socket);
  }

  async #sayHello(socket) {
    const token = this.token || this.session || undefined;
    // Once the server knows us, it also knows the name, which may have been changed on a page meanwhile.
    const known = this.me ? { type: "hello" } : this.#hello;
    try {
      return await socket.request({ ...known, token });
    } catch (error) {
      // The guest is gone: a restored backup does not have it.
      if (error.code !== INVALID_TOKEN || this.token || !this.session || !this.#hello.name) throw error;
      this.session = "";
      return socket.request({ ...this.#hello, ...(this.me && { name: this.me.name, color: this.me.color }) });
    }
  }

  /** The server has another history: nothing that is known of the rooms holds. */
  #reset() {
    this.#metAll = false;
    for (const room of this.rooms) room.reset();
    this.#tell("onReset");
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
    if (OURS[event.type]) {
      this.#tell(OURS[event.type], event);
      return;
    }
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
      unsentStorage: this.#unsentStorage,
      presentEpoch: () => this.epoch,
      onUnread: (room) => this.#tell("onUnread", room),
      isMe: (name) => key(name) === key(this.me?.name ?? ""),
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
