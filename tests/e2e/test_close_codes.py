"""The close code that a browser sees when the server ends a connection on which it is still sending."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.server import ServerProcess

TRIES = 5
CODE = """url => new Promise(resolve => {
    const socket = new WebSocket(url);
    socket.onopen = () => { %s };
    socket.onclose = event => resolve(event.code);
})"""


@pytest.fixture
def page(chromium: Browser, server: ServerProcess) -> Iterator[Page]:
    """Not a visitor's page: Chromium reports such closes as errors of the page."""
    page = chromium.new_page()
    page.goto(f"{server.url}/")  # whose policy lets it connect
    yield page
    page.close()


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/ws", "socket.send('x'.repeat(70000))", 1009),
        ("/ws", "socket.send('x'.repeat(1 << 20))", 1009),
        ("/ws", "socket.send('x'.repeat(10 << 20))", 1009),
        ("/ws", "socket.send(new Uint8Array(300000))", 1009),
        ("/ws", "for (let n = 0; n < 30; n++) socket.send('é'.repeat(70000))", 1009),
        ("/dialects/uuid/1", "for (let n = 0; n < 90; n++) socket.send('nope'.repeat(9000))", 1007),
        ("/dialects/envelope/1", "for (let n = 0; n < 90; n++) socket.send(`[${' '.repeat(60000)}]`)", 1008),
        ("/dialects/plain/1", "for (let n = 0; n < 9; n++) socket.send('x'.repeat(66000))", 1009),
    ],
    ids=["70,000", "1 MB", "10 MB", "binary", "many", "not JSON", "malformed", "plain"],
)
def test_browser_sees_why_it_was_closed(server: ServerProcess, page: Page, path: str, body: str, code: int):
    seen = [page.evaluate(CODE % body, server.ws_url + path) for _ in range(TRIES)]
    assert seen == [code] * TRIES
