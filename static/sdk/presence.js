// The members of a room, and who is typing. Events may be lost; the lists of the server are the truth.

import { key } from "./names.js";

export const TYPING_MILLISECONDS = 5_000;

export class Members {
  #members = new Map(); // folded name -> who
  #unnamed = 0; // members of a large room that are not in the list
  #asked = 0;
  #moves = []; // arrivals and departures since the list was requested

  /** @returns {import("./types.js").Person[]} */
  list() {
    return [...this.#members.values()];
  }

  /** The number of members. */
  count() {
    return this.#members.size + this.#unnamed;
  }

  /** The list is about to be requested: it may or may not include arrivals and departures until it is here. */
  expect() {
    this.#asked += 1;
  }

  /**
   * The list is here, or will not come (null). `people`: the number of members, if the list is not complete.
   *
   * @param {import("./types.js").Person[] | null} members
   */
  arrived(members, people = 0) {
    if (members) {
      this.#members = new Map(members.map((who) => [key(who.name), who]));
      this.#unnamed = Math.max(0, people - this.#members.size);
      for (const event of this.#moves) this.#apply(event);
    }
    this.#asked -= 1;
    if (!this.#asked) this.#moves = [];
  }

  /** Apply a `joined` or `left` event. */
  move(event) {
    if (this.#asked) this.#moves.push(event);
    this.#apply(event);
  }

  #apply({ type, who }) {
    if (type === "joined") this.#members.set(key(who.name), who);
    else if (!this.#members.delete(key(who.name)) && this.#unnamed) this.#unnamed -= 1;
  }
}

export class Typing {
  #writing = new Map(); // folded name -> { who, timer }
  #onChange;
  #lifetime;

  /** @param {(writing: import("./types.js").Person[]) => void} onChange */
  constructor(onChange, lifetime = TYPING_MILLISECONDS) {
    this.#onChange = onChange;
    this.#lifetime = lifetime;
  }

  /** A member is typing: show it until a timer ends. @param {import("./types.js").Person} who */
  heard(who) {
    const before = this.#writing.get(key(who.name));
    clearTimeout(before?.timer);
    const timer = setTimeout(() => this.over(who.name), this.#lifetime);
    this.#writing.set(key(who.name), { who, timer });
    if (!before) this.#tell();
  }

  /** A member stopped typing: sent the message, left, or paused. */
  over(name) {
    const known = this.#writing.get(key(name));
    if (!known) return;
    clearTimeout(known.timer);
    this.#writing.delete(key(name));
    this.#tell();
  }

  #tell() {
    this.#onChange([...this.#writing.values()].map(({ who }) => who));
  }
}
