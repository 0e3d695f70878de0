// Whether the reader is looking at the messages: only then do visible messages count as read.

export class Reader {
  #list;
  #writes;
  #covered;
  #opened = false;
  #current = false;
  #on = false;

  /**
   * `writes()`: whether the reader has unsent messages; `covered()`: whether something covers the list; `signal` ends the
   * looking.
   *
   * @param {{ list: import("./message-list.js").MessageList, writes: () => boolean, covered: () => boolean,
   *   signal?: AbortSignal }} parts
   */
  constructor({ list, writes, covered, signal }) {
    this.#list = list;
    this.#writes = writes;
    this.#covered = covered;
    document.addEventListener("visibilitychange", () => this.#changed(), { signal });
    addEventListener("resize", () => this.lookAgain(), { signal });
  }

  get isLooking() {
    return this.#on;
  }

  /** Call when the list is open at the place where the reader starts. */
  listOpened() {
    this.#opened = true;
    this.#changed();
  }

  /** Check again whether something covers the messages, after the next frame is drawn and any jump is made. */
  lookAgain() {
    requestAnimationFrame(() => this.#changed());
  }

  /** Whether the list is up to date: not while the connection is lost, nor until it has caught up. */
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
