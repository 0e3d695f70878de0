// The page of a room or direct conversation: connects the client to the elements of the page.

import { Client, keepIn } from "../../sdk/client.js";
import { Actions } from "../list/actions.js";
import { Announcer } from "../notify/announcer.js";
import { keepRenewingToken, reloadAfterSignIn } from "./room-session.js";
import { makePanels } from "../aside/panels.js";
import { Notifier } from "../notify/notifier.js";
import { MessageAlerts } from "../notify/message-alerts.js";
import { Composer } from "../compose/composer.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { makeShortcuts } from "./room-shortcuts.js";
import { MessageList } from "../list/message-list.js";
import { Reader } from "../list/reader.js";
import { seqInHash } from "../lib/addresses.js";
import { PopupMenu } from "../lib/popup-menu.js";
import { Quotes } from "../list/quotes.js";
import { ReadMarker } from "../list/read-marker.js";
import { MessageSender } from "../compose/message-sender.js";
import { Shortcuts } from "../lib/shortcuts.js";
import { tab } from "../lib/storage.js";
import { makeDrawer, Sidebar } from "../aside/sidebar.js";
import { attempt, endReasonOf, showNotice, showOutcome, showJumpButton, showState, showTyping, showUnsentCount } from "../notify/status.js";
import { renderText } from "../text/message-text.js";

const LAST = 50; // messages loaded at first

const find = (id) => document.getElementById(id);
const page = find("chat").dataset;
const key = page.direct ? `direct:${page.direct}` : page.room; // of this room in the browser's storage
let room = null;
let ended = false;
let met = false; // whether we have joined the room
let names = []; // of the members
let away = [false, 0]; // whether the reader is away from the end, and the number of new messages not counted elsewhere

const address = new URL("/ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const client = new Client({
  url: address.href,
  name: page.name,
  color: page.color,
  keep: keepIn(tab, page.name),
  onState: followState,
  onDirect: meetConversation,
  onUnread: (which) => which === room && showUnreadBelow(...away),
});
const me = () => client.me?.name ?? page.name;

