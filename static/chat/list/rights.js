// What may be done with a message, and by whom: what the server would refuse is not offered. Pure.

/**
 * @typedef {object} Situation
 * @property {string} me one's own name
 * @property {boolean} writable whether one may speak
 * @property {boolean} moderator whether one runs the room
 * @property {boolean} direct whether this is a conversation of two
 */

/**
 * The actions that make sense, in the order in which they are shown.
 *
 * @param {import("../../sdk/types.js").Message} message
 * @param {Situation} situation
 * @returns {string[]}
 */
export function actionsOn(message, { me, writable, moderator, direct }) {
  const { seq, erased, pinned, sender } = message;
  const mine = sender.verified && sender.name === me;
  const there = seq > 0 && !erased;
  const offered = {
    react: there && writable,
    reply: there && writable,
    edit: there && writable && mine,
    pin: there && !pinned && (moderator || direct),
    unpin: there && Boolean(pinned) && (moderator || direct),
    copyText: !erased,
    copyLink: seq > 0,
    mute: moderator && !direct && sender.name !== me,
    delete: there && (mine || moderator),
  };
  return Object.keys(offered).filter((name) => offered[name]);
}
