// The commands of a room that become part of its log. Each returns a promise of the seq of its event (undefined if
// there was nothing to change), which rejects if it is refused for good.

import { newNonce } from "./outbox.js";

export class LoggedCommands {
  #put;

  /** @internal @param {(command: import("./types.js").Command) => Promise<number | undefined>} put sends a command after all earlier commands */
  constructor(put) {
    this.#put = put;
  }

  /**
   * Send a message. With the `nonce` of an earlier try that may be stored already, it is stored once. It rejects with the
   * code 110 if the server holds the message for a moderator: once approved, it comes as an event. Sent again with its
   * nonce, a held message tells what has become of it.
   *
   * @param {string} text
   * @param {{ replyTo?: number, nonce?: string }} options
   */
  send(text, { replyTo, nonce = newNonce() } = {}) {
    return this.#put({ type: "send", text, nonce, reply_to: replyTo });
  }

  /** @param {number} seq @param {string} text */
  edit(seq, text) {
    return this.#put({ type: "edit", target: seq, text });
  }

  /**
   * Delete a message; `reason`: of a moderator, for the audit log.
   *
   * @param {number} seq
   * @param {{ reason?: string }} options
   */
  delete(seq, { reason } = {}) {
    return this.#put({ type: "delete", target: seq, reason });
  }

  /**
   * Add an emoji, or with `on` false remove yours, or as a moderator that of a `participant`.
   *
   * @param {number} seq @param {string} emoji @param {boolean} on @param {{ participant?: number }} options
   */
  react(seq, emoji, on = true, { participant } = {}) {
    return this.#put({ type: "react", target: seq, emoji, on, participant });
  }

  /** Pin or unpin a message. For moderators, and for both members of a conversation. @param {number} seq */
  pin(seq, on = true) {
    return this.#put({ type: "pin", target: seq, on });
  }

  /**
   * Mute a name for some time, or until further notice; or unmute it. For moderators. `reason`: members see it.
   * `verified`: false for the name of an unverified message or member. It is refused if the name belongs to someone else.
   *
   * @param {string} name
   * @param {{ seconds?: number, on?: boolean, reason?: string, verified?: boolean }} options
   */
  mute(name, { seconds, on = true, reason, verified } = {}) {
    return this.#put({ type: "mute", name, seconds, on, reason, verified });
  }

  /**
   * Remove a member from the room. For moderators. Members see the reason. They can come back after some seconds.
   *
   * @param {string} name
   * @param {{ reason?: string, verified?: boolean }} options `verified`: as of `mute`
   */
  kick(name, { reason, verified } = {}) {
    return this.#put({ type: "kick", name, reason, verified });
  }

  /**
   * Ban `{ name }`, `{ pattern }` of names (* is any text) or `{ network }`, for some time or until further notice; or,
   * with `on` false, lift the ban. For moderators. `address`: with a name, the addresses that it is connected from, too,
   * or else those that it came from lately.
   * Members see the `reason`; the `note` is for moderators. `{ newcomers: true }`: for this many seconds no one can join
   * who was not in the room before; with `hold` they can, and their first messages wait for a moderator.
   *
   * @param {{ name?: string, pattern?: string, network?: string, newcomers?: boolean, hold?: boolean }} who
   * @param {{ seconds?: number, address?: boolean, reason?: string, note?: string, on?: boolean, verified?: boolean }} options
   *   `verified`: as of `mute`
   */
  ban({ name, pattern, network, newcomers, hold }, { seconds, address, reason, note, on = true, verified } = {}) {
    const whom = { name, pattern, network, newcomers, hold };
    return this.#put({ type: "ban", ...whom, seconds, address, reason, note, on, verified });
  }

  /**
   * Make a participant a moderator, or with `on` false remove them as one. For the owner of the room, and staff.
   *
   * @param {string} name
   */
  setModerator(name, on = true) {
    return this.#put({ type: "moderator", name, on });
  }

  /** Change the description, for clients that may change the room. @param {string} description */
  describe(description) {
    return this.#put({ type: "describe", description });
  }

  /**
   * Limit who can post, and how often. For moderators, who can always post. `slowSeconds`: between two messages of a
   * sender, 0 for any number; `accountsOnly`: only users with an account can post; `locked`: only moderators can.
   * `approveFirst`: newcomers' messages wait until a moderator approves one. `rules`: what others accept
   * before they post, "" for none. What is left out stays as it is.
   *
   * @param {{
   *   slowSeconds?: number, accountsOnly?: boolean, locked?: boolean, approveFirst?: boolean, rules?: string,
   *   whoCanPin?: string, whoCanMentionAll?: string,
   * }} limits
   */
  limitPosting({ slowSeconds, accountsOnly, locked, approveFirst, rules, whoCanPin, whoCanMentionAll }) {
    const limits = { slow_seconds: slowSeconds, accounts_only: accountsOnly, locked, approve_first: approveFirst, rules };
    const choices = { who_can_pin: whoCanPin, who_can_mention_all: whoCanMentionAll };
    return this.#put({ type: "posting", ...limits, ...choices });
  }
}
