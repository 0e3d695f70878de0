// What an event makes of the message that it is about. Pure: the message that is given stays as it is.

/** The server counts no further: this number of replies means this many or more. */
const MOST_REPLIES = 100;

/**
 * Applied twice, an event changes nothing the second time, but for `replied`, which counts. Only `restored` brings a deleted
 * message back.
 */
const CHANGES = {
  edited: (message, { text, at }) => ({ ...message, text, edited: at }),
  erased: ({ reactions: _gone, pinned: _down, ...message }) => ({ ...message, text: "", erased: true }),
  restored: ({ erased: _gone, edited: _old, ...message }, { text, edited }) => ({ ...message, text, ...(edited && { edited }) }),
  reacted: ({ reactions = [], ...message }, event) => withReactions(message, react(reactions, event)),
  replied: ({ replies = 0, ...message }) => ({ ...message, replies: Math.min(replies + 1, MOST_REPLIES) }),
  pinned: ({ pinned: _before, ...message }, { on }) => (on ? { ...message, pinned: true } : message),
};

/**
 * @param {import("./types.js").Message} message
 * @param {import("./types.js").LogEvent} event
 * @returns {import("./types.js").Message}
 */
export function changed(message, event) {
  const change = CHANGES[event.type];
  const lasting = event.type === "restored" || event.type === "replied";
  return change && (!message.erased || lasting) ? change(message, event) : message;
}

function withReactions(message, reactions) {
  return reactions.length ? { ...message, reactions } : message;
}

/** Of each participant one reaction per emoji, whatever name they had and have. */
function react(reactions, { emoji, who: { name }, participant, on }) {
  const place = reactions.findIndex((each) => each.emoji === emoji);
  const { who, participants } = reactions[place] ?? { who: [], participants: participant && [] };
  const mine = participant === undefined ? who.indexOf(name) : participants.indexOf(participant);
  if (on === mine >= 0) return reactions;
  const change = (list, value) => (on ? [...list, value] : list.toSpliced(mine, 1));
  const after = { emoji, who: change(who, name) };
  if (participants) after.participants = change(participants, participant);
  if (place < 0) return [...reactions, after];
  return after.who.length ? reactions.with(place, after) : reactions.toSpliced(place, 1);
}
