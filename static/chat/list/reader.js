// Whether the reader looks at the messages: only then what is in sight is read.

export class Reader {
  #list;
  #writes;
  #covered;
  #opened = false;
  #current = false;
  #on = false;

  /**
   * `writes()`: whether something that the reader wrote is still to be sent; `covered()`: whether something lies over
   * the messages.
   *
   * @param {{ list: import("./message-list.js").MessageList, writes: () => boolean, covered: () => boolean }} parts
   */
  constructor({ list, writes, covered }) {
    this.#list = list;
    this.#writes = writes;
    this.#covered = covered;
    document.addEventListener("visibilitychange", () => this.#changed());
    addEventListener("resize", () => this.lookAgain());
  }

  get isLooking() {
    return this.#on;
  }

  /** The list is open, at the place where the reader begins. */
  listOpened() {
    this.#opened = true;
    this.#changed();
  }

  /** What lies over the messages may have changed: once it is drawn, and a jump that comes with it is made. */
  lookAgain() {
    requestAnimationFrame(() => this.#changed());
  }

  /** Whether all is there that was said until now: it is not while the connection is lost, nor right after that. */
  set current(current) {
    this.#current = current;
    this.#changed();
  }

  #changed() {
    const on = this.#opened && this.#current && document.visibilityState === "visible" && !this.#covered();
    if (on === this.#on) return;
    if (on) this.#list.readerReturned({ toNews: !this.#writes() });
    else this.#list.readerLeft();
    this.#on = on;
    if (on) this.#list.reportSeen();
  }
}
