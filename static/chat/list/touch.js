// Fingers on the messages: a long press opens the menu of a message, or tells who gave a reaction; a swipe to the side
// replies. (A tap needs nothing: it gives the message the focus, which shows its buttons.)

const LONG = 500; // milliseconds
const SLOP = 10; // pixels that a finger moves unintentionally
const ENOUGH = 64; // pixels of a swipe that replies
const FARTHEST = 88;
const INSIDE = 12; // pixels from the corner of a menu to the finger
const EDGE = 24; // pixels at the edge of the screen, where the browser's own swipe begins

/** @param {{ rows: HTMLElement, actions: import("./actions.js").Actions }} parts */
export function listenToFingers({ rows, actions }) {
  const touch = new Touch(actions);
  rows.addEventListener("pointerdown", (event) => touch.begin(event));
  rows.addEventListener("pointermove", (event) => touch.move(event));
  rows.addEventListener("pointerup", () => touch.end(true));
  rows.addEventListener("pointercancel", () => touch.end(false)); // the browser scrolls: see touch-action in messages.css
  rows.addEventListener("contextmenu", (event) => touch.pressLong(event));
  rows.addEventListener("touchend", (event) => touch.wasLong && event.preventDefault()); // it clicks nothing
}

class Touch {
  #actions;
  #element = null; // the message that is touched
  #target = null;
  #from = { x: 0, y: 0 };
  #pointer = 0;
  #swiped = null; // pixels, once it is a swipe
  #timer = 0;
  wasLong = false; // whether the latest touch was a long press

  constructor(actions) {
    this.#actions = actions;
  }

  begin({ pointerType, pointerId, isPrimary, target, clientX, clientY }) {
    this.end(false);
    this.wasLong = false;
    const element = pointerType === "touch" && isPrimary && target.closest(".message[data-seq]");
    if (!element) return;
    [this.#element, this.#target, this.#from, this.#pointer] = [element, target, { x: clientX, y: clientY }, pointerId];
    this.#timer = setTimeout(() => this.#open(), LONG); // iOS has no event for it
  }

  move({ clientX, clientY }) {
    if (!this.#element) return;
    const [x, y] = [clientX - this.#from.x, Math.abs(clientY - this.#from.y)];
    const aside = getComputedStyle(this.#element).direction === "rtl" ? -x : x;
    if (this.#swiped === null) {
      if (Math.hypot(x, y) < SLOP) return;
      if (aside < y || !this.#maySwipe()) this.end(false);
      else this.#swiped = 0;
    }
    if (this.#swiped === null) return;
    clearTimeout(this.#timer);
    if (y > ENOUGH / 2) this.end(false);
    else this.#show(Math.max(0, Math.min(aside, FARTHEST)));
  }

  /** `done`: the finger was lifted, and has not gone elsewhere. */
  end(done) {
    clearTimeout(this.#timer);
    const [element, swiped] = [this.#element, this.#swiped];
    this.#element = this.#swiped = null;
    if (!element) return;
    element.classList.remove("swiped", "enough");
    element.style.removeProperty("--swiped");
    const message = done && swiped >= ENOUGH && this.#actions.messageOf(element);
    if (message) this.#actions.run("reply", message);
  }

  /** The browser tells of a long press, too: the sooner of both. The menu of a link, or of a mouse, is the browser's own. */
  pressLong(event) {
    if (event.pointerType !== "touch" || event.target.closest("a")) return;
    event.preventDefault();
    this.#open();
  }

  #maySwipe() {
    const { x } = this.#from;
    if (x < EDGE || x > innerWidth - EDGE) return false;
    const message = this.#actions.messageOf(this.#element);
    return message !== null && this.#actions.allows("reply", message);
  }

  #show(swiped) {
    const [before, { classList, style }] = [this.#swiped, this.#element];
    this.#swiped = swiped;
    classList.add("swiped");
    classList.toggle("enough", swiped >= ENOUGH);
    style.setProperty("--swiped", `${Math.round(swiped)}px`);
    if (before < ENOUGH && swiped >= ENOUGH) navigator.vibrate?.(10);
  }

  #open() {
    const [element, target, { x, y }] = [this.#element, this.#target, this.#from];
    this.end(false);
    const message = element && !target.closest("a, .tools") && this.#actions.messageOf(element);
    if (!message) return;
    this.wasLong = true;
    // The finger is over the menu now, and is lifted from there: else the browser would close the menu then.
    if (target.hasPointerCapture(this.#pointer)) target.releasePointerCapture(this.#pointer);
    const [chip, at] = [target.closest(".chip"), { x: x - INSIDE, y: y - INSIDE }];
    if (chip) this.#actions.showWho(message, { anchor: chip, at, emoji: chip.dataset.emoji });
    else this.#actions.open(message, element, at);
  }
}
