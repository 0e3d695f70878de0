"""A client and the server's end of its connection, ready for a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from wschat_client import (
    Backoff,
    Client,
    Message,
    Room,
)

from tests.clients.fakes import AT, FakeServer, Peer, fake_server

BOB = {"name": "bob", "color": "", "verified": True}


def at_once() -> Backoff:
    return Backoff(first=0.001, most=0.01)


@contextlib.asynccontextmanager
async def connected(
    more: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[Client, FakeServer, Peer]]:
    """A client that has said hello, its server, and the server's end of the connection."""
    async with fake_server() as server:
        client = Client(server.url, name="ann", backoff=at_once(), **options)
        peer, _ = await asyncio.gather(welcome(server, more=more), client.__aenter__())
        try:
            yield client, server, peer
        finally:
            await client.close()


async def welcome(server: FakeServer, *directs: dict[str, Any], **fields: Any) -> Peer:
    peer = await server.accept()
    await peer.greet(*directs, **fields)
    return peer


async def enter(client: Client, peer: Peer, seq: int = 0, **options: Any) -> Room:
    room, _ = await asyncio.gather(client.join(1, **options), peer.let_in(seq))
    return room


async def texts(room: Room, count: int) -> list[str]:
    stream = room.events()
    async with asyncio.timeout(10):
        return [
            event.text for event in [await anext(stream) for _ in range(count)] if isinstance(event, Message)
        ]


def message(seq: int) -> dict[str, Any]:
    head = {"type": "message", "room": 1, "seq": seq, "at": AT}
    return {**head, "sender": BOB, "text": f"text {seq}"}


def talk(seq: int, room: int = 9) -> dict[str, Any]:
    return {"room": room, "with": BOB, "seq": seq, "read": 0}
