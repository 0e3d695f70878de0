// The emoji picker: a dialog next to the button that opens it, or at the bottom of a narrow window.

import { loadGroup, loadFavorites, GROUPS, searchEmoji, saveTone, loadTone, countUse } from "./emoji-data.js";
import { gettext } from "./i18n.js";

const OFTEN = "often";
const MOST_OFTEN = 32;
const EDGE = 8; // pixels between the picker and the edge of the window, and the button

const FACES = new Map([
  [OFTEN, ["🕘", gettext("Frequently used")]],
  [0, ["😀", gettext("Smileys")]],
  [1, ["👋", gettext("People")]],
  [3, ["🐱", gettext("Animals and nature")]],
  [4, ["🍎", gettext("Food and drink")]],
  [5, ["🏠", gettext("Travel and places")]],
  [6, ["⚽", gettext("Activities")]],
  [7, ["📝", gettext("Objects")]],
  [8, ["⛔", gettext("Symbols")]],
  [9, ["🏁", gettext("Flags")]],
]);

let picker = null;

/**
 * Let the user pick an emoji, in a dialog next to `anchor`. Resolves to null if none is picked.
 *
 * @param {HTMLElement} anchor
 * @returns {Promise<string | null>}
 */
export function openPicker(anchor) {
  picker ??= new Picker(document.getElementById("emoji-picker"));
  return picker.open(anchor);
}

class Picker {
  #element;
  #search;
  #tone;
  #tabs;
  #grid;
  #group = null;
  #shown = new Map(); // button -> emoji
  #showing; // what is to be shown, until it is
  #asked = 0; // number of the latest search: answers to earlier ones come too late
  #resolve = null;

