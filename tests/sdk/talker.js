// The half of a Talker that lives on the page: a client, and what it was told in each room.
(sdk, { name, first = 20, most = 200, kept = false, ...options }) => {
  const url = `${location.origin.replace("http", "ws")}/ws`;
  const me = { sdk, states: [], rooms: {}, logs: {} };

  const listen = (id) => {
    const told = { members: [], typing: [], marks: [], unread: [], refused: [], unsent: 0 };
    const log = (me.logs[id] = { events: [], joined: 0, snapshot: null, ...told });
    return {
      onEvent: (event) => log.events.push(event),
      onJoined: ({ messages }) => {
        log.joined += 1;
        log.snapshot ??= messages ?? null;
      },
      onMembers: (members) => (log.members = members.map((who) => who.name)),
      onTyping: (writing) => log.typing.push(writing.map((who) => who.name)),
      onRead: (seq) => log.marks.push(seq),
      onUnread: (count) => log.unread.push(count),
      onRefused: ({ text }, { code }) => log.refused.push([text, code]),
      onUnsent: (unsent) => (log.unsent = unsent.length),
      onExpiring: (seconds) => (log.expiring = seconds),
      onEnd: ({ code }) => (log.end = code),
    };
  };

  me.client = new sdk.Client({
    url,
    name,
    backoff: new sdk.Backoff({ first, most }),
    onState: (state, error) => me.states.push(error ? [state, error.code] : [state]),
    onDirect: (room) => {
      me.rooms[room.id] = room.listen(listen(room.id));
    },
    unsentStorage: kept ? sdk.storeUnsentIn(sessionStorage, name) : undefined,
    ...options,
  });
  me.join = (id, choices) => {
    me.rooms[id] = me.client.join(id, { ...choices, ...listen(id) });
  };
  me.say = (id, texts) => Promise.all(texts.map((text) => me.rooms[id].send(text)));
  me.client.start();
  return me;
}
