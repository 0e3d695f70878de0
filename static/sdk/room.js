// One room as its client knows it: what was said, who is there, how far it was seen, what is not yet sent.

import { ask } from "./ask.js";
import { Cursor } from "./cursor.js";
import { Entry } from "./entry.js";
import { CommandError, Left } from "./errors.js";
import { Gate } from "./gate.js";
import { newNonce, Outbox } from "./outbox.js";
import { Members, Typing } from "./presence.js";
import { tell } from "./tell.js";
import { Timeline } from "./timeline.js";

const TYPING_AGAIN = 2_500; // milliseconds: the others show it for twice as long

export class Room {
  #ties;
  #gate = new Gate(); // open while we are in the room
  #outbox;
  #cursor;
  #timeline;
  #members = new Members();
  #typing = new Typing((writing) => this.#tell("onTyping", writing));
  #entry;
  #last;
  #held = null; // events that came before the answer to the first join
  #behind; // whether events are missed that only a join brings
  #listeners = {};
  #typed = -Infinity;

  /**
   * Rooms are made by `Client.join` and `Client.direct`.
   *
   * @param {number} id
   */
  constructor(id, { last = 50, since, token = "", keep, conversation = null, ...ties }) {
    this.id = id;
    /** A private or hidden room's token, for the next join. */
    this.token = token;
    /** In a conversation of two, the other one, as far as that is known yet; null in other rooms. */
    this.with = conversation?.with ?? null;
    this.direct = conversation !== null;
    /** @type {import("./types.js").Info | null} */
    this.info = null;
    this.readMark = conversation?.read ?? 0;
    this.#last = last;
    this.#ties = ties;
    this.#cursor = new Cursor(since ?? null, this.direct);
    this.#behind = !this.direct || conversation.seq > since;
    this.#timeline = new Timeline(keep);
    this.#entry = new Entry({
      command: () => this.#joinCommand(),
      expect: () => this.#members.expect(),
      onAnswer: (answer, socket) => this.#answered(answer, socket),
      onRefused: (error) => this.end(error),
    });
    this.#outbox = new Outbox(this.#gate, (unsent) => this.#tell("onUnsent", unsent));
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
    return this.#cursor.seen;
  }

  /** The known messages as they are now, oldest first. */
  get messages() {
    return this.#timeline.list();
  }

  message(seq) {
    return this.#timeline.get(seq);
  }

  /** Who is in the room, as of the last news. */
  get present() {
    return this.#members.list();
  }

  /** How many they are; `present` has at first only some of the people of a large room. */
  get people() {
    return this.#members.count();
  }

  get unsent() {
    return this.#outbox.unsent;
  }

  // What one does in it

  /** Say something. Resolves to its seq when it is stored; rejects if it is refused for good. */
  send(text, { replyTo, nonce = newNonce() } = {}) {
    this.#typed = -Infinity;
    return this.#do({ type: "send", text, nonce, reply_to: replyTo });
  }

  edit(seq, text) {
    return this.#do({ type: "edit", target: seq, text });
  }

  delete(seq) {
    return this.#do({ type: "delete", target: seq });
  }

  react(seq, emoji, on = true) {
    return this.#do({ type: "react", target: seq, emoji, on });
  }

  /** For those who run the room: let nobody of this name speak for so long, or until further notice. */
  mute(name, { seconds, on = true } = {}) {
    return this.#do({ type: "mute", name, seconds, on });
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
  async history({ before, after, limit } = {}) {
    const page = this.#timeline.expectPage();
    try {
      const { messages, seq, more } = await this.#ask({ type: "history", before, after, limit });
      return { messages: page.arrived(messages, seq), more };
    } finally {
      page.done();
    }
  }

  /**
   * The latest messages with all words of `text`, or the latest of them before a seq. They are as they are now,
   * and are not among `messages`.
   *
   * @param {string} text
   * @param {{ before?: number, limit?: number }} range
   * @returns {Promise<{ messages: import("./types.js").Message[], more: boolean }>}
   */
  async search(text, { before, limit } = {}) {
    const { messages, more } = await this.#ask({ type: "search", text, before, limit });
    return { messages, more };
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
    this.#timeline.forget(seq);
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
    this.#cursor.halt();
    this.#behind = !this.direct;
    this.#gate.shut();
  }

  /** What the server says of a conversation of two that is known already. */
  update({ with: other, seq, read }) {
    this.with = other;
    if (this.direct) this.#behind = seq > this.#cursor.seen;
    this.#mark(read);
  }

  /** It is over, for this reason. */
  end(error) {
    this.#close(error);
    this.#tell("onEnd", error);
  }

  receive(event) {
    if (event.type === "joined" || event.type === "left") this.#move(event);
    else if (event.type === "typing") this.#hearTyping(event);
    else if (event.type === "read") this.#mark(event.seq);
    else if (event.type === "removed") this.end(new CommandError(event));
    else if (this.#held) this.#held.push(event);
    else if (event.seq !== undefined) this.#take(event);
  }

  // Getting in

  #joinCommand() {
    const { seen } = this.#cursor;
    if (seen === null) this.#held = [];
    const from = seen === null ? { last: this.#last } : { since: seen };
    return { type: "join", room: this.id, token: this.token || undefined, ...from };
  }

  #answered(answer, socket) {
    this.#members.arrived(answer && answer.members, answer?.people);
    if (!answer) return;
    const { seq, info, read, messages } = answer;
    const held = this.#held ?? [];
    this.#behind = false;
    this.#held = null;
    this.info = info;
    this.#timeline.reset(messages ?? [], seq);
    if (this.#cursor.seen === null) this.#cursor.seen = seq;
    else this.#cursor.resume();
    this.#tell("onJoined", { seq, info, read, messages });
    this.#tell("onMembers", this.present);
    this.#mark(read);
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
    const turn = event.seq === 0 ? "next" : this.#cursor.take(event.seq); // 0: of a room that keeps nothing
    if (turn === "next") this.#hand(event);
    else if (turn === "hole") this.#entry.join();
  }

  #hand(event) {
    if (event.seq) this.#timeline.apply(event);
    if (event.sender) this.#heardFrom(event.sender);
    if (event.type === "room") this.#noteInfo(event);
    this.#tell("onEvent", event, this);
    if (event.nonce) this.#outbox.settle(event.nonce, event.seq); // its `ok` may have been lost with a connection
  }

  #heardFrom(sender) {
    this.#typing.over(sender.name);
    // A conversation that another tab of ours began: with whom, only the other one's first words tell.
    if (this.direct && !this.#ties.isMe(sender.name)) this.with ??= sender;
  }

  #noteInfo({ title, description, visibility, locked }) {
    this.info = { ...this.info, title, description, visibility, locked };
  }

  #move(event) {
    this.#members.move(event);
    if (event.type === "left") this.#typing.over(event.who.name);
    this.#tell("onMembers", this.present);
  }

  #hearTyping({ who }) {
    if (!this.#ties.isMe(who.name)) this.#typing.heard(who);
  }

  #mark(seq) {
    if (seq <= this.readMark) return;
    this.readMark = seq;
    this.#tell("onRead", seq);
  }

  // Odds and ends

  #ask(command) {
    return ask(this.#gate, { ...command, room: this.id });
  }

  #do(command) {
    return this.#outbox.put({ ...command, room: this.id });
  }

  #tell(listener, ...what) {
    tell(this.#listeners[listener], ...what);
  }
}
