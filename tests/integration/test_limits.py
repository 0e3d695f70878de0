"""Limits on every way in, on a real server with its usual table."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.budgets import COUNTS, FACTORS, RATES
from tests.support.fixtures import StartServer
from tests.support.limits import USUAL
from tests.support.redis import RedisServer
from tests.support.server import DaphneProcess, ServerProcess, environment, manage
from tests.support.sockets import open_socket

PATIENCE = 60.0  # seconds until a flooder must be closed; 10 are promised on an idle machine
LOBBY = 1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("limits"), USUAL) as server:
        yield server


def v1(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": 7, "room": LOBBY} | fields


def envelope(kind: str, **body: str) -> dict[str, Any]:
    return {"message_type": kind, "message_body": {kind: {"sender_username": f"flo {kind}"} | body}}


@dataclass(frozen=True)
class WayIn:
    """A command of a protocol that reaches others, by the act that it counts as."""

    path: str
    act: str
    command: dict[str, Any]
    refusal: dict[str, Any] | None  # some fields; None where the protocol has no word for it


TOO_FAST = {"type": "error", "id": 7, "code": 910, "retry": True}
WAYS = {
    "v1 send": WayIn("/ws", "send", v1("send", text="x"), TOO_FAST),
    "v1 edit": WayIn("/ws", "edit", v1("edit", target=1, text="y"), TOO_FAST),
    "v1 delete": WayIn("/ws", "delete", v1("delete", target=1), TOO_FAST),
    "v1 react": WayIn("/ws", "react", v1("react", target=1, emoji="👍"), TOO_FAST),
    "v1 pin": WayIn("/ws", "pin", v1("pin", target=1), TOO_FAST),
    "v1 mute": WayIn("/ws", "moderate", v1("mute", name="ann"), TOO_FAST),
    "v1 moderator": WayIn("/ws", "moderate", v1("moderator", name="ann"), TOO_FAST),
    "v1 describe": WayIn("/ws", "moderate", v1("describe", description="x"), TOO_FAST),
    "v1 posting": WayIn("/ws", "moderate", v1("posting", slow_seconds=9), TOO_FAST),
    "v1 report": WayIn("/ws", "report", v1("report", name="ann", reason="spam"), TOO_FAST),
    "v1 block": WayIn("/ws", "block", {"type": "block", "id": 7, "participant": 1, "on": False}, TOO_FAST),
    "v1 keep_unfinished": WayIn("/ws", "unfinished", v1("keep_unfinished", text="x"), TOO_FAST),
    "v1 decide": WayIn(
        "/ws", "moderate", {"type": "decide", "id": 7, "report": 1, "decision": "done"}, TOO_FAST
    ),
    "v1 typing": WayIn("/ws", "typing", v1("typing"), TOO_FAST),
    "v1 join": WayIn("/ws", "join", v1("join"), TOO_FAST),
    "v1 leave": WayIn("/ws", "leave", v1("leave"), TOO_FAST),
    "v1 direct": WayIn("/ws", "direct", {"type": "direct", "id": 7, "to": "bob", "text": "x"}, TOO_FAST),
    "v1 hello": WayIn("/ws", "name", {"type": "hello", "id": 7, "name": "another"}, TOO_FAST),
    "rooms send": WayIn(
        "/chats/1/ws",
        "send",
        {"event_type": "send", "name": "flo", "msg": "x"},
        {"event_type": "error", "code": 910},
    ),
    "rooms join": WayIn(
        "/chats/1/ws", "join", {"event_type": "join", "name": "flo"}, {"event_type": "error", "code": 910}
    ),
    "rooms leave": WayIn(
        "/chats/1/ws", "leave", {"event_type": "leave", "name": "flo"}, {"event_type": "error", "code": 910}
    ),
    "uuid": WayIn("/dialects/uuid/1", "send", {"contents": "x"}, {"sender": "system", "action": "error"}),
    "envelope": WayIn(
        "/dialects/envelope/1",
        "send",
        envelope("GroupChat", content="x"),
        {"message_type": "PrivateInfo"},
    ),
    "envelope direct": WayIn(
        "/dialects/envelope/1",
        "direct",
        envelope("PrivateChat", target_username="bob", content="x"),
        {"message_type": "PrivateInfo"},
    ),
    "envelope enter": WayIn(
        "/dialects/envelope/1", "join", envelope("Enter"), {"message_type": "PrivateInfo"}
    ),
    "plain": WayIn("/dialects/plain/1", "send", {"usr": "flo", "msg": "x"}, None),
}


def from_address(address: str) -> httpx.HTTPTransport:
    return httpx.HTTPTransport(local_address=address)


class Flooder:
    """Sends one command again and again; reads all that comes."""

    def __init__(self, connection: ClientConnection, command: dict[str, Any]) -> None:
        self._connection = connection
        self._frame = json.dumps(command)
        self.frames: list[dict[str, Any]] = []

    async def run(self) -> tuple[int, str]:
        """Until it is closed: with which code, and why."""
        flood = asyncio.create_task(self._flood())
        try:
            async with asyncio.timeout(PATIENCE):
                async for frame in self._connection:
                    self.frames.append(json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            flood.cancel()
            await asyncio.gather(flood, return_exceptions=True)
        if (told := self._connection.protocol.close_rcvd) is None:
            return 0, f"no close frame came; sent: {self._connection.protocol.close_sent}"
        return told.code, told.reason

    async def _flood(self) -> None:
        while True:  # twenty such clients share a process: they must have time to read, too
            for _ in range(20):
                await self._connection.send(self._frame)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def flooding(server: ServerProcess, way: WayIn, address: str) -> AsyncIterator[Flooder]:
    # No pings: one waits behind the flood, and a client that gets no pong in time ends the connection itself.
    options: Any = {"local_addr": (address, 0), "ping_interval": None}
    async with connect(server.ws_url + way.path, **options) as connection:
        if way.path == "/ws":
            await connection.send(json.dumps({"type": "hello", "id": 1, "name": f"flo at {address}"}))
            await connection.recv()
        if way.path == "/ws" and way.act not in ("join", "name"):
            await connection.send(json.dumps({"type": "join", "id": 2, "room": LOBBY}))
        yield Flooder(connection, way.command)


@pytest.fixture(scope="module")
def floods(server: ServerProcess) -> dict[str, tuple[tuple[int, str], list[dict[str, Any]]]]:
    """How each flooder ended, and what it was told: all at once, each from an address of its own."""

    async def flood(way: WayIn, number: int) -> tuple[tuple[int, str], list[dict[str, Any]]]:
        async with flooding(server, way, f"127.0.0.{100 + number}") as flooder:
            return await flooder.run(), flooder.frames

    async def flood_all() -> list[tuple[tuple[int, str], list[dict[str, Any]]]]:
        return await asyncio.gather(*(flood(way, number) for number, way in enumerate(WAYS.values())))

    return dict(zip(WAYS, asyncio.run(flood_all()), strict=True))


def fits(frame: dict[str, Any], fields: dict[str, Any]) -> bool:
    return all(frame.get(name) == value for name, value in fields.items())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", WAYS)
def test_flooder_is_slowed_down_then_refused_then_closed(floods: Any, name: str):
    way, (end, frames) = WAYS[name], floods[name]
    assert end == (4429, "too fast: come back in 10 s")
    if way.refusal is not None:
        assert any(fits(frame, way.refusal) for frame in frames)
    if way.path == "/ws":
        refused = next(frame for frame in frames if frame.get("code") == 910)
        assert refused["retry_after"] > 0
        assert frames[-1] == {"type": "closing", "retry_after": 10.0}


def test_each_act_is_tried():
    # Calls of everyone are refused by the log and end no connection: tests/log/test_mentions.py.
    assert {way.act for way in WAYS.values()} == set(RATES) - {"mention_all"}


def test_rest_changes_of_a_room_spend_the_budget_of_the_address(server: ServerProcess):
    with httpx.Client(base_url=server.url, transport=from_address("127.0.0.90")) as client:
        place = f"/chats/{client.post('/chats', json={'title': 'Team', 'visibility': 'public'}).json()['id']}"
        changes = (client.put(place, json={"description": str(number)}) for number in range(1000))
        taken = 0
        while (answer := next(changes)).status_code == 200:
            taken += 1
        assert taken >= RATES["moderate"].burst * FACTORS["address"]
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, 910)
        assert int(answer.headers["Retry-After"]) >= 1


async def test_sockets_of_an_address_are_limited_and_come_free_again(server: ServerProcess):
    async with AsyncExitStack() as stack:
        for _ in range(COUNTS["sockets_per_address"]):
            await stack.enter_async_context(connect(f"{server.ws_url}/ws", local_addr=("127.0.0.91", 0)))
        for path in ("/ws", "/chats/1/ws", "/dialects/plain/1", "/dialects/uuid/1", "/dialects/envelope/1"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(server.ws_url + path, local_addr=("127.0.0.91", 0))
            assert refused.value.response.status_code == 429
            assert refused.value.response.headers["Retry-After"] == "5"
            assert json.loads(refused.value.response.body or b"")["error"]["code"] == 910
        async with connect(f"{server.ws_url}/ws", local_addr=("127.0.0.92", 0)):
            pass
    async with asyncio.timeout(PATIENCE):
        while True:  # the server hears of the ends a moment later
            try:
                async with connect(f"{server.ws_url}/ws", local_addr=("127.0.0.91", 0)):
                    return
            except InvalidStatus:
                await asyncio.sleep(0)


async def test_sockets_of_a_participant_are_limited(server: ServerProcess):
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(open_socket(f"{server.ws_url}/ws"))
            for _ in range(COUNTS["sockets_per_participant"] + 1)
        ]
        *others, last = sockets
        session = (await others[0].hello("many"))["session"]
        for socket in others[1:]:
            assert (await socket.ask(type="hello", token=session))["type"] == "ok"
        refused = await last.ask(type="hello", token=session)
        assert (refused["code"], refused["retry"], refused["retry_after"]) == (910, True, 5.0)
        await others[0].connection.close()
        async with asyncio.timeout(PATIENCE):
            while (await last.ask(type="hello", token=session))["type"] != "ok":
                pass


async def test_connections_that_are_announced_at_once_spend_the_budget_of_the_address(
    start_server: StartServer,
):
    server = start_server(USUAL | {"WSCHAT_RATES": "join=1/0.01"})  # ten times that for an address
    options: Any = {"local_addr": ("127.0.0.96", 0)}
    for _ in range(10):
        async with connect(f"{server.ws_url}/dialects/uuid/1", **options):
            pass
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{server.ws_url}/dialects/uuid/1", **options)
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["Retry-After"]) > 1
    async with connect(f"{server.ws_url}/dialects/plain/1", **options):
        pass


async def test_rooms_of_a_socket_are_limited(start_server: StartServer):
    server = start_server({"WSCHAT_COUNTS": "rooms_per_socket=3,anonymous_rooms_per_hour=0"})
    rooms = []
    async with httpx.AsyncClient(base_url=server.url) as client:
        for number in range(4):
            made = await client.post("/chats", json={"title": f"Room {number}", "visibility": "public"})
            rooms.append(made.json()["id"])
    async with open_socket(f"{server.ws_url}/ws") as socket:
        await socket.hello("ann")
        for room in rooms[:3]:
            assert (await socket.ask(type="join", room=room))["type"] == "ok"
        refused = await socket.ask(type="join", room=rooms[3])
        assert (refused["code"], refused["retry"]) == (912, False)
        assert (await socket.ask(type="leave", room=rooms[0]))["type"] == "ok"
        assert (await socket.ask(type="join", room=rooms[3]))["type"] == "ok"


async def test_new_guests_of_an_address_are_limited_in_all_processes(
    start_server: StartServer, redis_server: RedisServer
):
    """Those who come back, and those whose name is taken, do not count."""
    environment = {"WSCHAT_COUNTS": "guests_per_hour=3", "REDIS_URL": redis_server.url}
    one, other = start_server(environment), start_server(environment)
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(open_socket(f"{server.ws_url}/ws"))
            for server in (one, other, one, other)
        ]
        session = (await sockets[0].hello("ann"))["session"]
        await sockets[1].hello("bob")
        assert (await sockets[2].ask(type="hello", name="ann"))["code"] == 202  # a name that is taken
        await sockets[2].hello("cat")
        refused = await sockets[3].ask(type="hello", name="dan")
        assert (refused["code"], refused["retry"]) == (910, True)
        assert 0 < refused["retry_after"] <= 3600
        assert (await sockets[3].ask(type="hello", token=session))["type"] == "ok"


def test_http_connections_of_an_address_are_limited_but_not_those_of_a_proxy(start_server: StartServer):
    server = start_server({"WSCHAT_COUNTS": "http_per_address=5"})  # 127.0.0.1 is a trusted proxy

    def connected(address: str) -> socket.socket:
        return socket.create_connection(("127.0.0.1", server.port), 10, source_address=(address, 0))

    def ask(connection: socket.socket) -> bytes:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return connection.recv(1000)

    with ExitStack() as stack:
        for _ in range(20):
            assert b" 200 " in ask(stack.enter_context(connected("127.0.0.1")))
        held = [stack.enter_context(connected("127.0.0.93")) for _ in range(5)]
        assert all(b" 200 " in ask(connection) for connection in held)
        refused = ask(stack.enter_context(connected("127.0.0.93")))
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"Retry-After: 5\r\n" in refused
        assert b" 200 " in ask(stack.enter_context(connected("127.0.0.94")))
        held[0].close()
        deadline = monotonic() + PATIENCE
        while b" 200 " not in ask(stack.enter_context(connected("127.0.0.93"))):
            assert monotonic() < deadline


def connect_from(address: str, server: ServerProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 10, source_address=(address, 0))


def test_connections_that_are_refused_do_not_pile_up(start_server: StartServer):
    """Each of them takes a while to end: so many of an address are told why, and the others cut."""
    server = start_server({"WSCHAT_COUNTS": "http_per_address=5"})
    with ExitStack() as stack:
        answers: list[bytes] = []
        for _ in range(30):
            where = ("127.0.0.1", server.port)
            connection = stack.enter_context(
                socket.create_connection(where, 10, source_address=("127.0.0.96", 0))
            )
            with suppress(ConnectionResetError):
                answers.append(connection.recv(1000) if len(answers) >= 5 else b"held")
        assert sum(answer.startswith(b"HTTP/1.1 429 ") for answer in answers) == 5
        assert sum(answer in (b"", b"held") for answer in answers) + 5 == len(answers)


def test_handshakes_that_are_refused_count_until_they_have_ended(start_server: StartServer):
    server = start_server({"WSCHAT_COUNTS": "http_per_address=5"})
    handshake = (
        b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with ExitStack() as stack:
        answers = []
        for _ in range(6):
            where = ("127.0.0.1", server.port)
            connection = stack.enter_context(
                socket.create_connection(where, 10, source_address=("127.0.0.97", 0))
            )
            connection.sendall(handshake)
            answers.append(connection.recv(1000).split()[1])
        assert answers == [b"404"] * 5 + [b"429"]


async def test_websockets_are_no_http_connections(start_server: StartServer):
    server = start_server({"WSCHAT_COUNTS": "http_per_address=2"})
    async with AsyncExitStack() as stack:
        for _ in range(6):
            await stack.enter_async_context(connect(f"{server.ws_url}/ws", local_addr=("127.0.0.95", 0)))


@pytest.mark.parametrize("kind", [ServerProcess, DaphneProcess])
async def test_handshake_obeys_the_allowed_hosts(kind: type[ServerProcess], tmp_path: Path):
    with kind(tmp_path, {"ALLOWED_HOSTS": "127.0.0.1,.example.org"}) as server:
        for path in ("/ws", "/chats/1/ws", "/dialects/plain/1", "/"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://evil.example:{server.port}{path}", host="127.0.0.1")
            assert refused.value.response.status_code in (400, 403)
            async with connect(f"ws://chat.example.org:{server.port}{path}", host="127.0.0.1"):
                pass


async def test_limits_off_lifts_rates_and_counts_and_is_logged(start_server: StartServer):
    server = start_server(USUAL | {"WSCHAT_LIMITS": "off"})
    assert "limits: off" in server.output()
    async with AsyncExitStack() as stack:
        for _ in range(COUNTS["sockets_per_address"] + 1):
            socket = await stack.enter_async_context(open_socket(f"{server.ws_url}/ws"))
        await socket.hello("ann")
        await socket.ask(type="join", room=LOBBY)
        for number in range(100):
            assert (await socket.ask(type="send", room=LOBBY, text=str(number)))["type"] == "ok"


def test_wrong_row_stops_the_start():
    for rates, told in (
        ("speed=1/2", "'speed' is none of send, direct"),
        ("send=10", "'send=10' is no ACT=BURST/R"),
    ):
        with pytest.raises(AssertionError, match=told):
            manage("check", env=environment(Path("data"), {"WSCHAT_RATES": rates}))
