// The shapes that the SDK hands over: those of docs/protocol.md. Types alone, nothing runs. It names no other module:
// tools that add hashes to file names take an import in a comment for a real import, and a cycle for an error.

/** @typedef {{ name: string, color: string, verified: boolean }} Person */

/**
 * `who`: names; `participants`: in the same order who they are. A name may change, and become that of another participant.
 *
 * @typedef {{ emoji: string, who: string[], participants: number[] }} Reaction
 */

/**
 * @typedef {object} Message
 * @property {"message"} type
 * @property {number} room
 * @property {number} seq 0 in a room that keeps nothing
 * @property {string} at
 * @property {undefined} [target] only events that change a message have one
 * @property {Person} sender
 * @property {string} text
 * @property {string} [nonce]
 * @property {number} [reply_to] the seq of the message that this message replies to
 * @property {string} [edited] when it got this text
 * @property {true} [erased] it was deleted, and its text is empty
 * @property {Reaction[]} [reactions]
 * @property {true} [pinned] it is pinned to the room
 * @property {string[]} [mentions] the names in the text that are mentions, each after an "@"
 * @property {number} [participant] the number of a verified sender, whose name can change
 * @property {number} [replies] how many messages reply to it, deleted ones included, 100 at most
 */

/**
 * A message that mentions you, in the room of this title. `id`: for the next page.
 *
 * @typedef {{ id: number, title: string, message: Message }} Mention
 */

/**
 * A message that you saved, in the room of this title ("" for a direct conversation). `id`: for the next page.
 *
 * @typedef {{ id: number, title: string, message: Message }} Saved
 */

/**
 * A text that you have begun to write in a room, as of then; "": no longer. `reply_to`: the message that it is to answer.
 *
 * @typedef {{ room: number, at: string, text: string, reply_to?: number }} Unfinished
 */

/**
 * You have joined a room or, with `on` false, left it for good, on whichever connection; or you have set what calls you there:
 * the `level`, until `level_until` (null: until you change it).
 *
 * @typedef {{ room: number, at: string, on: boolean, level: "all" | "mentions" | "nothing",
 *   level_until: string | null }} JoinedRoomChange
 */

/** A participant whom you have blocked. @typedef {{ participant: number, name: string, color: string }} BlockedPerson */

/**
 * The message `target` mentions you, in a room that this client has joined or not. `target`: 0 if the room keeps nothing.
 *
 * @typedef {{ room: number, at: string, title: string, target: number, sender: Person, text: string }} Mentioned
 */

/**
 * A room that you have joined. `unread`: messages of others after your read mark `read`, and `mentions`: those of them
 * that mention you, each 100 at most. `level`: what calls you there, until `level_until` (null: until you change it).
 *
 * @typedef {{ room: number, title: string, seq: number, read: number, unread: number, mentions: number,
 *   level: "all" | "mentions" | "nothing", level_until: string | null }} JoinedRoom
 */

/**
 * An event that is about the message `target`.
 *
 * @typedef {{ room: number, seq: number, at: string, target: number }} Change
 */

/** @typedef {Change & { type: "edited", text: string }} Edited */
/** @typedef {Change & { type: "erased" }} Erased */
/** @typedef {Change & { type: "restored", text: string, edited: string | null }} Restored */
/** @typedef {Change & { type: "reacted", who: Person, emoji: string, on: boolean, participant: number }} Reacted */
/** @typedef {Change & { type: "pinned", who: Person, on: boolean }} Pinned */

/**
 * An event that is about no message. Which other fields it has depends on its type: see docs/protocol.md.
 *
 * @typedef {{ type: "kicked" | "banned" | "muted" | "moderator" | "room" | "room_deleted", room: number, seq: number,
 *   at: string, target?: undefined, [field: string]: unknown }} RoomEvent
 */

/**
 * An event of a room's log.
 *
 * @typedef {Message | Edited | Erased | Restored | Reacted | Pinned | RoomEvent} LogEvent
 */

