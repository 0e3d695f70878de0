// What can go wrong with a command.

/** The server refused a command. `retry`: the same may succeed later, after `retryAfter` milliseconds. */
export class CommandError extends Error {
  constructor({ code, error, field = "", detail = "", retry = false, retry_after: seconds }) {
    super(detail || error);
    this.name = "CommandError";
    this.code = code;
    this.field = field;
    this.retry = retry;
    this.retryAfter = seconds === undefined ? undefined : seconds * 1000;
  }
}

/** The connection ended before the answer came: what became of the command is not known. */
export class Disconnected extends Error {
  constructor(code, reason) {
    super(reason || "the connection was closed");
    this.name = "Disconnected";
    this.code = code;
  }
}

/** The client has ended for good, by a close code after which one does not come back. */
export class Ended extends Error {
  constructor(code) {
    super("the server closed the connection");
    this.name = "Ended";
    this.code = code;
  }
}

/** The room was left before the command was confirmed. */
export class Left extends Error {
  constructor() {
    super("you left the room");
    this.name = "Left";
  }
}
