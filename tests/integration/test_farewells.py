"""The last messages of a client that leaves arrive before its departure."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.support.rest import Rest
from tests.support.server import ServerProcess
from tests.support.sockets import open_socket

TIMES = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("farewells")) as server:
        yield server


@pytest.fixture
def url(server: ServerProcess) -> str:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        room = Rest(client).room(f"room {uuid.uuid4()}")["id"]
    return f"{server.ws_url}/chats/{room}/ws"


@pytest.mark.parametrize(
    "script",
    [["join", "send"], ["send"], ["join", "send", "send", "leave"], ["send", "leave", "join", "send"]],
)
async def test_pipelined_frames_are_all_done_in_order_before_the_end(url: str, script: list[str]):
    async with open_socket(url) as observer:
        for number in range(TIMES):
            name = f"ann {number}"
            async with open_socket(url) as ann:
                for step in script:
                    await ann.send(event_type=step, name=name, msg="hi")
                await ann.connection.close()
            expected = script if script[-1] == "leave" else [*script, "leave"]
            seen = [await observer.receive() for _ in expected]
            assert [frame["event_type"] for frame in seen] == expected
            assert {frame["name"] for frame in seen} == {name}


async def test_leave_in_v1_follows_sent_messages(server: ServerProcess, url: str):
    room = int(url.split("/")[-2])
    async with open_socket(url) as observer:
        for number in range(TIMES):
            async with open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]) as ann:
                await ann.hello(f"ann {number}")
                await ann.ask(type="join", room=room)
                await ann.send(type="send", id=98, room=room, text="hi")
                await ann.send(type="leave", id=99, room=room)
                seen = [(await observer.receive())["event_type"] for _ in range(3)]
                assert seen == ["join", "send", "leave"]
