"""The example in the documentation works."""

import re

from playwright.sync_api import ConsoleMessage

from tests.sdk.conftest import OpenPage
from tests.support.server import ROOT, ServerProcess

CODE = re.compile(r"```js\n(.*?)```", re.DOTALL)


def test_the_example_talks(server: ServerProcess, open_page: OpenPage) -> None:
    code = CODE.findall((ROOT / "docs" / "sdk.md").read_text("utf-8"))[0]
    page = open_page(server.url)
    lines: list[str] = []  # what the example says; the browser has words of its own
    page.on("console", lambda line: lines.append(line.text) if line.type == "log" else None)
    page.route("**/example.js", lambda route: route.fulfill(body=code, content_type="text/javascript"))

    def reacted(line: ConsoleMessage) -> bool:
        return len(lines) >= 7 and line.type == "log"

    with page.expect_console_message(reacted):
        page.evaluate("import('/example.js')")
    assert [line.strip() for line in lines] == [
        "state connecting",
        "state connected",
        "joined Public Chat",
        "here mia",
        "message mia Helo.",
        "changed Hello.",
        "changed Hello.",
    ]
