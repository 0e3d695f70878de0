"""The SDK in a real Chromium, against a real server."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import browser, chromium, new_visitor, playwright, room, server
from tests.e2e.programs import number
from tests.sdk.kit import Modules, Talker
from tests.support.server import ServerProcess

# Fixtures for the tests here, too.
__all__ = ["browser", "chromium", "new_visitor", "playwright", "room", "server"]

OpenPage = Callable[..., Page]
NewTalker = Callable[..., Talker]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """open_page(server.url) -> a page of the site, with cookies of its own. What it throws fails the test.

    `elsewhere`: the page may connect to other addresses than its site, which the site's policy forbids.
    """
    faults: list[str] = []
    pages: list[Page] = []

    def open_one(site: str, *, elsewhere: bool = False) -> Page:
        page = chromium.new_context(bypass_csp=elsewhere).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site}/static/chat/favicon.svg")
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert faults == []


@pytest.fixture
def modules(open_page: OpenPage, server: ServerProcess) -> Modules:
    """All that the SDK's modules export, on a page of the server."""
    return Modules(open_page(server.url))


@pytest.fixture
def new_talker(open_page: OpenPage, request: pytest.FixtureRequest) -> NewTalker:
    """new_talker("ann") -> Talker, on a page of their own, of the module's server or of another `site`."""

    def new(name: str, *, site: str | None = None, **options: object) -> Talker:
        place = site or request.getfixturevalue("server").url
        return Talker(open_page(place, elsewhere="url" in options), name, options)

    return new


@pytest.fixture
def place(room: str) -> int:
    """The number of a new public room."""
    return number(room)
