"""Clients that send as fast as the socket accepts. Assertions are on counts, to hold on slow machines."""

import contextlib
import select
import threading
from collections.abc import Iterator

import httpx
import pytest

from bench import flooder
from tests.support.server import DaphneProcess, ServerProcess
from tests.support.sockets import open_socket

TURNS = 20  # in which another client sends a message and gets its answer
# Frames of the flooder: turns of its own, as the other's turn is a way through several processes, and what is
# free before the first rest. Without a pace it was answered thousands of times.
MOST_IN_A_TURN = 500
UNDER_WAY = 100_000  # bytes that the flooder has sent


class Flooder:
    """Floods a room in a thread, and counts what it is answered."""

    def __init__(self, server: ServerProcess, kind: str, room: int) -> None:
        self.answered = 0
        self._end = threading.Event()
        self._has_begun = threading.Event()
        name = kind.replace(" ", "-")  # the name of the flooder before may not be free yet
        self._connection = flooder.connect(server.port, kind, room, name)
        frames = flooder.frames(kind, room, name)
        self._data = memoryview(frames * 500)
        self._marker = b'"id":7' if b'"id":7' in frames else b'flood"'
        self._thread = threading.Thread(target=self._flood)

    def _flood(self) -> None:
        """Send until the end, or until the server has had enough of it."""
        with contextlib.suppress(ConnectionError):
            self._send_on_and_on()

    def _send_on_and_on(self) -> None:
        """The data ends between two frames, so that it can be sent again from its beginning."""
        self._connection.setblocking(False)
        sent, rest = 0, b""
        while not self._end.is_set():
            readable, writable, _ = select.select([self._connection], [self._connection], [], 0.1)
            if readable:
                got = self._connection.recv(1 << 20)
                self.answered += (rest + got).count(self._marker) - rest.count(self._marker)
                rest = got[-len(self._marker) :]
            if writable:
                sent += self._connection.send(self._data[sent % len(self._data) :])
            if sent >= UNDER_WAY:
                self._has_begun.set()

    def __enter__(self) -> "Flooder":
        self._thread.start()
        assert self._has_begun.wait(30)  # its own answers may take longer: daphne goes on reading
        return self

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        self._thread.join()
        self._connection.close()


def make_rooms(server: ServerProcess, count: int) -> list[int]:
    """New public rooms; their numbers."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        made = [client.post("/chats", json={"title": f"r-{i}", "visibility": "public"}) for i in range(count)]
    return [room.json()["id"] for room in made]


@pytest.fixture(params=[ServerProcess, DaphneProcess], ids=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, tmp_path) -> Iterator[ServerProcess]:
    with request.param(tmp_path) as server:
        yield server


@pytest.mark.timeout(300)  # fourteen kinds, each with its pauses
async def test_flooder_gets_a_few_frames_in_each_turn_of_another_client(server: ServerProcess):
    mine, other = make_rooms(server, 2)
    async with open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]) as member:
        await member.hello("member")
        await member.ask(type="join", room=mine)
        for kind in flooder.KINDS:
            with Flooder(server, kind, other) as flood:
                before = flood.answered
                for number in range(TURNS):
                    answer = await member.ask(type="send", room=mine, text=f"{kind} {number}")
                    assert answer["type"] == "ok"
                assert flood.answered - before <= TURNS * MOST_IN_A_TURN, kind
                async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
                    assert (await client.get(f"{server.url}/healthz")).status_code == 200
