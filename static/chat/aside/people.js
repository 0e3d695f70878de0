// The members panel: who runs the room, who is here and who is away, by name. Of thousands only those in sight are on the page.

import { formatMoment } from "../text/dates.js";
import { learnColors, showPerson } from "../text/people.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { Viewport } from "../lib/viewport.js";
import { Roster } from "./roster.js";

const BETWEEN = 250; // milliseconds between two drawings of arrivals and departures
const AGAIN = 2_000; // milliseconds after a request that failed
const TYPING = 150; // milliseconds without a key, after which the server is asked
const MOST_SOUGHT = 50; // people whom the server finds at once
const FEW = 50; // where no more are here, who is away is asked soon after someone has come or gone
const LOOK = { few: 5_000, many: 60_000 }; // milliseconds after it, and as much again, by chance
const KEPT = 200; // elements of rows that were on the page are kept for reuse
const [ROW, HEADING] = [36, 34]; // pixels, until they are measured
const GROUPS = () => ({ owner: gettext("Owner"), moderator: gettext("Moderators"), here: gettext("Here"), away: gettext("Away") });

const looks = new WeakMap(); // element -> what it shows

/** A row is a person, the heading of a group, or stands for someone whose name is not loaded: `waits` has the name of the group. */
export class People {
  #list;
  #items;
  #template;
  #counts;
  #field;
  #status;
  #isMe;
  #onRenamed;
  #load; // group -> loads more of it
  #find;
  #muteEnd = () => undefined;
  #roster = new Roster();
  #viewport;
  #rows = [];
  #headings = []; // their indexes
  #indexes = null; // key -> index, when it is wanted
  #elements = new Map(); // key -> element
  #active = null; // the key of the row that Tab leads to
  #row = ROW;
  #shown = null; // what is to be drawn: { members, count }
  #wanted = "";
  #hits = [];
  #asked = new AbortController(); // of the latest search on the server
  #typing = 0;
  #pending = false; // whether the server has still to answer the search
  #loading = new Set(); // groups
  #after; // the last one of those away who are loaded, as the server sorts them
  #look = 0; // the timer
  #count = 0; // how many are here
  #timer = 0;
  #frame = 0;
  #drawnAt = -Infinity;
  #toEnd = false; // whether the last one is to be focused when they are loaded

