// The page of a room or direct conversation: connects the client to the elements of the page.

import { isFrom } from "../../sdk/names.js";
import { Actions } from "../list/actions.js";
import { connect, reloadPage } from "./connection.js";
import { askBeforeLeaving, reloadAfterSignIn } from "./room-session.js";
import { makePanels } from "../aside/panels.js";
import { Composer } from "../compose/composer.js";
import { listFormats } from "../compose/format-bar.js";
import { Pace } from "../compose/pace.js";
import { askInDialog } from "../lib/ask-in-dialog.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { openLevelForm } from "./room-level.js";
import { listSlashCommands, makeShortcuts } from "./room-shortcuts.js";
import { MessageList } from "../list/message-list.js";
import { drawWholeListOnDemand } from "../list/whole-list.js";
import { Reader } from "../list/reader.js";
import { seqInHash } from "../lib/addresses.js";
import { loadAway } from "../lib/names-of-room.js";
import { PopupMenu } from "../lib/popup-menu.js";
import { Quotes } from "../list/quotes.js";
import { ReadMarker } from "../list/read-marker.js";
import { UnreadBar } from "../list/unread-bar.js";
import { MessageSender } from "../compose/message-sender.js";
import { Shortcuts } from "../lib/shortcuts.js";
import { attempt, endReasonOf, showNotice, showOutcome, showJumpButton, showReportCount, showState, showTyping, showUnsentCount } from "../notify/status.js";
import { onNewDay } from "../text/dates.js";
import { ALL, findMentions } from "../text/mentions.js";
import { learnColors, personOf, takeChosen } from "../text/people.js";
import { loadFormatting, renderText } from "../text/message-text.js";
import { describeNewcomers, describeRemoval } from "../text/refusals.js";

const LAST = 50; // messages loaded at first
const FEW = 20; // where no more have joined, and are present, everyone can mention all
const MANY = 50; // people who are not called without a question
const MOST_JOINED = 1_000; // the server counts no further, and calls no more
const MOST_SAVED = 100; // of those saved, how many the menu knows
const FEW_ROOMS = 150; // the server lists 200 joined rooms at most, without those of a ban: with so few, all
const SLOW_MODE = 108; // the refusal of a message that came too soon
const GONE = 404; // the status of a page
const NOT_ALLOWED = 104; // in the room any more
const LEFT = 119; // the user has left the room, perhaps in another browser

const COMMAND = /^(?<word>\/(?<wanted>[a-z]*))$/; // in the message box
const loadCommands = () => import("../compose/slash-commands.js");
const findCommands = () => loadCommands().catch(() => null); // offline
const muteEnd = ({ until }) => (until ? Date.parse(until) : Infinity);
const find = (id) => document.getElementById(id);

