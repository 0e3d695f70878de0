// The panel next to the messages: members, pinned messages, search.

import { Panel } from "./panel.js";
import { People } from "./people.js";

const find = (id) => document.getElementById(id);

/**
 * `room()` returns the Room, `menu` is the Popup for menus, `isMe(name)` tells whether a name is the user's own. `jump(seq)`
 * goes to a message, `write(seq)` replies to one, `findMessage(seq)` is what is known of it. `folding`: see makeHit. `client` is the Client, `loadAway(asked, signal)` loads members who are away; null in a conversation. `onPeople()` is called when the members are shown, or one has another name, `onChange()` when the panel opens or closes. `signal` ends the listening.
 */
export function makePanels({ room, client, menu, isMe, jump, write, findMessage, folding, loadAway, onPeople, onChange, signal }) {
  const people = new People({
    list: find("people-list"),
    template: find("person"),
    counts: document.querySelectorAll("[data-people-count]"),
    field: find("people-search"),
    status: find("people-found"),
    isMe,
    loadHere: () => room().members(),
    loadAway,
    onRenamed: onPeople, // their role is known by the earlier name
  });
  function openPeople() {
    onPeople();
    people.refresh();
  }
  const panel = new Panel({
    element: find("panel"),
    buttons: {
      people: find("people-button"),
      pins: find("pins-button"),
      search: find("search-button"),
      reports: find("reports-button"),
      replies: null,
    },
    onOpen: { people: openPeople, pins: showPins, reports: showReports, search: loadSearch },
    onChange,
    signal,
  });
  // Few search, or look at pins and reports: what shows them is loaded when it is wanted.
  let pins = null;
  async function showPins() {
    const { Pins } = await import("./pins.js");
    pins ??= new Pins({
      list: find("pins").querySelector("ol"),
      status: find("pins").querySelector("[role=status]"),
      template: find("hit"),
      folding,
      load: () => room().pins(),
      onJump: jump,
    });
    await pins.show();
  }
  let reports = null;
  async function showReports() {
    const { Reports } = await import("./reports.js");
    reports ??= new Reports({
      element: find("reports"),
      template: find("report-entry"),
      menu,
      room: () => ({ id: room().id, moderator: Boolean(room().info?.moderator) }),
      isMe,
      load: (asked) => client.reports(asked),
      claim: (id, on, options) => client.claim(id, on, options),
      decide: (id, decision, options) => client.decide(id, decision, options),
      onJump: jump,
    });
    await reports.show();
  }
  let replies = null;
  /** @param {number} seq the message whose replies are shown */
  async function showReplies(seq) {
    const { Replies } = await import("./replies.js");
    replies ??= new Replies({
      element: find("replies"),
      template: find("hit"),
      folding,
      load: (target, range) => room().replies(target, range),
      find: findMessage,
      onJump: jump,
      onWrite: write,
    });
    panel.show("replies");
    await replies.show(seq);
  }
  /** An event of the room, or more is known of a message: for the replies, if they are shown. */
  const noteReplies = { event: (event) => shown()?.note(event), known: (seq) => shown()?.refresh(seq) };
  const shown = () => (panel.open === "replies" ? replies : null);
  /** Others are blocked now, or what they wrote is to be shown. */
  async function refoldHits() {
    const hits = find("panel").querySelectorAll(".hits > li");
    if (hits.length) (await import("./hit.js")).refoldHits(hits);
  }
  let search = null;
  async function loadSearch() {
    const { Search } = await import("./search.js");
    search ??= new Search({
      form: find("search-form"),
      list: find("search").querySelector("ol"),
      status: find("search").querySelector("[role=status]"),
      more: find("search-more"),
      template: find("hit"),
      folding,
      search: (text, range) => room().search(text, range),
      onJump: jump,
    });
    return search;
  }
  find("search-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    (await loadSearch()).begin();
  });
  return { panel, people, showPins, showReplies, noteReplies, refoldHits };
}
