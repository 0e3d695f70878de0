// Why something failed, in the language of the page. The server's errors are in English, the same for all programs;
// here are the ones that the page of a room can get.

import { formatFullTime, formatTime } from "./dates.js";
import { gettext, gettext_noop, interpolate } from "../lib/i18n.js";

const MUTED = 107;
const TOO_MANY_ROOMS = 912;

// When the whole room is over, the server sends the kind of error only.
const OVER = () => {
  const [deleted, outside] = [gettext("this room has been deleted"), gettext("your access has expired, or the password changed")];
  return new Map([[101, deleted], [4404, deleted], [401, outside], [402, outside], [403, outside], [4403, outside]]);
};

const KNOWN = new Set([
  gettext_noop("a message can have at most 20 different reactions"),
  gettext_noop("a moderator has muted you in this room"),
  gettext_noop("a room can have at most 50 pinned messages; unpin a message first"),
  gettext_noop("no such message in this room"),
  gettext_noop("a room can have at most 50 moderators; remove one first"),
  gettext_noop("only the owner of this room can name its moderators"),
  gettext_noop("only moderators can do that"),
  gettext_noop("this room is locked; only moderators can post"),
  gettext_noop("you can only change your own messages"),
  gettext_noop("the connection was closed"),
  gettext_noop("the database is not responding; try again"),
  gettext_noop("you left the room"),
  gettext_noop("the server closed the connection"),
  gettext_noop("the user or room no longer exists"),
]);

/** Say why something failed; the message of an unknown error stays as it is. @param {Error} error */
export function describeError({ message, code, field, retryAfter }) {
  if (code === MUTED && retryAfter) {
    const words = gettext("a moderator has muted you in this room until %(time)s");
    return interpolate(words, { time: formatSoon(new Date(Date.now() + retryAfter)) });
  }
  if (code === TOO_MANY_ROOMS) return gettext("you are in too many rooms at the same time; leave one first");
  if (field === "reply_to") return gettext("the message you're replying to was deleted");
  if (OVER().has(code)) return OVER().get(code);
  return KNOWN.has(message) ? gettext(message) : message;
}

/** Say that something failed, and why. @param {Error} error */
export function describeFailure(error) {
  return interpolate(gettext("Couldn't do that: %(reason)s"), { reason: describeError(error) });
}

/** The time, with the day unless it is today. */
function formatSoon(at) {
  return at.toDateString() === new Date().toDateString() ? formatTime(at) : formatFullTime(at);
}
