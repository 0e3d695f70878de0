// The page of a room: wires the client to what is on the page.

import { Client } from "../sdk/client.js";
import { newNonce } from "../sdk/outbox.js";
import { Announcer } from "./announce.js";
import { Attention } from "./attention.js";
import { Composer } from "./composer.js";
import { Earlier } from "./earlier.js";
import { Messages } from "./messages.js";
import { Pending } from "./pending.js";
import { People } from "./people.js";
import { keepToken } from "./renewal.js";
import { notice, showState, showTyping, showUnsent } from "./status.js";
import { excerpt, isMention, render } from "./words.js";

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
let names = []; // of those who are in it

const address = new URL("/ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const client = new Client({ url: address.href, name: page.name, color: page.color, onState: follow });
const room = client.join(Number(page.room), {
  token: page.token,
  last: LAST,
  keep: Infinity, // what is shown is kept, and what is shown no more is forgotten
  onJoined,
  onEvent,
  onMembers,
  onTyping: showTyping,
  onUnsent: (unsent) => {
    showUnsent(unsent.length);
    pending.show(unsent);
    messages.follow();
  },
  onEnd,
});
const messages = new Messages({
  list: find("messages"),
  toEnd: find("to-end"),
  empty: find("empty"),
  start: find("earlier"),
  template: find("message"),
  quoted: (seq) => room.message(seq),
  people: () => ({ me: me(), names }),
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
const pending = new Pending({
  list: find("pending"),
  template: find("pending-message"),
  room: page.room,
  me: () => ({ name: me(), color: page.color }),
  render: (text) => render(text, { me: me(), names }),
  onRetry: ({ text, reply_to: replyTo }) => send(text, { replyTo }),
  onDiscard: () => composer.focus(),
});
const announcer = new Announcer(find("said"), { isMe: (name) => name === me() });
const attention = new Attention({
  title: document.title,
  favicon: document.querySelector("link[rel=icon]"),
  bell: find("bell"),
});
const composer = new Composer({
  form: find("composer"),
  room: page.room,
  me,
  members: () => room.present,
  onSend: send,
  onEdit: (seq, text) => room.edit(seq, text).catch((error) => announcer.say(error.message)),
  onEditLast: editLast,
  onType: () => room.typing(),
});
let away = 0; // messages that came while nobody looked

function me() {
  return client.me?.name ?? page.name;
}

function onMembers(members) {
  names = members.map(({ name }) => name);
  people.show(members, room.people);
}

function editLast() {
  const mine = room.messages.findLast(({ sender, erased }) => sender.verified && sender.name === me() && !erased);
  if (mine) composer.edit(mine);
}

/** Tell of a message whoever hears the page, and whoever is elsewhere. */
function tell({ sender, text, seq }) {
  announcer.message(sender.name, excerpt(text));
  if (sender.name === me() || !document.hidden) return;
  attention.count((away += 1));
  if (!isMention(text, me(), names)) return;
  attention.notify({ title: `${sender.name} · ${room.info.title}`, body: excerpt(text), tag: `${page.room}-${seq}` });
}

function follow(state) {
  if (state !== "connected") showState(state); // not before we are in the room
}

function onJoined({ messages: snapshot }) {
  met = true;
  if (snapshot) {
    messages.add(...snapshot);
    for (const { nonce } of snapshot) pending.arrived(nonce);
    earlier.offer(snapshot.length === LAST);
  }
  messages.ready();
  showRoom();
  showState("connected", client.me.name);
}

function onEvent(event) {
  if (event.type === "message") {
    messages.add(room.message(event.seq) ?? event);
    pending.arrived(event.nonce);
    tell(event);
  } else if (event.type === "room") showRoom();
  else if (room.message(event.target)) messages.update(room.message(event.target));
  // "room_deleted" may be history, of a room that was brought back: `onEnd` says that it is over.
}

function showRoom() {
  const { title, description, locked } = room.info;
  find("title").textContent = title;
  find("description").textContent = description;
  find("lock").toggleAttribute("hidden", !locked);
  attention.title = `${title} · wschat`;
  showWhetherOpen();
}

/** Whether one may write. Offline too: what is written then goes when the connection is back. */
function showWhetherOpen() {
  if (ended) return;
  notice(room.info.locked ? "locked" : null);
  composer.enable(met && (!room.info.locked || room.info.moderator));
}

async function send(text, { replyTo } = {}) {
  if (!room.info?.locked) notice(null);
  const nonce = newNonce();
  try {
    await room.send(text, { replyTo, nonce });
  } catch (error) {
    pending.failed({ text, nonce, reply_to: replyTo }, error);
  }
}

function onEnd({ code }) {
  ended = true;
  client.stop();
  showState("ended");
  notice(WHY.get(code) ?? "refused");
  composer.enable(false);
}

document.addEventListener("visibilitychange", () => document.hidden || attention.count((away = 0)));

keepToken(room, page);
client.start();

// A page that the browser keeps for the back button must not stay in the room.
addEventListener("pagehide", () => client.stop());
addEventListener("pageshow", ({ persisted }) => persisted && !ended && client.start());
