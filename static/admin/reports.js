// One key for each decision on a report. The keys work while the focus is in the report but not in a field, so that they do
// not interfere with the browser or a screen reader.

const report = document.querySelector("#report");
const found = [...report.querySelectorAll("[aria-keyshortcuts]")];
const buttons = new Map(found.map((button) => [button.getAttribute("aria-keyshortcuts"), button]));

report.addEventListener("keydown", (event) => {
  const { key, altKey, ctrlKey, metaKey, repeat, target } = event;
  if (altKey || ctrlKey || metaKey || repeat || target.closest("input, select, textarea")) return;
  const button = buttons.get(key.toLowerCase());
  if (!button) return;
  event.preventDefault();
  button.click();
});
report.focus({ preventScroll: true });
