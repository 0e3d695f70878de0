// The list of those who are in the room, beside the messages or, on a phone, behind a button.

import { paint } from "./color.js";

export class People {
  #list;
  #template;
  #counts;
  #isMe;

  constructor({ panel, button, template, counts, isMe }) {
    this.#list = panel.querySelector("ul");
    this.#template = template;
    this.#counts = counts;
    this.#isMe = isMe;
    button.addEventListener("click", () => {
      const open = panel.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }

  /** Show these people, of so many. */
  show(members, count) {
    const byName = [...members].sort((one, other) => one.name.localeCompare(other.name));
    this.#list.replaceChildren(...byName.map((who) => this.#element(who)));
    for (const element of this.#counts) element.textContent = count;
  }

  #element({ name, color, verified }) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    const label = element.querySelector(".name");
    label.textContent = name;
    paint(label, color);
    element.querySelector(".unproven").hidden = verified;
    element.querySelector(".you").hidden = name !== this.#isMe;
    return element;
  }
}
