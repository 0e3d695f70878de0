// The messages of a room as they are now: snapshots, and events applied to them (docs/ordering.md). Pure.

import { changed } from "./changes.js";

/** Messages are never changed in place: a message that was returned stays as it was. */
export class Timeline {
  /** From this seq on all messages are known; Infinity while that holds for no seq. */
  whole = Infinity;
  #entries = new Map(); // seq -> { message, asOf }: later events than `asOf` are not in it yet
  #keep;
  #pages = 0; // that are on their way
  #changes = []; // what happened to messages since the first of them was asked for

  /** @param {number} keep the minimum number of latest messages to keep */
  constructor(keep = 1000) {
    this.#keep = keep;
  }

  /** The message, if it is known. @returns {import("./types.js").Message | undefined} */
  get(seq) {
    return this.#entries.get(seq)?.message;
  }

  /** All known messages, oldest first. Between pages that were asked for there may be holes. */
  list() {
    return [...this.#entries.values()].map(({ message }) => message).sort((one, other) => one.seq - other.seq);
  }

  /** Count the known messages that match. @param {(message: import("./types.js").Message) => boolean} such */
  count(such) {
    let count = 0;
    for (const { message } of this.#entries.values()) if (such(message)) count += 1;
    return count;
  }

  /** Apply the next event of the log. @param {import("./types.js").LogEvent} event */
  apply(event) {
    if (event.type === "message") {
      if (!this.#entries.has(event.seq)) this.#entries.set(event.seq, { message: event, asOf: event.seq });
      if (event.reply_to) this.#note({ type: "replied", seq: event.seq, target: event.reply_to });
      if (this.#entries.size > 2 * this.#keep) this.forget(this.list().at(-this.#keep).seq);
    } else if (event.target) {
      this.#note(event);
    }
  }

  /** A snapshot: these messages as of `seq`, which is not before what was applied. */
  reset(messages, seq) {
    for (const message of messages) this.#entries.set(message.seq, { message, asOf: seq });
  }

  /**
   * A page is about to be asked for. What changes until it is here is kept, and applied to it again.
   *
   * `arrived` takes it in, `changed` only brings it up to now; both return it as it is then.
   */
  expectPage() {
    this.#pages += 1;
    return {
      arrived: (messages, seq) => this.#merge(messages, seq),
      changed: (messages, seq) => messages.map((message) => this.#changedSince(message, seq)),
      done: () => {
        this.#pages -= 1;
        if (!this.#pages) this.#changes = [];
      },
    };
  }

  /** Note that all messages between two seqs are known: that may close the hole before the latest messages. */
  cover(from, to = Infinity) {
    if (to >= this.whole - 1) this.whole = Math.min(this.whole, from);
  }

  /** Forget the messages before `seq`, which are no longer shown. */
  forget(seq) {
    for (const known of this.#entries.keys()) if (known < seq) this.#entries.delete(known);
    this.whole = Math.max(this.whole, seq);
  }

  /** A message changes; and so it may in pages that are on their way. */
  #note(event) {
    if (this.#pages) this.#changes.push(event);
    this.#change(event);
  }

  #merge(messages, seq) {
    const fresh = messages.filter((message) => !this.#entries.has(message.seq));
    this.reset(fresh, seq);
    const added = new Set(fresh.map((message) => message.seq));
    for (const event of this.#changes) if (added.has(event.target)) this.#change(event);
    return messages.map((message) => this.get(message.seq));
  }

  #changedSince(message, seq) {
    const missed = this.#changes.filter((event) => event.target === message.seq && event.seq > seq);
    return missed.reduce(changed, message);
  }

  #change(event) {
    const entry = this.#entries.get(event.target);
    if (!entry || event.seq <= entry.asOf) return;
    entry.message = changed(entry.message, event);
    entry.asOf = event.seq; // events come in order, and none counts twice
  }
}
