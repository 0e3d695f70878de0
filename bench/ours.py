"""What our server has to hold before it is measured: rooms, sessions that are behind, a long history."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx

from bench.contenders import V1
from bench.generator import Options, Talk
from bench.stand import Running
from tests.support.sockets import open_socket

INSERT_EVENTS: Final = (
    "INSERT INTO chat_event (room_id, seq, kind, created_at, name, color, text, words)"
    " SELECT 1, n, 'message', CURRENT_TIMESTAMP, 'ann', 'red', 'message number ' || n,"
    " ' message number ' || n FROM {}"
)
RAISE_SEQ: Final = "UPDATE chat_room SET last_seq = {} WHERE id = 1"
_COUNT: Final = (
    "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c)"
)


def make_rooms(server: Running, count: int) -> Path:
    """Their titles are bench-0, bench-1 ...; their numbers stand in the file."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        made = [
            client.post("/chats", json={"title": f"bench-{i}", "visibility": "public"}).json()
            for i in range(count)
        ]
    numbers = server.folder / "rooms"
    numbers.write_text("".join(f"{room['id']}\n" for room in made))
    return numbers


def fill_room(server: Running, messages: int) -> None:
    """Fill room 1 of a server on SQLite with this number of messages."""
    database = sqlite3.connect(server.folder / "wschat.sqlite3")
    with database:
        database.execute(INSERT_EVENTS.format(_COUNT.format(messages)))
        database.execute(RAISE_SEQ.format(messages))
    database.close()


def fall_behind(server: Running, clients: int, behind: int) -> tuple[Talk, Options]:
    """Make sessions, and send what they miss: how they come back, until each has the last message."""
    tokens, seq = asyncio.run(_prepare(server, clients, behind))
    sessions = server.folder / "sessions"
    sessions.write_text("".join(f"{token}\n" for token in tokens))
    hello = '{"type":"hello","id":1,"token":"%w"}', '"ok","id":1,'
    join = f'{{"type":"join","id":2,"room":1,"since":{seq - behind}}}', f'"text":"{_text(behind - 1)}"'
    return replace(V1, steps=(hello, join)), {"f": str(sessions)}


async def _prepare(server: Running, clients: int, behind: int) -> tuple[list[str], int]:
    """The sessions, and the seq of the last message."""
    url = server.url.replace("http", "ws", 1) + "/ws"
    tokens = []
    for number in range(clients):
        async with open_socket(url, subprotocols=["wschat.v1"]) as guest:
            tokens.append((await guest.hello(f"guest {number}"))["session"])
    async with open_socket(url, subprotocols=["wschat.v1"]) as speaker:
        await speaker.hello("speaker")
        await speaker.ask(type="join", room=1)
        answers = [await speaker.ask(type="send", room=1, text=_text(i)) for i in range(behind)]
    return tokens, answers[-1]["seq"]


def _text(number: int) -> str:
    return f"message {number} " + "x" * 64
