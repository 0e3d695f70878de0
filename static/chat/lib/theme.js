// Light or dark at once, without a page load; the cookie tells the server for the next page. Without scripts the
// form does it (chat/web/theme.py).

const YEAR = 365 * 24 * 3600;
const secure = location.protocol === "https:" ? "; secure" : "";

/** @param {"light" | "dark" | ""} theme "" is as the system has it */
function choose(theme) {
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? YEAR : 0}; samesite=lax${secure}`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll(".theme button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

for (const form of document.querySelectorAll("form.theme")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    choose(event.submitter?.value ?? "");
  });
}
