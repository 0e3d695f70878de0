// What an event makes of the message that it is about. Pure: the message that is given stays as it is.

/** Applied twice, an event changes nothing the second time; what was deleted comes back with no edit. */
const CHANGES = {
  edited: (message, { text, at }) => ({ ...message, text, edited: at }),
  erased: ({ reactions: _gone, pinned: _down, ...message }) => ({ ...message, text: "", erased: true }),
  reacted: ({ reactions = [], ...message }, event) => withReactions(message, react(reactions, event)),
  pinned: ({ pinned: _before, ...message }, { on }) => (on ? { ...message, pinned: true } : message),
};

/**
 * @param {import("./types.js").Message} message
 * @param {import("./types.js").LogEvent} event
 * @returns {import("./types.js").Message}
 */
export function changed(message, event) {
  const change = CHANGES[event.type];
  return change && !message.erased ? change(message, event) : message;
}

function withReactions(message, reactions) {
  return reactions.length ? { ...message, reactions } : message;
}

function react(reactions, { emoji, who: { name }, on }) {
  const others = (who) => who.filter((other) => other !== name);
  const next = reactions.map((each) => (each.emoji === emoji && !on ? { emoji, who: others(each.who) } : each));
  if (!on) return next.filter(({ who }) => who.length);
  const place = next.findIndex((each) => each.emoji === emoji);
  if (place < 0) return [...next, { emoji, who: [name] }];
  if (!next[place].who.includes(name)) next[place] = { emoji, who: [...next[place].who, name] };
  return next;
}
