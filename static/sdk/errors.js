// The errors of commands.

/** The server refused a command. `retry`: it may succeed later, after `retryAfter` milliseconds. */
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

/** The connection ended before the answer arrived: the result of the command is not known. */
export class Disconnected extends Error {
  constructor(code, reason) {
    super(reason || "the connection was closed");
    this.name = "Disconnected";
    this.code = code;
  }
}

/** The client has ended for good, by a close code that forbids reconnecting. */
export class Ended extends Error {
  constructor(code) {
    super("the server closed the connection");
    this.name = "Ended";
    this.code = code;
  }
}

/** You left the room before the command was confirmed. */
export class Left extends Error {
  constructor() {
    super("you left the room");
    this.name = "Left";
  }
}
