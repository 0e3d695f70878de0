// Ctrl+K, or the button of the sidebar, opens the quick switcher on each page. It is loaded when it is first wanted.

let switcher = null;

async function open(link) {
  const { Switcher } = await import("../aside/switcher.js");
  const dialog = document.getElementById("switcher");
  switcher ??= new Switcher({ dialog, sidebar: document.getElementById("sidebar"), address: link.href });
  if (dialog.open || !document.querySelector("dialog:modal")) switcher.toggle();
}

const findLink = () => document.querySelector("[data-switcher]");
const isModified = ({ altKey, ctrlKey, metaKey, shiftKey }) => altKey || ctrlKey || metaKey || shiftKey;

document.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
  if (key.toLowerCase() !== "k" || ctrlKey === metaKey || altKey || shiftKey || isComposing) return;
  const link = findLink();
  if (!link) return;
  event.preventDefault();
  open(link);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-switcher]");
  if (!link || isModified(event)) return;
  event.preventDefault();
  open(link);
});
