// The page of a room: wires the client to what is on the page.

import { Client } from "../sdk/client.js";
import { Composer } from "./composer.js";
import { Messages } from "./messages.js";
import { People } from "./people.js";
import { keepToken } from "./renewal.js";

const WHY = new Map([
  [101, "deleted"],
  [4404, "deleted"],
  [4403, "token"],
  [401, "token"],
  [402, "token"],
  [403, "token"],
  [202, "name"],
]);

const find = (id) => document.getElementById(id);
const page = find("chat").dataset;
const staff = "staff" in page;
let locked = "locked" in page;
let ended = false;
let met = false; // whether there has been a connection

const messages = new Messages({
  list: find("messages"),
  toEnd: find("to-end"),
  empty: find("empty"),
  template: find("message"),
});
const people = new People({
  panel: find("people"),
  button: find("people-button"),
  template: find("person"),
  counts: document.querySelectorAll("[data-people-count]"),
  me: page.name,
});
const composer = new Composer({ form: find("composer"), onSend: send });

const address = new URL("/ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const client = new Client({ url: address.href, name: page.name, color: page.color, onState: showState });
const room = client.join(Number(page.room), {
  token: page.token,
  onEvent: show,
  onMembers: (members) => people.show(members),
  onUnsent: showUnsent,
});

function show(event) {
  if (event.type === "message") messages.add(event);
  else if (event.type === "erased") messages.erase(event.target);
  else if (event.type === "room") showRoom(event);
  // "room_deleted" may be history, of a room that was brought back: the close code 4404 says that it is over.
}

function showRoom({ title, description, locked: nowLocked }) {
  find("title").textContent = title;
  find("description").textContent = description;
  find("lock").toggleAttribute("hidden", !nowLocked);
  document.title = `${title} · wschat`;
  locked = nowLocked;
  showWhetherOpen();
}

/** Whether one may write. Offline too: what is written then goes when the connection is back. */
function showWhetherOpen() {
  if (ended) return;
  notice(locked ? "locked" : null);
  composer.enable(met && (!locked || staff));
}

function showState(state, code) {
  const line = find("state");
  line.dataset.state = state;
  line.textContent = line.dataset[state];
  if (state === "ended") end(WHY.get(code) ?? "refused");
  if (state !== "connected") return;
  met = true;
  messages.ready(room.latest === 0);
  showWhetherOpen();
}

function showUnsent(count) {
  const line = find("unsent");
  line.hidden = count === 0;
  line.firstElementChild.textContent = count;
}

async function send(text) {
  if (!locked) notice(null);
  try {
    await client.send(room, text);
  } catch (error) {
    composer.giveBack(text);
    if (!ended) notice("unsent", error.message);
  }
}

function end(why) {
  if (ended) return;
  ended = true;
  notice(why);
  composer.enable(false);
}

/** Say why something is not possible, in the words of the template, with a detail where it has a place. */
function notice(why, detail = "") {
  const place = find("notice");
  place.hidden = why === null;
  place.replaceChildren(...(why === null ? [] : [find(`why-${why}`).content.cloneNode(true)]));
  if (detail) place.querySelector(".detail").textContent = detail;
}

keepToken(room, page);
client.start();

// A page that the browser keeps for the back button must not stay in the room.
addEventListener("pagehide", () => client.stop());
addEventListener("pageshow", ({ persisted }) => persisted && client.start());
