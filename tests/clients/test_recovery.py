"""Clients on connections that keep breaking, and on a server that restarts."""

import asyncio
from collections.abc import Iterator

import pytest
from wschat_client import Backoff, Client, EventStream, Message, Room
from wschat_client.cursor import log_seq

from tests.support.fixtures import StartServer
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess

EACH = 100
CUTS = 40
PATIENCE = 50.0


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    return start_server()


@pytest.fixture
def between(server: ServerProcess, request: pytest.FixtureRequest) -> Iterator[FaultProxy]:
    with FaultProxy(server.port, getattr(request, "param", 1)) as proxy:
        yield proxy


def soon() -> Backoff:
    return Backoff(first=0.01, most=0.05)


async def talk(room: Room, name: str) -> list[int]:
    """Send many messages, some at once. Returns their seqs."""
    seqs: list[int] = []
    for number in range(0, EACH, 5):
        seqs += await asyncio.gather(*(room.send(f"{name} {number + more}") for more in range(5)))
    return seqs


async def hear(stream: EventStream, count: int) -> list[Message]:
    """Receive this number of messages."""
    heard: list[Message] = []
    async for event in stream:
        if isinstance(event, Message):
            heard.append(event)
        if len(heard) == count:
            break
    return heard


def texts_of(heard: list[Message], name: str) -> list[str]:
    return [message.text for message in heard if message.sender.name == name]


@pytest.mark.parametrize("between", [1, 2], indirect=True, ids=["seed 1", "seed 2"])
async def test_nothing_is_lost_doubled_or_moved_however_often_the_connection_is_cut(
    server: ServerProcess, between: FaultProxy
):
    async with (
        asyncio.timeout(PATIENCE),
        Client(server.url, name="cy") as witness,
        Client(between.url, name="ann", backoff=soon()) as ann,
        Client(between.url, name="bob", backoff=soon()) as bob,
    ):
        log = (await witness.join(1)).events()
        rooms = [await client.join(1) for client in (ann, bob)]
        streams = [room.events() for room in rooms]
        between.cut_often(CUTS)
        talking = asyncio.gather(talk(rooms[0], "ann"), talk(rooms[1], "bob"))
        heard = await asyncio.gather(*(hear(stream, 2 * EACH) for stream in streams))
        said = await talking
        stored = await hear(log, 2 * EACH)
    assert between.cuts == CUTS
    assert [message.seq for message in stored] == list(range(1, 2 * EACH + 1))
    assert heard[0] == heard[1] == stored
    for name, seqs in zip(("ann", "bob"), said, strict=True):
        assert texts_of(stored, name) == [f"{name} {number}" for number in range(EACH)]
        assert seqs == [message.seq for message in stored if message.sender.name == name]


async def test_direct_messages_survive_cuts(between: FaultProxy):
    async with (
        asyncio.timeout(PATIENCE),
        Client(between.url, name="ann", backoff=soon()) as ann,
        Client(between.url, name="bob", backoff=soon()) as bob,
    ):
        stream = bob.events()
        between.cut_often(CUTS)
        room = await ann.direct("bob")
        said = asyncio.create_task(talk(room, "ann"))
        heard = await hear(stream, EACH)
        await said
    assert [message.text for message in heard] == [f"ann {number}" for number in range(EACH)]
    assert [message.seq for message in heard] == list(range(1, EACH + 1))


async def test_guest_is_the_same_one_after_a_cut(between: FaultProxy):
    async with (
        asyncio.timeout(PATIENCE),
        Client(between.url, name="ann", color="red", backoff=soon()) as ann,
    ):
        room = await ann.join(1)
        before = ann.participant
        seq = await room.send("mine")
        between.cut()
        assert await room.edit(seq, "still mine")
        assert (ann.participant, ann.name) == (before, "ann")
        assert room.messages[0].sender.color == "red"


async def test_messages_are_right_after_missed_changes(server: ServerProcess, between: FaultProxy):
    async with (
        asyncio.timeout(PATIENCE),
        Client(between.url, name="ann", backoff=soon()) as ann,
        Client(server.url, name="bob") as bob,
    ):
        away, here = await ann.join(1, last=10), await bob.join(1, last=10)
        first = await here.send("first")
        gone = await here.send("gone")
        events = away.events()
        between.refusing = True
        between.cut()
        await here.edit(first, "edited")
        await here.delete(gone)
        await here.react(first, "🎉")
        late = await here.send("late")
        await here.edit(late, "late and edited")
        between.refusing = False
        async for event in events:
            if log_seq(event) == here.cursor:
                break
        assert away.messages == here.messages == (await here.history()).messages


async def test_client_returns_to_a_restarted_server(start_server: StartServer):
    server = start_server()
    async with asyncio.timeout(PATIENCE), Client(server.url, name="ann", backoff=soon()) as ann:
        room = await ann.join(1)
        events = room.events()
        await room.send("before")
        await asyncio.to_thread(server.terminate)
        waiting = asyncio.create_task(room.send("meanwhile"))
        await asyncio.to_thread(server.start)
        assert await waiting == 2
        await asyncio.to_thread(server.kill)
        waiting = asyncio.create_task(room.send("after a crash"))
        await asyncio.to_thread(server.start)
        assert await waiting == 3
        heard = await hear(events, 3)
        assert [message.text for message in heard] == ["before", "meanwhile", "after a crash"]


async def test_slow_reader_gets_everything_in_the_end(start_server: StartServer):
    server = start_server({"WSCHAT_SLOW_READER_BYTES": "16384"})
    async with (
        asyncio.timeout(PATIENCE),
        Client(server.url, name="talker") as talker,
        Client(server.url, name="reader", queue=5) as reader,
    ):
        events = (await reader.join(1)).events()
        room = await talker.join(1)
        for _ in range(20):
            await asyncio.gather(*(room.send("x" * 3000) for _ in range(50)))
        assert [message.seq for message in await hear(events, 1000)] == list(range(1, 1001))


async def test_reader_that_was_cut_while_it_did_not_read_gets_everything(
    server: ServerProcess, between: FaultProxy
):
    async with (
        asyncio.timeout(PATIENCE),
        Client(server.url, name="talker") as talker,
        Client(between.url, name="reader", queue=5, backoff=soon()) as reader,
    ):
        events = (await reader.join(1)).events()
        room = await talker.join(1)
        for _ in range(3):
            await asyncio.gather(*(room.send("x" * 3000) for _ in range(50)))
            between.cut()
            assert len(await hear(events, 10)) == 10
        assert [message.seq for message in await hear(events, 120)] == list(range(31, 151))
