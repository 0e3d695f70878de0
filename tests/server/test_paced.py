"""The turns in which what one connection sends is taken, between real sockets."""

import asyncio
import socket
import struct

import pytest
from prometheus_client import REGISTRY

from bench.flooder import frame
from chat.sessions import pace
from chat.sessions.pace import (
    FREE_TURNS,
    MOST_BYTES,
    MOST_FRAMES,
    MOST_TURNS_OF_LOST,
    Pace,
)
from tests.server.conftest import Counter

SENT = 4 * 1024 * 1024  # bytes
PATIENCE = 30.0  # seconds
LOST = ("wschat_dropped_total", {"reason": "sender_lost"})


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the connection has rested, each time."""
    rests: list[float] = []

    rest = Pace.rest

    def note(pace: Pace) -> float:
        if seconds := rest(pace):
            rests.append(seconds)
        return seconds

    monkeypatch.setattr(Pace, "rest", note)
    return rests


@pytest.mark.parametrize("size", [4, 500, 4000, 60_000])
async def test_connection_that_never_lets_up_rests_whatever_it_sends(
    client: socket.socket, counter: Counter, rests: list[float], size: int
):
    one = frame("x" * size)
    counter.wanted = min(SENT // len(one), 16 * MOST_FRAMES)
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, one * counter.wanted)
        await counter.all_came.wait()
    frames = counter.wanted - (FREE_TURNS + 1) * MOST_FRAMES
    turns = max(frames // MOST_FRAMES, counter.wanted * len(one) // (2 * MOST_BYTES) - FREE_TURNS)
    assert len(rests) >= turns // 2 > 0


async def test_client_that_waits_for_answers_does_not_rest(
    client: socket.socket, counter: Counter, rests: list[float]
):
    burst = (FREE_TURNS - 1) * MOST_FRAMES
    for count in range(1, 6):
        counter.wanted = count * burst
        counter.all_came.clear()
        async with asyncio.timeout(PATIENCE):
            await asyncio.get_running_loop().sock_sendall(client, frame("x" * 60) * burst)
            await counter.all_came.wait()
    assert rests == []


async def test_connection_that_is_lost_does_not_rest(
    client: socket.socket, counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    """What it had sent is taken at once, and then it ends."""
    monkeypatch.setattr(pace, "SHARE", 1e9)
    monkeypatch.setattr(pace, "LONGEST_REST", 3600.0)
    counter.wanted = FREE_TURNS * MOST_FRAMES
    count = counter.wanted + 3 * MOST_FRAMES
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, frame("x") * count)
        await counter.all_came.wait()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()  # with a reset, which a connection that is not read hears of when it writes
        while not counter.has_ended.is_set():
            counter.writer.write(b"\x81\x00")
            await asyncio.sleep(0)
    assert counter.frames == count


async def test_little_is_taken_of_a_flooder_that_is_lost(
    client: socket.socket, counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    """The rest is dropped. Else a flood that connects again and again would never rest."""
    monkeypatch.setattr(pace, "SHARE", 1e9)
    monkeypatch.setattr(pace, "LONGEST_REST", 3600.0)
    counter.wanted = FREE_TURNS * MOST_FRAMES
    dropped = REGISTRY.get_sample_value(*LOST) or 0
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, frame("x") * (100 * MOST_FRAMES))
        await counter.all_came.wait()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        while not counter.has_ended.is_set():
            counter.writer.write(b"\x81\x00")
            await asyncio.sleep(0)
    assert counter.frames <= (MOST_TURNS_OF_LOST + 2) * MOST_FRAMES  # the first read is not counted
    assert REGISTRY.get_sample_value(*LOST) == dropped + 1
