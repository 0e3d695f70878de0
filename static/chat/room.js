// The page of a room, or of a conversation of two: wires the client to what is on the page.

import { Client } from "../sdk/client.js";
import { Actions } from "./actions.js";
import { Composer } from "./composer.js";
import { makeDrawer } from "./drawer.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { keysOf } from "./keys.js";
import { MessageList } from "./list.js";
import { Panel } from "./panel.js";
import { People } from "./people.js";
import { seqOf } from "./permalink.js";
import { Pins } from "./pins.js";
import { Popup } from "./popup.js";
import { Quotes } from "./quotes.js";
import { Reading } from "./reading.js";
import { keepToken } from "./renewal.js";
import { Search } from "./search.js";
import { Shortcuts } from "./shortcuts.js";
import { notice, say, showState, showTyping, showUnsent } from "./status.js";

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
let room = null;
let ended = false;
let met = false; // whether we have been in the room
let names = []; // of those who are in it

const address = new URL("/ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const client = new Client({ url: address.href, name: page.name, color: page.color, onState: follow });

const quotes = new Quotes({ room: () => room, onKnown: (seq) => messages.requote(seq) });
const messages = new MessageList({
  parts: {
    scroller: find("messages"),
    head: find("earlier"),
    rows: find("rows"),
    empty: find("empty"),
    tail: find("pending"),
  },
  context: {
    template: find("message"),
    me: () => client.me?.name ?? page.name,
    names: () => names,
    quoted: (seq) => quotes.find(seq),
  },
  load: (range) => room.history(range),
  onSeen: (seq) => document.visibilityState === "visible" && reading.seen(seq),
  onTrim: (seq) => room.forget(seq),
  onAway: showAway,
});
const reading = new Reading({ tell: (seq) => room.read(seq).catch(() => {}) });
const composer = new Composer({ form: find("composer"), onSend: send, onEdit: edit, onType: () => room.typing() });
const menu = new Popup(find("menu"));
const panel = new Panel({
  element: find("panel"),
  buttons: { people: find("people-button"), pins: find("pins-button"), search: find("search-button") },
  onOpen: { pins: () => pins.show() },
});
const people = new People({
  list: find("people").querySelector("ul"),
  template: find("person"),
  counts: document.querySelectorAll("[data-people-count]"),
  more: find("people-more"),
  menu,
  isMe: (name) => name === client.me?.name,
  moderates: () => Boolean(room.info?.moderator),
  onMute: mute,
  onAll: () => room.members().catch(() => {}),
});
const pins = new Pins({
  list: find("pins").querySelector("ol"),
  status: find("pins").querySelector("[role=status]"),
  template: find("hit"),
  load: () => room.pins(),
  onJump: jump,
});
new Search({
  form: find("search-form"),
  list: find("search").querySelector("ol"),
  status: find("search").querySelector("[role=status]"),
  more: find("search-more"),
  template: find("hit"),
  search: (text, range) => room.search(text, range),
  onJump: jump,
});
const actions = new Actions({
  rows: find("rows"),
  menu,
  dialog: find("ask"),
  room: () => room,
  situation: () => ({
    me: client.me?.name,
    writable: isOpen(),
    moderator: Boolean(room.info?.moderator),
    direct: room.direct,
  }),
  composer,
  say,
  onJump: jump,
  onMute: (name, anchor) => people.askToMute(name, anchor),
});
const shortcuts = new Shortcuts({
  dialog: find("shortcuts"),
  shortcuts: keysOf({ messages, actions, panel, composer, onList: () => shortcuts.show() }),
});

makeDrawer({ element: find("sidebar"), button: find("sidebar-button") });

// Being in the room

const listeners = {
  onJoined,
  onEvent,
  onMembers,
  onTyping: showTyping,
  onUnsent: (unsent) => showUnsent(unsent.length),
  onRead: (seq) => reading.known(seq),
  onEnd,
};

// What is shown is kept, and what is shown no more is forgotten.
function join() {
  room = client.join(Number(page.room), { token: page.token, last: LAST, keep: Infinity, ...listeners });
  keepToken(room, page);
}

/** A conversation of two needs no join: what was said before is history, and all that is said comes by itself. */
async function converse() {
  try {
    room = (await client.direct(page.direct)).listen(listeners);
    const { messages: latest, more } = await room.history({ limit: LAST });
    begin(latest, more);
    showState("connected");
    const both = [client.me, room.with].map((who) => ({ verified: true, ...who }));
    people.show(both, both.length);
    names = both.map(({ name }) => name);
    showWhetherOpen();
  } catch (error) {
    if (!ended) onEnd(error);
  }
}

function follow(state, error) {
  if (state === "ended") onEnd(error);
  else if (state !== "connected") showState(state);
  else showState(room?.direct && met ? "connected" : "catching-up"); // connected is who is in the room
}

function onJoined({ messages: snapshot, read }) {
  names = room.present.map(({ name }) => name);
  if (snapshot) begin(snapshot, snapshot.length === LAST, read);
  showRoom();
  showState("connected");
}

function begin(latest, more, read = room.readMark) {
  met = true;
  messages.begin(latest, { more, read });
  reading.known(read);
  jumpToAddress();
}

function onEvent(event) {
  if (event.type === "message") messages.add(room.message(event.seq) ?? event);
  else if (event.type === "room") showRoom();
  else if (room.message(event.target)) messages.update(room.message(event.target));
  if (panel.open === "pins" && (event.type === "pinned" || event.type === "erased")) pins.show();
  // "room_deleted" may be history, of a room that was brought back: `onEnd` says that it is over.
}

function onMembers(members) {
  people.show(members, room.people);
  names = members.map(({ name }) => name);
}

function onEnd({ code } = {}) {
  if (ended) return;
  ended = true;
  client.stop();
  showState("ended");
  notice(WHY.get(code) ?? "refused");
  composer.enable(false);
}

// What the page shows

function showRoom() {
  const { title, description, locked } = room.info;
  find("title").textContent = title;
  find("description").textContent = description;
  find("lock").toggleAttribute("hidden", !locked);
  document.title = `${title} · wschat`;
  showWhetherOpen();
}

/** Whether one may write. Offline too: what is written then goes when the connection is back. */
function isOpen() {
  return met && !ended && (!room.info?.locked || room.info.moderator);
}

function showWhetherOpen() {
  if (ended) return;
  notice(room.info?.locked ? "locked" : null);
  composer.enable(isOpen());
}

/** The button that leads back to the end, with the number of new messages. */
function showAway(away, count) {
  const button = find("to-end");
  button.hidden = !away;
  button.classList.toggle("quiet", count === 0);
  const words = ngettext("%(count)s new message", "%(count)s new messages", count);
  const text = count ? interpolate(words, { count }) : gettext("To the latest messages");
  if (button.firstElementChild.textContent !== text) button.firstElementChild.textContent = text;
}

// What people do

async function send(text, options) {
  if (!room.info?.locked) notice(null);
  if (!messages.atEnd) messages.toEnd();
  try {
    await room.send(text, options);
  } catch (error) {
    composer.giveBack(text);
    if (!ended) notice("unsent", error.message);
  }
}

async function edit(seq, text) {
  await attempt(() => room.edit(seq, text));
}

async function mute(name, options) {
  const done = options.on === false ? gettext("%(name)s may speak again.") : gettext("%(name)s is mute now.");
  await attempt(() => room.mute(name, options), interpolate(done, { name }));
}

async function attempt(act, done) {
  try {
    await act();
    if (done) say(done);
  } catch ({ message: reason }) {
    say(interpolate(gettext("That was not possible: %(reason)s"), { reason }));
  }
}

/** Go to a message, wherever in the log it is. */
async function jump(seq) {
  panel.yield();
  await attempt(async () => {
    if (!(await messages.jumpTo(seq))) say(gettext("This message is no longer there."));
  });
}

function jumpToAddress() {
  const seq = seqOf(location.hash);
  if (seq !== null) jump(seq);
}

find("to-end").addEventListener("click", () => attempt(() => messages.toEnd()));
find("shortcuts-button").addEventListener("click", () => shortcuts.show());
find("messages").addEventListener("scroll", () => menu.hide(), { passive: true });
addEventListener("hashchange", jumpToAddress);

// Somebody who comes back sees what came meanwhile below a line.
document.addEventListener("visibilitychange", () => {
  if (!met) return;
  if (document.visibilityState === "visible") {
    if (!messages.hasNews) messages.mark(null);
    messages.look();
  } else if (messages.atEnd) {
    messages.mark(messages.last);
  }
});

if (page.direct) converse();
else join();
client.start();

// A page that the browser keeps for the back button must not stay in the room.
addEventListener("pagehide", () => client.stop());
addEventListener("pageshow", ({ persisted }) => persisted && !ended && client.start());
