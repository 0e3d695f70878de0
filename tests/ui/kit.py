"""A page under our policy, for the parts of the web UI that need no server."""

from typing import Any, Final

from playwright.sync_api import Locator, Page, Route

from chat.web.security import POLICY

TRUSTED_TYPES: Final = "require-trusted-types-for 'script'; trusted-types dompurify"
STRICT: Final = POLICY if "trusted-types" in POLICY else f"{POLICY}; {TRUSTED_TYPES}"
STYLES: Final = ("base", "forms", "words", "messages", "composer", "emoji")
HEAD: Final = "".join(f'<link rel="stylesheet" href="/static/chat/{name}.css">' for name in STYLES)
PAGE: Final = """<!DOCTYPE html>
<html lang="en" {attributes}>
  <head><meta name="viewport" content="width=device-width"><title>A page</title>{head}</head>
  <body><main><h1>A page</h1>{body}</main></body>
</html>"""


def box(locator: Locator) -> dict[str, float]:
    """Where it is in the window: x, y, width, height."""
    found: dict[str, float] = locator.evaluate("(element) => element.getBoundingClientRect().toJSON()")
    return found


class UiPage:
    """A page with `body`, and the modules of `static/chat/` that a test names."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.faults: list[str] = []
        self._body = ""
        self._attributes = ""
        self._address = f"{site}/page-of-a-test"
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", self._refuse)
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        page.route(self._address, self._answer)

    def _refuse(self, dialog: Any) -> None:
        self.faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _answer(self, route: Route) -> None:
        html = PAGE.format(attributes=self._attributes, head=HEAD, body=self._body)
        headers = {"Content-Security-Policy": STRICT, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=html, headers=headers)

    def open(self, body: str = '<div id="place" class="text"></div>', *, theme: str = "") -> "UiPage":
        self._body = body
        self._attributes = f'data-theme="{theme}"' if theme else ""
        self.page.goto(self._address)
        return self

    def run(self, modules: str, source: str, argument: object = None) -> Any:
        """Call a JavaScript function with all that the modules ("words mentions") export, and an argument."""
        paths = [f"/static/chat/{name}.js" for name in modules.split()]
        return self.page.evaluate(
            f"""async ([paths, argument]) => {{
                const modules = await Promise.all(paths.map((path) => import(path)));
                return ({source})(Object.assign({{}}, ...modules), argument);
            }}""",
            [paths, argument],
        )
