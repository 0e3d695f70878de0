// The shapes that the SDK hands over: those of docs/protocol.md. Types alone, nothing runs. It names no other module:
// tools that add hashes to file names take an import in a comment for a real import, and a cycle for an error.

/** @typedef {{ name: string, color: string, verified: boolean }} Who */

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
 * @property {Who} sender
 * @property {string} text
 * @property {string} [nonce]
 * @property {number} [reply_to] the seq of the message that this message replies to
 * @property {string} [edited] when it got this text
 * @property {true} [erased] it was deleted, and its text is empty
 * @property {Reaction[]} [reactions]
 * @property {true} [pinned] it is pinned to the room
 */

/**
 * An event of a room's log. Which other fields it has depends on its type: see docs/protocol.md.
 *
 * @typedef {{ type: string, room: number, seq: number, at: string, target?: number }} LogEvent
 */

/**
 * `moderator`: you may moderate the room. `owner`: and name its moderators.
 *
 * @typedef {{ title: string, description: string, visibility: string, locked: boolean, moderator?: boolean,
 *   owner?: boolean }} Info
 */

/** @typedef {{ room: number, with: Who, seq: number, read: number, unread: number }} Conversation */

/**
 * A command that is not yet confirmed, as it is sent but for `room` and `id`.
 *
 * @typedef {{ type: string, text?: string, nonce?: string, target?: number, reply_to?: number }} Command
 */

/**
 * Where unsent messages survive the page: see `keepIn` of kept.js.
 *
 * @typedef {{ load: (room: number) => Command[], save: (room: number, commands: Command[]) => void }} Place
 */

/**
 * What a client calls.
 *
 * @typedef {object} ClientListeners
 * @property {(state: string, error?: Error & { code: number }) => void} [onState]
 * @property {(room: object) => void} [onDirect]
 * @property {(room: object) => void} [onUnread]
 * @property {(event: { room: number, seq: number, unread: number }) => void} [onRead]
 */

/** @typedef {{ seq: number, info: Info, read: number, unread: number, messages?: Message[] }} Joined */

/**
 * What a room calls. `onEvent` gets each event of the log once and in order, `onJoined` the answer to each
 * join (`messages` only with the first one), `onMembers` the members, `onTyping` who is typing,
 * `onRead` the read mark, `onUnread` the number of messages of others after it, `onUnsent` the commands that are
 * not yet confirmed, `onRefused` each command of an earlier page that was refused, `onEnd` why the room is over.
 *
 * @typedef {object} Listeners
 * @property {(event: LogEvent, room: object) => void} [onEvent]
 * @property {(answer: Joined) => void} [onJoined]
 * @property {(members: Who[]) => void} [onMembers]
 * @property {(writing: Who[]) => void} [onTyping]
 * @property {(seq: number) => void} [onRead]
 * @property {(count: number) => void} [onUnread]
 * @property {(unsent: Command[]) => void} [onUnsent]
 * @property {(command: Command, error: Error & { code?: number }) => void} [onRefused]
 * @property {(error: Error & { code: number }) => void} [onEnd]
 */

export {};
