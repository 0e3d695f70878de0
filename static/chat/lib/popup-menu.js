// A popup menu of buttons and links, with arrow keys.

const EDGE = 8; // pixels between the menu and the edge of the window

/**
 * @typedef {object} Choice
 * @property {string} label
 * @property {() => void} [run]
 * @property {string} [href] where it leads to, instead of `run`
 * @property {boolean} [grave] it cannot be undone
 * @property {string} [face] an emoji that is shown instead of the label
 */

export class PopupMenu {
  #element;
  #anchor = null;

  /** @param {HTMLElement} element with role="menu" and popover="auto" */
  constructor(element) {
    this.#element = element;
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#closed());
  }

  /** Whether it is open. */
  get open() {
    return this.#element.matches(":popover-open");
  }

  /**
   * Show these choices, below a heading. The focus comes back to `anchor`. `spare`: pixels to leave free below it, for
   * what is added later.
   *
   * @param {{ anchor: HTMLElement, label: string, choices: Choice[], faces?: Choice[], head?: HTMLElement,
   *   at?: { x: number, y: number }, spare?: number }} what
   */
  show({ anchor, label, choices, faces = [], head, at, spare = 0 }) {
    this.hide();
    this.#anchor = anchor;
    this.#element.setAttribute("aria-label", label);
    const row = document.createElement("div");
    row.className = "faces";
    row.setAttribute("role", "none");
    row.append(...faces.map((choice) => this.#item(choice)));
    const above = [head, faces.length ? row : null].filter(Boolean);
    this.#element.replaceChildren(...above, ...choices.map((choice) => this.#item(choice)));
    if (head) {
      head.id = `${this.#element.id}-head`;
      head.setAttribute("role", "none");
      this.#element.setAttribute("aria-describedby", head.id);
    } else {
      this.#element.removeAttribute("aria-describedby");
    }
    this.#element.showPopover();
    this.#place(at ?? below(anchor), spare);
    this.#items[0]?.focus({ preventScroll: true });
  }

  /** Add choices below the others, while it is open. @param {Choice[]} choices */
  addChoices(choices) {
    this.#element.append(...choices.map((choice) => this.#item(choice)));
  }

  /** Add choices under a heading of their own, while it is open; what is there does not move. @param {string} label @param {Choice[]} choices */
  addGroup(label, choices) {
    const [group, heading] = [document.createElement("div"), document.createElement("span")];
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    heading.className = "heading";
    heading.setAttribute("aria-hidden", "true");
    heading.textContent = label;
    group.append(heading, ...choices.map((choice) => this.#item(choice)));
    this.#element.append(group);
  }

  hide() {
    if (this.open) this.#element.hidePopover();
  }

  get #items() {
    return [...this.#element.querySelectorAll("[role=menuitem]")];
  }

  #item({ label, run, href, grave = false, face }) {
    const item = document.createElement(href ? "a" : "button");
    if (href) item.href = href;
    else item.type = "button";
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
    item.className = face ? "face" : "choice-of-menu";
    item.classList.toggle("grave", grave);
    item.textContent = face ?? label;
    if (face) {
      item.setAttribute("aria-label", label);
      item.title = label;
    }
    item.addEventListener("click", () => {
      this.hide();
      run?.();
    });
    return item;
  }

  #place({ x, y }, spare) {
    const { offsetWidth, offsetHeight, style } = this.#element;
    const top = Math.max(EDGE, Math.min(y, innerHeight - offsetHeight - spare - EDGE));
    style.left = `${Math.max(EDGE, Math.min(x, innerWidth - offsetWidth - EDGE))}px`;
    style.top = `${top}px`;
    style.maxHeight = `${innerHeight - top - EDGE}px`;
  }

  #closed() {
    const { activeElement } = document;
    const lost = activeElement === document.body || this.#element.contains(activeElement);
    if (lost && this.#anchor?.isConnected) this.#anchor.focus({ preventScroll: true });
    this.#anchor = null;
  }

  #press(event) {
    const items = this.#items;
    const place = items.indexOf(document.activeElement);
    const inRow = items[place]?.classList.contains("face");
    const faces = items.filter((item) => item.classList.contains("face")).length;
    const to = {
      ArrowDown: inRow ? faces : place + 1,
      ArrowUp: place - 1,
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      Home: 0,
      End: items.length - 1,
    }[event.key];
    if (event.key === "Tab" || event.key === "Escape") this.hide();
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== undefined) items[(to + items.length) % items.length].focus();
  }
}

function below(anchor) {
  const { left, bottom } = anchor.getBoundingClientRect();
  return { x: left, y: bottom + 4 };
}
