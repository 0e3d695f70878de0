"""A real browser against a real server."""

import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.kit import Visitor
from tests.support.server import ServerProcess

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright for one module. It keeps an event loop running as long as it is open, and with one
    Django refuses its ORM: so it does not outlive the module, whose tests leave the ORM to the server.
    """
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS)) as browser:
        yield browser


@pytest.fixture(scope="module")
def firefox(playwright: Playwright, firefox_path: str) -> Iterator[Browser]:
    with playwright.firefox.launch(executable_path=firefox_path, channel="moz-firefox") as browser:
        yield browser


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    """The browser of `new_visitor`. A module that tries others has a fixture of this name."""
    return chromium


@pytest.fixture
def new_visitor(browser: Browser) -> Iterator[NewVisitor]:
    """new_visitor(server.url, **options of the browser context) -> Visitor, with cookies of their own.

    What any of their pages throws, or wants to run against our policy, fails the test.
    """
    visitors: list[Visitor] = []

    def visit(site: str, **options) -> Visitor:
        visitors.append(Visitor(browser.new_context(**options).new_page(), site))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.page.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the module: each test has rooms of its own."""
    with ServerProcess(tmp_path_factory.mktemp("e2e")) as server:
        yield server


@pytest.fixture
def room(server: ServerProcess) -> str:
    """The path of a new public room."""
    fields = {"title": f"Room {uuid.uuid4().hex[:8]}", "visibility": "public"}
    return f"/room/{httpx.post(f'{server.url}/chats', json=fields, trust_env=False).json()['id']}"
