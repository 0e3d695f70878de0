// A room as its client knows it: messages, members, read mark, unsent commands.

import { ask } from "./ask.js";
import { LoggedCommands } from "./logged-commands.js";
import { Entry } from "./entry.js";
import { CommandError, RoomEnded } from "./errors.js";
import { Gate } from "./gate.js";
import { UnsentStore } from "./unsent-store.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { Members, Typing } from "./presence.js";
import { tell } from "./tell.js";

/**
 * What a room calls. `onEvent` gets each event of the log once and in order, `onJoined` the answer to each
 * join (`messages` only with the first one), `onMembers` the members, `onTyping` who is typing,
 * `onRead` the read mark, `onUnread` the number of messages of others after it, `onUnsent` the commands that are
 * not yet confirmed, `onRefused` each command of an earlier page that was refused, `onRejected` the nonce of a held message
 * that a moderator rejected, `onRulesAccepted` that we have accepted the rules, on whichever connection, `onExpiring` in how many seconds the room token expires, `onEnd` why the room is over.
 * `onReset`: the room has another history, so that what was told of it is void; `onJoined` follows.
 *
 * @typedef {object} Listeners
 * @property {(event: import("./types.js").LogEvent, room: Room) => void} [onEvent]
 * @property {(answer: import("./types.js").JoinAnswer) => void} [onJoined]
 * @property {(members: import("./types.js").Person[]) => void} [onMembers]
 * @property {(writing: import("./types.js").Person[]) => void} [onTyping]
 * @property {(seq: number) => void} [onRead]
 * @property {(count: number) => void} [onUnread]
 * @property {(unsent: import("./types.js").Command[]) => void} [onUnsent]
 * @property {(command: import("./types.js").Command, error: Error & { code?: number }) => void} [onRefused]
 * @property {(nonce: string | null) => void} [onRejected]
 * @property {() => void} [onRulesAccepted]
 * @property {(seconds: number) => void} [onExpiring]
 * @property {(error: Error & { code: number }) => void} [onEnd]
 * @property {() => void} [onReset]
 */

const CURSOR_EXPIRED = 913;
const TYPING_AGAIN = 2_500; // milliseconds: others show it for twice as long

export class Room extends LoggedCommands {
  #ties;
  #options; // of the log
  #epoch; // that the cursor is of
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
  #reading = 0; // read marks that are on their way

