"""The UI's modules in a real Chromium, without a room."""

from collections.abc import Callable

import pytest

from tests.e2e.conftest import chromium, playwright, room, server
from tests.room_page.kit import Modules
from tests.sdk.conftest import OpenPage, open_page
from tests.support.server import ServerProcess

__all__ = ["chromium", "open_page", "playwright", "room", "server"]  # fixtures for the tests here, too

LoadModules = Callable[..., Modules]


@pytest.fixture
def load(open_page: OpenPage, server: ServerProcess) -> LoadModules:
    """load("list/span") -> what the module exports, on a page of the server."""
    page = open_page(server.url)
    return lambda *names: Modules(page, *names)
