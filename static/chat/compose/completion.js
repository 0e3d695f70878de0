// A list of suggestions for the word before the caret: chosen with the arrow keys and Enter or Tab, or with a click.

import { replaceText } from "./field-text.js";

/**
 * @typedef {object} Suggestion
 * @property {string} insert what is put in the place of the word
 * @property {HTMLElement | Text} shown
 *
 * @typedef {object} Source
 * @property {RegExp} pattern of a word before the caret: `word` is replaced, `wanted` looked for
 * @property {(wanted: string) => Suggestion[] | Promise<Suggestion[]>} find
 * @property {(wanted: string) => Promise<Suggestion[]>} [more] what is added below when it is known
 */

export class Completion {
  #field;
  #list;
  #sources;
  #suggestions = [];
  #chosen = 0;
  #start = 0; // where the word begins
  #asked = 0; // number of the latest search: answers to earlier ones come too late

  /** @param {{ field: HTMLTextAreaElement, list: HTMLElement, sources: Source[] }} parts */
  constructor({ field, list, sources }) {
    this.#field = field;
    this.#list = list;
    this.#sources = sources;
    field.addEventListener("input", () => this.#look());
    field.addEventListener("click", () => this.close());
    field.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", ({ target }) => this.#clicked(target.closest("[role=option]")));
  }

  get open() {
    return !this.#list.hidden;
  }

  close() {
    this.#asked += 1;
    this.#show([]);
  }

  /** Handle a key. @returns {boolean} whether it was for the list */
  press(event) {
    if (!this.open || event.isComposing) return false;
    if (event.key === "Enter" && this.#isComplete()) {
      this.close();
      return false; // Enter does what it does without a list
    }
    const act = {
      ArrowDown: () => this.#choose(this.#chosen + 1),
      ArrowUp: () => this.#choose(this.#chosen - 1),
      Enter: () => this.#take(this.#chosen),
      Tab: () => this.#take(this.#chosen),
      Escape: () => this.close(),
    }[event.key];
    const ours = act !== undefined && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (ours) {
      event.preventDefault();
      event.stopPropagation();
      act();
    } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      this.close();
    }
    return ours;
  }

  /** Whether the word before the caret is already what the first suggestion would insert. */
  #isComplete() {
    const word = this.#field.value.slice(this.#start, this.#field.selectionStart);
    return this.#chosen === 0 && word.toLowerCase() === this.#suggestions[0].insert.trim().toLowerCase();
  }

  async #look() {
    const asked = (this.#asked += 1);
    const { value, selectionStart, selectionEnd } = this.#field;
    const before = selectionStart === selectionEnd ? value.slice(0, selectionStart) : "";
    for (const { pattern, find, more } of this.#sources) {
      const match = pattern.exec(before);
      if (!match) continue;
      const found = find(match.groups.wanted);
      const suggestions = found instanceof Promise ? await found : found;
      if (asked !== this.#asked) return;
      this.#start = selectionStart - match.groups.word.length;
      this.#show(suggestions);
      if (more) this.#add(asked, await more(match.groups.wanted));
      return;
    }
    this.#show([]);
  }

  #add(asked, more) {
    if (asked !== this.#asked || !more.length) return;
    const chosen = this.#chosen;
    this.#show([...this.#suggestions, ...more]);
    this.#choose(chosen);
  }

  #show(suggestions) {
    this.#suggestions = suggestions;
    this.#list.hidden = !suggestions.length;
    this.#list.replaceChildren(...suggestions.map((suggestion, place) => this.#option(suggestion, place)));
    if (suggestions.length) this.#choose(0);
    else this.#field.removeAttribute("aria-activedescendant");
  }

  #option({ shown }, place) {
    const option = document.createElement("li");
    option.id = `${this.#list.id}-${place}`;
    option.setAttribute("role", "option");
    option.append(shown);
    return option;
  }

  #choose(place) {
    const options = [...this.#list.children];
    this.#chosen = (place + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#chosen)));
    options[this.#chosen].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", options[this.#chosen].id);
  }

  #clicked(option) {
    if (option) this.#take([...this.#list.children].indexOf(option));
  }

  #take(place) {
    const { insert } = this.#suggestions[place];
    this.close();
    replaceText(this.#field, this.#start, this.#field.selectionStart, insert);
    this.close();
  }
}
