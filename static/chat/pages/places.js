// Changing places without a load of a document: the page of a link is fetched, and its content takes the place of the
// old one, while the sidebar, the connection and the scripts stay. Each address is a page of its own all the same: what
// cannot be taken over (another visitor's page, another version's, a redirect, a failure) is loaded as a document.

import { Drawer, Sidebar } from "../aside/sidebar.js";
import { rootOfSite, seqInHash } from "../lib/addresses.js";
import { addEntry, answerBack } from "../lib/overlays.js";
import { loadDocument } from "../lib/load-document.js";
import { drawAvatars } from "../text/people.js";

/**
 * What a module of a page gets. It takes part in the page until `signal` is aborted: its listeners end with it.
 *
 * @typedef {object} Stay
 * @property {AbortSignal} signal
 * @property {Site} site
 * @property {() => void} [beforeLeave] set by the module: called before the next page is fetched
 * @property {() => void} [onUnreachable] set by the module: called if the server cannot be reached for it, and this page stays.
 *   Without it, a page of the browser takes its place
 */

/**
 * What stays while places change.
 *
 * @typedef {object} Site
 * @property {Sidebar | null} sidebar null for a visitor without a name
 * @property {(address: string) => void} go
 * @property {(address: string) => void} rename the place on the page has another address now
 * @property {(title: string) => void} showTitle
 * @property {(page: Document) => boolean} takes whether what stays can go on with this page
 */

/** Which module opens which elements: `open(element, stay)`. */
const MODULES = [
  ["#chat", () => import("./room.js")],
  [".lists", () => import("./home.js")],
  [".found-list", () => import("./found-list.js")],
  ["[data-room-form]", () => import("./password-field.js")],
  ["[data-strength]", () => import("./new-password.js")],
];

// The pages that are places. Others, such as the admin site, or forms that change who the visitor is, are documents.
const PLACES = /^($|room\/|direct(\/|$)|account$|mentions$|saved$|search$|person$|profile$|rooms\/new$)/;

const LONGEST_IDLE = 1_000; // milliseconds
const LATE = 300; // milliseconds, after which the page says that another one is on its way (base.css)

const { me } = document.documentElement.dataset; // undefined: the answer to a form, which is not to be taken for a place
const find = (id) => document.getElementById(id);
const addressOf = ({ pathname, search }) => pathname + search;

/** @type {Site} */
const site = {
  sidebar: null,
  go,
  rename,
  showTitle: (title) => (document.title = title),
  takes: () => true,
};
let shown = addressOf(location); // the address of the place on the page
let controller = new AbortController(); // of the place on the page
let drawer = null;
let stays = [];
let edited = false; // whether a form of the place has text that was not sent
let key = ""; // of the entry of the history that the place has
const kept = new Map(); // places with such text, by their key: Back brings them back
let loading = null; // the controller of the page that is being fetched
const scrolls = new Map(); // how far each entry of the history was scrolled

/** Open the place that the server sent, and follow links from there. */
export function startPlaces() {
  const sidebar = find("sidebar");
  if (sidebar) {
    site.sidebar = new Sidebar({ element: sidebar });
    drawer = new Drawer(sidebar);
  }
  openPlace();
  if (me === undefined) return;
  if (sidebar?.dataset.name) whenIdle(() => listenEverywhere(sidebar.dataset));
  key = history.state?.key ?? newKey();
  history.replaceState({ ...history.state, key }, "");
  document.addEventListener("click", followLink);
  document.addEventListener("input", ({ target }) => (edited ||= target.form?.method === "post"));
  addEventListener("scroll", () => scrolls.set(key, scrollY), { passive: true });
  addEventListener("hashchange", carryHash);
  answerBack(() => addressOf(location) !== shown && change(location.href, { back: true }));
}

/** Hear of mentions and direct messages on pages without a room, too: what the rest of the page waits for comes first. */
async function listenEverywhere(who) {
  const { connect } = await import("./connection.js");
  connect(site, who);
}

function whenIdle(work) {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work, { timeout: LONGEST_IDLE });
  else setTimeout(work, LONGEST_IDLE);
}

/** Open the modules of the page. */
function openPlace() {
  const { signal } = controller;
  stays = [];
  edited = kept.delete(key);
  carryHash();
  drawAvatars(find("place"));
  for (const dialog of document.querySelectorAll("#place dialog[open]")) openForm(dialog);
  for (const [selector, load] of MODULES) {
    for (const element of find("place").querySelectorAll(selector)) openModule(load, element, { signal, site });
  }
}

async function openModule(load, element, stay) {
  stays.push(stay);
  const { open } = await load();
  if (!stay.signal.aborted) open(element, stay);
}

// Links

/** @param {MouseEvent} event */
function followLink(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a[href]");
  if (!link) return;
  const dialog = find(link.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    openForm(dialog);
  } else if (leadsToPlace(link)) {
    event.preventDefault();
    go(link.href);
  }
}

function leadsToPlace({ target, origin, pathname, search, download }) {
  if (target || download || origin !== location.origin) return false;
  const root = rootOfSite();
  // The link to this place: a message in it, or it is to be loaded anew.
  if (addressOf({ pathname, search }) === shown) return false;
  return pathname.startsWith(root) && PLACES.test(pathname.slice(root.length));
}