const quotes = new Quotes({ room: () => room, onKnown: refreshQuotes });
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
    participant: () => client.me?.participant,
    names: () => names,
    quoted: (seq) => quotes.find(seq),
  },
  load: (range) => room.history(range),
  onSeen: (...seen) => reader.isLooking && readMarker.noteSeen(...seen),
  onTrim: (seq) => room.forget(seq),
  onAway: (...place) => showUnreadBelow(...(away = place)),
  onDrawn: () => messageSender.removeDrawn(),
});
const reader = new Reader({ list: messages, writes: () => room.unsent.length > 0, covered: areMessagesCovered });
const readMarker = new ReadMarker({ tell: (seq) => room.read(seq).catch(() => {}) });
const messageSender = new MessageSender({
  room: () => room,
  list: find("pending"),
  template: find("pending-message"),
  key,
  me: () => ({ name: me(), color: page.color }),
  render: (text) => renderText(text, { me: me(), names }),
  onEdit: rewriteRefused,
  onDiscard: () => composer.focus(),
});
const composer = new Composer({
  form: find("composer"),
  room: key,
  me,
  members: () => (room?.direct ? [room.with] : (room?.present ?? [])),
  find: (seq) => (met ? quotes.find(seq) : undefined),
  onSend: sendMessage,
  onEdit: (seq, text) => room.edit(seq, text),
  onEditLast: editLast,
  onType: () => room.typing(),
});
const alerts = new MessageAlerts({
  announcer: new Announcer(find("announced"), { isMe: (name) => name === me() }),
  notifier: new Notifier({
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
  onTotal: (count) => alerts.setUnreadElsewhere(count),
});
alerts.setUnreadElsewhere(sidebar.total); // as counted by the server
const menu = new PopupMenu(find("menu"));
const { panel, people, pins } = makePanels({
  room: () => room,
  menu,
  isMe: (name) => name === me(),
  jump: jumpTo,
  mute: muteMember,
  setModerator,
  onPeople: refreshRoles,
  onChange: () => reader.lookAgain(),
});
const actions = new Actions({
  rows: find("rows"),
  menu,
  dialog: find("ask"),
  room: () => room,
  situation: () => ({
    me: client.me?.name,
    participant: client.me?.participant,
    writable: isOpen(),
    moderator: Boolean(room.info?.moderator),
    direct: room.direct,
  }),
  composer,
  say: showOutcome,
  onJump: jumpTo,
  onMute: (name, anchor) => people.askToMute(name, anchor),
});
const shortcuts = new Shortcuts({
  dialog: find("shortcuts"),
  shortcuts: makeShortcuts({ messages, actions, panel, composer, onShow: () => shortcuts.show() }),
});

makeDrawer({ element: find("sidebar"), button: find("sidebar-button"), onChange: () => reader.lookAgain() });

// Joining and following the room

const listeners = {
  onJoined,
  onEvent,
  onMembers,
  onTyping: showTyping,
  onUnsent,
  onRefused: (command, error) => messageSender.handleRefusal(command, error),
  onRead: (seq) => readMarker.noteRead(seq),
  onEnd,
};

// `keep: Infinity`: the SDK keeps every message on the page; the list calls `forget` for those that it drops.
function joinRoom() {
  room = client.join(Number(page.room), { token: page.token, last: LAST, keep: Infinity, ...listeners });
  onUnsent(room.unsent); // left by an earlier page
  keepRenewingToken(room, page);
}

/** A direct conversation needs no join: earlier messages are history, and new ones arrive without it. */
async function openConversation() {
  try {
    room = (await client.direct(page.direct)).listen(listeners);
    const { more } = await room.history({ limit: LAST });
    openList(room.messages, more, { read: room.readMark, unread: room.unread }); // including messages that arrived in the meantime
    reader.current = room.upToDate;
    onUnsent(room.unsent);
    showState("connected");
    composer.refresh();
    const both = [client.me, room.with].map((who) => ({ verified: true, ...who }));
    people.show(both, both.length);
    names = both.map(({ name }) => name);
    showWhetherOpen();
  } catch (error) {
    if (!ended) onEnd(error);
  }
}

function followState(state, error) {
  if (state === "ended") onEnd(error);
  else if (state !== "connected") showState(state);
  else showState(room?.direct && met ? "connected" : "catching-up"); // only a member of the room is "connected"
  reader.current = state === "connected" && Boolean(room?.upToDate);
}

function onJoined({ messages: snapshot, read, unread }) {
  names = room.present.map(({ name }) => name);
  if (snapshot) openList(snapshot, snapshot.length === LAST, { read, unread });
  showRoom();
  showState("connected");
  reader.current = room.upToDate;
  composer.refresh();
  refreshRoles();
}

/** @param {{ read: number, unread: number }} reading */
async function openList(latest, more, { read, unread }) {
  met = true;
  latest.forEach((message) => messageSender.handleArrival(message));
  readMarker.begin(read);
  const at = seqInHash(location.hash);
  if (at !== null) readMarker.expectJump();
  if (await messages.begin(latest, { more, read, unread, at })) sayMessageGone();
  reader.listOpened();
}

/** Update quotes of a message that has been loaded or has changed, and the composer, which may reply to it or edit it. */
function refreshQuotes(seq) {
  messages.requote(seq);
  composer.refresh();
}

function onEvent(event) {
  if (event.type === "message") showMessage(room.message(event.seq) ?? event);
  else if (event.type === "room") showRoom();
  else if (event.type === "moderator") showModerator(event);
  else if (room.message(event.target)) messages.update(room.message(event.target));
  if (room.upToDate) reader.current = true;
  if (event.type === "erased") composer.refresh();
  if (panel.open === "pins" && (event.type === "pinned" || event.type === "erased")) pins.show();
  // "room_deleted" may be history of a room that was restored, so `onEnd` handles the end.
}

function showMessage(message) {
  messages.add(message);
  messageSender.handleArrival(message);
  alerts.alertHere(message, { title: room.info?.title, direct: room.direct, key });
}

function onUnsent(unsent) {
  messageSender.showUnsent(unsent);
  showUnsentCount(unsent.length);
}

/** Add a new conversation to the sidebar, and alert to its messages. */
function meetConversation(conversation) {
  sidebar.addConversation(conversation);
  conversation.listen({ onEvent: (event) => event.type === "message" && alerts.alertElsewhere(event, conversation.id) });
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
  showNotice(endReasonOf(code));
  composer.enable(false);
  if (endReasonOf(code) === "signed-out") reloadAfterSignIn();
}

// Display

function showRoom() {
  const { title, description, locked } = room.info;
  showTitle(title);
  find("description").textContent = description;
  find("lock").toggleAttribute("hidden", !locked);
  showWhetherOpen();
}

/** A participant may moderate the room now, or no longer. */
function showModerator({ who, on }) {
  showWhetherOpen();
  refreshRoles();
  if (!room.upToDate || who.name !== me()) return;
  showOutcome(on ? gettext("You are now a moderator of this room.") : gettext("You are no longer a moderator of this room."));
}

/** The people panel shows who runs the room, while it is open. */
function refreshRoles() {
  if (!met || room.direct || panel.open !== "people") return;
  room.moderators().then((roles) => people.showRoles(roles), () => {});
}

/** Show the room's title everywhere on the page; it can change. */
function showTitle(title) {
  find("title").textContent = title;
  document.querySelector("#earlier bdi").textContent = title;
  const search = interpolate(gettext("Search in %(title)s"), { title });
  find("search-text").placeholder = search;
  document.querySelector("[for=search-text]").textContent = search;
  alerts.title = `${title} · wschat`;
}

/** Whether the user can post. True offline too: those messages are sent when the connection is back. */
function isOpen() {
  return met && !ended && (!room.info?.locked || room.info.moderator);
}

function showWhetherOpen() {
  if (ended) return;
  showNotice(room.info?.locked ? "locked" : null);
  composer.enable(isOpen());
}

// Actions

function sendMessage(text, options) {
  if (!room.info?.locked) showNotice(null);
  if (!messages.atEnd) attempt(() => messages.jumpToEnd());
  messageSender.send(text, options);
}

/** Put a refused message back into the composer. */
function rewriteRefused({ text, reply_to: replyTo }) {
  composer.rewrite(text, room.message(replyTo));
}

function editLast() {
  const last = room.messages.findLast(({ sender, erased }) => sender.verified && sender.name === me() && !erased);
  if (last) composer.edit(last);
}

async function muteMember(name, options) {
  const done = options.on === false ? gettext("%(name)s is no longer muted") : gettext("%(name)s is muted");
  await attempt(() => room.mute(name, options), interpolate(done, { name }));
}

async function setModerator(name, on) {
  const done = on ? gettext("%(name)s is now a moderator") : gettext("%(name)s is no longer a moderator");
  await attempt(() => room.setModerator(name, on), interpolate(done, { name }));
}

/** Go to a message, anywhere in the log. */
async function jumpTo(seq) {
  readMarker.expectJump();
  panel.yield();
  await attempt(async () => {
    if (await messages.jumpTo(seq)) sayMessageGone();
  });
}

function sayMessageGone() {
  showOutcome(gettext("This message no longer exists."));
}

/** Whether the panel or the sidebar covers the messages, as in narrow windows. */
function areMessagesCovered() {
  const { left, top, width, height } = find("messages").getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  return Boolean(over?.closest("#panel, #sidebar"));
}

/** Show the number of unread messages on the button to the end. */
function showUnreadBelow(isAway, others) {
  showJumpButton(find("to-end"), isAway, others + (room?.unread ?? 0));
}

function jumpToAddress() {
  const seq = seqInHash(location.hash);
  if (seq !== null) jumpTo(seq);
}

find("to-end").addEventListener("click", () => attempt(() => messages.jumpToEnd()));
find("shortcuts-button").addEventListener("click", () => shortcuts.show());
find("messages").addEventListener("scroll", () => menu.hide(), { passive: true });
addEventListener("hashchange", jumpToAddress);
// Report what was read before the next page is requested, so that its counts include it.
addEventListener("beforeunload", () => readMarker.flush());
document.addEventListener("visibilitychange", () => document.hidden && readMarker.flush());

if (page.direct) openConversation();
else joinRoom();
client.start();

// A page that the browser keeps for the back button must not stay in the room.
addEventListener("pagehide", () => {
  reader.current = false;
  client.stop();
});
addEventListener("pageshow", ({ persisted }) => persisted && !ended && client.start());
