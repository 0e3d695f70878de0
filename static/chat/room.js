// The page of a room: wires the client to what is on the page.

import { Client } from "../sdk/client.js";
import { Composer } from "./composer.js";
import { Earlier } from "./earlier.js";
import { Messages } from "./messages.js";
import { People } from "./people.js";
import { keepToken } from "./renewal.js";
import { notice, showState, showTyping, showUnsent } from "./status.js";

const LAST = 50; // messages to begin with

const WHY = new Map([
  [101, "deleted"],
  [4404, "deleted"],
  [4403, "token"],
  [401, "token"],
  [402, "token"],
  [403, "token"],
  [202, "name"],
  [204, "other-name"],
]);

const find = (id) => document.getElementById(id);
const page = find("chat").dataset;
let ended = false;
let met = false; // whether we have been in the room

const address = new URL("/ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const client = new Client({ url: address.href, name: page.name, color: page.color, onState: follow });
const room = client.join(Number(page.room), {
  token: page.token,
  last: LAST,
  keep: Infinity, // what is shown is kept, and what is shown no more is forgotten
  onJoined,
  onEvent,
  onMembers: (members) => people.show(members, room.people),
  onTyping: showTyping,
  onUnsent: (unsent) => showUnsent(unsent.length),
  onEnd,
});
const messages = new Messages({
  list: find("messages"),
  toEnd: find("to-end"),
  empty: find("empty"),
  start: find("earlier"),
  template: find("message"),
  quoted: (seq) => room.message(seq),
  onTrim: (seq) => {
    room.forget(seq);
    earlier.offer(true);
  },
});
const earlier = new Earlier({ mark: find("earlier"), list: find("messages"), room, messages });
const people = new People({
  panel: find("people"),
  button: find("people-button"),
  template: find("person"),
  counts: document.querySelectorAll("[data-people-count]"),
  isMe: (name) => name === client.me?.name,
});
const composer = new Composer({ form: find("composer"), onSend: send, onType: () => room.typing() });

function follow(state) {
  if (state !== "connected") showState(state); // not before we are in the room
}

function onJoined({ messages: snapshot }) {
  met = true;
  if (snapshot) {
    messages.add(...snapshot);
    earlier.offer(snapshot.length === LAST);
  }
  messages.ready();
  showRoom();
  showState("connected", client.me.name);
}

function onEvent(event) {
  if (event.type === "message") messages.add(room.message(event.seq) ?? event);
  else if (event.type === "room") showRoom();
  else if (room.message(event.target)) messages.update(room.message(event.target));
  // "room_deleted" may be history, of a room that was brought back: `onEnd` says that it is over.
}

function showRoom() {
  const { title, description, locked } = room.info;
  find("title").textContent = title;
  find("description").textContent = description;
  find("lock").toggleAttribute("hidden", !locked);
  document.title = `${title} · wschat`;
  showWhetherOpen();
}

/** Whether one may write. Offline too: what is written then goes when the connection is back. */
function showWhetherOpen() {
  if (ended) return;
  notice(room.info.locked ? "locked" : null);
  composer.enable(met && (!room.info.locked || room.info.moderator));
}

async function send(text) {
  if (!room.info.locked) notice(null);
  try {
    await room.send(text);
  } catch (error) {
    composer.giveBack(text);
    if (!ended) notice("unsent", error.message);
  }
}

function onEnd({ code }) {
  ended = true;
  client.stop();
  showState("ended");
  notice(WHY.get(code) ?? "refused");
  composer.enable(false);
}

keepToken(room, page);
client.start();

// A page that the browser keeps for the back button must not stay in the room.
addEventListener("pagehide", () => client.stop());
addEventListener("pageshow", ({ persisted }) => persisted && !ended && client.start());
