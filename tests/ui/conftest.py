"""The parts of the web UI, each alone, in a real Chromium."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import chromium, playwright, server
from tests.support.server import ServerProcess
from tests.ui.kit import UiPage

__all__ = ["chromium", "playwright", "server"]  # fixtures for the tests here, too

NewUi = Callable[..., UiPage]


@pytest.fixture
def new_ui(chromium: Browser, server: ServerProcess) -> Iterator[NewUi]:
    """new_ui(**options of the browser context) -> UiPage. What goes wrong on any of them fails the test."""
    pages: list[UiPage] = []

    def new(**options) -> UiPage:
        pages.append(UiPage(chromium.new_context(**options).new_page(), server.url))
        return pages[-1]

    yield new
    for page in pages:
        page.page.context.close()
    assert [fault for page in pages for fault in page.faults] == []


@pytest.fixture
def ui(new_ui: NewUi) -> UiPage:
    """An ordinary one, open."""
    return new_ui().open()
