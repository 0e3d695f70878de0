// Lists of messages (mentions, saved, search): their texts as words, without Markdown and with spoilers covered; the words of
// a search are marked. A name opens the card of the person, as in a room.

import "../text/formatting.js"; // excerpts are made at once
import { makeExcerpt, markMentions } from "../text/message-text.js";
import { loadDocument } from "../lib/load-document.js";
import { drawAvatars, personOf, takeChosen } from "../text/people.js";
import { hasWords, makeSnippet, markWords } from "../text/snippet.js";

const LONGEST = 300; // characters
const WHOLE = 10_000; // more than any message has

let made = 0; // words beside their links, for their ids

/** @param {HTMLElement} list @param {import("./places.js").Stay} stay */
export function open(list, { signal, site }) {
  show(list);
  if (list.dataset.saved !== undefined) follow(list, site, signal);
  let cards = null; // loaded for the first name that is chosen
  list.addEventListener("click", async (event) => {
    const link = takeChosen(event);
    if (!link) return;
    const { makeCard } = await import("./found-card.js");
    cards ??= makeCard(site);
    const { room, seq } = link.dataset;
    if (!signal.aborted) cards.show({ ...personOf(link), ...(seq && { of: { room, seq } }) }, link);
  });
}

function show(list) {
  for (const link of list.querySelectorAll(".found-text")) showWords(link, list.dataset.words);
  for (const name of list.querySelectorAll("a.person")) name.setAttribute("aria-haspopup", "menu");
}

/** Keep a list of saved messages up to date: they are saved and removed in other tabs, too. */
async function follow(list, site, signal) {
  const { connect } = await import("./connection.js");
  let latest = new AbortController();
  let behind = false; // whether something may have changed without a connection

  async function refresh() {
    latest.abort();
    latest = new AbortController();
    const { signal: overtaken } = latest;
    const page = await loadDocument(location.href, overtaken).catch(() => null);
    const fresh = page?.querySelector("[data-saved]");
    if (fresh && !overtaken.aborted && !signal.aborted) update(list, fresh);
  }

  if (signal.aborted) return;
  const onState = (state) => {
    if (state === "connected" && behind) refresh();
    behind = state !== "connected";
  };
  connect(site, document.getElementById("sidebar").dataset).show({ shows: () => false, onSaved: refresh, onState }, signal);
}

/** Make the list as it is now. What stays is not touched: it may have the focus, or be unfolded. */
function update(list, now) {
  const before = new Map([...list.children].map((item) => [placeOf(item), item]));
  const fresh = [...now.children].map((item) => before.get(placeOf(item)) ?? document.importNode(item, true));
  for (const item of before.values()) if (!fresh.includes(item)) item.remove();
  fresh.forEach((item, place) => {
    if (item.parentElement === list) return;
    list.insertBefore(item, list.children[place] ?? null);
    drawAvatars(item);
    show(item);
  });
}

/** Where the message of an item is; undefined if it says that there is none. */
const placeOf = (item) => item.querySelector(".found-text, .found-link")?.getAttribute("href");

/** Show an excerpt, of a search around its first hit. A link in a link cannot be: where people are mentioned, the words stand beside the link to the message. */
function showWords(link, sought) {
  const words = document.createElement("div");
  const names = link.dataset.mentions.split("\n").filter(Boolean);
  words.append(sought ? excerptAround(link.textContent, sought) : excerptOf(link.textContent));
  const message = link.closest(".found").querySelector("[data-seq]")?.dataset;
  markMentions(words, names, { me: document.getElementById("sidebar").dataset.name, message });
  if (sought) markWords(words, sought);
  if (!words.querySelector("a")) {
    link.replaceChildren(...words.childNodes);
    return;
  }
  Object.assign(words, { id: `words-${(made += 1)}`, className: "found-text", dir: "auto" });
  link.className = "found-link";
  link.setAttribute("aria-labelledby", words.id);
  link.replaceChildren();
  link.after(words);
}

/** Its lines are kept. */
function excerptOf(text) {
  const lines = text.slice(0, LONGEST).split("\n");
  return lines.map((line) => makeExcerpt(line, LONGEST)).join("\n");
}

/** From the line before the first hit on: the card shows three lines. */
function excerptAround(text, sought) {
  const lines = text.split("\n").map((line) => makeExcerpt(line, WHOLE));
  const first = lines.findIndex((line) => hasWords(line, sought));
  const begin = Math.max(0, first - 1);
  return (begin ? "… " : "") + makeSnippet(lines.slice(begin).join("\n"), sought, LONGEST);
}
