// A room as its client knows it: messages, members, read mark, unsent commands.

import { ask } from "./ask.js";
import { Deeds } from "./deeds.js";
import { Entry } from "./entry.js";
import { CommandError, Left } from "./errors.js";
import { Gate } from "./gate.js";
import { Kept } from "./kept.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { Members, Typing } from "./presence.js";
import { tell } from "./tell.js";

const TYPING_AGAIN = 2_500; // milliseconds: others show it for twice as long

export class Room extends Deeds {
  #ties;
  #gate = new Gate(); // open while joined
  #outbox;
  #log;
  #members = new Members();
  #typing = new Typing((writing) => this.#tell("onTyping", writing));
  #entry;
  #held = null; // events that came before the answer to the first join
  #behind; // whether events are missing that only a join can bring
  #upTo = 0; // the latest seq of the room at the join
  #listeners = {};
  #typed = -Infinity;

  /**
   * Rooms are made by `Client.join` and `Client.direct`.
   *
   * @param {number} id
   */
  constructor(id, { last = 50, since, token = "", keep, place, conversation = null, ...ties }) {
    super((command) => this.#outbox.put({ ...command, room: id }));
    this.id = id;
    /** A private or hidden room's token, for the next join. */
    this.token = token;
    /** In a direct conversation, the other member, if known yet; null in other rooms. */
    this.with = conversation?.with ?? null;
    this.direct = conversation !== null;
    /** @type {import("./types.js").Info | null} */
    this.info = null;
    this.#ties = ties;
    this.#log = new Log({
      last,
      since,
      keep,
      strict: this.direct,
      before: conversation ?? undefined,
      isMine: ({ name, verified }) => verified && ties.isMe(name),
      onUnread: (count) => this.#countChanged(count),
      ask: (command) => this.#ask(command),
    });
    this.#behind = !this.direct || conversation.seq > since;
    this.#entry = new Entry({
      command: () => this.#joinCommand(),
      expect: () => this.#members.expect(),
      onAnswer: (answer, socket) => this.#answered(answer, socket),
      onRefused: (error) => this.end(error),
    });
    const kept = new Kept(place, id);
    this.#outbox = new Outbox(this.#gate, (unsent) => {
      kept.save(unsent);
      this.#tell("onUnsent", unsent);
    });
    this.#outbox.resume(kept.load(), (command, error) => this.#tell("onRefused", command, error));
  }

  /** Add listeners; they replace earlier listeners of the same name. */
  listen(listeners) {
    const given = Object.entries(listeners).filter(([, listener]) => listener);
    this.#listeners = { ...this.#listeners, ...Object.fromEntries(given) };
    return this;
  }

  // State

  /** The seq of the last event that was handed over: `since` for a later client. */
  get seen() {
    return this.#log.seen;
  }

  /** Whether all events up to the latest join have arrived. */
  get upToDate() {
    return !this.#behind && this.seen >= this.#upTo;
  }

  /** The known messages as they are now, oldest first. */
  get messages() {
    return this.#log.messages;
  }

  message(seq) {
    return this.#log.message(seq);
  }

  /** The members of the room, as far as known. */
  get present() {
    return this.#members.list();
  }

  /** The number of members; for a large room, `present` has only some of them at first. */
  get people() {
    return this.#members.count();
  }

  /** The seq up to which everything was read. */
  get readMark() {
    return this.#log.unread.mark;
  }

  /** The number of messages of others after the read mark; 100 means 100 or more. */
  get unread() {
    return this.#log.unread.count;
  }

  get unsent() {
    return this.#outbox.unsent;
  }

  // Commands

  send(text, options) {
    this.#typed = -Infinity;
    return super.send(text, options);
  }

  /** Call this for each key press: it tells the other members only as often as needed. */
  typing() {
    if (!this.#gate.value || performance.now() - this.#typed < TYPING_AGAIN) return;
    this.#typed = performance.now();
    this.#gate.value.request({ type: "typing", room: this.id }).catch(() => {});
  }

  /** Mark everything up to `seq` as read. */
  async read(seq) {
    this.#mark(seq);
    await this.#ask({ type: "read", seq });
  }

  /**
   * A page of messages as they are now: before or after a seq, or the latest. They are kept up to date like
   * those that came with the join.
   *
   * @param {{ before?: number, after?: number, limit?: number }} range
   * @returns {Promise<{ messages: import("./types.js").Message[], more: boolean }>}
   */
  history(range) {
    return this.#log.history(range);
  }

  /**
   * The latest messages with all words of `text`, or the latest of them before a seq. They are as they are now,
   * and are not among `messages`.
   *
   * @param {string} text
   * @param {{ before?: number, limit?: number }} range
   * @returns {Promise<{ messages: import("./types.js").Message[], more: boolean }>}
   */
  search(text, range) {
    return this.#log.search(text, range);
  }

  /**
   * The messages that are pinned to the room, as they are now, the latest pin first. They are not among `messages`.
   *
   * @returns {Promise<import("./types.js").Message[]>}
   */
  pins() {
    return this.#log.pins();
  }

  /**
   * Get the owner of the room (null: only staff) and its moderators.
   *
   * @returns {Promise<{ owner: import("./types.js").Who | null, moderators: import("./types.js").Who[] }>}
   */
  async moderators() {
    const { owner, moderators } = await this.#ask({ type: "moderators" });
    return { owner, moderators };
  }

  /** Get all members of the room. @returns {Promise<import("./types.js").Who[]>} */
  async members() {
    this.#members.expect();
    let members = null;
    try {
      ({ members } = await this.#ask({ type: "members" }));
    } finally {
      this.#members.arrived(members);
    }
    this.#tell("onMembers", this.present);
    return this.present;
  }

  /** Forget the messages before `seq`, which are no longer shown. */
  forget(seq) {
    this.#log.forget(seq);
  }

  /**
   * Leave the room. Unsent commands are rejected. Resolves when the room is left and can be joined again. A direct
   * conversation cannot be left.
   */
  async leave() {
    if (this.direct) return;
    const { socket } = this.#entry;
    this.#close(new Left());
    await socket?.request({ type: "leave", room: this.id }).catch(() => {});
  }

  // For the client

  /** Join the room on a new connection. */
  enter(socket) {
    this.#entry.use(socket);
    if (this.#behind) this.#entry.join();
    else this.#gate.open(socket);
  }

  /** The connection is lost. */
  lost() {
    this.#entry.use(null);
    this.#log.lost();
    this.#behind = !this.direct;
    this.#gate.shut();
  }

  /** Take the state that the server sends for a known conversation. */
  update({ with: other, seq, read, unread }) {
    this.with = other;
    if (this.direct) this.#behind = seq > this.seen;
    this.#hearReading({ read, unread, seq });
  }

  /** End the room for this reason. */
  end(error) {
    this.#close(error);
    this.#tell("onEnd", error);
  }

  receive(event) {
    if (event.type === "joined" || event.type === "left") this.#move(event);
    else if (event.type === "typing") this.#hearTyping(event);
    else if (event.type === "read") this.#hearReading({ read: event.seq, unread: event.unread, seq: event.as_of });
    else if (event.type === "removed") this.end(new CommandError(event));
    else if (this.#held) this.#held.push(event);
    else if (event.seq !== undefined) this.#take(event);
  }

  // Joining

  #joinCommand() {
    if (this.seen === null) this.#held = [];
    return { type: "join", room: this.id, token: this.token || undefined, ...this.#log.wanted };
  }

  #answered(answer, socket) {
    this.#members.arrived(answer && answer.members, answer?.people);
    if (!answer) return;
    const { seq, info, read, unread, messages } = answer;
    const held = this.#held ?? [];
    this.#behind = false;
    this.#upTo = unread ? seq : 0; // where all is read, nothing may come: the log forgets
    this.#held = null;
    this.info = info;
    this.#log.joined(answer);
    this.#tell("onJoined", { seq, info, read, unread, messages });
    this.#tell("onMembers", this.present);
    this.#hearReading({ read, unread, seq });
    for (const message of messages ?? []) this.#settle(message); // sent from here, before a reload
    this.#gate.open(socket);
    for (const event of held) this.receive(event);
  }

  #close(error) {
    this.#entry.use(null);
    this.#gate.end(error);
    this.#ties.onOver(this);
  }

  // Events

  #take(event) {
    const turn = this.#log.take(event);
    if (turn === "next") this.#hand(event);
    else if (turn === "hole") this.#entry.join();
  }

  #hand(event) {
    if (event.sender) this.#heardFrom(event.sender);
    if (event.type === "room") this.#noteInfo(event);
    if (event.type === "moderator") this.#noteModerator(event);
    this.#tell("onEvent", event, this);
    this.#settle(event);
  }

  /** The `ok` of a message that is here may have been lost with a connection. */
  #settle({ nonce, seq }) {
    if (nonce) this.#outbox.settle(nonce, seq);
  }

  #heardFrom(sender) {
    this.#typing.over(sender.name);
    // A conversation that another tab began: only the other member's first message tells who it is.
    if (this.direct && !this.#ties.isMe(sender.name)) this.with ??= sender;
  }

  #noteInfo({ title, description, visibility, locked }) {
    this.info = { ...this.info, title, description, visibility, locked };
  }

  #noteModerator({ who, on }) {
    if (!this.info || !who.verified || !this.#ties.isMe(who.name)) return;
    this.info = { ...this.info, moderator: on || Boolean(this.info.owner) };
  }

  #move(event) {
    this.#members.move(event);
    if (event.type === "left") this.#typing.over(event.who.name);
    this.#tell("onMembers", this.present);
  }

  #hearTyping({ who }) {
    if (!this.#ties.isMe(who.name)) this.#typing.heard(who);
  }

  // Read marks

  #mark(seq) {
    if (this.#log.unread.move(seq)) this.#tell("onRead", seq);
  }

  #hearReading(told) {
    const before = this.readMark;
    this.#log.unread.told(told);
    if (this.readMark !== before) this.#tell("onRead", this.readMark);
  }

  #countChanged(count) {
    this.#tell("onUnread", count);
    this.#ties.onUnread(this);
  }

  // Odds and ends

  #ask(command) {
    return ask(this.#gate, { ...command, room: this.id });
  }

  #tell(listener, ...what) {
    tell(this.#listeners[listener], ...what);
  }
}
