// Keeps unsent messages beyond the page on which they were written.
//
// A storage belongs to one client. Two clients that share one would send, and forget, each other's messages.

import { tell } from "./tell.js";

/**
 * Store unsent messages in browser storage. Use `sessionStorage`: it survives a reload, and each tab has its own.
 * `owner`: the author of the messages, for example a name, so that another participant does not send them.
 *
 * @param {Storage} storage
 * @param {string} owner
 * @returns {import("./types.js").UnsentStorage}
 */
export function storeUnsentIn(storage, owner) {
  const key = (room) => `wschat unsent ${room} ${owner}`;
  return {
    load: (room) => JSON.parse(storage.getItem(key(room)) ?? "[]"),
    save(room, commands) {
      if (commands.length) storage.setItem(key(room), JSON.stringify(commands));
      else storage.removeItem(key(room));
    },
  };
}

/** The unsent messages of one room in such a storage. Storage errors do not prevent sending. */
export class UnsentStore {
  #storage;
  #room;
  #any = false; // whether any are there now

  /** @param {import("./types.js").UnsentStorage | undefined} storage @param {number} room */
  constructor(storage, room) {
    this.#storage = storage;
    this.#room = room;
  }

  /** The messages that an earlier page left. @returns {import("./types.js").Command[]} */
  load() {
    const found = tell(this.#storage && ((room) => this.#storage.load(room)), this.#room);
    const kept = (Array.isArray(found) ? found : []).filter(isMessage);
    this.#any = kept.length > 0;
    return kept.map(({ text, nonce, reply_to }) => ({ type: "send", text, nonce, reply_to, room: this.#room }));
  }

  /** Only messages are kept: other commands, sent much later, could do more than the user meant. */
  save(unsent) {
    if (!this.#storage) return;
    const messages = unsent.filter(isMessage);
    if (messages.length || this.#any) tell((...what) => this.#storage.save(...what), this.#room, messages);
    this.#any = messages.length > 0;
  }
}

function isMessage(command) {
  return command?.type === "send" && typeof command.text === "string" && typeof command.nonce === "string";
}
