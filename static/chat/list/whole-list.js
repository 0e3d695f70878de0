// The browser finds, selects and prints what is on the page, and usually that is what is in sight: before it does, all
// that is loaded is put there.

const FIND = new Set(["f", "g"]);

/** @param {{ list: import("./message-list.js").MessageList, rows: HTMLElement, field: HTMLElement, signal: AbortSignal }} parts */
export function drawWholeListOnDemand({ list, rows, field, signal }) {
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal });
  on(globalThis, "beforeprint", () => list.drawAll(true));
  on(globalThis, "afterprint", () => list.drawAll(false));
  on(field, "focus", () => list.drawAll(false)); // the search is over
  on(document, "keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    const ctrl = ctrlKey !== metaKey && !altKey && !shiftKey;
    if (key === "F3" || (ctrl && FIND.has(key.toLowerCase()))) list.drawAll(true);
    if (!ctrl || key.toLowerCase() !== "a" || !(target === document.body || rows.contains(target))) return;
    event.preventDefault();
    list.drawAll(true);
    getSelection().selectAllChildren(rows);
  });
}
