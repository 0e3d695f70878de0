"""No clear regression at the door: the handshake, and the statements of those who come in together."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
import uvicorn
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uvicorn.server import ServerState

from bench.flooder import HANDSHAKE
from chat.commands import Hello
from chat.delivery.outbox import EXTENSION
from chat.models import Participant, Room
from chat.permissions import ANONYMOUS
from chat.server import protocol
from chat.server.handshake import read_handshake
from chat.server.http import ChatHttpProtocol
from chat.server.protocol import ChatWebSocketProtocol
from chat.services import access, entrances, greetings
from chat.services.entrances import Entering
from chat.services.greetings import Asked
from tests.bench.costs import STATEMENTS, Cost, assert_within_limit, cost

TOGETHER = 50


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 80), "peername": ("192.0.2.1", 1024), "socket": self})
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def fileno(self) -> int:
        return 0

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None: ...
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Visitor:
    """Takes no frames."""

    def receive(self, frame: str | bytes) -> None: ...
    def on_failed(self) -> None: ...
    def on_ended(self) -> None: ...


async def accept(scope: Any, receive: Any, send: Any) -> None:
    """The least that an application does."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None})
    scope["extensions"][EXTENSION].hand_over(Visitor())


def one_handshake() -> Cost:
    """From the connection until the application has returned."""
    config, state = (
        uvicorn.Config(accept, ws=cast(Any, ChatWebSocketProtocol), log_config=None),
        ServerState(),
    )
    config.load()
    request = HANDSHAKE.format(path="/chats/1/ws", more="").encode()
    loop = asyncio.new_event_loop()

    async def shake_hands() -> None:
        transport = Transport()
        http = ChatHttpProtocol(config, state, {})
        http.connection_made(transport)
        http.data_received(request)
        await asyncio.gather(*state.tasks)
        assert transport.written.startswith(b"HTTP/1.1 101 ")

    def work() -> None:
        loop.run_until_complete(shake_hands())

    try:
        work()
        return cost(work)
    finally:
        loop.close()


def test_handshake_costs_no_more_than_before():
    assert_within_limit("one handshake", one_handshake())


def test_second_look_at_the_headers_is_found(monkeypatch: pytest.MonkeyPatch):
    def wasteful(*request: Any) -> Any:
        for _ in range(3):
            read_handshake(*request)
        return read_handshake(*request)

    monkeypatch.setattr(protocol, "read_handshake", wasteful)
    with pytest.raises(AssertionError, match="one handshake now costs"):
        test_handshake_costs_no_more_than_before()


def statements(work: Callable[[], Sequence[object]]) -> int:
    """How many there are when it has answers for all."""
    with CaptureQueriesContext(connection) as captured:
        assert len(work()) == TOGETHER
    return len(captured)


@pytest.mark.django_db
def test_statements_of_clients_who_come_in_together_are_shared():
    room = Room.objects.create(title="a room", title_key="a room").pk
    greetings.greet_and_count([Asked(Hello(name="the first"), ANONYMOUS)])  # what is asked once for all
    hellos = [Asked(Hello(name=f"guest {number}"), ANONYMOUS) for number in range(TOGETHER)]
    guests = [Participant(name_key=str(number)) for number in range(TOGETHER)]
    guests = Participant.objects.bulk_create(guests)
    entering = [Entering(guest.pk, room, 0, joins=True) for guest in guests]
    counted = {
        "hello": statements(lambda: greetings.greet_and_count(hellos)),
        "admission to an address": statements(
            lambda: access.admit_to_addresses([(str(room), "", ANONYMOUS)] * TOGETHER)
        ),
        "admission to a number": statements(
            lambda: access.admit_to_numbers([(room, "", ANONYMOUS)] * TOGETHER)
        ),
        "entrance": statements(lambda: entrances.enter_rooms(entering)),
    }
    assert counted == STATEMENTS