/**
 * `moderator`: you may moderate the room. `owner`: and name its moderators. `slow_seconds`: between two messages of a
 * sender, 0 for any number. `accounts_only`: only users with an account can post. `approve_first`: the
 * newcomers' messages wait until a moderator approves one. `who_can_pin`: "everyone",
 * "moderators" or "owner"; `who_can_mention_all`: the same, or "auto": moderators, and everyone in a small room. Older
 * servers know none of the five.
 * `rules`, of `rules_version`: what members accept before they post, if there are any; `rules_accepted`: you have.
 * `muted`: you are, `until` then (null: until further notice).
 *
 * @typedef {{ title: string, description: string, visibility: string, locked: boolean, moderator?: boolean,
 *   owner?: boolean, slow_seconds?: number, accounts_only?: boolean, approve_first?: boolean, who_can_pin?: string, who_can_mention_all?: string, rules?: string,
 *   rules_version?: number, rules_accepted?: boolean, muted?: { until: string | null, reason: string } }} RoomInfo
 */

/**
 * A report of a message or, with `target` null, of the person `about`. `messages`: copies, oldest first. `state`: "open",
 * "claimed" by the `handler`, or "done". The reporter is not told the `handler`. `held`: the server holds the message, until
 * a moderator approves or rejects it.
 *
 * @typedef {{ id: number, room: number, title: string, direct: boolean, target: number | null, about: string,
 *   reason: string, note: string, by: string, at: string,
 *   messages: { seq: number, at: string, name: string, text: string }[],
 *   state: string, handler: string, decision: string, decided: string | null, held?: boolean }} Report
 */

/**
 * A ban of a name, of a pattern of names, of a network, or of newcomers: its `kind`; "watch" only holds the first messages
 * of newcomers.
 *
 * @typedef {{ id: number, kind: string, name: string, until: string | null, reason: string, note: string, by: string,
 *   at: string }} Ban
 */

/**
 * A message of yours that waits for a moderator.
 *
 * @typedef {{ room: number, at: string, text: string, nonce?: string, reply_to?: number }} HeldMessage
 */

/**
 * What a filter catches, and what happens then. `pattern` and `amount` are for some kinds; the `note` is for moderators.
 *
 * @typedef {{ kind: "words" | "regex" | "links" | "invites" | "repeated" | "capitals" | "mentions",
 *   action: "warn" | "hold" | "refuse" | "mute", pattern?: string, amount?: number | null, note?: string }} FilterFields
 */

/**
 * A filter of a room or, with `room` null, of the server.
 *
 * @typedef {{ id: number, room: number | null, kind: string, action: string, pattern: string, amount: number | null,
 *   note: string, by: string, at: string }} Filter
 */

/**
 * The deletion of all messages of a sender. `state`: deleting, done, stopped, refused (for the reason `refusal`), restoring
 * or restored. `since`: null for all. `total`: null if they are too many to count.
 * `restored_by`: who restores the messages, or did.
 *
 * @typedef {{ id: number, room: number | null, name: string, since: string | null, at: string, ended_at: string | null,
 *   state: string, total: number | null, deleted: number, restored: number, by: string, reason: string,
 *   refusal: string, restored_by: string }} Deletion
 */

/** @typedef {{ room: number, with: Person, seq: number, read: number, unread: number }} Conversation */

/**
 * A command that is not yet confirmed, as it is sent but for `room` and `id`.
 *
 * @typedef {{ type: string, text?: string, nonce?: string, target?: number, reply_to?: number }} Command
 */

/**
 * Where unsent messages survive the page: see `storeUnsentIn` of unsent-store.js.
 *
 * @typedef {{ load: (room: number) => Command[], save: (room: number, commands: Command[]) => void }} UnsentStorage
 */

/**
 * @typedef {{ seq: number, info: RoomInfo, read: number, unread: number, mentions: number,
 *   messages?: Message[] }} JoinAnswer
 */

export {};
