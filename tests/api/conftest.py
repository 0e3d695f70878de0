"""The REST API, in process and as a real server: each test runs against both."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.support.marks import whole_db
from tests.support.rest import InProcess, Rest
from tests.support.server import ServerProcess


@pytest.fixture(params=[pytest.param("in process", marks=whole_db), "real server"])
def rest(request: pytest.FixtureRequest) -> Iterator[Rest]:
    """A client without identity, and the words of the protocol."""
    if request.param == "in process":
        with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
            yield Rest(client)
    else:
        server = request.getfixturevalue("rest_server")
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            yield Rest(client)


@pytest.fixture(scope="module")
def rest_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the module; titles are unique, so that tests do not meet."""
    with ServerProcess(tmp_path_factory.mktemp("rest")) as server:
        yield server


@pytest.fixture
def title() -> str:
    """An unused title."""
    return f"Room {uuid.uuid4().hex[:12]}"
