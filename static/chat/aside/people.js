// The people panel: the members of the room, by name.

import { addressOfConversation } from "../lib/addresses.js";
import { arrangeChildren } from "../lib/arrange-children.js";
import { paintName } from "../text/name-color.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

const byName = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });
const MUTES = () => [
  { seconds: 600, label: gettext("Mute for ten minutes") },
  { seconds: 3600, label: gettext("Mute for an hour") },
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
  #onMute;
  #elements = new Map(); // name -> element
  #next = null; // what is shown with the next frame

  /**
   * `counts` are elements for the number of members, `more` is a button that loads the rest. `moderates()`: whether the
   * user may mute others. `onMute(name, { seconds, on })` mutes, `onAll()` loads all members.
   */
  constructor({ list, template, counts, more, menu, isMe, moderates, onMute, onAll }) {
    this.#list = list;
    this.#template = template;
    this.#counts = counts;
    this.#more = more;
    this.#menu = menu;
    this.#isMe = isMe;
    this.#moderates = moderates;
    this.#onMute = onMute;
    list.addEventListener("click", ({ target }) => this.#click(target.closest("button")));
    more.addEventListener("click", onAll);
  }

  /** Show these of `count` members. @param {import("../../sdk/types.js").Who[]} members */
  show(members, count) {
    if (!this.#next) requestAnimationFrame(() => this.#draw());
    this.#next = { members, count };
  }

  /** Ask for how long to mute a member. */
  askToMute(name, anchor) {
    const choices = MUTES().map(({ seconds, label }) => ({ label, run: () => this.#onMute(name, { seconds }) }));
    choices.push({ label: gettext("Unmute"), run: () => this.#onMute(name, { on: false }) });
    this.#menu.show({ anchor, label: name, choices });
  }

  #draw() {
    const { members, count } = this.#next;
    this.#next = null;
    const sorted = [...members].sort((one, other) => byName.compare(one.name, other.name));
    const before = this.#elements;
    this.#elements = new Map(sorted.map((who) => [keyOf(who), before.get(keyOf(who)) ?? this.#element(who)]));
    arrangeChildren(this.#list, [...this.#elements.values()]);
    for (const element of this.#counts) element.textContent = count;
    const unnamed = count - members.length;
    this.#more.hidden = unnamed <= 0;
    this.#more.textContent = interpolate(ngettext("Show %(count)s more", "Show %(count)s more", unnamed), { count: unnamed });
  }

  #element({ name, color, verified }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const label = element.querySelector(".name");
    const button = element.querySelector("button");
    label.textContent = name;
    paintName(label, color);
    button.dataset.name = name;
    button.disabled = this.#isMe(name);
    element.querySelector(".unproven").hidden = verified;
    element.querySelector(".you").hidden = !this.#isMe(name);
    return element;
  }

  #click(button) {
    if (!button) return;
    const { name } = button.dataset;
    const choices = [{ label: gettext("Write a direct message"), href: addressOfConversation(name) }];
    if (this.#moderates()) choices.push({ label: gettext("Mute …"), run: () => this.askToMute(name, button) });
    this.#menu.show({ anchor: button, label: name, choices });
  }
}

/** The key of an element: a member with another color or proof needs a new one. */
function keyOf({ name, color, verified }) {
  return JSON.stringify([name, color, verified]);
}