/** Go to a page. @param {string} address */
function go(address) {
  change(address, { back: false });
}

function rename(address) {
  history.replaceState(history.state, "", address);
  shown = addressOf(location);
}

/** Take over the page of this address; `back`: the browser has it as the present entry of its history already. */
async function change(address, { back }) {
  for (const stay of stays) stay.beforeLeave?.();
  loading?.abort();
  loading = new AbortController();
  const { signal } = loading;
  const { dataset } = document.documentElement;
  const late = setTimeout(() => (dataset.loading = ""), LATE);
  let unreachable = false;
  const page = await loadDocument(address, signal).catch((error) => void ({ unreachable } = error));
  clearTimeout(late);
  if (signal.aborted) return;
  delete dataset.loading;
  const stayed = stays.filter(({ onUnreachable }) => unreachable && !back && onUnreachable);
  if (stayed.length) {
    drawer?.close();
    for (const stay of stayed) stay.onUnreachable();
    return;
  }
  if (!page || !isOurs(page, address) || !(await loadStyles(page))) {
    if (back) location.reload();
    else location.assign(address);
    return;
  }
  if (signal.aborted) return;
  if (!back) addEntry({ key: newKey() }, address);
  takeOver(page);
  scrollTo(0, (back && scrolls.get(key)) || 0);
}

/** Whether the page is of this visitor, of this version, of this address, and goes on with what stays. */
function isOurs(page, address) {
  const asked = new URL(address, location.href);
  const came = new URL(page.URL);
  const scripts = (of) => [...of.querySelectorAll("script[src]")].map((script) => script.getAttribute("src")).join();
  return (
    page.documentElement.dataset.me === me &&
    page.documentElement.lang === document.documentElement.lang &&
    addressOf(came) === addressOf(asked) &&
    scripts(page) === scripts(document) &&
    page.getElementById("place") !== null &&
    Boolean(page.getElementById("sidebar")) === Boolean(site.sidebar) &&
    site.takes(page)
  );
}

// The page

function takeOver(page) {
  controller.abort();
  controller = new AbortController();
  drawer?.close();
  for (const dialog of document.querySelectorAll("dialog:modal")) dialog.close();
  for (const popover of document.querySelectorAll(":popover-open")) popover.hidePopover();
  if (edited) kept.set(key, find("place"));
  shown = addressOf(location);
  key = history.state?.key ?? "";
  find("place").replaceWith(kept.get(key) ?? document.importNode(page.getElementById("place"), true));
  useStyles(page);
  site.sidebar?.showPage(page);
  site.sidebar?.markCurrent();
  site.showTitle(page.title);
  openPlace();
  focusPlace();
}

/** What would have the focus after a load of the page gets it, or else the heading; the title is said. */
function focusPlace() {
  const first = find("place").querySelector("[autofocus]:not(dialog *)") ?? find("place").querySelector("h1");
  if (!first || document.querySelector("dialog:modal")) return;
  if (first.matches("h1")) first.tabIndex = -1;
  first.focus({ preventScroll: true });
  find("changed").textContent = document.title;
}

const sheetsOf = (page) => [...page.querySelectorAll("link[rel=stylesheet]")];

/** Load the style sheets of a page that this one has not had yet. Resolves to whether they are there. */
async function loadStyles(page) {
  const known = new Set(sheetsOf(document).map((link) => link.getAttribute("href")));
  const missing = sheetsOf(page).filter((link) => !known.has(link.getAttribute("href")));
  const loads = missing.map((link) => {
    const sheet = document.importNode(link);
    const loaded = new Promise((resolve) => {
      sheet.addEventListener("load", () => resolve(true));
      sheet.addEventListener("error", () => resolve(false));
    });
    sheet.media = "not all"; // until the page is there
    document.head.append(sheet);
    return loaded;
  });
  return (await Promise.all(loads)).every(Boolean);
}

/** Use the style sheets of this page, and no others. */
function useStyles(page) {
  const wanted = new Set(sheetsOf(page).map((link) => link.getAttribute("href")));
  for (const link of sheetsOf(document)) link.media = wanted.has(link.getAttribute("href")) ? "all" : "not all";
}

/** Open a dialog with a form, over the page. An address of its own shows it for browsers without scripts. */
function openForm(dialog) {
  dialog.close();
  dialog.showModal();
  // Not the button to close it, which comes first.
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden])")).focus();
}

/**
 * The message that an address names, `#m…`, is in the part of it that reaches no server. Forms and links that lead back
 * to the page take it along; the browser keeps it over redirects and refused forms.
 */
function carryHash() {
  if (seqInHash(location.hash) === null) return;
  for (const element of document.querySelectorAll("[data-comes-back]")) {
    const address = new URL(element.getAttribute("action") ?? element.href, location.href);
    address.hash = location.hash;
    element.setAttribute(element.hasAttribute("action") ? "action" : "href", address.href);
  }
}

function newKey() {
  return `${performance.timeOrigin + performance.now()}`;
}
