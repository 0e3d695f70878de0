// The members panel: the members of the room, by name.

import { arrangeChildren } from "../lib/arrange-children.js";
import { showPerson } from "../text/people.js";
import { interpolate, ngettext } from "../lib/i18n.js";

const byName = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

export class People {
  #list;
  #template;
  #counts;
  #more;
  #isMe;
  #isMuted = () => false;
  #roles = new Map(); // name -> "owner" or "moderator"
  #elements = new Map(); // name -> element
  #shown = { members: [], count: 0 };
  #waiting = false; // for the next frame, to draw

  /**
   * `counts` are elements for the number of members, `more` is a button that loads the rest. `isMe(name)` tells
   * whether a name is the user's own, `onAll()` loads all members.
   */
  constructor({ list, template, counts, more, isMe, onAll }) {
    this.#list = list;
    this.#template = template;
    this.#counts = counts;
    this.#more = more;
    this.#isMe = isMe;
    more.addEventListener("click", onAll);
  }

  /** Show these of `count` members. Only in conversations are there members who are `away`. @param {(import("../../sdk/types.js").Person & { away?: boolean })[]} members */
  show(members, count) {
    this.#shown = { members, count };
    this.#redraw();
  }

  /** Show who runs the room. @param {{ owner: import("../../sdk/types.js").Person | null, moderators: import("../../sdk/types.js").Person[] }} roles */
  showRoles({ owner, moderators }) {
    this.#roles = new Map(moderators.map(({ name }) => [name, "moderator"]));
    if (owner) this.#roles.set(owner.name, "owner");
    this.#redraw();
  }

  /** Show moderators who is muted: `isMuted(name)`. */
  showMutes(isMuted) {
    this.#isMuted = isMuted;
    this.#redraw();
  }

  /** The role of a participant, as far as known. */
  roleOf({ name, verified }) {
    return verified ? this.#roles.get(name) : undefined;
  }

  #redraw() {
    if (!this.#waiting) requestAnimationFrame(() => this.#draw());
    this.#waiting = true;
  }

  #draw() {
    const { members, count } = this.#shown;
    this.#waiting = false;
    const sorted = [...members].sort((one, other) => byName.compare(one.name, other.name));
    const before = this.#elements;
    this.#elements = new Map(sorted.map((who) => this.#entry(who, before)));
    arrangeChildren(this.#list, [...this.#elements.values()]);
    for (const element of this.#counts) element.textContent = count;
    const unnamed = count - members.length;
    this.#more.hidden = unnamed <= 0;
    this.#more.textContent = interpolate(ngettext("Show %(count)s more", "Show %(count)s more", unnamed), { count: unnamed });
  }

  /** The element of a member, with its key: a member with another color, proof, presence or role needs a new one. */
  #entry({ name, color, verified, away = false }, before) {
    const role = this.roleOf({ name, verified });
    const muted = this.#isMuted(name);
    const key = JSON.stringify([name, color, verified, away, role, muted]);
    return [key, before.get(key) ?? this.#element({ name, color, verified, away, role, muted })];
  }

  #element({ name, color, verified, away, role, muted }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.querySelector(".avatar").classList.toggle("online", !away);
    showPerson(element.querySelector(".person"), { name, color, verified });
    element.querySelector(".unverified").hidden = verified;
    element.querySelector(".muted").hidden = !muted;
    element.querySelector(".you").hidden = !this.#isMe(name);
    for (const badge of element.querySelectorAll("[data-role]")) badge.hidden = badge.dataset.role !== role;
    return element;
  }
}
