// Who is in a room, and who of them is writing. News of it may be lost; the lists of the server are the truth.

import { key } from "./names.js";

export const TYPING_MILLISECONDS = 5_000;

export class Members {
  #members = new Map(); // folded name -> who
  #unnamed = 0; // of a large room the list has only the first
  #asked = 0;
  #moves = []; // who came and went since the list was asked for

  /** @returns {import("./types.js").Who[]} */
  list() {
    return [...this.#members.values()];
  }

  /** How many there are. */
  count() {
    return this.#members.size + this.#unnamed;
  }

  /** The list is about to be asked for: who moves until it is here may or may not be in it. */
  expect() {
    this.#asked += 1;
  }

  /**
   * The list is here, or will not come (null). `people`: how many there are, if the list has not all.
   *
   * @param {import("./types.js").Who[] | null} members
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

  /** Somebody came or went: a `joined` or `left` event. */
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

  /** @param {(writing: import("./types.js").Who[]) => void} onChange */
  constructor(onChange, lifetime = TYPING_MILLISECONDS) {
    this.#onChange = onChange;
    this.#lifetime = lifetime;
  }

  /** Somebody is writing, as far as is known for so long. @param {import("./types.js").Who} who */
  heard(who) {
    const before = this.#writing.get(key(who.name));
    clearTimeout(before?.timer);
    const timer = setTimeout(() => this.over(who.name), this.#lifetime);
    this.#writing.set(key(who.name), { who, timer });
    if (!before) this.#tell();
  }

  /** They have said it, or gone, or not gone on. */
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