/** @param {HTMLElement} element @param {import("./places.js").Stay} stay */
export function open(element, stay) {
  const { signal, site } = stay;
  const page = element.dataset;
  const key = page.direct ? `direct:${page.direct}` : page.room; // of this room in the browser's storage
  let room = null;
  let ended = false;
  let removal = null; // the latest kick or ban; if the room ends then, it was of this member
  let met = false; // whether we have joined the room
  let behind = false; // whether events from before the latest join are still to come
  const unfolded = new Set(); // the messages of blocked people that the user wants to see
  let saved = new Set(); // the messages of this room that the user has saved
  let muteTimer = 0; // until the user can post again
  let isJoined = true; // whether the room is among those of the user, as of this connection
  let away = [false, 0]; // whether the reader is away from the end, and the number of new messages not counted elsewhere

  if (site.sidebar) site.sidebar.shown = page.direct;
  const connection = connect(site, page);
  const { client, alerts, blocks } = connection;
  blocks.begin(page.blocked);
  const me = () => connection.me;

  const quotes = new Quotes({ room: () => room, onKnown: refreshQuotes });
  const folding = {
    isFolded: ({ seq, participant, erased }) => !erased && blocks.has(participant) && !unfolded.has(seq),
    unfold,
  };
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
      mentioned: ({ mentions = [] }) => mentions,
      quoted: (seq) => quotes.find(seq),
      ...folding,
    },
    load: (range) => room.history(range),
    onSeen: (...seen) => reader.isLooking && readMarker.noteSeen(...seen),
    onTrim: (seq) => room.forget(seq),
    onAway: (...place) => showUnreadBelow(...(away = place)),
    onDrawn: () => messageSender.removeDrawn(),
  });
  const reader = new Reader({ list: messages, writes: () => room.unsent.length > 0, covered: areMessagesCovered, signal });
  const readMarker = new ReadMarker({ tell: (seq) => room.read(seq).catch(() => {}) });
  const unreadBar = new UnreadBar({ bar: find("unread-bar"), list: messages, go: jumpBy });
  const messageSender = new MessageSender({
    room: () => room,
    list: find("pending"),
    template: find("pending-message"),
    key,
    me: () => ({ name: me(), color: page.color }),
    render: (text, again) => renderText(text, { me: me(), names: listNames(), again }),
    onEdit: rewriteRefused,
    onDiscard: () => composer.focus(),
    onRefused: followRefusal,
  });
  const pace = new Pace(find("pace"));
  const situation = () => ({ direct: Boolean(page.direct), moderator: Boolean(room?.info?.moderator) });
  const deeds = {
    describe: (text) => room.describe(text),
    mute: async (name, options) => {
      await room.mute(name, options);
      showOutcome(interpolate(gettext("%(name)s is muted"), { name }));
    },
    invite: async (name) => {
      const { writeInvitation } = await loadCommands();
      const conversation = await client.direct(name);
      const address = location.href.split("#")[0];
      await conversation.send(writeInvitation({ title: room.info.title, address }));
      showOutcome(gettext("Invitation sent"));
    },
    members: () => room?.present ?? [],
  };
  const composer = new Composer({
    form: find("composer"),
    room: key,
    me,
    members: () => (room?.direct ? [room.other] : [...(room?.present ?? []), ...wordsForAll()]),
    absent: page.direct ? undefined : findAbsent,
    find: (seq) => (met ? quotes.find(seq) : undefined),
    pace,
    commands: {
      source: { pattern: COMMAND, find: async (wanted) => (await findCommands())?.suggestCommands(wanted, situation()) ?? [] },
      read: async (text) => (await loadCommands()).readCommand(text, situation(), deeds),
    },
    keep: (text, replyTo) => (met ? connection.drafts.keep(room.id, text, replyTo) : null),
    mayAsk: askBeforeCalling,
    onSend: sendMessage,
    onEdit: (seq, text) => room.edit(seq, text),
    onEditLast: editLast,
    onType: () => {
      room.typing();
      loadFormatting(); // what is written is shown at once, without a connection, too
    },
  });
  const menu = new PopupMenu(find("menu"));
  const isMe = (name) => name === me();
  let [moderation, bulkDeletion] = [null, null]; // loaded for those who run the room
  const { panel, people, showPins, showReplies, noteReplies, refoldHits } = makePanels({
    room: () => room,
    client,
    menu,
    isMe,
    jump: jumpTo,
    write: replyTo,
    findMessage: (seq) => quotes.find(seq),
    folding,
    loadAway: page.direct ? null : findAway,
    onPeople: refreshRoles,
    onChange: () => reader.lookAgain(),
    signal,
  });
  const actions = new Actions({
    rows: find("rows"),
    menu,
    dialog: find("ask"),
    room: () => room,
    situation: () => ({
      participant: client.me?.participant,
      writable: isOpen(),
      moderator: Boolean(room.info?.moderator),
      pins: mayPin(),
      direct: room.direct,
      saved,
    }),
    composer,
    say: showOutcome,
    onJump: jumpTo,
    listModeration: (sender, anchor) => listMeasures({ ...sender, role: people.roleOf(sender) }, anchor),
    onReplies: ({ seq }) => attempt(() => showReplies(seq)),
    onSave: save,
    onUnread: (message) => attempt(() => room.markUnread(message.seq), gettext("Marked as unread")),
    onReport: (message) => report({ message, name: message.sender.name }),
    onDeleteAll: (message) => bulkDeletion?.ask(message),
  });
  let reportDialog = null; // loaded for the first report
  let card = null; // loaded for the first name that is chosen
  const shortcuts = new Shortcuts({
    dialog: find("shortcuts"),
    shortcuts: makeShortcuts({ messages, unreadBar, goToEnd, actions, panel, composer, onShow: () => shortcuts.show() }),
    more: async () => [...listFormats(), ...listSlashCommands((await findCommands())?.listCommands(situation()) ?? [])],
    signal,
  });

  loadPhone();
  onNewDay(() => messages.turnDay(), signal);
  drawWholeListOnDemand({ list: messages, rows: find("rows"), field: find("text"), signal });

  // Joining and following the room

  const listeners = whileHere({
    onJoined,
    onEvent,
    onMembers,
    onTyping,
    onUnsent,
    onRefused: (command, error) => messageSender.handleRefusal(command, error),
    onRejected: (nonce) => messageSender.handleRejection(nonce),
    onRulesAccepted: showWhetherOpen,
    onRead: (seq) => readMarker.noteRead(seq) && messages.mark(seq),
    onEnd,
    onReset: reloadPage,
  });

  // `keep: Infinity`: the SDK keeps every message on the page; the list calls `forget` for those that it drops.
  function joinRoom() {
    room = client.join(Number(page.room), { last: LAST, keep: Infinity, ...listeners });
    onUnsent(room.unsent); // left by an earlier page
  }

  /** A direct conversation needs no join: earlier messages are history, and new ones arrive without it. */
  async function openConversation() {
    try {
      const conversation = await client.direct(page.direct);
      if (signal.aborted) return;
      room = conversation.listen(listeners);
      const { messages: latest, more } = await room.history({ limit: LAST });
      if (signal.aborted) return;
      const from = latest[0]?.seq ?? 0; // an earlier visit may have left older messages, with others missing between
      openList(room.messages.filter(({ seq }) => seq >= from), more, { read: room.readMark, unread: room.unread }); // including messages that arrived in the meantime
      onUnsent(room.unsent);
      showProgress();
      composer.refresh();
      learnColors(listBoth());
      showBoth();
      followOther();
      showWhetherOpen();
    } catch (error) {
      if (!ended && !signal.aborted) onEnd(error);
    }
  }

  function listBoth() {
    const away = !find("description").querySelector("[data-online]");
    return [client.me, { ...room.other, away }].map((who) => ({ verified: true, ...who }));
  }

  function showBoth() {
    people.show(listBoth(), 2);
  }

  async function followOther() {
    const { followPresence } = await import("./presence.js").catch(() => ({}));
    if (!signal.aborted) followPresence?.({ name: room.other.name, person: page.person, line: find("description"), onChange: showBoth, signal });
  }

  /** The other one of the conversation does something: "Last seen 2 h ago" is no longer true. */
  function noteOther() {
    if (page.direct) find("description").querySelector("time")?.remove();
  }

  function followState(state, error) {
    removal = null;
    if (ended) return;
    if (state === "connected" && room?.direct && met) {
      showProgress();
      return;
    }
    if (state === "ended") onEnd(error);
    else showState(state === "connected" ? "catching-up" : state); // only a member of the room is "connected"
    reader.current = false;
  }

  /** Say "connected" only once the room has caught up: until then the list may still scroll to the first new message. */
  function showProgress() {
    behind = !room.upToDate;
    showState(behind ? "catching-up" : "connected");
    reader.current = !behind;
  }

  function onJoined({ messages: snapshot, read, unread }) {
    learnColors(room.present);
    if (snapshot) openList(snapshot, snapshot.length === LAST, { read, unread });
    showRoom();
    showProgress();
    if (!isJoined) return endLeft();
    composer.refresh();
    refreshRoles();
    moderation?.refreshMutes();
    loadModeration();
    countReports();
    messageSender.checkHeld();
    client.heldMessages({ room: room.id }).then((held) => signal.aborted || messageSender.showHeld(held), () => {});
  }

  /** @param {{ read: number, unread: number }} reading */
  async function openList(latest, more, { read, unread }) {
    met = true;
    learnColors(latest.map(({ sender }) => sender).reverse(), { older: true });
    latest.forEach((message) => messageSender.handleArrival(message));
    readMarker.begin(read);
    const at = seqInHash(location.hash);
    if (at !== null) readMarker.expectJump();
    meetDraft();
    loadSaved();
    if (await messages.begin(latest, { more, read, unread, at })) sayMessageGone();
    unreadBar.show(unread, read);
    reader.listOpened();
  }

  /** Changes that come after the answer are newer than it. */
  function loadSaved() {
    const asked = client.saved({ room: room.id, limit: MOST_SAVED });
    asked.then((page) => (saved = new Set(page.saved.map(({ message }) => message.seq))), () => {});
  }

  /** Update quotes of a message that has been loaded or has changed, and the composer, which may reply to it or edit it. */
  function refreshQuotes(seq) {
    messages.requote(seq);
    noteReplies.known(seq);
    composer.refresh();
  }

  function onEvent(event) {
    removal = null;
    const answered = event.type === "message" && event.reply_to && room.message(event.reply_to);
    if (answered) messages.update(answered); // which has one reply more
    noteReplies.event(event);
    if (event.type === "message") showMessage(room.message(event.seq) ?? event);
    else if (event.type === "room") showRoom();
    else if (event.type === "moderator") showModerator(event);
    else if (event.type === "muted") showMuted(event);
    else if (event.type === "kicked" || event.type === "banned") showRemoval(event);
    else if (room.message(event.target)) messages.update(room.message(event.target));
    if (behind && room.upToDate) showProgress();
    if (event.type === "erased" || event.type === "restored") composer.refresh();
    if (panel.open === "pins" && (event.type === "pinned" || event.type === "erased")) showPins();
    // "room_deleted" may be history of a room that was restored, so `onEnd` handles the end.
  }

  function showMessage(message) {
    if (room.upToDate) learnColors([message.sender]);
    messages.add(message);
    messageSender.handleArrival(message);
    if (room.direct) site.sidebar?.noteMessage(room);
    if (isMine(message)) pace.noteSent(Date.parse(message.at));
    else noteOther();
    if (!blocks.has(message.participant)) alerts.alertHere(message, { title: room.info?.title, direct: room.direct, key });
  }

  function onTyping(writing) {
    showTyping(writing.filter(({ name, verified }) => !verified || blocks.find(name) === undefined));
    if (writing.length) noteOther();
  }

  function onUnsent(unsent) {
    messageSender.showUnsent(unsent);
    showUnsentCount(unsent.length);
  }

  function onMembers(members) {
    if (page.direct) return; // the two are always shown
    people.show(members, room.memberCount);
  }

  function onEnd(error = {}) {
    if (ended) return;
    ended = true;
    showState("ended");
    const why = endReasonOf(error);
    showNotice(why, describeRemoval(removal ?? error));
    enableWriting(false);
    if (why === "deleted") hideOfDeleted();
    if (why === "left") for (const form of [find("leave"), find("level")]) form.hidden = true;
    if (why === "signed-out") reloadAfterSignIn(signal);
  }

  /** Learn, after a connection was lost, what was changed of the room in another browser. */
  function followJoinedRooms(rooms) {
    if (page.direct) return;
    const mine = rooms.find((one) => one.room === room.id);
    isJoined = Boolean(mine) || rooms.length > FEW_ROOMS;
    if (mine) showLevelOf(mine);
    else if (!isJoined && room.upToDate) endLeft(); // else once it is joined: it may be refused for another reason
  }

  /** The user has left the room in another browser, while this one was away. */
  function endLeft() {
    onEnd({ code: LEFT });
    room.leave();
  }

  /** The room is deleted: hide what leads nowhere now. */
  function hideOfDeleted() {
    if (panel.open === "reports") panel.show("people");
    for (const way of document.querySelectorAll("#settings-link, #reports-button")) way.hidden = true;
    showReportCount(0);
  }

  // Display

  function showRoom() {
    const { title, description, locked, rules } = room.info;
    if (!page.direct) {
      showTitle(title);
      find("description").textContent = description;
    }
    find("lock").toggleAttribute("hidden", !locked);
    find("rules").hidden = !rules;
    find("rules").querySelector("p").textContent = rules ?? "";
    showWhetherOpen();
  }

  /** A member was kicked or banned, perhaps this one: then the end of the room follows. */
  function showRemoval(event) {
    if (!room.upToDate) return;
    if (event.newcomers) return showOutcome(describeNewcomers(event));
    const name = event.who?.name ?? event.name;
    if (event.type === "banned" && name) people.setBanned(name, event.on !== false);
    if (event.on === false) return;
    removal = event;
    if (!name || isMe(name)) return; // the ban of a network has no name
    const done = event.type === "kicked" ? gettext("%(name)s was kicked.") : gettext("%(name)s was banned.");
    showOutcome([interpolate(done, { name }), describeRemoval(event)].filter(Boolean).join(" "));
  }

  /** A participant may moderate the room now, or no longer. */
  async function showModerator({ who, on }) {
    showWhetherOpen();
    refreshRoles();
    if (who.name !== me()) return;
    countReports();
    const isNews = room.upToDate;
    await loadModeration(); // before the message, so that the menus already have the tools
    if (!isNews || signal.aborted || on !== Boolean(room.info?.moderator)) return;
    showOutcome(on ? gettext("You are now a moderator of this room.") : gettext("You are no longer a moderator of this room."));
  }

  /** Someone was muted or unmuted. */
  function showMuted(event) {
    showWhetherOpen();
    moderation?.noteMuted(event);
  }

  /** Learn who runs the room, for the members panel and for the menus of moderators. */
  function refreshRoles() {
    if (!met || room.direct || !(panel.open === "people" || room.info?.moderator)) return;
    room.moderators().then((roles) => people.showRoles(roles), () => {});
  }

  /** Show moderators how many reports wait. What follows comes as events. Others find their own there. */
  function countReports() {
    const name = room.info?.moderator ? gettext("Reports") : gettext("Your reports");
    for (const element of document.querySelectorAll("[data-reports-name]")) element.textContent = name;
    if (!room.info?.moderator) showReportCount(0);
    else client.reports({ room: room.id, limit: 1 }).then(({ waiting }) => showReportCount(waiting), () => {});
  }

  /** Show the room's title everywhere on the page; it can change. */
  function showTitle(title) {
    find("title").textContent = title;
    document.querySelector("#earlier bdi").textContent = title;
    const search = interpolate(gettext("Search in %(title)s"), { title });
    find("search-text").placeholder = search;
    document.querySelector("[for=search-text]").textContent = search;
    alerts.title = `${title} · ${document.documentElement.dataset.site}`;
  }

  /** Whether the user can post. True offline too: those messages are sent when the connection is back. */
  function isOpen() {
    const why = reasonClosed();
    return met && !ended && (why === null || (why === "locked" && Boolean(room.info?.moderator)));
  }

  /** Why only some members can post here, as a reason for `showNotice`; null if the limits do not affect the user. */
  function reasonClosed() {
    const { locked, accounts_only: accounts, moderator, rules, rules_accepted: accepted, muted } = room.info ?? {};
    if (page.direct && blocks.find(page.direct) !== undefined) return "blocked";
    if (locked && !moderator) return "locked";
    if (muted && !(muteEnd(muted) <= Date.now())) return "muted"; // moderators by the owner or staff
    if (accounts && !client.me?.account && !moderator) return "accounts";
    if (rules && !accepted && !moderator) return "rules";
    return locked ? "locked" : null;
  }

  function showWhetherOpen() {
    if (ended) return;
    const why = reasonClosed();
    clearTimeout(muteTimer);
    if (why === "muted") {
      showNotice(why, describeRemoval(room.info.muted));
      // A timer cannot wait for more than 24 days; and then it looks again.
      const left = Math.min(muteEnd(room.info.muted) - Date.now(), 2 ** 31 - 1);
      if (left < Infinity) muteTimer = setTimeout(whileHere({ showWhetherOpen }).showWhetherOpen, left);
    } else {
      showNotice(why, room.info?.rules);
    }
    enableWriting(isOpen());
    pace.set(room.info && isOpen() && !room.info.moderator ? (room.info.slow_seconds ?? 0) : 0);
  }

  /** Whether the user can post: if not, messages have no tools that would be refused (messages.css). */
  function enableWriting(on) {
    composer.enable(on);
    find("rows").classList.toggle("closed", !on);
  }

  /** The user has blocked people, or unblocked them, perhaps in another tab. */
  function followBlocks() {
    refold();
    if (room && page.direct) showWhetherOpen(); // in rooms nothing closes by it
  }

  /** The server's draft of this room is known, or has changed. That of a room which is over stays as it is. */
  function meetDraft() {
    const { texts } = connection.drafts;
    if (texts && met && !ended) composer.meetDraft(texts.get(room.id));
  }

  function unfold(seq) {
    unfolded.add(seq);
    refold();
  }

  function refold() {
    messages.refold();
    refoldHits();
  }

  function isMine(message) {
    return isFrom(message, client.me?.participant);
  }

  /** The server refused a message. */
  function followRefusal({ code, retryAfter }) {
    if (code === SLOW_MODE) pace.wait(retryAfter);
    else pace.reset();
  }

  // Actions

  /** People of the room who are not in it now, by a part of their name. */
  async function findAbsent(wanted) {
    return (await findAway({ q: wanted })).people;
  }

  async function findAway(asked, stop = signal) {
    if (ended) return new Promise(() => {}); // what is over is not asked again
    try {
      return await loadAway({ room: page.room, ...asked }, stop);
    } catch (error) {
      if (error.status === GONE && !stop.aborted) loseAccess();
      throw error;
    }
  }

  /** The server no longer knows the user as someone of this room, and has not told that yet. */
  function loseAccess() {
    onEnd({ code: NOT_ALLOWED });
    room?.leave();
  }

  /** The names of the members, for mentions; a conversation has none, nor has a room that is not there yet. */
  function listNames() {
    return !room || room.direct ? [] : room.present.map(({ name }) => name);
  }

  /** "@room" and "@here" for those who may call all. */
  function wordsForAll() {
    return mayCallAll() ? ALL.map((name) => ({ name })) : [];
  }

  /** As the server decides it: chat/permissions.py. Both of a direct conversation can pin. */
  function mayPin() {
    return room.direct || isAmong(room.info?.who_can_pin);
  }

  /** As the server decides it: chat/log/mentions.py. */
  function mayCallAll() {
    const who = room?.info?.who_can_mention_all;
    const isSmall = Math.max(Number(page.joined), room?.memberCount ?? 0) <= FEW;
    return isAmong(who) || (who === "auto" && isSmall);
  }

  /** Whether the user is among those who can do what the room has chosen. @param {string} who */
  function isAmong(who) {
    const { moderator, owner } = room?.info ?? {};
    return who === "everyone" ? isOpen() : Boolean(who === "owner" ? owner : moderator);
  }

  /** How many a text calls with "@room" or "@here". */
  function countCalled(text) {
    const words = !room.direct && mayCallAll() ? findMentions(text, ALL).map(({ name }) => name) : [];
    return Math.max(0, ...words.map((word) => (word === "here" ? room.memberCount : Number(page.joined))));
  }

  /** Ask before many are called: resolves to whether the user wants that, and is null for few. */
  function askBeforeCalling(text) {
    const count = countCalled(text);
    if (count <= MANY) return null;
    const words = ngettext("This notifies %(count)s person. Send it?", "This notifies %(count)s people. Send it?", count);
    const question = interpolate(words, { count: count > MOST_JOINED ? `${MOST_JOINED}+` : count });
    return askInDialog(find("ask"), { question, yes: gettext("Send") });
  }

  function sendMessage(text, options) {
    readMarker.release();
    if (!room.info?.locked) showNotice(null);
    if (!messages.atEnd) unreadBar.toEnd();
    messageSender.send(text, options);
    pace.noteSent();
  }

  /** Put a refused message back into the composer. */
  function rewriteRefused({ text, reply_to: replyTo }) {
    composer.rewrite(text, room.message(replyTo));
  }

  function editLast() {
    const last = room.messages.findLast((message) => isMine(message) && !message.erased);
    if (last) composer.edit(last);
  }

  /** Unblock the other one of the conversation, and go on to write. */
  async function unblockOther() {
    await block({ name: page.direct, participant: blocks.find(page.direct), on: false });
    if (isOpen()) composer.focus();
  }

  /** Accept the rules of the room, and go on to write. */
  async function acceptRules() {
    await attempt(() => room.acceptRules());
    if (isOpen()) composer.focus();
  }

  /** Load what those who run the room need. If that fails, as with the network or a reload, the next join tries again. */
  async function loadModeration() {
    if (!room.info?.moderator || moderation || room.direct) return;
    const loading = Promise.all([import("../aside/moderation.js"), import("../list/bulk-deletion.js")]);
    const [{ Moderation }, { BulkDeletion }] = await loading.catch(() => [{}, {}]);
    if (!Moderation || moderation || signal.aborted) return;
    const onMutes = () => people.showMutes((name) => moderation.muteEnd(name));
    moderation = new Moderation({ menu, dialog: find("removal"), room: () => room, isMe, attempt, onMutes });
    moderation.refreshMutes();
    bulkDeletion = new BulkDeletion({ dialog: find("delete-all"), bar: find("deleting"), room: () => room, say: showOutcome });
    bulkDeletion.watch();
  }

  /** What the user may do to a member, as choices of a menu. */
  function listMeasures(who, anchor) {
    return moderation?.listChoices(who, anchor) ?? [];
  }

  /** Until when and why a member is muted, for those who may know: moderators, and the member. Empty if they are not. */
  function describeMute(name) {
    const mute = isMe(name) ? room.info?.muted : moderation?.muteOf(name);
    if (!mute || muteEnd(mute) <= Date.now()) return "";
    const who = { owner: gettext("Only the owner or staff can unmute."), staff: gettext("Only staff can unmute.") }[mute.only];
    return [gettext("Muted in this room."), describeRemoval(mute), who].filter(Boolean).join(" ");
  }

  /** Open the card of the person whose name was chosen. */
  async function showCard(event) {
    const chosen = takeChosen(event);
    if (!chosen) return;
    const { Card } = await import("../aside/card.js");
    card ??= new Card({
      menu,
      template: find("card"),
      isMe,
      roleOf: (who) => people.roleOf(who),
      listMeasures,
      describeMute,
      onMention: (name) => composer.insert(`@${name} `),
      canMention: isOpen,
      onReport: (who) => report(who),
      onBlock: block,
      direct: Boolean(page.direct),
    });
    if (!signal.aborted) card.show(personOf(chosen), chosen);
  }

  /** Block a person, if the user still wants that, or unblock them. @param {{ name: string, participant: number, on: boolean }} what */
  async function block(person) {
    const { blockPerson } = await import("../aside/blocking.js");
    await blockPerson(person, { client, dialog: find("ask"), attempt });
  }

  /** Report a message, or the person of this name: a user, or (not `verified`) another client. */
  async function report({ message, name, verified }) {
    const { ReportDialog } = await import("../list/report-dialog.js");
    reportDialog ??= new ReportDialog({ dialog: find("report"), template: find("report-around"), messages: () => room.messages });
    const given = await reportDialog.ask({ message, name });
    if (!given) return;
    const what = message ? { seq: message.seq } : { name };
    await attempt(() => room.report(what, { ...given, verified }), gettext("Reported. Your reports are in the members panel."));
  }

  /** Load what narrow windows and touch screens need, now or when the window becomes such a one. */
  async function loadPhone() {
    const isPhone = matchMedia("(max-width: 599px), (pointer: coarse)");
    if (!isPhone.matches) {
      isPhone.addEventListener("change", loadPhone, { once: true, signal });
      return;
    }
    const { openPhone } = await import("./room-phone.js");
    if (!signal.aborted) openPhone({ actions, onLevel: showLevelForm, signal });
  }

  function leaveForGood() {
    composer.discard();
    ended = true; // what follows is no news
  }

  function showLevelForm() {
    panel.show("people");
    find("level-what").focus();
  }

  /** Go to a message, anywhere in the log. */
  async function jumpTo(seq) {
    readMarker.expectJump();
    panel.yield();
    await attempt(async () => {
      if (await messages.jumpTo(seq)) sayMessageGone();
    });
  }

  /** Reply to a message of the panel beside the list. */
  function replyTo(seq) {
    panel.yield();
    const message = quotes.find(seq);
    if (message && isOpen()) composer.reply(message);
  }

  /** Save a message for later, or remove it from those that are saved. */
  async function save(seq, on) {
    await client.save(room.id, seq, on);
    noteSaved({ room: room.id, target: seq, on });
  }

  function noteSaved({ room: id, target, on }) {
    if (id !== room?.id) return;
    if (on) saved.add(target);
    else saved.delete(target);
  }

  function goToEnd() {
    readMarker.release();
    unreadBar.toEnd();
  }

  /** The tab is hidden, perhaps. */
  function leaveMessages() {
    if (!document.hidden) return;
    readMarker.flush();
    readMarker.release();
    composer.keepDraft();
  }

  /** Run a jump that the reader asked for in the bar of unread messages. */
  function jumpBy(act) {
    readMarker.expectJump();
    return attempt(act);
  }

  function sayMessageGone() {
    showOutcome(gettext("This message no longer exists."));
  }

  /** Whether the panel or the sidebar covers the messages, as in narrow windows. */
  function areMessagesCovered() {
    const { left, top, width, height } = find("messages").getBoundingClientRect();
    const over = document.elementFromPoint(left + width / 2, top + height / 2);
    return Boolean(over?.closest("#panel, #sidebar, #room-sheet"));
  }

  /** Show the number of unread messages on the button to the end. */
  function showUnreadBelow(isAway, others) {
    unreadBar.moved(isAway);
    showJumpButton(find("to-end"), isAway, others + (room?.unread ?? 0));
  }

  function jumpToAddress() {
    const seq = seqInHash(location.hash);
    if (seq !== null) jumpTo(seq);
  }

  async function setLevel(level, seconds) {
    let done = false;
    await attempt(async () => {
      await client.setLevel(room.id, level, { seconds });
      done = true;
    });
    return done;
  }

  function showLevel(level) {
    alerts.level = level;
    site.sidebar?.noteLevel(Number(page.room), level);
  }

  alerts.level = "all"; // in a conversation
  const showLevelOf = find("level") && openLevelForm(find("level"), { set: setLevel, onChange: showLevel, signal });
  askBeforeLeaving({ form: find("leave"), dialog: find("ask"), onLeave: leaveForGood });
  element.addEventListener("click", showCard);
  find("to-end").addEventListener("click", goToEnd);
  find("notice").addEventListener("click", ({ target }) => target.closest("[data-accept-rules]") && acceptRules());
  find("notice").addEventListener("click", ({ target }) => target.closest("[data-unblock]") && unblockOther());
  find("shortcuts-button").addEventListener("click", () => shortcuts.show());
  // Not by "scroll": the list also scrolls as messages arrive, and would close the menu under the pointer.
  for (const gesture of ["wheel", "touchmove"]) find("messages").addEventListener(gesture, () => menu.hide(), { passive: true });
  addEventListener("hashchange", jumpToAddress, { signal });
  find("sidebar")?.addEventListener("toggle", () => reader.lookAgain(), { signal });
  // Report what was read before the next page is requested, so that its counts include it.
  stay.beforeLeave = () => {
    readMarker.flush();
    composer.keepDraft();
  };
  stay.onUnreachable = () => showOutcome(gettext("Couldn't load the page. Try again when you're connected."));
  addEventListener("beforeunload", stay.beforeLeave, { signal });
  document.addEventListener("visibilitychange", leaveMessages, { signal });
  addEventListener("pagehide", () => (reader.current = false), { signal });
  signal.addEventListener("abort", leaveRoom);

  connection.show(
    {
      ...whileHere({
        onState: followState,
        onUnread: (which) => which === room && showUnreadBelow(...away),
        onBlocks: followBlocks,
        onDrafts: meetDraft,
        onSaved: noteSaved,
        onLevel: (change) => showLevelOf(change),
        onJoinedRooms: followJoinedRooms,
        onReportsWaiting: (event) => event.room === room?.id && showReportCount(event.waiting),
      }),
      shows: (id) => id === room?.id,
    },
    signal,
  );
  if (page.direct) openConversation();
  else joinRoom();

  /** These listeners, as long as the page shows the room. */
  function whileHere(all) {
    const entries = Object.entries(all);
    return Object.fromEntries(entries.map(([name, listener]) => [name, (...what) => signal.aborted || listener(...what)]));
  }

  /** The page shows another place. A room that has messages to send is left when they are sent. */
  function leaveRoom() {
    clearTimeout(muteTimer);
    readMarker.flush();
    composer.leave();
    if (site.sidebar) site.sidebar.shown = undefined;
    if (!room) return;
    if (room.direct) connection.alertTo(room);
    else if (room.unsent.length) room.listen({ onUnsent: (unsent) => unsent.length || room.leave() });
    else room.leave();
  }
}
