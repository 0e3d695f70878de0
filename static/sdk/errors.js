// The errors of commands.

/** The server refused a command. `retry`: it may succeed later, after `retryAfter` milliseconds. */
export class CommandError extends Error {
  /** @param {{ code: number, error: string, field?: string, detail?: string, retry?: boolean, retry_after?: number }} refusal */
  constructor({ code, error, field = "", detail = "", retry = false, retry_after: seconds }) {
    super(detail || error);
    this.name = "CommandError";
    this.code = code;
    this.field = field;
    this.retry = retry;
    this.retryAfter = seconds === undefined ? undefined : seconds * 1000;
  }
}

/** The connection ended before the answer arrived: the result of the command is not known. */
export class ConnectionLost extends Error {
  /** @param {number} code @param {string} reason */
  constructor(code, reason) {
    super(reason || "the connection was closed");
    this.name = "ConnectionLost";
    this.code = code;
  }
}

/** The client has ended for good, by a close code that forbids reconnecting. `reason`: that of the close. */
export class ClientEnded extends Error {
  /** @param {number} code */
  constructor(code, reason = "") {
    super("the server closed the connection");
    this.name = "ClientEnded";
    this.code = code;
    this.reason = reason;
  }
}

/**
 * The room has ended for this client: deleted, its password changed, its join refused, or left: with `leave` (then `code` is 0),
 * or for good, on another connection (119).
 * `retryAfter`: milliseconds after which a refused join may succeed, if that is known.
 */
export class RoomEnded extends Error {
  /** @param {number} code @param {string} reason @param {number} [retryAfter] */
  constructor(code, reason, retryAfter) {
    super(reason);
    this.name = "RoomEnded";
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
