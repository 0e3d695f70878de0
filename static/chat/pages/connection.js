// The one connection of a visit, and what goes on while places change: conversations as they arrive, mentions, alerts, the
// number in the title. Rooms open it at once, all other pages when they are idle (places.js).

import { Client, storeUnsentIn } from "../../sdk/client.js";
import { Blocks } from "./blocks.js";
import { Drafts } from "./drafts.js";
import { Announcer } from "../notify/announcer.js";
import { MessageAlerts } from "../notify/message-alerts.js";
import { Notifier } from "../notify/notifier.js";
import { addressOfRoom, rootOfSite } from "../lib/addresses.js";
import { tab } from "../lib/storage.js";

/** @type {Connection | null} */
let connection = null;

/**
 * The connection, begun with the first room. The server sends pages of another name as documents.
 *
 * @param {import("./places.js").Site} site
 * @param {{ name: string, color: string }} who
 */
export function connect(site, who) {
  connection ??= new Connection(site, who);
  return connection;
}

class Connection {
  #site;
  #who;
  #place = null; // the listeners of the room that the page shows
  #state = ["connecting"]; // and its error
  #ended = false;

  // The cookie says who the visitor is: a name here could be an earlier one, in a page that was open for long.
  constructor(site, { name, color }) {
    this.#site = site;
    this.#who = { name, color };
    this.client = new Client({
      url: addressOfSocket(),
      unsentStorage: storeUnsentIn(tab, name),
      onState: (...state) => this.#follow(state),
      onDirect: (conversation) => this.#meet(conversation),
      onUnread: (...what) => this.#place?.onUnread?.(...what),
      onReportsWaiting: (...what) => this.#place?.onReportsWaiting?.(...what),
      onMentioned: (call) => this.#hearMention(call),
      onJoinedRoom: (change) => this.#noteJoinedRoom(change),
      onSaved: (...what) => this.#place?.onSaved?.(...what),
      onReset: reloadPage,
    });
    this.blocks = new Blocks(this.client);
    this.blocks.onChange = () => this.#place?.onBlocks?.();
    this.drafts = new Drafts(this.client);
    this.drafts.onChange = () => this.#site.sidebar?.showDrafts(this.drafts.rooms);
    this.drafts.onNews = () => this.#place?.onDrafts?.();
    this.alerts = new MessageAlerts({
      announcer: new Announcer(document.getElementById("announced"), { isMe: (other) => other === this.me }),
      notifier: new Notifier({ title: document.title, favicon: document.querySelector("link[rel=icon]") }),
      me: () => this.me,
      go: site.go,
    });
    this.#useSite();
    this.client.start();
    // A page that the browser keeps for the back button must not stay in the room.
    addEventListener("pagehide", () => this.client.stop());
    addEventListener("pageshow", ({ persisted }) => persisted && !this.#ended && this.client.start());
  }

  /** The visitor's name. */
  get me() {
    return this.client.me?.name ?? this.#who.name;
  }

  /**
   * Let the room that the page shows listen until the signal is aborted. `shows(id)`: whether it is this room.
   *
   * @param {import("../../sdk/client.js").ClientListeners & { shows: (room: number) => boolean }} place
   * @param {AbortSignal} signal
   */
  show(place, signal) {
    this.#place = place;
    this.alerts.beginPlace();
    signal.addEventListener("abort", () => (this.#place = null));
    place.onState?.(...this.#state);
  }

  /** A mention in the room of the page comes as a message as well, which alerts. */
  #hearMention(call) {
    if (this.#place?.shows(call.room)) return;
    this.#site.sidebar?.addMention(call.room);
    this.alerts.alertMention(call, this.#site.sidebar?.addressOf(call.room) ?? addressOfRoom(call.room));
  }

  #noteJoinedRoom(change) {
    this.#site.sidebar?.noteJoinedRoom(change);
    if (change.on && this.#place?.shows(change.room)) this.#place.onLevel(change);
  }

  /** Alert to messages of a conversation that the page does not show. */
  alertTo(conversation) {
    const onEvent = (event) => {
      if (event.type !== "message") return;
      this.#site.sidebar?.noteMessage(conversation);
      this.alerts.alertElsewhere(event, conversation.id);
    };
    conversation.listen({ onEvent });
  }

  #useSite() {
    const { sidebar } = this.#site;
    this.#site.showTitle = (title) => (this.alerts.title = title);
    this.#site.takes = (page) => this.#takes(page.getElementById("chat")?.dataset);
    if (!sidebar) return;
    sidebar.follow(this.client);
    sidebar.onJoinedRooms = (rooms) => this.#place?.onJoinedRooms?.(rooms);
    sidebar.onTotal = (count) => this.alerts.setUnreadElsewhere(count);
    this.alerts.setUnreadElsewhere(sidebar.total); // as counted by the server
  }

  /** Whether the connection can go on with the page of this room: not under another name, and not after its end. */
  #takes(room) {
    if (this.#ended) return false;
    if (!room) return true;
    // A room that was left with unsent messages is still joined: its page begins with them anew.
    const stays = this.client.rooms.some(({ id, direct }) => !direct && id === Number(room.room));
    return room.name === this.#who.name && !stays;
  }

  #follow(state) {
    this.#state = state;
    if (state[0] === "ended") this.#ended = true;
    if (state[0] === "connected") {
      this.blocks.load();
      const { name, color } = this.client.me;
      if (name !== this.#who.name || color !== this.#who.color) this.#site.sidebar?.refreshAll(); // changed in another browser
      this.#who.color = color;
      this.#site.sidebar?.catchUp();
    }
    this.#place?.onState?.(...state);
  }

  /** Add a new conversation to the sidebar, and alert to its messages. */
  #meet(conversation) {
    this.#site.sidebar?.addConversation(conversation);
    this.alertTo(conversation);
  }
}

/** The server has another history: the seq in the address may belong to another message now. */
export function reloadPage() {
  location.replace(location.pathname + location.search);
}

function addressOfSocket() {
  const address = new URL(`${rootOfSite()}ws`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}
