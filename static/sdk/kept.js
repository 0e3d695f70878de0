// Keeps unsent messages beyond the page on which they were written.
//
// A place belongs to one client. Two clients that share a place would send, and forget, each other's messages.

import { tell } from "./tell.js";

/**
 * A place in browser storage. Use `sessionStorage`: it survives a reload, and each tab has its own. `owner`: the
 * author of the messages, for example a name, so that another participant does not send them.
 *
 * @param {Storage} storage
 * @param {string} owner
 * @returns {import("./types.js").Place}
 */
export function keepIn(storage, owner) {
  const key = (room) => `wschat unsent ${room} ${owner}`;
  return {
    load: (room) => JSON.parse(storage.getItem(key(room)) ?? "[]"),
    save(room, commands) {
      if (commands.length) storage.setItem(key(room), JSON.stringify(commands));
      else storage.removeItem(key(room));
    },
  };
}

/** The messages of one room in such a place. Storage errors do not prevent sending. */
export class Kept {
  #place;
  #room;
  #any = false; // whether any are there now

  /** @param {import("./types.js").Place | undefined} place @param {number} room */
  constructor(place, room) {
    this.#place = place;
    this.#room = room;
  }

  /** The messages that an earlier page left. @returns {import("./types.js").Command[]} */
  load() {
    const found = tell(this.#place && ((room) => this.#place.load(room)), this.#room);
    const kept = (Array.isArray(found) ? found : []).filter(isMessage);
    this.#any = kept.length > 0;
    return kept.map(({ text, nonce, reply_to }) => ({ type: "send", text, nonce, reply_to, room: this.#room }));
  }

  /** Only messages are kept: other commands, sent much later, could do more than the user meant. */
  save(unsent) {
    if (!this.#place) return;
    const messages = unsent.filter(isMessage);
    if (messages.length || this.#any) tell((...what) => this.#place.save(...what), this.#room, messages);
    this.#any = messages.length > 0;
  }
}

function isMessage(command) {
  return command?.type === "send" && typeof command.text === "string" && typeof command.nonce === "string";
}
