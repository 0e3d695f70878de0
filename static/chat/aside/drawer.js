// The list of rooms and conversations: beside the chat, or behind a button where the window is narrow.

/** @param {{ element: HTMLElement, button: HTMLButtonElement, onChange?: () => void }} parts */
export function makeDrawer({ element, button, onChange = () => {} }) {
  const show = (open) => {
    element.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    onChange();
  };
  button.addEventListener("click", () => {
    show(!element.classList.contains("open"));
    if (element.classList.contains("open")) element.querySelector("a, button")?.focus();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.classList.contains("open")) return;
    event.preventDefault();
    show(false);
    button.focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (!element.contains(target) && !button.contains(target)) show(false);
  });
}