  /**
   * Rooms are made by `Client.join` and `Client.direct`.
   *
   * @internal
   * @param {number} id
   */
  constructor(id, { last = 50, since, epoch = "", token = "", keep, unsentStorage, conversation = null, ...ties }) {
    super((command) => this.#outbox.put({ ...command, room: id }));
    this.id = id;
    /** A private or hidden room's token, for the next join. To stay by a new one, call `renew`. */
    this.token = token;
    /**
     * In a direct conversation, the other member, if known yet; null in other rooms.
     *
     * @type {import("./types.js").Person | null}
     */
    this.other = conversation?.with ?? null;
    this.direct = conversation !== null;
    /** @type {import("./types.js").RoomInfo | null} */
    this.info = null;
    this.#ties = ties;
    this.#epoch = epoch;
    this.#options = {
      last,
      keep,
      strict: this.direct,
      isMine: ({ name, verified }) => verified && ties.isMe(name),
      onUnread: (count) => this.#countChanged(count),
      ask: (command) => this.#ask(command),
    };
    this.#log = new Log({ ...this.#options, since, before: conversation ?? undefined });
    this.#behind = !this.direct || conversation.seq > since;
    this.#entry = new Entry({
      command: () => this.#joinCommand(),
      expect: () => this.#members.expect(),
      onAnswer: (answer, socket) => this.#answered(answer, socket),
      onRefused: (error) => this.#refused(error),
    });
    const store = new UnsentStore(unsentStorage, id);
    this.#outbox = new Outbox(this.#gate, (unsent) => {
      store.save(unsent);
      this.#tell("onUnsent", unsent);
    });
    this.#outbox.resume(store.load(), (command, error) => this.#tell("onRefused", command, error));
  }

  /** Add listeners; they replace earlier listeners of the same name. @param {Listeners} listeners */
  listen(listeners) {
    const given = Object.entries(listeners).filter(([, listener]) => listener);
    this.#listeners = { ...this.#listeners, ...Object.fromEntries(given) };
    return this;
  }

  // State

  /** The seq of the last event that was handed over: `since` for a later client. */
  get cursor() {
    return this.#log.cursor;
  }

  /** Whether all events up to the latest join have arrived. */
  get upToDate() {
    return !this.#behind && this.cursor >= this.#upTo;
  }

  /** The known messages as they are now, oldest first. @returns {import("./types.js").Message[]} */
  get messages() {
    return this.#log.messages;
  }

  /** @param {number} seq */
  message(seq) {
    return this.#log.message(seq);
  }

  /** The members of the room, as far as known. */
  get present() {
    return this.#members.list();
  }

  /** The number of members; for a large room, `present` has only some of them at first. */
  get memberCount() {
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

  /** @returns {import("./types.js").Command[]} */
  get unsent() {
    return this.#outbox.unsent;
  }

  // Commands

  /**
   * Send a message: see `LoggedCommands.send`.
   *
   * @param {string} text
   * @param {{ replyTo?: number, nonce?: string }} [options]
   */
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

  /** Mark everything up to `seq` as read. @param {number} seq */
  async read(seq) {
    this.#mark(seq);
    this.#reading += 1;
    try {
      await this.#ask({ type: "read", seq });
    } finally {
      this.#reading -= 1;
    }
  }

  /** Mark the message `seq`, and all that follow it, as unread. @param {number} seq */
  async markUnread(seq) {
    if (this.#log.unread.moveBack(seq - 1)) this.#tell("onRead", this.readMark);
    await this.#ask({ type: "read", seq: seq - 1, back: true });
  }

  /**
   * A page of messages as they are now: before or after a seq, or the latest. They are kept up to date like
   * those that came with the join.
   *
   * @param {{ before?: number, after?: number, limit?: number }} [range]
   * @returns {Promise<{ messages: import("./types.js").Message[], more: boolean }>}
   */
  history(range) {
    return this.#log.history(range);
  }

  /**
   * The messages that reply to the message `seq`, oldest first, deleted ones included; or those of them after a seq. They are
   * as they are now, and are not among `messages`.
   *
   * @param {number} seq
   * @param {{ after?: number, limit?: number }} [range]
   * @returns {Promise<{ messages: import("./types.js").Message[], more: boolean }>}
   */
  replies(seq, range) {
    return this.#log.replies(seq, range);
  }

  /**
   * The latest messages with all words of `text`, or the latest of them before a seq. They are as they are now,
   * and are not among `messages`.
   *
   * @param {string} text
   * @param {{ before?: number, limit?: number }} [range]
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

  /** Accept the rules of the room, `info.rules`, as they are now. Members do that before they post. */
  async acceptRules() {
    const version = this.info.rules_version;
    await this.#ask({ type: "accept_rules", version });
    this.#noteAccepted(version);
  }

  /** Get the bans of the room, the latest first. For moderators. @returns {Promise<import("./types.js").Ban[]>} */
  async bans() {
    return (await this.#ask({ type: "bans" })).bans;
  }

  /**
   * Delete all messages of `{ name }`, or of the sender of the message `{ target }`: those of the last `hour`, of the last
   * `day`, or `all`. For moderators. It has begun when this resolves; `deletions` says how far it is.
   * `reason`: for the audit log.
   *
   * @param {{ name?: string, target?: number }} whose
   * @param {{ since: "hour" | "day" | "all", reason?: string }} options
   * @returns {Promise<import("./types.js").Deletion>}
   */
  async deleteAll({ name, target }, { since, reason }) {
    return (await this.#ask({ type: "delete_all", name, target, since, reason })).deletion;
  }

  /**
   * Get the bulk deletions of the last week, the latest first. For moderators.
   *
   * @returns {Promise<import("./types.js").Deletion[]>}
   */
  async deletions() {
    return (await this.#ask({ type: "deletions" })).deletions;
  }

  /** Stop a bulk deletion. For moderators. @param {number} id @returns {Promise<import("./types.js").Deletion>} */
  async stopDeletion(id) {
    return (await this.#ask({ type: "stop_deletion", deletion: id })).deletion;
  }

  /**
   * Get the owner of the room (null: only staff) and its moderators.
   *
   * @returns {Promise<{ owner: import("./types.js").Person | null, moderators: import("./types.js").Person[] }>}
   */
  async moderators() {
    const { owner, moderators } = await this.#ask({ type: "moderators" });
    return { owner, moderators };
  }

  /**
   * Get who is muted in the room, by name. For moderators.
   *
   * @returns {Promise<{ name: string, until: string | null, reason: string, only: "owner" | "staff" | null }[]>}
   */
  async mutes() {
    return (await this.#ask({ type: "mutes" })).mutes;
  }

  /**
   * Report a message of another, `{ seq }`, or a person, `{ name }`, to those who run the room. `reason`: "spam",
   * "harassment", "hate", "sexual", "illegal" or "other". In a direct conversation staff see the report; `around`: the
   * seqs of further messages to show to them. Resolves with the number of the report.
   *
   * @param {{ seq?: number, name?: string }} what
   * @param {{ reason?: string, note?: string, around?: number[], verified?: boolean }} options `verified`: as of `mute`
   * @returns {Promise<number>}
   */
  async report({ seq, name }, { reason, note, around, verified } = {}) {
    return (await this.#ask({ type: "report", target: seq, name, reason, note, around, verified })).report;
  }

  /** Get all members of the room. @returns {Promise<import("./types.js").Person[]>} */
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

  /** Stay by another room token, before the last one expires. Later joins use it, too. @param {string} token */
  async renew(token) {
    this.token = token;
    await this.#ask({ type: "renew", token });
  }

  /** Forget the messages before `seq`, which are no longer shown. @param {number} seq */
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
    this.#close(new RoomEnded(0, "you left the room"));
    await socket?.request({ type: "leave", room: this.id }).catch(() => {});
  }

  // For the client

  /** Join the room on a new connection. @internal */
  enter(socket) {
    this.#entry.use(socket);
    if (this.#behind) this.#entry.join();
    else this.#gate.open(socket);
  }

  /** The connection is lost. @internal */
  lost() {
    this.#entry.use(null);
    this.#log.lost();
    this.#behind = !this.direct;
    this.#gate.shut();
  }

  /** The room has another history: begin anew, with the next join. Unsent commands stay. @internal */
  reset() {
    this.#log = new Log(this.#options);
    this.#outbox.reset(new CommandError({ code: CURSOR_EXPIRED, error: "the room has another history now" }));
    this.#behind = true;
    this.#upTo = 0;
    this.#tell("onReset");
  }

  /** Take the state that the server sends for a known conversation. @internal */
  update({ with: other, seq, read, unread }) {
    this.other = other;
    if (this.direct && seq < this.cursor) this.reset(); // the server cannot know less in the same history
    else if (this.direct && this.cursor !== null) this.#behind = seq > this.cursor;
    this.#hearReading({ read, unread, seq, back: true });
  }

  /** End the room for this reason. @internal */
  end(error) {
    this.#close(error);
    this.#tell("onEnd", error);
  }

  /** Take an event of the room. @internal */
  receive(event) {
    if (event.type === "joined" || event.type === "left") this.#move(event);
    else if (event.type === "typing") this.#hearTyping(event);
    else if (event.type === "read") this.#hearReading({ ...event, read: event.seq, seq: event.as_of });
    else if (event.type === "expiring") this.#tell("onExpiring", event.seconds);
    else if (event.type === "rejected") this.#tell("onRejected", event.nonce);
    else if (event.type === "rules_accepted") this.#noteAccepted(event.version);
    else if (event.type === "removed") this.end(new RoomEnded(event.code, event.detail || event.error));
    else if (this.#held) this.#held.push(event);
    else if (event.seq !== undefined) this.#take(event);
  }

  // Joining

  #joinCommand() {
    if (this.cursor === null) this.#held = [];
    const { wanted } = this.#log;
    const epoch = wanted.since === undefined ? undefined : this.#epoch || undefined;
    return { type: "join", room: this.id, token: this.token || undefined, ...wanted, epoch };
  }

  #answered(answer, socket) {
    this.#members.arrived(answer && answer.members, answer?.people);
    if (!answer) return;
    const { seq, info, read, unread, mentions, messages } = answer;
    const held = this.#held ?? [];
    this.#behind = false;
    this.#upTo = unread ? seq : 0; // where all is read, nothing may come: the log forgets
    this.#held = null;
    this.#epoch = this.#ties.presentEpoch();
    this.info = info;
    this.#log.joined(answer);
    this.#tell("onJoined", { seq, info, read, unread, mentions, messages });
    this.#tell("onMembers", this.present);
    this.#hearReading({ read, unread, seq, back: true });
    for (const message of messages ?? []) this.#settle(message); // sent from here, before a reload
    this.#gate.open(socket);
    for (const event of held) this.receive(event);
  }

  #refused(error) {
    if (error.code !== CURSOR_EXPIRED || this.cursor === null) {
      this.end(new RoomEnded(error.code, error.message, error.retryAfter));
      return;
    }
    this.reset();
    this.#entry.join();
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
    if (event.type === "muted") this.#noteMuted(event);
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
    if (this.direct && !this.#ties.isMe(sender.name)) this.other ??= sender;
  }

  #noteInfo({ title, description, visibility, locked, ...limits }) {
    const { slow_seconds = 0, accounts_only = false, approve_first = false, rules, rules_version } = limits;
    const { who_can_pin = "moderators", who_can_mention_all = "auto" } = limits;
    const rules_accepted = rules && this.info?.rules_accepted && this.info.rules_version === rules_version;
    const about = { title, description, visibility, locked, rules, rules_version, rules_accepted };
    this.info = { ...this.info, ...about, slow_seconds, accounts_only, approve_first, who_can_pin, who_can_mention_all };
  }

  #noteAccepted(version) {
    if (this.info?.rules_version !== version) return;
    this.info = { ...this.info, rules_accepted: true };
    this.#tell("onRulesAccepted");
  }

  #noteModerator({ who, on }) {
    if (!this.info || !who.verified || !this.#ties.isMe(who.name)) return;
    this.info = { ...this.info, moderator: on || Boolean(this.info.owner) };
    if (on) this.info.muted = undefined; // by a moderator: it does not hold for another one
  }

  #noteMuted({ name, until, on, reason = "" }) {
    if (this.info && this.#ties.isMe(name)) this.info = { ...this.info, muted: on ? { until, reason } : undefined };
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

  /** What the server says counts, unless a mark of ours is on its way. */
  #hearReading({ back, ...told }) {
    const before = this.readMark;
    this.#log.unread.told({ ...told, back: back && !this.#reading });
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
