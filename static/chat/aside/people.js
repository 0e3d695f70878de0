// The people panel: the members of the room, by name.

import { addressOfConversation } from "../lib/addresses.js";
import { arrangeChildren } from "../lib/arrange-children.js";
import { paintName } from "../text/name-color.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

const byName = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });
const MUTES = () => [
  { seconds: 600, label: gettext("Mute for 10 minutes") },
  { seconds: 3600, label: gettext("Mute for 1 hour") },
  { seconds: undefined, label: gettext("Mute until further notice") },
];

export class People {
  #list;
  #template;
  #counts;
  #more;
  #menu;
  #isMe;
  #moderates;
  #names;
  #onMute;
  #onModerator;
  #roles = new Map(); // name -> "owner" or "moderator"
  #elements = new Map(); // name -> element
  #shown = { members: [], count: 0 };
  #waiting = false; // for the next frame, to draw

  /**
   * `counts` are elements for the number of members, `more` is a button that loads the rest. `moderates()`: whether the
   * user may mute others, `namesModerators()`: name moderators. `onMute(name, { seconds, on })` mutes,
   * `onModerator(name, on)` names a moderator, `onAll()` loads all members.
   */
  constructor({ list, template, counts, more, menu, isMe, moderates, namesModerators, onMute, onModerator, onAll }) {
    this.#list = list;
    this.#template = template;
    this.#counts = counts;
    this.#more = more;
    this.#menu = menu;
    this.#isMe = isMe;
    this.#moderates = moderates;
    this.#names = namesModerators;
    this.#onMute = onMute;
    this.#onModerator = onModerator;
    list.addEventListener("click", ({ target }) => this.#click(target.closest("button")));
    more.addEventListener("click", onAll);
  }

  /** Show these of `count` members. @param {import("../../sdk/types.js").Who[]} members */
  show(members, count) {
    this.#shown = { members, count };
    this.#redraw();
  }

  /** Show who runs the room. @param {{ owner: import("../../sdk/types.js").Who | null, moderators: import("../../sdk/types.js").Who[] }} roles */
  showRoles({ owner, moderators }) {
    this.#roles = new Map(moderators.map(({ name }) => [name, "moderator"]));
    if (owner) this.#roles.set(owner.name, "owner");
    this.#redraw();
  }

  /** Ask for how long to mute a member. */
  askToMute(name, anchor) {
    const choices = MUTES().map(({ seconds, label }) => ({ label, run: () => this.#onMute(name, { seconds }) }));
    choices.push({ label: gettext("Unmute"), run: () => this.#onMute(name, { on: false }) });
    this.#menu.show({ anchor, label: name, choices });
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

  /** The element of a member, with its key: a member with another color, proof or role needs a new one. */
  #entry({ name, color, verified }, before) {
    const role = verified ? this.#roles.get(name) : undefined;
    const key = JSON.stringify([name, color, verified, role]);
    return [key, before.get(key) ?? this.#element({ name, color, verified, role })];
  }

  #element({ name, color, verified, role }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const label = element.querySelector(".name");
    const button = element.querySelector("button");
    label.textContent = name;
    paintName(label, color);
    button.dataset.name = name;
    button.dataset.verified = String(verified);
    button.disabled = this.#isMe(name);
    element.querySelector(".unverified").hidden = verified;
    element.querySelector(".you").hidden = !this.#isMe(name);
    for (const badge of element.querySelectorAll("[data-role]")) badge.hidden = badge.dataset.role !== role;
    return element;
  }

  #click(button) {
    if (!button) return;
    const { name, verified } = button.dataset;
    const choices = [{ label: gettext("Send direct message"), href: addressOfConversation(name) }];
    if (this.#moderates()) choices.push({ label: gettext("Mute…"), run: () => this.askToMute(name, button) });
    if (this.#names() && verified === "true") choices.push(...this.#roleChoices(name));
    this.#menu.show({ anchor: button, label: name, choices });
  }

  #roleChoices(name) {
    const role = this.#roles.get(name);
    if (role === "owner") return [];
    const label = role ? gettext("Remove as moderator") : gettext("Make moderator");
    return [{ label, run: () => this.#onModerator(name, !role) }];
  }
}