  constructor(template) {
    this.#element = template.content.firstElementChild.cloneNode(true);
    this.#search = this.#element.querySelector("[type=search]");
    this.#tone = this.#element.querySelector("select");
    this.#tabs = this.#element.querySelector("[role=tablist]");
    this.#grid = this.#element.querySelector("[role=tabpanel]");
    this.#tabs.append(...[OFTEN, ...GROUPS].map(makeTab));
    document.body.append(this.#element);
    this.#listen();
  }

  open(anchor) {
    this.#close(null);
    this.#search.value = "";
    this.#element.showPopover();
    this.#place(anchor);
    this.#begin();
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  #listen() {
    const element = this.#element;
    element.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#close(null));
    element.addEventListener("keydown", (event) => this.#press(event));
    this.#search.addEventListener("input", () => this.#show());
    this.#tone.addEventListener("change", () => this.#choose(() => saveTone(Number(this.#tone.value))));
    element.querySelector(".again").addEventListener("click", () => this.#begin());
    this.#tabs.addEventListener("click", ({ target }) => this.#turnTo(target.closest("[role=tab]")));
    this.#grid.addEventListener("click", ({ target }) => this.#take(target.closest("button")));
  }

  /** Place it above the anchor, or below it if there is no room. In a narrow window CSS puts it at the bottom. */
  #place(anchor) {
    const { left, right, top, bottom } = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height, style } = this.#element;
    const x = left + width + EDGE <= innerWidth ? left : right - width;
    const y = top >= height + 2 * EDGE ? top - height - EDGE : bottom + EDGE;
    style.setProperty("--x", `${Math.max(EDGE, x)}px`);
    style.setProperty("--y", `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`);
  }

  /** Begin with the favorites, if there are any yet. */
  #begin() {
    // On a phone, the keyboard would cover the emoji.
    (matchMedia("(pointer: coarse)").matches ? this.#element : this.#search).focus();
    return this.#choose(async () => {
      this.#tone.value = String(await loadTone());
      this.#group = (await loadFavorites(1)).length ? OFTEN : GROUPS[0];
    });
  }

  /** Change what is shown, and show it. */
  async #choose(change) {
    try {
      await change();
    } catch {
      this.#say(gettext("Couldn't load emoji."), true);
      return;
    }
    await this.#show();
  }

  #show() {
    this.#showing = this.#load();
    return this.#showing;
  }

  async #load() {
    const asked = (this.#asked += 1);
    const words = this.#search.value.trim();
    this.#mark(words ? null : this.#group);
    try {
      const found = await this.#find(words);
      if (asked === this.#asked) this.#fill(found);
    } catch {
      this.#say(gettext("Couldn't load emoji."), true);
    }
  }

  #find(words) {
    if (words) return searchEmoji(words);
    return this.#group === OFTEN ? loadFavorites(MOST_OFTEN) : loadGroup(this.#group);
  }

  #fill(emoji) {
    this.#shown = new Map(emoji.map((each) => [makeButton(each), each]));
    this.#grid.replaceChildren(...this.#shown.keys());
    this.#grid.scrollTop = 0;
    const [first] = this.#shown.keys();
    if (first) first.tabIndex = 0;
    this.#say(first ? "" : this.#nothing);
  }

  get #nothing() {
    return this.#search.value.trim() ? gettext("No emoji found.") : gettext("No emoji used yet.");
  }

  #say(words, again = false) {
    const status = this.#element.querySelector(".status");
    if (status.textContent !== words) status.textContent = words;
    this.#element.querySelector(".again").hidden = !again;
  }

  #mark(group) {
    for (const tab of this.#tabs.children) {
      const chosen = tab.dataset.group === String(group);
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen || (group === null && tab === this.#tabs.firstElementChild) ? 0 : -1;
      if (chosen) this.#grid.setAttribute("aria-label", tab.getAttribute("aria-label"));
    }
    if (group === null) this.#grid.setAttribute("aria-label", gettext("Search results"));
  }

  #turnTo(tab) {
    if (!tab) return;
    this.#search.value = "";
    this.#group = tab.dataset.group === OFTEN ? OFTEN : Number(tab.dataset.group);
    tab.focus();
    this.#show();
  }

  // Keys

  #press(event) {
    const { target, key } = event;
    if (event.isComposing) return;
    const to = this.#grid.contains(target) ? this.#toInGrid(target, key) : this.#toElsewhere(target, key);
    if (to === undefined) return;
    event.preventDefault();
    to?.();
  }

  #toElsewhere(target, key) {
    if (target === this.#search && key === "Enter") return () => this.#takeFirst();
    const [first] = this.#shown.keys();
    const intoGrid = key === "ArrowDown" && target !== this.#tone;
    if (intoGrid) return () => this.#goTo(first);
    if (!this.#tabs.contains(target)) return undefined;
    const tabs = [...this.#tabs.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    return step && (() => this.#turnTo(tabs[(tabs.indexOf(target) + step + tabs.length) % tabs.length]));
  }

  #toInGrid(target, key) {
    const buttons = [...this.#shown.keys()];
    const place = buttons.indexOf(target);
    const columns = buttons.filter(({ offsetTop }) => offsetTop === buttons[0].offsetTop).length;
    const next = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      ArrowDown: place + columns,
      ArrowUp: place - columns,
      Home: 0,
      End: buttons.length - 1,
    }[key];
    if (next === undefined) return undefined;
    if (next < 0 && key === "ArrowUp") return () => this.#search.focus();
    return () => this.#goTo(buttons[next]);
  }

  #goTo(button) {
    if (!button) return;
    for (const other of this.#shown.keys()) other.tabIndex = other === button ? 0 : -1;
    button.focus();
  }

  // The end

  /** Take the first one of what is searched for: until that is found, the grid shows something else. */
  async #takeFirst() {
    await this.#showing;
    const [first] = this.#shown.keys();
    if (this.#resolve) this.#take(first);
  }

  #take(button) {
    const emoji = this.#shown.get(button);
    if (!emoji) return;
    countUse(emoji.base).catch(() => {}); // only for the next time
    this.#close(emoji.emoji);
  }

  #close(emoji) {
    const resolve = this.#resolve;
    this.#resolve = null;
    if (this.#element.matches(":popover-open")) this.#element.hidePopover();
    resolve?.(emoji);
  }
}

function makeTab(group) {
  const tab = document.createElement("button");
  const [face, name] = FACES.get(group);
  tab.type = "button";
  tab.dataset.group = group;
  tab.textContent = face;
  tab.title = name;
  tab.setAttribute("aria-label", name);
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", "emoji-grid");
  return tab;
}

function makeButton({ emoji, name }) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.textContent = emoji;
  button.title = name;
  button.setAttribute("aria-label", name);
  return button;
}
