// The quick switcher: a dialog to go to a room, a conversation or a person by a part of the name. What the sidebar has is
// there at once; the server (chat/web/switcher.py) adds the rest.

import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { loadDocument } from "../lib/load-document.js";
import { findMatching } from "../lib/matching.js";
import { showPerson } from "../text/people.js";

const TYPING = 120; // milliseconds after the last key until the server is asked
const AGAIN = 2000; // milliseconds after a search that failed
const STEPS = new Map([["ArrowDown", 1], ["ArrowUp", -1]]);

/** @typedef {{ label: string, places: { href: string, title: string, color?: string }[] }} Group `color`: of a person */

export class Switcher {
  #dialog;
  #field;
  #list;
  #status;
  #sidebar;
  #address;
  #typing = 0; // the timer
  #asked = new AbortController(); // of the latest question to the server

  /** @param {{ dialog: HTMLDialogElement, sidebar: HTMLElement, address: string }} parts `address`: of the results */
  constructor({ dialog, sidebar, address }) {
    this.#dialog = dialog;
    this.#field = dialog.querySelector("[role=combobox]");
    this.#list = dialog.querySelector("[role=listbox]");
    this.#status = dialog.querySelector("[role=status]");
    this.#sidebar = sidebar;
    this.#address = address;
    this.#field.addEventListener("input", () => this.#look());
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.#list.addEventListener("click", () => this.#dialog.close());
    dialog.addEventListener("close", () => this.#stop());
    // Not by a click: that is beside it, too, when text of the field is selected and the button let go outside.
    dialog.addEventListener("pointerdown", (event) => isBeside(dialog, event) && dialog.close());
  }

  /** Open it, or close it if it is open. */
  toggle() {
    if (this.#dialog.open) {
      this.#dialog.close();
      return;
    }
    this.#field.value = "";
    this.#list.replaceChildren();
    this.#dialog.showModal();
    this.#field.focus();
    this.#look();
  }

  get #options() {
    return [...this.#list.querySelectorAll("[role=option]")];
  }

  get #chosen() {
    return this.#list.querySelector("[aria-selected=true]");
  }

  #stop() {
    clearTimeout(this.#typing);
    this.#asked.abort();
  }

  #look() {
    this.#stop();
    const wanted = this.#field.value.trim();
    const near = readGroups(this.#sidebar.querySelectorAll("section")).map(({ label, places }) => ({
      label,
      places: findMatching(places, wanted, { nameOf: ({ title }) => title, anywhere: true }),
    }));
    this.#show(near);
    if (wanted) this.#typing = setTimeout(() => this.#ask(wanted, near), TYPING);
    else this.#say("");
  }

  async #ask(wanted, near) {
    const { signal } = (this.#asked = new AbortController());
    const page = await loadDocument(`${this.#address}?${new URLSearchParams({ q: wanted })}`, signal).catch(() => null);
    if (signal.aborted) return;
    if (!page) {
      this.#say(gettext("Couldn't search. Trying again…"));
      this.#typing = setTimeout(() => this.#ask(wanted, near), AGAIN);
      return;
    }
    this.#show([...near, ...readGroups(page.querySelectorAll("#found section"))]);
    this.#sayCount(wanted);
  }

  /** Show each place once, in the first group that has it. What was chosen stays chosen. @param {Group[]} groups */
  #show(groups) {
    const { href } = this.#chosen ?? {};
    const known = new Set([location.href.split("#")[0]]); // the place on the page
    const shown = groups.map(({ label, places }) => {
      const fresh = places.filter((place) => !known.has(place.href));
      for (const place of fresh) known.add(place.href);
      return fresh.length ? makeGroup(label, fresh) : null;
    });
    this.#list.replaceChildren(...shown.filter(Boolean));
    const options = this.#options;
    options.forEach((option, place) => (option.id = `${this.#list.id}-${place}`));
    this.#choose(options.find((option) => option.href === href) ?? options[0]);
  }

  #choose(option) {
    for (const each of this.#options) each.setAttribute("aria-selected", String(each === option));
    if (option) this.#field.setAttribute("aria-activedescendant", option.id);
    else this.#field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #press(event) {
    if (event.isComposing) return;
    if (STEPS.has(event.key)) {
      event.preventDefault();
      const options = this.#options;
      const place = options.indexOf(this.#chosen) + STEPS.get(event.key);
      if (options.length) this.#choose(options.at(place % options.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#chosen?.click();
    }
  }

  #sayCount(wanted) {
    const count = this.#options.length;
    if (count) this.#say(interpolate(ngettext("%(count)s result", "%(count)s results", count), { count }));
    else this.#say(interpolate(gettext("Nothing matches “%(words)s”."), { words: wanted }));
  }

  #say(text) {
    this.#status.textContent = text;
  }
}

function isBeside(element, { clientX: x, clientY: y }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return x < left || x > right || y < top || y > bottom;
}

/** What sections with a heading and links have. @param {Iterable<HTMLElement>} sections @returns {Group[]} */
function readGroups(sections) {
  return [...sections].map((section) => ({
    label: section.querySelector("h2").textContent,
    places: [...section.querySelectorAll("a")].map((link) => ({
      href: new URL(link.getAttribute("href"), location.href).href,
      title: link.querySelector("bdi").textContent,
      color: link.querySelector("[data-avatar]")?.dataset.color,
    })),
  }));
}

function makeGroup(label, places) {
  const group = document.createElement("div");
  const heading = document.createElement("span");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  heading.setAttribute("aria-hidden", "true");
  heading.textContent = label;
  group.append(heading, ...places.map(makeOption));
  return group;
}

/** A link: so it is followed as any other, and can be opened in a new tab. */
function makeOption({ href, title, color }) {
  const option = document.createElement("a");
  const name = document.createElement("bdi");
  option.href = href;
  option.tabIndex = -1;
  option.setAttribute("role", "option");
  name.textContent = title;
  option.append(name);
  if (color !== undefined) {
    const avatar = document.createElement("span");
    avatar.className = "avatar";
    avatar.setAttribute("aria-hidden", "true");
    option.prepend(avatar);
    showPerson(option, { name: title, color, verified: true });
  }
  return option;
}
