// Why something failed, in the language of the page. The server's errors are in English, the same for all programs;
// here are the ones that the page of a room can get.

import { formatFullTime, formatSecond, formatTime } from "./dates.js";
import { gettext, gettext_noop, interpolate } from "../lib/i18n.js";

const MUTED = 107;
const SLOW_MODE = 108;
const RULES_NOT_ACCEPTED = 114;
const CALLED_TOO_OFTEN = 115;
const NOT_HERE = 201;
const CLAIMED = " has claimed this report in the meantime";
const [KICKED, BANNED, NO_NEWCOMERS] = [920, 921, 922];
const TOO_MANY_ROOMS = 912;
const TOO_MANY_SAVED = 915;

// When the whole room is over, the server sends the kind of error only.
const OVER = () => {
  const [deleted, outside] = [gettext("this room has been deleted"), gettext("your access has expired, or the password changed")];
  return new Map([[101, deleted], [4404, deleted], [401, outside], [402, outside], [403, outside], [4403, outside]]);
};

const KNOWN = new Set([
  gettext_noop("a message can have at most 20 different reactions"),
  gettext_noop("a filter does not let this name through"),
  gettext_noop("a filter of this room does not let this message through"),
  gettext_noop("a moderator has muted you in this room"),
  gettext_noop("a moderator has rejected this message"),
  gettext_noop("a moderator has to look at your earlier messages first"),
  gettext_noop("a room can have at most 50 pinned messages; unpin a message first"),
  gettext_noop("no such message in this room"),
  gettext_noop("a room can have at most 1000 bans; lift one first"),
  gettext_noop("a room can have at most 1000 mutes; lift one first"),
  gettext_noop("a room can have at most 50 moderators; remove one first"),
  gettext_noop("only the owner of this room can name its moderators"),
  gettext_noop("only moderators can do that"),
  gettext_noop("only the owner of this room can do that"),
  gettext_noop("only people with an account can post in this room"),
  gettext_noop("this room is locked; only moderators can post"),
  gettext_noop("there are no such messages"),
  gettext_noop("this person accepts no direct messages from you"),
  gettext_noop("you can send direct messages when staff have approved a message of yours"),
  gettext_noop("you can block at most 1000 people; unblock some first"),
  gettext_noop("you have blocked this person; unblock them to write to them"),
  gettext_noop("you can only change your own messages"),
  gettext_noop("you cannot do that to those who run this room"),
  gettext_noop("staff or the owner of this room decided this; only they can change it"),
  gettext_noop("the connection was closed"),
  gettext_noop("the rules have changed: read them again"),
  gettext_noop("the reported user no longer exists, or has lost the name"),
  gettext_noop("this report has already been decided"),
  gettext_noop("the database is not responding; try again"),
  gettext_noop("you left the room"),
  gettext_noop("the server closed the connection"),
  gettext_noop("the sender is banned; reject the message"),
  gettext_noop("the sender is muted; reject the message"),
  gettext_noop("the user or room no longer exists"),
  gettext_noop("this is unverified: the name belongs to someone else, who did not use it here"),
  gettext_noop("this message waits no longer"),
  gettext_noop("too many messages wait for the moderators of this room"),
]);

/** Say why something failed; the message of an unknown error stays as it is. @param {Error} error */
export function describeError({ message = "", code, field, retryAfter }) {
  if (code === MUTED && retryAfter) {
    const words = gettext("a moderator has muted you in this room until %(time)s");
    return interpolate(words, { time: formatSoon(new Date(Date.now() + retryAfter)) });
  }
  if (code === SLOW_MODE && retryAfter) {
    const words = gettext("this room is in slow mode; you can send again at %(time)s");
    return interpolate(words, { time: formatSecond(new Date(Date.now() + retryAfter)) });
  }
  if (code === CALLED_TOO_OFTEN && retryAfter) {
    const words = gettext("you have just mentioned everyone in this room; you can again at %(time)s");
    return interpolate(words, { time: formatSoon(new Date(Date.now() + retryAfter)) });
  }
  if (code === RULES_NOT_ACCEPTED) return gettext("accept the rules of this room before you post");
  if (code === TOO_MANY_ROOMS) return gettext("you are in too many rooms at the same time; leave one first");
  if (code === TOO_MANY_SAVED) return gettext("you have saved too many messages; remove some first");
  if (code === NOT_HERE && field === "name") return gettext("no member has this name now");
  if (field === "reply_to") return gettext("the message you're replying to was deleted");
  if (OVER().has(code)) return OVER().get(code);
  if (message.endsWith(CLAIMED)) {
    return interpolate(gettext("%(name)s has claimed this report in the meantime"), { name: message.slice(0, -CLAIMED.length) });
  }
  return KNOWN.has(message) ? gettext(message) : message;
}

/** Say that something failed, and why. @param {Error} error */
export function describeFailure(error) {
  return interpolate(gettext("Couldn't do that: %(reason)s"), { reason: describeError(error) });
}

/**
 * Describe until when and why a member was kicked or banned, or cannot join as a newcomer; empty if nothing is known. Pure but for the language.
 *
 * @param {{ until?: string | null, reason?: string } | Error} removal the event, or the refusal to join: its text ends
 * with the reason, after a colon
 */
export function describeRemoval({ until, reason, code, message = "", retryAfter }) {
  const refused = [KICKED, BANNED, NO_NEWCOMERS].includes(code);
  const given = refused ? message.split(": ").slice(1).join(": ") : reason;
  const end = refused && code !== KICKED && retryAfter ? Date.now() + retryAfter : until;
  const parts = [
    end && interpolate(gettext("Until %(time)s."), { time: formatSoon(new Date(end)) }),
    given && interpolate(gettext("Reason: %(reason)s"), { reason: given }),
  ];
  return parts.filter(Boolean).join(" ");
}

/** Describe an event about newcomers: they are kept out, their first messages wait, or neither any more. */
export function describeNewcomers({ on, hold, until, reason }) {
  if (!on) return gettext("Newcomers can join and post again.");
  const what = hold ? gettext("Newcomers' first messages wait for a moderator.") : gettext("No one new can join this room for now.");
  return [what, describeRemoval({ until, reason })].filter(Boolean).join(" ");
}

/** The time, with the day unless it is today. */
function formatSoon(at) {
  return at.toDateString() === new Date().toDateString() ? formatTime(at) : formatFullTime(at);
}
