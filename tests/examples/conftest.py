"""Rooms of a real server, in which the examples meet."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.conftest import chromium, playwright
from tests.support.rest import Rest
from tests.support.server import ServerProcess

__all__ = ["chromium", "playwright"]  # fixtures for the tests here, too


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the module: each test has a room of its own."""
    with ServerProcess(tmp_path_factory.mktemp("examples")) as server:
        yield server


@pytest.fixture
def addresses(server: ServerProcess) -> dict[str, str]:
    """The addresses of a new public room, by dialect."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        room = Rest(client).room(f"room {uuid.uuid4()}")["id"]
    dialects = {name: f"{server.ws_url}/dialects/{name}/{room}" for name in ("plain", "uuid", "envelope")}
    return {**dialects, "rooms": f"{server.ws_url}/chats/{room}/ws"}
