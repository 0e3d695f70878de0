// Why something failed, in the language of the page. The server's errors are in English, the same for all programs;
// here are the ones that the page of a room can get.

import { formatFullTime, formatTime } from "./dates.js";
import { gettext, gettext_noop, interpolate } from "../lib/i18n.js";

const MUTED = 107;

// When the whole room is over, the server sends the kind of error only.
const OVER = () => {
  const [deleted, outside] = [gettext("this room has been deleted"), gettext("your access has run out, or the room has a new password")];
  return new Map([[101, deleted], [4404, deleted], [401, outside], [402, outside], [403, outside], [4403, outside]]);
};

const KNOWN = new Set([
  gettext_noop("a message has at most 20 different emoji"),
  gettext_noop("a moderator has muted you in this room"),
  gettext_noop("a room has at most 50 pinned messages; take one down first"),
  gettext_noop("no such message in this room"),
  gettext_noop("a room has at most 50 moderators; remove one first"),
  gettext_noop("only moderators can do that"),
  gettext_noop("only the owner of this room can name its moderators"),
  gettext_noop("only those who run the room may speak here at the moment"),
  gettext_noop("that is the message of another sender"),
  gettext_noop("the connection has ended"),
  gettext_noop("the database does not answer; please try again"),
  gettext_noop("the room was left"),
  gettext_noop("the server ended the connection for good"),
  gettext_noop("this concerns somebody or something that is gone"),
]);

/** Say why something failed; the message of an unknown error stays as it is. @param {Error} error */
export function describeError({ message, code, field, retryAfter }) {
  if (code === MUTED && retryAfter) {
    const words = gettext("a moderator has muted you in this room until %(time)s");
    return interpolate(words, { time: formatSoon(new Date(Date.now() + retryAfter)) });
  }
  if (field === "reply_to") return gettext("the message that you answer was deleted");
  if (OVER().has(code)) return OVER().get(code);
  return KNOWN.has(message) ? gettext(message) : message;
}

/** Say that something failed, and why. @param {Error} error */
export function describeFailure(error) {
  return interpolate(gettext("That was not possible: %(reason)s"), { reason: describeError(error) });
}

/** The time, with the day unless it is today. */
function formatSoon(at) {
  return at.toDateString() === new Date().toDateString() ? formatTime(at) : formatFullTime(at);
}
