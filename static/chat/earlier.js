// Scrolling up to the top brings an earlier page of messages, as long as there is one.

const PAGE = 50;

export class Earlier {
  #mark;
  #room;
  #messages;
  #observer;
  #asking = false;

  /** `mark` stands at the top of the list: when it comes into sight, earlier messages are wanted. */
  constructor({ mark, list, room, messages }) {
    this.#mark = mark;
    this.#room = room;
    this.#messages = messages;
    this.#observer = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#load(), {
      root: list,
      rootMargin: "300px 0px 0px 0px",
    });
  }

  /** Whether there may be messages before the first one shown. */
  offer(more) {
    this.#mark.hidden = !more;
    this.#observer.disconnect(); // watched anew, a mark that is still in sight is told of again
    if (more) this.#observer.observe(this.#mark);
  }

  async #load() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const { messages, more } = await this.#room.history({ before: this.#messages.first, limit: PAGE });
      this.#messages.addAbove(messages);
      this.offer(more);
    } catch {
      this.offer(false); // the room is over, and the page says so
    } finally {
      this.#asking = false;
    }
  }
}
