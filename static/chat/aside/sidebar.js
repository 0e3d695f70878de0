// The list beside each page: conversations as they arrive, and unread counts for them and for joined rooms.

import { addressOfConversation } from "../lib/addresses.js";
import { loadDocument, LONGEST } from "../lib/load-document.js";
import { noteOpened } from "../lib/overlays.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { drawAvatars } from "../text/people.js";

const EVERY = 60_000; // milliseconds between refreshes of the rooms that the page has not joined
const MOST = 99;

export class Sidebar {
  #element;
  #client = null;
  #heardAt = -Infinity; // when the latest mention, read mark or level came
  #drafts = null; // the rooms in which the user has begun to write, once they are known
  #seeking = false; // whether the lists are fetched for a conversation that is not in them
  #taken = null; // the lists of the page that was taken over last

  /**
   * @param {{ element: HTMLElement, shown?: string, onTotal?: (count: number) => void }} options
   */
  constructor({ element, shown, onTotal }) {
    this.#element = element;
    /** The other member of the conversation that the page shows, which may not be in the list yet. */
    this.shown = shown;
    /** Called with `total` after each change. The counts of the server are there from the start. */
    this.onTotal = onTotal;
    /** Called with the joined rooms as the server has them, after each connection. */
    this.onJoinedRooms = undefined;
    drawAvatars(element);
    setInterval(() => this.#refresh(), EVERY);
    document.addEventListener("visibilitychange", () => this.#refresh());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#refresh());
  }

  /**
   * Take the read marks that other pages move from this client. Pass each of its conversations (its `onDirect`) to
   * `addConversation`.
   *
   * @param {import("../../sdk/client.js").Client} client
   */
  follow(client) {
    this.#client = client;
    const onRead = ({ room, unread, mentions }) => {
      this.#heardAt = performance.now();
      this.#showCounted(room, { unread, mentions });
    };
    client.listen({ onRead });
    return this;
  }

  /** The number of messages that call the user in what the page does not show: all of conversations, mentions in rooms. */
  get total() {
    const links = [...this.#element.querySelectorAll("a[data-room]:not([aria-current])")];
    return links.reduce((sum, link) => sum + countCalls(link, this.#conversations.contains(link)), 0);
  }

  /** The address of the page of a room in the list; undefined if it is not there. */
  addressOf(room) {
    return this.#link(room)?.href;
  }

  /** A message mentions the user in a room that the page does not show. */
  addMention(room) {
    this.#heardAt = performance.now();
    const link = this.#link(room);
    if (!link) {
      this.refreshAll();
      return;
    }
    const { unread, mentions } = readCounts(link);
    this.#show(link, { unread: Math.max(unread, mentions) + 1, mentions: mentions + 1 });
    if (link.ariaCurrent !== "page") link.closest("ul").prepend(link.closest("li"));
  }

  /**
   * The user has joined a room or, with `on` false, left it, or has set what calls them there: perhaps in another browser.
   *
   * @param {import("../../sdk/types.js").JoinedRoomChange} change
   */
  noteJoinedRoom({ room, on, level }) {
    const link = this.#link(room);
    this.#heardAt = performance.now();
    if (on && link) this.#setLevel(room, level);
    else if (on) this.#seek();
    else this.#remove(link);
  }

  #remove(link) {
    if (!link) return;
    const list = link.closest("ul");
    link.closest("li").remove();
    this.#taken = null; // the next page is not the same as this list, even if it is the same as the last page
    if (!list.querySelector("li")) this.#seek(); // whose heading goes with it
    this.onTotal?.(this.total);
  }

  /** The user has set what calls them in the room on the page. */
  noteLevel(room, level) {
    if (this.#link(room)?.dataset.level === level) return;
    this.#heardAt = performance.now();
    this.#setLevel(room, level);
  }

  /** Set what calls the user in a room: "all", "mentions" or "nothing". */
  #setLevel(room, level) {
    const link = this.#link(room);
    if (!link) return;
    link.dataset.level = level;
    this.#show(link, readCounts(link));
  }

  /** Show in which rooms the user has begun to write. @param {Set<number> | null} drafts null: that is not known */
  showDrafts(drafts) {
    this.#drafts = drafts ?? this.#drafts;
    if (!this.#drafts) return;
    for (const link of this.#element.querySelectorAll("a[data-room]")) {
      const badge = link.querySelector(".badge");
      if (!this.#drafts.has(Number(link.dataset.room))) badge?.remove();
      else if (!badge) link.querySelector(".entry-title").after(" ", makePart("badge", gettext("Draft"), false));
    }
  }

  get #conversations() {
    return this.#element.querySelector("[data-talks]");
  }

  /** Take over the lists and the menu of another page. Rooms that the client follows keep their counts. */
  showPage(page) {
    const lists = this.#element.querySelector(".sidebar-lists");
    const fresh = page.querySelector("#sidebar .sidebar-lists");
    if (!fresh) return;
    if (!this.#taken?.isEqualNode(fresh)) this.#replaceLists(lists, fresh);
    this.#taken = fresh;
    const menu = this.#element.querySelector("details.menu");
    if (!menu.open) menu.replaceWith(document.importNode(page.querySelector("#sidebar details.menu"), true));
    drawAvatars(this.#element);
    this.#countedByPage();
  }

  /** Mark the link of the page that is shown, if it is one of those above the lists. */
  markCurrent() {
    for (const link of this.#element.querySelectorAll(".sidebar-home")) {
      if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  #replaceLists(lists, fresh) {
    const focused = lists.contains(document.activeElement) ? document.activeElement.href : null;
    const { scrollTop } = lists;
    lists.replaceChildren(...document.importNode(fresh, true).childNodes);
    this.#markPlace(lists); // the lists may be those of another place
    for (const room of this.#client?.rooms ?? []) {
      const link = this.#link(room.id);
      if (link && room.unread !== undefined) this.#show(link, { ...readCounts(link), unread: room.unread });
    }
    this.showDrafts(this.#drafts);
    lists.scrollTop = scrollTop;
    if (focused) [...lists.querySelectorAll("a")].find(({ href }) => href === focused)?.focus({ preventScroll: true });
    this.onTotal?.(this.total);
  }

  #markPlace(lists) {
    const link = [...lists.querySelectorAll("a[data-room]")].find(({ pathname }) => pathname === location.pathname);
    if (!link) return;
    link.ariaCurrent = "page";
    showBadges(link, { unread: 0, mentions: 0 });
  }

  /** Show a conversation, and keep its unread count up to date. @param {import("../../sdk/room.js").Room} conversation */
  addConversation(conversation) {
    conversation.listen({ onUnread: (count) => this.#showCount(conversation, count) });
    if (conversation.unread !== undefined) this.#showCount(conversation, conversation.unread);
  }

  /**
   * There is a new message in a conversation, of the user or the other one. Of one that the user has begun in another browser, the
   * server alone knows with whom it is.
   *
   * @param {import("../../sdk/room.js").Room} conversation
   */
  noteMessage(conversation) {
    const link = this.#link(conversation.id) ?? (conversation.other?.name ? this.#addLink(conversation.id, conversation.other) : null);
    if (link) link.closest("ul").prepend(link.closest("li"));
    else this.#seek();
  }

  async #seek() {
    if (this.#seeking) return;
    this.#seeking = true;
    await this.refreshAll();
    this.#seeking = false;
  }

  #showCount(conversation, count) {
    const name = conversation.other?.name;
    const link = this.#link(conversation.id) ?? (name && count ? this.#addLink(conversation.id, conversation.other) : null);
    if (!link) return;
    if (count > readCounts(link).unread) link.closest("ul").prepend(link.closest("li"));
    this.#show(link, { unread: count, mentions: 0 });
  }

  /** Show the counts of a link, unless it is of the place that the page shows. */
  #show(link, counts) {
    if (link.ariaCurrent === "page") return;
    const before = this.total;
    showBadges(link, counts);
    if (this.total !== before) this.onTotal?.(this.total);
  }

  /**
   * Take the counts of joined rooms from the server. Mentions are not sent again: those between the load of the page and
   * the connection, or while it was lost, are in these counts alone.
   */
  async catchUp() {
    const heard = this.#heardAt;
    const rooms = await this.#client.joinedRooms().catch(() => null);
    if (!rooms) return;
    if (heard !== this.#heardAt) return this.catchUp(); // which may not be counted in what came
    for (const { room, level, unread, mentions } of rooms) {
      this.#setLevel(room, level);
      this.#showCounted(room, { unread, mentions });
    }
    this.onJoinedRooms?.(rooms);
    const shown = [...this.#element.querySelectorAll("section:not([data-talks]) a[data-room]")];
    const known = new Set(rooms.map(({ room }) => room));
    const isOther = shown.length !== known.size || shown.some(({ dataset }) => !known.has(Number(dataset.room)));
    if (isOther) this.#seek(); // some were joined or left in another browser meanwhile
  }

  /** What came with a page may be older than a mention, a read mark or a level that was heard while it was on its way. */
  #countedByPage() {
    if (performance.now() - this.#heardAt < LONGEST) this.catchUp();
  }

  /** Show what the server has counted. Conversations, and the room of this page, report their counts themselves. */
  #showCounted(room, counts) {
    const link = this.#link(room);
    if (link && !this.#isLive(room)) this.#show(link, counts);
  }

  /** Whether this page counts the unread messages of the room itself. */
  #isLive(room) {
    return this.#link(room)?.ariaCurrent === "page" || this.#client?.rooms.some(({ id }) => id === room);
  }

  /** Take the lists and the menu, with the name of the user, from the server. */
  refreshAll() {
    return this.#refresh({ all: true });
  }

  #link(room) {
    return this.#element.querySelector(`a[data-room="${Number(room)}"]`);
  }

  #addLink(room, other) {
    const { name } = other;
    const item = this.#element.querySelector("template[data-entry]").content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    link.href = addressOfConversation(name);
    link.dataset.room = room;
    link.querySelector(".entry-title").textContent = name;
    Object.assign(link.querySelector(".avatar").dataset, { avatar: name, color: other.color ?? "" });
    drawAvatars(link);
    if (name === this.shown) link.ariaCurrent = "page";
    this.#conversations.querySelector("ul").prepend(item);
    this.#conversations.hidden = false;
    return link;
  }

  /** Take the counts of rooms that this page has not joined from the list of rooms. */
  async #refresh({ all = false } = {}) {
    if (document.visibilityState !== "visible" && !all) return;
    const began = performance.now();
    const page = await loadDocument(this.#element.dataset.home).catch(() => null);
    if (all && page) this.showPage(page);
    const isOld = this.#heardAt > began; // it may have been counted before: see `#countedByPage`
    for (const fresh of page?.querySelectorAll("#sidebar a[data-room]") ?? []) {
      const room = Number(fresh.dataset.room);
      const link = this.#link(room);
      if (!link) continue;
      showPresence(link, fresh);
      if (isOld || this.#isLive(room)) continue;
      link.dataset.level = fresh.dataset.level;
      this.#show(link, readCounts(fresh));
    }
    this.#countedByPage();
  }
}

function readCounts({ dataset }) {
  return { unread: Number(dataset.unread ?? 0), mentions: Number(dataset.mentions ?? 0) };
}

/** Show whether the person of a link is online, as a fresh one says. */
function showPresence(link, fresh) {
  const [avatar, spoken] = [link.querySelector(".avatar"), fresh.querySelector(".presence")];
  avatar?.classList.toggle("online", spoken !== null);
  link.querySelector(".presence")?.remove();
  if (spoken) link.querySelector(".entry-title").after(" ", document.importNode(spoken, true));
}

/** How many messages behind a link call the user. */
function countCalls(link, direct) {
  const { unread, mentions } = readCounts(link);
  if (link.dataset.level === "nothing") return 0;
  return direct ? unread : mentions;
}

/** Show the counts of a link as badges, those that its level lets through. Mentions have a badge of their own. */
function showBadges(link, { unread, mentions }) {
  const { level = "all" } = link.dataset;
  Object.assign(link.dataset, { unread, mentions });
  for (const old of link.querySelectorAll(".count")) old.remove();
  const shown = { unread: level === "all" ? unread : 0, mentions: level === "nothing" ? 0 : mentions };
  link.classList.toggle("unread", shown.unread + shown.mentions > 0);
  if (shown.mentions) link.append(makeBadge("count", `@${shorten(mentions)}`, describeMentions(mentions)));
  const chatter = link.closest("[data-talks]") ? "count" : "count chatter";
  if (shown.unread) link.append(makeBadge(chatter, shorten(unread), describeCount(unread)));
}

function makeBadge(name, shown, words) {
  const badge = document.createElement("span");
  badge.className = name;
  badge.append(makePart("", shown, true), makePart("sr-only", words, false));
  return badge;
}

const shorten = (count) => (count > MOST ? `${MOST}+` : String(count));

function makePart(name, text, hidden) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  if (hidden) element.setAttribute("aria-hidden", "true");
  return element;
}

function describeCount(count) {
  if (count > MOST) return gettext("more than 99 unread messages");
  return interpolate(ngettext("%(count)s unread message", "%(count)s unread messages", count), { count });
}

function describeMentions(count) {
  if (count > MOST) return gettext("more than 99 mentions");
  return interpolate(ngettext("%(count)s mention", "%(count)s mentions", count), { count });
}

/** In narrow windows, the page's `#sidebar-button` opens the sidebar. A "toggle" event tells when it opens or closes. */
export class Drawer {
  #element;
  #closed = () => {}; // tells the history

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || !this.#open) return;
      event.preventDefault();
      this.close();
      this.#button?.focus();
    });
    document.addEventListener("click", ({ target }) => {
      if (this.#button?.contains(target)) this.#toggle();
      else if (!element.contains(target)) this.close();
    });
  }

  close() {
    if (!this.#open) return;
    this.#show(false);
    this.#closed();
  }

  get #open() {
    return this.#element.classList.contains("open");
  }

  get #button() {
    return document.getElementById("sidebar-button"); // each page has its own
  }

  #toggle() {
    if (this.#open) {
      this.close();
      return;
    }
    this.#show(true);
    this.#closed = noteOpened(() => {
      this.#show(false);
      this.#button?.focus();
    });
    this.#element.querySelector("a, button")?.focus();
  }

  #show(open) {
    this.#element.classList.toggle("open", open);
    this.#button?.setAttribute("aria-expanded", String(open));
    this.#element.dispatchEvent(new Event("toggle"));
  }
}
