"""Helpers for the tests of the UI's modules."""

from typing import Any

from playwright.sync_api import Page


class Modules:
    """Modules of `static/chat`: `run` calls a JavaScript function with all that those named export."""

    def __init__(self, page: Page, *names: str) -> None:
        self._page = page
        self._load = ", ".join(f'import("/static/chat/{name}.js")' for name in names)

    def run(self, source: str, argument: object = None) -> Any:
        return self._page.evaluate(
            f"""async (argument) => {{
                const modules = Object.assign({{}}, ...(await Promise.all([{self._load}])));
                return ({source})(modules, argument);
            }}""",
            argument,
        )
