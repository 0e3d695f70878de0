// On phones and in narrow windows: the sheet with the buttons of the bar, fingers on messages, and the keyboard.

import { listenToFingers } from "../list/touch.js";

const find = (id) => document.getElementById(id);

/**
 * @param {{ actions: import("../list/actions.js").Actions, onLevel: () => void, signal: AbortSignal }} parts
 *   `onLevel()`: show what calls the user in the room
 */
export function openPhone({ actions, onLevel, signal }) {
  openSheet({ onLevel, signal });
  listenToFingers({ rows: find("rows"), actions });
  if (globalThis.visualViewport) makeRoomForKeyboard(signal);
}

/** The button of the bar opens it without a script; so does the title. */
function openSheet({ onLevel, signal }) {
  const [sheet, button] = [find("room-sheet"), find("room-button")];
  const hide = () => sheet.matches(":popover-open") && sheet.hidePopover();
  sheet.addEventListener("beforetoggle", () => {
    sheet.querySelector("[data-title]").textContent = find("title").textContent;
    sheet.querySelector(".sheet-about").textContent = find("description").textContent.trim();
  });
  find("title").closest(".about").addEventListener("click", () => button.checkVisibility() && sheet.showPopover({ source: button }));
  // Before the button does its work, so that the focus is where it can come back to.
  sheet.addEventListener("click", ({ target }) => target.closest("button") && hide(), { capture: true });
  find("level-button")?.addEventListener("click", onLevel);
  matchMedia("(max-width: 599px)").addEventListener("change", hide, { signal });
}

/** iOS lays its keyboard over the page. (Elsewhere the page becomes smaller: `interactive-widget` in base.html.) */
function makeRoomForKeyboard(signal) {
  const { documentElement: root } = document;
  const fit = () => {
    const covered = root.clientHeight - visualViewport.height * visualViewport.scale; // the scale: of two fingers
    root.style.setProperty("--covered", `${Math.max(0, Math.round(covered))}px`);
    if (covered > 0 && visualViewport.scale === 1) scrollTo(0, 0); // it has moved the page up, and the bar out of sight
  };
  visualViewport.addEventListener("resize", fit, { signal });
  signal.addEventListener("abort", () => root.style.removeProperty("--covered"));
}
