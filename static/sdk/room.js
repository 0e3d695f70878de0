// One room as its client knows it: what was said, who is there, how far it was seen, what is not yet sent.

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

const TYPING_AGAIN = 2_500; // milliseconds: the others show it for twice as long

export class Room extends Deeds {
  #ties;
  #gate = new Gate(); // open while we are in the room
  #outbox;
  #log;
  #members = new Members();
  #typing = new Typing((writing) => this.#tell("onTyping", writing));
  #entry;
  #held = null; // events that came before the answer to the first join
  #behind; // whether events are missed that only a join brings
  #upTo = 0; // the seq that the room had come to when it was joined
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
    /** In a conversation of two, the other one, as far as that is known yet; null in other rooms. */
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

  /** Have these called; those given before stay, where none of the same name is given. */
  listen(listeners) {
    const given = Object.entries(listeners).filter(([, listener]) => listener);
    this.#listeners = { ...this.#listeners, ...Object.fromEntries(given) };
    return this;
  }

  // What is known of it

  /** The seq of the last event that was handed over: `since` for a later client. */
  get seen() {
    return this.#log.seen;
  }

  /** Whether all is here that had happened when we came (back). */
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

  /** Who is in the room, as of the last news. */
  get present() {
    return this.#members.list();
  }

  /** How many they are; `present` has at first only some of the people of a large room. */
  get people() {
    return this.#members.count();
  }

  /** The seq up to which everything was read. */
  get readMark() {
    return this.#log.unread.mark;
  }

  /** How many messages of others are behind the read mark; 100 and more may be more than that. */
  get unread() {
    return this.#log.unread.count;
  }

  get unsent() {
    return this.#outbox.unsent;
  }

  // What one does in it

  send(text, options) {
    this.#typed = -Infinity;
    return super.send(text, options);
  }

  /** Call this as often as a key is pressed: the others are told as often as they need to be. */
  typing() {
    if (!this.#gate.value || performance.now() - this.#typed < TYPING_AGAIN) return;
    this.#typed = performance.now();
    this.#gate.value.request({ type: "typing", room: this.id }).catch(() => {});
  }

  /** Everything up to `seq` was read. */
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
   * Who runs the room: its owner (null: only staff) and its moderators.
   *
   * @returns {Promise<{ owner: import("./types.js").Who | null, moderators: import("./types.js").Who[] }>}
   */
  async moderators() {
    const { owner, moderators } = await this.#ask({ type: "moderators" });
    return { owner, moderators };
  }

  /** Ask who is in the room. @returns {Promise<import("./types.js").Who[]>} */
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

  /** Forget the messages before `seq`, which nobody looks at any more. */
  forget(seq) {
    this.#log.forget(seq);
  }

  /**
   * Go out of the room. What is not yet sent is rejected. Resolves when one is out: the room may be joined again.
   * A conversation of two cannot be left.
   */
  async leave() {
    if (this.direct) return;
    const { socket } = this.#entry;
    this.#close(new Left());
    await socket?.request({ type: "leave", room: this.id }).catch(() => {});
  }

  // For the client

  /** There is a connection: get into the room. */
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

  /** What the server says of a conversation of two that is known already. */
  update({ with: other, seq, read, unread }) {
    this.with = other;
    if (this.direct) this.#behind = seq > this.seen;
    this.#hearReading({ read, unread, seq });
  }

  /** It is over, for this reason. */
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

  // Getting in

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
    // A conversation that another tab of ours began: with whom, only the other one's first words tell.
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

  // How far it was read

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