  /**
   * `list` scrolls, and has a `ul`. `counts` are elements for the number of people here. `field` and `status`: of the search,
   * if there is one. `isMe(name)` tells whether a name is the user's own, `loadHere()` loads all who are here, `loadAway(asked,
   * signal)` others (see `loadAway` of names-of-room.js); without it, as in a conversation, there are no groups. `onRenamed()`: someone
   * seems to have another name.
   *
   * @param {{ list: HTMLElement, template: HTMLTemplateElement, field?: HTMLInputElement, status?: HTMLElement, [part: string]: unknown }} parts
   */
  constructor({ list, template, counts, field, status, isMe, loadHere, loadAway, onRenamed }) {
    this.#list = list;
    this.#items = list.querySelector("ul");
    this.#template = template;
    this.#counts = counts;
    this.#field = field;
    this.#status = status;
    this.#isMe = isMe;
    this.#onRenamed = onRenamed;
    this.#find = loadAway;
    this.#load = { here: loadHere, away: () => this.#loadAway() };
    if (!loadAway) this.#roster.addAway([], 0);
    this.#viewport = new Viewport({ scroller: list, rows: this.#items, source: this.#source() });
    this.#viewport.replace();
    list.addEventListener("focusin", ({ target }) => this.#activate(keyOf(target.closest("li"))));
    list.addEventListener("keydown", (event) => this.#press(event));
    for (const type of ["wheel", "touchmove", "pointerdown"]) list.addEventListener(type, () => (this.#toEnd = false), { passive: true });
    field?.addEventListener("input", () => this.#search());
    field?.addEventListener("keydown", (event) => this.#pressInField(event));
  }

  /** Show these of `count` people who are here. In conversations some are `away`. @param {(import("../../sdk/types.js").Person & { away?: boolean })[]} members */
  show(members, count) {
    this.#shown = { members, count };
    this.#redraw({ calm: true });
  }

  /** The panel is opened: who is away may have changed. */
  refresh() {
    if (this.#find && this.#roster.knowsAway) this.#loadMore("away");
    this.#redraw();
  }

  /** Show who runs the room. @param {{ owner: import("../../sdk/types.js").Person | null, moderators: import("../../sdk/types.js").Person[] }} roles */
  showRoles(roles) {
    this.#roster.setRoles(roles);
    this.#redraw();
  }

  /** Show moderators who is muted: `muteEnd(name)` is when that ends, in milliseconds. */
  showMutes(muteEnd) {
    this.#muteEnd = muteEnd;
    this.#redraw();
  }

  /** Someone was banned, and is not of the room any more, or no longer is. */
  setBanned(name, on) {
    this.#roster.setBanned(name, on);
    this.#redraw();
  }

  /** The role of a participant, as far as known. */
  roleOf(person) {
    return this.#roster.roleOf(person);
  }

  // What is shown

  /** Draw in the next frame; `calm`: at most four times a second, as crowds come and go. */
  #redraw({ calm = false } = {}) {
    const wait = calm ? this.#drawnAt + BETWEEN - performance.now() : 0;
    const draw = () => {
      this.#timer = 0;
      this.#frame ||= requestAnimationFrame(() => this.#draw());
    };
    if (wait > 0) this.#timer ||= setTimeout(draw, wait);
    else draw();
  }

  #draw() {
    this.#frame = 0;
    this.#drawnAt = performance.now();
    if (this.#shown) this.#take(this.#shown);
    this.#shown = null;
    const [atTop, entered, before] = [this.#list.scrollTop === 0, this.#entered, this.#indexOf(this.#active)];
    const groups = this.#roster.groups(this.#wanted, this.#hits);
    this.#rows = this.#find ? groups.flatMap(listRows) : groups.flatMap(({ people }) => people);
    this.#headings = [...this.#rows.keys()].filter((index) => this.#rows[index].heading);
    this.#indexes = null;
    const now = this.#indexOf(this.#active);
    this.#viewport.update();
    if (atTop && this.#list.scrollTop) this.#viewport.show(0);
    if (entered && !this.#entered) this.#focus(this.#near(now < 0 ? before : now, 1)); // who is in another group now, or gone
    if (this.#toEnd && !this.#rows.at(-1)?.waits) this.#focusEnd();
    this.#measureRow();
    this.#say(groups);
  }

  #take({ members, count }) {
    const here = members.filter(({ away }) => !away);
    if (here.length < members.length) this.#roster.addAway(members.filter(({ away }) => away), 0, { anew: true });
    const { fresh, renamed } = this.#roster.setHere(here, here.length === members.length ? count : here.length, performance.now());
    learnColors(fresh);
    if (renamed) this.#onRenamed();
    if (renamed || count !== this.#count) this.#lookAgain(count <= FEW ? LOOK.few : LOOK.many);
    this.#count = count;
    for (const element of this.#counts) element.textContent = count;
  }

  #source() {
    const people = this;
    return {
      get count() {
        return people.#rows.length;
      },
      live: false,
      get held() {
        return people.#entered ? people.#indexOf(people.#active) : null;
      },
      keyAt: (index) => this.#keyAt(index),
      indexOf: (key) => this.#indexOf(key),
      estimate: (index) => (this.#rows[index].heading ? HEADING : this.#row),
      elementAt: (index) => this.#elementAt(index),
      drawn: (range) => this.#drawn(range),
      moved: () => {},
    };
  }

  #keyAt(index) {
    const { name, heading, waits } = this.#rows[index];
    return name ?? (heading ? `\n${heading.name}` : `\n${waits} ${index}`); // no name has a line break
  }

  #indexOf(key) {
    this.#indexes ??= new Map(this.#rows.map((_, index) => [this.#keyAt(index), index]));
    return this.#indexes.get(key) ?? -1;
  }

  #elementAt(index) {
    const [key, row] = [this.#keyAt(index), this.#rows[index]];
    if (!this.#elements.has(key)) this.#elements.set(key, makeRow(this.#template, row, key));
    const element = this.#elements.get(key);
    if (row.heading) element.firstElementChild.replaceChildren(...describeGroup(row.heading));
    else if (!row.waits) this.#fill(element, row, index);
    return element;
  }

  #fill(element, person, index) {
    const { name, color, verified } = person;
    const [role, here, muteEnd] = [this.roleOf(person), this.#roster.isHere(person), this.#muteEnd(name)];
    const above = this.#headings.filter((heading) => heading < index).length;
    element.ariaPosInSet = String(index - above + 1);
    element.ariaSetSize = String(this.#roster.knowsNumber ? this.#rows.length - this.#headings.length : -1);
    const look = [color, verified, role, here, muteEnd].join();
    if (looks.get(element) === look) return;
    looks.set(element, look);
    element.classList.toggle("away", here === false);
    element.querySelector(".avatar").classList.toggle("online", here === true);
    showPerson(element.querySelector(".person"), { name, color, verified });
    element.querySelector(".unverified").hidden = verified;
    element.querySelector(".muted").hidden = muteEnd === undefined;
    element.querySelector(".muted").textContent = describeMute(muteEnd);
    element.querySelector(".you").hidden = !this.#isMe(name);
    for (const badge of element.querySelectorAll("[data-role]")) badge.hidden = badge.dataset.role !== role;
    element.querySelector(".is-away").hidden = !(role && here === false); // else the group tells
  }

  #drawn({ first, last }) {
    const waiting = new Set(this.#rows.slice(first, last + 1).map(({ waits }) => waits));
    for (const group of ["here", "away"]) if (waiting.has(group)) this.#loadMore(group);
    const stop = this.#near(this.#viewport.inSight.first, 1);
    this.#activate(this.#entered || stop < 0 ? this.#active : this.#keyAt(stop));
    if (this.#elements.size > KEPT) for (const [key, { isConnected }] of this.#elements) if (!isConnected) this.#elements.delete(key);
  }

  /** How high most rows are, for those that were not in sight yet. */
  #measureRow() {
    const height = Math.min(...[...this.#items.querySelectorAll(".one")].map(({ offsetHeight }) => offsetHeight));
    if (!height || height === Infinity || height === this.#row) return;
    this.#row = height;
    this.#redraw();
  }

  // Loading

  async #loadMore(group) {
    if (this.#loading.has(group)) return;
    this.#loading.add(group);
    try {
      await this.#load[group]();
      this.#loading.delete(group);
      this.#redraw();
    } catch {
      setTimeout(() => this.#loading.delete(group) && this.#redraw(), AGAIN);
    }
  }

  async #loadAway() {
    const anew = this.#after === undefined || this.#roster.knowsAway;
    const { people, more } = await this.#find(anew ? {} : { after: this.#after });
    this.#after = people.at(-1)?.name ?? this.#after;
    this.#roster.addAway(people, people.length ? more : 0, { anew });
  }

  /** Who has gone may have left for good, or have another name now; who has come may be new. */
  #lookAgain(wait) {
    const look = () => {
      this.#look = 0;
      if (this.#list.clientHeight) this.refresh();
    };
    this.#look ||= setTimeout(look, wait * (1 + Math.random()));
  }

  // The search

  #search() {
    const wanted = this.#field.value.trim();
    if (wanted === this.#wanted) return;
    this.#asked.abort();
    clearTimeout(this.#typing);
    this.#wanted = wanted;
    this.#hits = [];
    this.#list.scrollTop = 0;
    this.#pending = Boolean(wanted) && !this.#roster.knowsAway;
    if (this.#pending) this.#typing = setTimeout(() => this.#ask(wanted), TYPING);
    if (wanted && !this.#roster.knowsHere) this.#loadMore("here");
    this.#redraw();
  }

  async #ask(wanted) {
    const { signal } = (this.#asked = new AbortController());
    try {
      const { people } = await this.#find({ q: wanted }, signal);
      if (signal.aborted) return;
      [this.#hits, this.#pending] = [people, false];
      this.#redraw();
    } catch {
      if (signal.aborted) return;
      this.#status.textContent = gettext("Couldn't search. Trying again…");
      this.#typing = setTimeout(() => this.#ask(wanted), AGAIN);
    }
  }

  /** Say how many were found. */
  #say(groups) {
    if (!this.#status || (this.#wanted && this.#pending)) return;
    const count = groups.reduce((sum, { people }) => sum + people.length, 0);
    const known = this.#hits.length < MOST_SOUGHT ? count : `${count}+`;
    const found = interpolate(ngettext("%(count)s member", "%(count)s members", count), { count: known });
    const none = interpolate(gettext("No members match “%(words)s”"), { words: this.#wanted });
    const words = !this.#wanted ? "" : count ? found : none;
    if (this.#status.textContent !== words) this.#status.textContent = words;
  }

  // The keyboard

  /** Whether a row has the focus. */
  get #entered() {
    return this.#items.contains(document.activeElement);
  }

  #activate(key) {
    this.#active = key;
    for (const item of this.#items.querySelectorAll(".person")) item.tabIndex = keyOf(item.closest("li")) === key ? 0 : -1;
  }

  /** The index of a person at or after this one, or else before it, in this direction; -1 if there is none. */
  #near(index, step) {
    const inside = Math.max(0, Math.min(index, this.#rows.length - 1));
    for (const way of [step, -step]) {
      for (let at = inside; at >= 0 && at < this.#rows.length; at += way) if (this.#rows[at].name !== undefined) return at;
    }
    return -1;
  }

  #focus(index) {
    if (index < 0) return;
    const key = this.#keyAt(index);
    this.#activate(key);
    if (index === this.#near(0, 1)) this.#viewport.show(0); // with the heading above
    this.#viewport.show(index);
    this.#elements.get(key)?.querySelector(".person").focus({ preventScroll: true });
  }

  /** Go to the last one, when it is loaded. */
  #focusEnd() {
    this.#toEnd = Boolean(this.#rows.at(-1)?.waits);
    if (this.#toEnd) this.#viewport.show(this.#rows.length - 1);
    else this.#focus(this.#rows.length - 1);
  }

  #press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !this.#entered) return;
    this.#toEnd = false;
    const index = this.#indexOf(this.#active);
    const { first, last } = this.#viewport.inSight ?? { first: 0, last: 0 };
    const page = Math.max(1, last - first);
    const act = {
      ArrowUp: () => (index > this.#near(0, 1) ? this.#focus(this.#near(index - 1, -1)) : this.#field?.focus()),
      ArrowDown: () => this.#focus(this.#near(index + 1, 1)),
      PageUp: () => this.#focus(this.#near(index - page, -1)),
      PageDown: () => this.#focus(this.#near(index + page, 1)),
      Home: () => this.#focus(this.#near(0, 1)),
      End: () => this.#focusEnd(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #pressInField(event) {
    if (event.isComposing) return;
    if (event.key === "Escape" && this.#field.value) {
      this.#field.value = "";
      this.#search();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      this.#focus(this.#near(0, 1));
    } else {
      return;
    }
    event.preventDefault();
  }
}

/** @param {import("./roster.js").Group} group */
function listRows(group) {
  const waits = { waits: group.name };
  return [{ heading: group }, ...group.people, ...new Array(group.unknown ?? 1).fill(waits)];
}

function keyOf(item) {
  return item?.dataset.key ?? null;
}

function makeRow(template, { heading, waits }, key) {
  const item = heading || waits ? document.createElement("li") : template.content.firstElementChild.cloneNode(true);
  item.dataset.key = key;
  item.className = heading ? "group" : waits ? "waits" : "one";
  if (heading) item.append(document.createElement("h3"));
  if (waits) item.ariaHidden = "true";
  return item;
}

function describeGroup({ name, people, unknown }) {
  const count = document.createElement("span");
  if (unknown !== null) count.textContent = interpolate("%(count)s", { count: people.length + unknown });
  return [`${GROUPS()[name]} `, count];
}

/** @param {number | undefined} end in milliseconds */
function describeMute(end) {
  if (end === undefined || end === Infinity) return gettext("muted");
  return interpolate(gettext("muted until %(time)s"), { time: formatMoment(new Date(end)) });
}
