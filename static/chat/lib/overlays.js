// What is open over the page, such as a dialog or a drawer, has an entry in the history of the browser, so that Back
// closes it before it leaves the page. The entry is used again by what is opened next, or by the next place; a Back from
// it with nothing open goes on to the place before.

const open = []; // what closes each, the latest last
let atOverlay = Boolean(history.state?.overlay); // whether the present entry is such a one
let address = location.href; // of the present entry

/**
 * Call this when something was opened over the page. Returns what to call when it is closed.
 *
 * @param {() => void} close
 * @returns {() => void}
 */
export function noteOpened(close) {
  open.push(close);
  addOverlayEntry();
  return () => {
    const place = open.indexOf(close);
    if (place >= 0) open.splice(place, 1);
  };
}

/** Add the entry of another place. @param {object} state @param {string} to */
export function addEntry(state, to) {
  if (atOverlay) history.replaceState(state, "", to);
  else history.pushState(state, "", to);
  noteEntry(false);
}

/** Let Back close what is open; at the entry of another place, call `onMoved`. @param {() => void} onMoved */
export function answerBack(onMoved) {
  addEventListener("popstate", () => {
    const fromOverlay = atOverlay;
    const moved = location.href !== address;
    noteEntry(Boolean(history.state?.overlay));
    if (open.length && !atOverlay && !moved) closeLatest();
    else if (fromOverlay && !atOverlay && !moved) history.back();
    else onMoved();
  });
  // Dialogs tell of themselves. (Older browsers have no such event: there, Back leaves the page.)
  document.addEventListener(
    "toggle",
    ({ target, newState }) => {
      if (newState !== "open" || !(target instanceof HTMLDialogElement) || !target.matches(":modal")) return;
      const closed = noteOpened(() => target.close());
      target.addEventListener("close", closed, { once: true });
    },
    true,
  );
  // So do menus and sheets, before the page changes. With a mouse at hand one does not go back to close them.
  document.addEventListener("beforetoggle", followPopover, true);
}

const closedPopovers = new WeakMap(); // what to call when a popover is closed

function followPopover({ target, newState }) {
  if (!target.popover || !matchMedia("(pointer: coarse)").matches) return;
  closedPopovers.get(target)?.();
  if (newState === "open") closedPopovers.set(target, noteOpened(() => target.hidePopover()));
}

function closeLatest() {
  open.pop()();
  if (open.length) addOverlayEntry();
}

function addOverlayEntry() {
  if (!atOverlay) history.pushState({ ...history.state, overlay: true }, "");
  noteEntry(true);
}

function noteEntry(isOverlay) {
  atOverlay = isOverlay;
  address = location.href;
}
