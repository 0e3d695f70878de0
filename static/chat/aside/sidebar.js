// The list next to the chat: conversations as they arrive, and unread counts for them and for recently visited rooms.

import { addressOfConversation } from "../lib/addresses.js";
import { loadDocument } from "../lib/load-document.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

const EVERY = 60_000; // milliseconds between refreshes of the rooms that this page has not joined
const MOST = 99;

export class Sidebar {
  #element;
  #client;
  #conversations;
  #template;
  #shown;
  #counts = new Map(); // unread per conversation, except the conversation that the page shows

  /**
   * `client`: the owner of the conversations. Pass each new conversation (its `onDirect`) to `addConversation`. `shown`: the
   * other member of the conversation on this page, which may not be in the list yet.
   *
   * @param {{ client: import("../../sdk/client.js").Client, element: HTMLElement, shown?: string,
   *   onTotal?: (count: number) => void }} options
   */
  constructor({ client, element, shown, onTotal }) {
    this.#client = client;
    this.#element = element;
    this.#shown = shown;
    this.#conversations = element.querySelector("[data-talks]");
    this.#template = element.querySelector("template[data-place]");
    /** Called with `total` after each change. The counts of the server are there from the start. */
    this.onTotal = onTotal;
    for (const link of this.#conversations.querySelectorAll("a[data-room]:not([aria-current])")) {
      this.#counts.set(Number(link.dataset.room), Number(link.dataset.unread));
    }
    client.listen({ onRead: ({ room, unread }) => this.#showMarkMoved(room, unread) });
    setInterval(() => this.#refresh(), EVERY);
    document.addEventListener("visibilitychange", () => this.#refresh());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#refresh());
  }

  /** The number of unread messages in all conversations except the conversation that the page shows. */
  get total() {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Show a conversation, and keep its unread count up to date. @param {import("../../sdk/room.js").Room} conversation */
  addConversation(conversation) {
    if (this.#link(conversation.id)?.ariaCurrent === "page") return; // its own page shows it
    conversation.listen({ onUnread: (count) => this.#showCount(conversation, count) });
    if (conversation.unread !== undefined) this.#showCount(conversation, conversation.unread);
  }

  #showCount(conversation, count) {
    const name = conversation.with?.name;
    const link = this.#link(conversation.id) ?? (name && count ? this.#addLink(conversation.id, name) : null);
    if (!link) return;
    if (count > (this.#counts.get(conversation.id) ?? 0)) link.closest("ul").prepend(link.closest("li"));
    if (link.ariaCurrent === "page") return;
    this.#remember(link, count);
    showBadge(link, count);
  }

  /** Another page moved a read mark. Conversations, and the room of this page, report their counts themselves. */
  #showMarkMoved(room, count) {
    const link = this.#link(room);
    if (link && !this.#isLive(room)) showBadge(link, count);
  }

  /** Whether this page counts the unread messages of the room itself. */
  #isLive(room) {
    return this.#link(room)?.ariaCurrent === "page" || this.#client.rooms.some(({ id }) => id === room);
  }

  #remember(link, count) {
    const before = this.total;
    this.#counts.set(Number(link.dataset.room), count);
    if (this.total !== before) this.onTotal?.(this.total);
  }

  #link(room) {
    return this.#element.querySelector(`a[data-room="${Number(room)}"]`);
  }

  #addLink(room, name) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    link.href = addressOfConversation(name);
    link.dataset.room = room;
    link.querySelector(".place-title").textContent = name;
    if (name === this.#shown) link.ariaCurrent = "page";
    this.#conversations.querySelector("ul").prepend(item);
    this.#conversations.hidden = false;
    return link;
  }

  /** Take the counts of rooms that this page has not joined from the list of rooms. */
  async #refresh() {
    if (document.visibilityState !== "visible") return;
    const page = await loadDocument(this.#element.dataset.home).catch(() => null);
    for (const fresh of page?.querySelectorAll("#places a[data-room]") ?? []) {
      const room = Number(fresh.dataset.room);
      const link = this.#link(room);
      if (link && !this.#isLive(room)) showBadge(link, Number(fresh.dataset.unread));
    }
  }
}

/** Show the unread count of a link as a badge. */
function showBadge(link, count) {
  link.dataset.unread = count;
  link.classList.toggle("unread", count > 0);
  link.querySelector(".count")?.remove();
  if (!count) return;
  const badge = document.createElement("span");
  badge.className = "count";
  badge.append(makePart("", count > MOST ? `${MOST}+` : String(count), true), makePart("sr-only", describeCount(count), false));
  link.append(badge);
}

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

/** In narrow windows, a button opens the sidebar. @param {{ element: HTMLElement, button: HTMLButtonElement, onChange?: () => void }} parts */
export function makeDrawer({ element, button, onChange = () => {} }) {
  const show = (open) => {
    element.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    onChange();
  };
  button.addEventListener("click", () => {
    show(!element.classList.contains("open"));
    if (element.classList.contains("open")) element.querySelector("a, button")?.focus();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.classList.contains("open")) return;
    event.preventDefault();
    show(false);
    button.focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (!element.contains(target) && !button.contains(target)) show(false);
  });
}
