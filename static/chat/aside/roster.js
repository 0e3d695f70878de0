// The people of a room, in groups and by name: who runs it, who is here, who is away. Pure.

import { findMatching } from "../lib/matching.js";

/**
 * `unknown`: how many of the group are not known by name; null if even their number is not.
 *
 * @typedef {import("../../sdk/types.js").Person} Person
 * @typedef {{ name: "owner" | "moderator" | "here" | "away", people: Person[], unknown: number | null }} Group
 */

const RENAMED = 600_000; // milliseconds, within which someone with a new name and the same color is taken to be who has gone; at once, with another color, too
const byName = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });
const nameOf = ({ name }) => name;

export class Roster {
  #here = []; // by name
  #byName = new Map(); // of those here
  #count = 0; // of those here, known by name or not
  #away = new Map(); // name -> person: who has joined the room, and is here now or not
  #awayByName = [];
  #unknown = null; // how many more are away
  #roles = new Map(); // name -> "owner" or "moderator"
  #running = []; // the owner, then the moderators
  #banned = new Set(); // names
  #gone = []; // who has just gone: { who, at }

  /** Whether all who are here are known by name. */
  get knowsHere() {
    return this.#here.length >= this.#count;
  }

  /** Whether all who are away are known by name. */
  get knowsAway() {
    return this.#unknown === 0;
  }

  /** Whether it is known how many there are. */
  get knowsNumber() {
    return this.#unknown !== null;
  }

  /**
   * These are here, of `count`. Those who were here and are known not to be any more are away, unless they seem to have come
   * back with another name: that is not told.
   *
   * @param {Person[]} members
   * @param {number} count
   * @param {number} now in milliseconds
   * @returns {{ fresh: Person[], renamed: boolean }} who has come; whether some of them only have another name
   */
  setHere(members, count, now) {
    const before = this.#here;
    const { sorted, fresh } = sort(members, before);
    [this.#here, this.#count] = [sorted, count];
    this.#byName = new Map(sorted.map((who) => [who.name, who]));
    const gone = this.knowsHere ? before.filter(({ name, verified }) => verified && !this.#byName.has(name)) : [];
    const lately = this.#gone.filter(({ who, at }) => now - at < RENAMED && !this.#byName.has(who.name));
    this.#gone = [...lately, ...gone.map((who) => ({ who, at: now }))];
    const replaced = gone.length === 1 && fresh.length === 1 ? gone[0] : null;
    const renamed = fresh.filter((who) => this.#dropEarlier(who, replaced));
    if (gone.length || renamed.length) this.#keepAway(gone.filter((who) => this.#gone.some((one) => one.who === who)));
    return { fresh, renamed: renamed.length > 0 };
  }

  /** Take the earlier name of someone off those who are away. `replaced`: who went as they came. Returns whether there seems to be one. */
  #dropEarlier({ name, color, verified }, replaced) {
    const isNew = verified && !this.#away.has(name);
    const isEarlier = ({ who }) => who === replaced || (color && who.color === color);
    const place = isNew ? this.#gone.findLastIndex(isEarlier) : -1;
    if (place < 0) return false;
    const [{ who }] = this.#gone.splice(place, 1);
    this.#away.delete(who.name);
    return true;
  }

  /** These people have joined the room; `more`: how many others are away. `anew`: what was known before is void. */
  addAway(people, more, { anew = false } = {}) {
    if (anew) this.#away.clear();
    this.#keepAway(people);
    this.#unknown = more;
  }

  #keepAway(people) {
    for (const who of people) this.#away.set(who.name, who);
    this.#awayByName = sort([...this.#away.values()], this.#awayByName).sorted;
  }

  /** Someone is banned, and not among those away, or no longer is. */
  setBanned(name, on) {
    if (on) this.#banned.add(name);
    else this.#banned.delete(name);
  }

  /** @param {{ owner: Person | null, moderators: Person[] }} roles */
  setRoles({ owner, moderators }) {
    this.#roles = new Map(moderators.map(({ name }) => [name, "moderator"]));
    if (owner) this.#roles.set(owner.name, "owner");
    this.#running = [...(owner ? [owner] : []), ...moderators.toSorted(compare)];
  }

  /** The role of a participant, as far as known. */
  roleOf({ name, verified }) {
    return verified ? this.#roles.get(name) : undefined;
  }

  /** Whether a participant is here; undefined if that is not known. */
  isHere({ name, verified }) {
    if (this.#byName.get(name)?.verified === verified) return true;
    return this.knowsHere ? false : undefined;
  }

  /**
   * All groups that are not empty. With `wanted`, those of them whose names have a word that begins so, `hits` among them.
   *
   * @param {string} [wanted]
   * @param {Person[]} [hits] what the server has found among those who are away
   * @returns {Group[]}
   */
  groups(wanted = "", hits = []) {
    const isAway = ({ name }) => !this.#byName.get(name)?.verified && !this.#roles.has(name) && !this.#banned.has(name);
    const away = [...this.#awayByName, ...hits.filter(({ name }) => !this.#away.has(name))].filter(isAway);
    const of = (role) => this.#running.filter(({ name }) => this.#roles.get(name) === role);
    const groups = [
      { name: "owner", people: of("owner"), unknown: 0 },
      { name: "moderator", people: of("moderator"), unknown: 0 },
      { name: "here", people: this.#here.filter((who) => !this.roleOf(who)), unknown: Math.max(0, this.#count - this.#here.length) },
      { name: "away", people: hits.length ? away.sort(compare) : away, unknown: this.#unknown },
    ];
    const found = wanted
      ? groups.map(({ name, people }) => ({ name, people: findMatching(people, wanted, { nameOf }), unknown: 0 }))
      : groups;
    return found.filter(({ people, unknown }) => people.length || unknown !== 0);
  }
}

function compare(one, other) {
  return byName.compare(one.name, other.name);
}

/** These people by name. Most of them are in `before`, in order: then that takes little time. */
function sort(people, before) {
  const now = new Set(people);
  const kept = before.filter((who) => now.has(who));
  const known = new Set(kept);
  const fresh = people.filter((who) => !known.has(who));
  return { sorted: [...kept, ...fresh.toSorted(compare)].sort(compare), fresh };
}
