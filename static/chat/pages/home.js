// The list of rooms: searched while you type, and kept up to date as long as the page is visible.

import { loadDocument } from "../lib/load-document.js";

const EVERY = 15_000; // milliseconds between refreshes
const TYPING = 150; // milliseconds after the last key until the search begins

/** @param {HTMLElement} lists @param {import("./places.js").Stay} stay */
export function open(lists, { signal: ended, site }) {
  const form = lists.querySelector("form.search");
  const home = lists.dataset.address;
  let address = location.pathname === home ? home + location.search : home;
  let latest = new AbortController();
  let typing = 0;

  /** Take over what has changed in the lists. If the page cannot be loaded, the next refresh tries again. */
  async function refresh() {
    latest.abort();
    latest = new AbortController();
    const { signal } = latest;
    const page = await loadDocument(address, signal).catch(() => null);
    if (!page || signal.aborted || ended.aborted) return;
    for (const old of lists.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh && !old.isEqualNode(fresh)) replaceContent(old, fresh);
    }
    site.sidebar?.showPage(page);
  }

  function search() {
    clearTimeout(typing);
    const next = addressOfList(home, form.elements);
    if (next === address) return;
    address = next;
    // Another address, such as that of a refused form, would not lead back to this page.
    if (location.pathname === home) site.rename(address);
    refresh();
  }

  /** Refresh, except while a link is pressed: it must not go away under the pointer. */
  function refreshIfVisible() {
    if (document.visibilityState === "visible" && !document.querySelector("a:active")) refresh();
  }

  form.querySelector("button").hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, TYPING);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  const timer = setInterval(refreshIfVisible, EVERY);
  ended.addEventListener("abort", () => {
    clearInterval(timer);
    clearTimeout(typing);
    latest.abort();
  });
  document.addEventListener("visibilitychange", refreshIfVisible, { signal: ended });
  addEventListener("pageshow", ({ persisted }) => persisted && refreshIfVisible(), { signal: ended });
  // The browser may show an old copy after the back button, with old counts.
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") refreshIfVisible();
  if (isChanged(form.elements)) search(); // before this module was there, or the browser restored it
}

/** Whether the form has something else than the server sent. */
function isChanged({ q, sort }) {
  return q.value !== q.defaultValue || !sort.selectedOptions[0].defaultSelected;
}

/** The address of the list with what is looked for, in this order; what is as by default is left out. */
function addressOfList(home, { q, sort }) {
  const asked = new URLSearchParams();
  if (q.value.trim()) asked.set("q", q.value.trim());
  if (sort.value !== sort.options[0].value) asked.set("sort", sort.value);
  return asked.size ? `${home}?${asked}` : home;
}

/** Replace the content but keep the element, so that screen readers still follow it, and keep the focus. */
function replaceContent(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.href : null;
  old.replaceChildren(...document.importNode(fresh, true).childNodes);
  if (focused) [...old.querySelectorAll("a")].find(({ href }) => href === focused)?.focus({ preventScroll: true });
}
