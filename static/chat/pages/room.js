// The page of a room, or of a conversation of two: wires the client to what is on the page.

import { Client, keepIn } from "../../sdk/client.js";
import { Actions } from "../list/actions.js";
import { Announcer } from "../notify/announcer.js";
import { keepRenewingToken, reloadAfterSignIn } from "./room-session.js";
import { makeAside } from "../aside/panels.js";
import { Attention } from "../notify/notifier.js";
import { Calls } from "../notify/message-alerts.js";
import { Composer } from "../compose/composer.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { keysOf } from "./room-shortcuts.js";
import { MessageList } from "../list/message-list.js";
import { Looking } from "../list/reader.js";
import { seqInHash } from "../lib/addresses.js";
import { Popup } from "../lib/popup-menu.js";
import { Quotes } from "../list/quotes.js";
import { Reading } from "../list/read-marker.js";
import { Sending } from "../compose/sending.js";
import { Shortcuts } from "../lib/shortcuts.js";
import { tab } from "../lib/storage.js";
import { makeDrawer, Sidebar } from "../aside/sidebar.js";
import { attempt, endReasonOf, notice, say, showAway, showState, showTyping, showUnsent } from "../notify/status.js";
import { render } from "../text/message-text.js";

const LAST = 50; // messages to begin with

const find = (id) => document.getElementById(id);
const page = find("chat").dataset;
const key = page.direct ? `direct:${page.direct}` : page.room; // for what the browser keeps
let room = null;
let ended = false;
let met = false; // whether we have been in the room
let names = []; // of those who are in it
let away = [false, 0]; // whether one is not at the end, and how many messages came since that nothing else counts

const address = new URL("/ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const client = new Client({
  url: address.href,
  name: page.name,
  color: page.color,
  keep: keepIn(tab, page.name),
  onState: follow,
  onDirect: meet,
  onUnread: (which) => which === room && showBelow(...away),
});
const me = () => client.me?.name ?? page.name;

const quotes = new Quotes({ room: () => room, onKnown: requote });
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
    me,
    names: () => names,
    quoted: (seq) => quotes.find(seq),
  },
  load: (range) => room.history(range),
  onSeen: (...seen) => looking.on && reading.seen(...seen),
  onTrim: (seq) => room.forget(seq),
  onAway: (...place) => showBelow(...(away = place)),
  onDrawn: () => sending.drawn(),
});
const looking = new Looking({ list: messages, writes: () => room.unsent.length > 0, covered });
const reading = new Reading({ tell: (seq) => room.read(seq).catch(() => {}) });
const sending = new Sending({
  room: () => room,
  list: find("pending"),
  template: find("pending-message"),
  key,
  me: () => ({ name: me(), color: page.color }),
  render: (text) => render(text, { me: me(), names }),
  onEdit: rewrite,
  onDiscard: () => composer.focus(),
});
const composer = new Composer({
  form: find("composer"),
  room: key,
  me,
  members: () => (room?.direct ? [room.with] : (room?.present ?? [])),
  find: (seq) => (met ? quotes.find(seq) : undefined),
  onSend: send,
  onEdit: (seq, text) => room.edit(seq, text),
  onEditLast: editLast,
  onType: () => room.typing(),
});
const calls = new Calls({
  announcer: new Announcer(find("announced"), { isMe: (name) => name === me() }),
  attention: new Attention({
    title: document.title,
    favicon: document.querySelector("link[rel=icon]"),
    bell: find("bell"),
  }),
  me,
  names: () => names,
});
const sidebar = new Sidebar({
  client,
  element: find("sidebar"),
  shown: page.direct,
  onTotal: (count) => calls.elsewhere(count),
});
calls.elsewhere(sidebar.total); // what the server counted
const menu = new Popup(find("menu"));
const { panel, people, pins } = makeAside({ room: () => room, menu, isMe: (name) => name === me(), jump, mute, onChange: () => looking.again() });
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

makeDrawer({ element: find("sidebar"), button: find("sidebar-button"), onChange: () => looking.again() });

// Being in the room

const listeners = {
  onJoined,
  onEvent,
  onMembers,
  onTyping: showTyping,
  onUnsent,
  onRefused: (command, error) => sending.refused(command, error),
  onRead: (seq) => reading.known(seq),
  onEnd,
};

// What is shown is kept, and what is shown no more is forgotten.
function join() {
  room = client.join(Number(page.room), { token: page.token, last: LAST, keep: Infinity, ...listeners });
  onUnsent(room.unsent); // what an earlier page has left
  keepRenewingToken(room, page);
}

