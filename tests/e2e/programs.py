"""Members of the room without a browser."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from websockets.sync.client import ClientConnection, connect

from chat.errors import DUPLICATE_USERNAME
from tests.e2e.kit import Visitor


@contextlib.contextmanager
def program(
    url: str, room: str, name: str, color: str = "not a colour", **options: Any
) -> Iterator[ClientConnection]:
    """A program in the room, over wschat.v1."""
    subprotocols: Any = ["wschat.v1"]
    with connect(f"{url}/ws", subprotocols=subprotocols, proxy=None, **options) as socket:
        say_hello(socket, name, color)
        ask(socket, type="join", room=number(room))
        yield socket


def say_hello(socket: ClientConnection, name: str, color: str) -> None:
    """Say hello under a name. The server gives it a moment after a page that had it was closed."""
    deadline = time.monotonic() + 20
    answer: dict[str, Any] = {}
    while answer.get("type") != "ok":
        assert answer.get("code", DUPLICATE_USERNAME.code) == DUPLICATE_USERNAME.code, answer
        assert time.monotonic() < deadline, answer
        socket.send(json.dumps({"id": 1, "type": "hello", "name": name, "color": color}))
        answer = json.loads(socket.recv(timeout=10))


def number(room: str) -> int:
    """The room's number, given its path."""
    return int(room.rpartition("/")[2])


def ask(socket: ClientConnection, refused: int | None = None, **command: object) -> dict[str, Any]:
    """Send a command and wait until it is done, or refused with this code. Returns the answer."""
    socket.send(json.dumps({"id": 1} | command))
    while (answer := json.loads(socket.recv(timeout=10)))["type"] not in ("ok", "error"):
        pass
    assert answer.get("code") == refused, answer
    return dict(answer)


@contextlib.contextmanager
def rooms_program(url: str, room: str, name: str) -> Iterator[ClientConnection]:
    """A program in the room, over the protocol in which any client can claim any free name."""
    with connect(f"{url}/chats/{number(room)}/ws", proxy=None) as socket:
        socket.send(json.dumps({"event_type": "join", "name": name}))
        assert json.loads(socket.recv(timeout=10))["event_type"] == "join"
        yield socket


def change_room(visitor: Visitor, method: str, room: str, part: str = "", **fields: object) -> None:
    """Change a room, or a `part` of it, over REST, as the person whom the browser's cookies sign in."""
    cookies = {cookie["name"]: cookie["value"] for cookie in visitor.page.context.cookies()}
    answer = visitor.page.request.fetch(
        f"{visitor.site}/chats/{number(room)}{part}",
        method=method,
        data=json.dumps(fields),
        headers={"X-CSRFToken": cookies["csrftoken"], "Content-Type": "application/json"},
    )
    assert answer.ok, answer.text()
