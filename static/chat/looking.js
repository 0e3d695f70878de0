// Whether the reader looks at the messages: only then what is in sight is read.

export class Looking {
  #list;
  #writes;
  #opened = false;
  #current = false;
  #on = false;

  /**
   * `writes()`: whether something that the reader wrote is still to be sent.
   *
   * @param {{ list: import("./list.js").MessageList, writes: () => boolean }} parts
   */
  constructor({ list, writes }) {
    this.#list = list;
    this.#writes = writes;
    document.addEventListener("visibilitychange", () => this.#changed());
  }

  get on() {
    return this.#on;
  }

  /** The list is open, at the place where the reader begins. */
  opened() {
    this.#opened = true;
    this.#changed();
  }

  /** Whether all is there that was said until now: it is not while the connection is lost, nor right after that. */
  set current(current) {
    this.#current = current;
    this.#changed();
  }

  #changed() {
    const on = this.#opened && this.#current && document.visibilityState === "visible";
    if (on === this.#on) return;
    if (on) this.#list.comeBack({ toNews: !this.#writes() });
    else this.#list.turnAway();
    this.#on = on;
    if (on) this.#list.look();
  }
}