/** A conversation of two needs no join: what was said before is history, and all that is said comes by itself. */
async function converse() {
  try {
    room = (await client.direct(page.direct)).listen(listeners);
    const { more } = await room.history({ limit: LAST });
    begin(room.messages, more, { read: room.readMark, unread: room.unread }); // with what was said meanwhile
    looking.current = room.upToDate;
    onUnsent(room.unsent);
    showState("connected");
    composer.look();
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
  looking.current = state === "connected" && Boolean(room?.upToDate);
}

function onJoined({ messages: snapshot, read, unread }) {
  names = room.present.map(({ name }) => name);
  if (snapshot) begin(snapshot, snapshot.length === LAST, { read, unread });
  showRoom();
  showState("connected");
  looking.current = room.upToDate;
  composer.look();
}

/** @param {{ read: number, unread: number }} reading */
async function begin(latest, more, { read, unread }) {
  met = true;
  latest.forEach((message) => sending.arrived(message));
  reading.begin(read);
  const at = seqInHash(location.hash);
  if (at !== null) reading.skip();
  const there = await messages.begin(latest, { more, read, unread, at });
  if (at !== null && !there) sayGone();
  looking.opened();
}

/** More is known of a message that others may quote, and somebody may be answering or editing. */
function requote(seq) {
  messages.requote(seq);
  composer.look();
}

function onEvent(event) {
  if (event.type === "message") hear(room.message(event.seq) ?? event);
  else if (event.type === "room") showRoom();
  else if (room.message(event.target)) messages.update(room.message(event.target));
  if (room.upToDate) looking.current = true;
  if (event.type === "erased") composer.look();
  if (panel.open === "pins" && (event.type === "pinned" || event.type === "erased")) pins.show();
  // "room_deleted" may be history, of a room that was brought back: `onEnd` says that it is over.
}

function hear(message) {
  messages.add(message);
  sending.arrived(message);
  calls.said(message, { title: room.info?.title, direct: room.direct, key });
}

function onUnsent(unsent) {
  sending.show(unsent);
  showUnsent(unsent.length);
}

/** A conversation: the sidebar shows it, and its own page what is said in it. */
function meet(talk) {
  sidebar.meet(talk);
  talk.listen({ onEvent: (event) => event.type === "message" && calls.written(event, talk.id) });
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
  notice(endReasonOf(code));
  composer.enable(false);
  if (endReasonOf(code) === "signed-out") reloadAfterSignIn();
}

// What the page shows

function showRoom() {
  const { title, description, locked } = room.info;
  find("title").textContent = title;
  find("description").textContent = description;
  find("lock").toggleAttribute("hidden", !locked);
  calls.title = `${title} · wschat`;
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

// What people do

function send(text, options) {
  if (!room.info?.locked) notice(null);
  if (!messages.atEnd) attempt(() => messages.toEnd());
  sending.send(text, options);
}

/** Put a message that was refused back to where it can be changed. */
function rewrite({ text, reply_to: replyTo }) {
  composer.rewrite(text, room.message(replyTo));
}

function editLast() {
  const last = room.messages.findLast(({ sender, erased }) => sender.verified && sender.name === me() && !erased);
  if (last) composer.edit(last);
}

async function mute(name, options) {
  const done = options.on === false ? gettext("%(name)s is no longer muted.") : gettext("%(name)s is muted now.");
  await attempt(() => room.mute(name, options), interpolate(done, { name }));
}

/** Go to a message, wherever in the log it is. */
async function jump(seq) {
  reading.skip();
  panel.yield();
  await attempt(async () => {
    if (!(await messages.jumpTo(seq))) sayGone();
  });
}

function sayGone() {
  say(gettext("This message is no longer there."));
}

/** Whether the panel or the list of rooms hides the messages, as in narrow windows. */
function covered() {
  const { left, top, width, height } = find("messages").getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  return Boolean(over?.closest("#panel, #sidebar"));
}

/** How much is unread. */
function showBelow(isAway, others) {
  showAway(find("to-end"), isAway, others + (room?.unread ?? 0));
}

function jumpToAddress() {
  const seq = seqInHash(location.hash);
  if (seq !== null) jump(seq);
}

find("to-end").addEventListener("click", () => attempt(() => messages.toEnd()));
find("shortcuts-button").addEventListener("click", () => shortcuts.show());
find("messages").addEventListener("scroll", () => menu.hide(), { passive: true });
addEventListener("hashchange", jumpToAddress);
// The next page is to know what was read on this one, so it is told before that page is asked for.
addEventListener("beforeunload", () => reading.flush());
document.addEventListener("visibilitychange", () => document.hidden && reading.flush());

if (page.direct) converse();
else join();
client.start();

// A page that the browser keeps for the back button must not stay in the room.
addEventListener("pagehide", () => {
  looking.current = false;
  client.stop();
});
addEventListener("pageshow", ({ persisted }) => persisted && !ended && client.start());
