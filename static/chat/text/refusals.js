// Why something was not possible, in the language of the page. Errors are English, for all programs alike; here stand
// those that the page of a room can meet.

import { formatFullTime, formatTime } from "./dates.js";
import { gettext, gettext_noop, interpolate } from "../lib/i18n.js";

const MUTED = 107;

// Of what is over for the whole room the server says the kind alone.
const OVER = () => {
  const [deleted, outside] = [gettext("this room has been deleted"), gettext("your access has run out, or the room has a new password")];
  return new Map([[101, deleted], [4404, deleted], [401, outside], [402, outside], [403, outside], [4403, outside]]);
};

const KNOWN = new Set([
  gettext_noop("a message has at most 20 different emoji"),
  gettext_noop("a moderator has muted you in this room"),
  gettext_noop("a room has at most 50 pinned messages; take one down first"),
  gettext_noop("no such message in this room"),
  gettext_noop("only those who run the room may do that"),
  gettext_noop("only those who run the room may speak here at the moment"),
  gettext_noop("that is the message of somebody else"),
  gettext_noop("the connection has ended"),
  gettext_noop("the database does not answer; please try again"),
  gettext_noop("the room was left"),
  gettext_noop("the server ended the connection for good"),
  gettext_noop("this concerns somebody or something that is gone"),
]);

/** What to tell of an error; what is not known here stays as it is. @param {Error} error */
export function describeError({ message, code, field, retryAfter }) {
  if (code === MUTED && retryAfter) {
    const words = gettext("a moderator has muted you in this room until %(time)s");
    return interpolate(words, { time: soonOf(new Date(Date.now() + retryAfter)) });
  }
  if (field === "reply_to") return gettext("the message that you answer was deleted");
  if (OVER().has(code)) return OVER().get(code);
  return KNOWN.has(message) ? gettext(message) : message;
}

/** That something failed, and why. @param {Error} error */
export function describeFailure(error) {
  return interpolate(gettext("That was not possible: %(reason)s"), { reason: describeError(error) });
}

/** The time alone, if it is today's. */
function soonOf(at) {
  return at.toDateString() === new Date().toDateString() ? formatTime(at) : formatFullTime(at);
}
