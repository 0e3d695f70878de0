"""Under daphne each connection that the server closes does end, with a code that daphne takes."""

import sys
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from chat import errors
from tests.support.server import DaphneProcess, ServerProcess
from tests.support.sockets import open_socket

CODES = [each.code for each in vars(errors).values() if isinstance(each, errors.CloseReason)]


class Daphne(DaphneProcess):
    def command(self) -> list[str]:
        return [*super().command()[:-1], "tests.integration.daphne_site:application"]


class Runserver(ServerProcess):
    """Django's own server for development, which is daphne as well."""

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]


@pytest.fixture(scope="module")
def daphne(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with Daphne(tmp_path_factory.mktemp("daphne"), {"WSCHAT_LOG_LEVEL": "debug"}) as server:
        yield server
    assert "Traceback" not in server.output()


MALFORMED = [
    ("uuid", "nope", 4007),
    ("uuid", "[]", 4008),
    ("uuid", b"{}", 4008),
    ("envelope", "{", 4007),
    ("envelope", '{"message_type": "Dance", "message_body": {}}', 4008),
]


@pytest.mark.parametrize(("dialect", "frame", "code"), MALFORMED)
async def test_malformed_frame_is_told_and_ends_the_connection(
    daphne: ServerProcess, dialect: str, frame: str | bytes, code: int
):
    async with open_socket(f"{daphne.ws_url}/dialects/{dialect}/1") as socket:
        await socket.send_raw(frame)
        await socket.receive_until(
            **{"uuid": {"action": "error"}}.get(dialect, {"message_type": "PrivateInfo"})
        )
        assert (await socket.closed())[0] == code


async def test_malformed_frame_ends_the_connection_under_runserver(tmp_path):
    with Runserver(tmp_path) as server:
        async with open_socket(f"{server.ws_url}/dialects/uuid/1") as socket:
            await socket.send_raw("nope")
            await socket.receive_until(action="error")
            assert (await socket.closed())[0] == 4007


async def test_no_hello_ends_the_connection(daphne: ServerProcess):
    async with open_socket(f"{daphne.ws_url}/ws", subprotocols=["wschat.v1"]) as socket:
        assert (await socket.closed())[0] == 4401


@pytest.mark.parametrize("code", CODES)
async def test_each_reason_to_close_reaches_the_client(daphne: ServerProcess, code: int):
    async with connect(f"{daphne.ws_url}/close/{code}", proxy=None) as connection:
        assert await connection.recv() == "bye"
        await connection.wait_closed()
        assert connection.close_code == (code if code >= 4000 else code + 3000)
