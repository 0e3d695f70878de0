"""The whole public interface, against the real server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from wschat_client import (
    Client,
    CommandError,
    Edited,
    Erased,
    Event,
    EventStream,
    Joined,
    Left,
    Message,
    ModeratorSet,
    Pinned,
    Reacted,
    ReadMoved,
    Removed,
    Room,
    RoomChanged,
    RoomEnded,
    Typing,
)

from tests.support.fixtures import StartServer
from tests.support.server import ServerProcess, give_room

PATIENCE = 20.0


@contextlib.asynccontextmanager
async def two(server: ServerProcess) -> AsyncIterator[tuple[Room, Room]]:
    """Ann and Bob in room 1."""
    async with Client(server.url, name="ann", color="red") as ann, Client(server.url, name="bob") as bob:
        yield await ann.join(1, last=50), await bob.join("public chat", last=50)


async def until(stream: EventStream, kind: type[Event]) -> Event:
    """The next event of this kind."""
    async with asyncio.timeout(PATIENCE):
        async for event in stream:
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


def private_room(server: ServerProcess) -> int:
    body = {"title": "Team Blue", "visibility": "private", "password": "correct horse"}
    return int(httpx.post(f"{server.url}/chats", json=body, trust_env=False).json()["id"])


async def test_all_that_happens_to_a_message(start_server: StartServer):
    async with two(start_server()) as (ann, bob):
        events = bob.events()
        seq = await ann.send("helo")
        answer = await bob.send("hi", reply_to=seq)
        assert await ann.edit(seq, "hello")
        assert await ann.react(seq, "👍")
        assert await ann.react(seq, "👍") is None
        assert await bob.react(seq, "👍")
        assert await bob.react(seq, "👍", on=False)
        assert await bob.delete(answer)
        erased = await until(events, Erased)
        shown = {message.seq: message for message in bob.messages}
        assert shown[seq].text == "hello"
        assert [(r.emoji, r.who) for r in shown[seq].reactions] == [("👍", ("ann",))]
        assert shown[answer].erased
        assert erased.seq == bob.cursor
        assert shown == {message.seq: message for message in (await ann.history()).messages}


async def test_events_are_the_log_and_what_is_around_it(start_server: StartServer):
    async with two(start_server()) as (ann, bob):
        events = ann.events()
        assert isinstance(await until(events, Joined), Joined)
        seq = await bob.send("one")
        await bob.edit(seq, "two")
        await bob.react(seq, "🎉")
        bob.typing()
        await bob.leave()
        kinds = [type(await anext(events)) for _ in range(5)]
        assert [kind for kind in kinds if kind is not Typing] == [Message, Edited, Reacted, Left]
        assert Typing in kinds


async def test_members_pages_and_info(start_server: StartServer):
    async with two(start_server()) as (ann, bob):
        for number in range(5):
            await bob.send(str(number))
        assert [member.name for member in await ann.members()] == ["ann", "bob"]
        page = await ann.history(before=5, limit=2)
        assert ([message.text for message in page.messages], page.more) == (["2", "3"], True)
        page = await ann.history(after=3)
        assert ([message.text for message in page.messages], page.more) == (["3", "4"], False)
        assert ann.info is not None
        assert ann.info.title == "Public Chat"


async def test_owner_changes_the_description(start_server: StartServer):
    server = start_server()
    async with httpx.AsyncClient(base_url=server.url) as rest:
        made = await rest.post("/chats", json={"title": "tea", "visibility": "public"})
    async with Client(server.url, name="ann") as ann, Client(server.url, name="bob") as bob:
        room, default = await ann.join("tea"), await bob.join(1)
        assert made.json()["id"] == room.id
        events = (await bob.join("tea")).events()
        seq = await room.describe("all about tea")
        changed = await until(events, RoomChanged)
        assert isinstance(changed, RoomChanged)
        assert (changed.seq, changed.description) == (seq, "all about tea")
        with pytest.raises(CommandError) as raised:
            await default.describe("all about tea")
        assert raised.value.code == 104


async def test_owner_limits_posting_and_clients_know_it(start_server: StartServer):
    server = start_server()
    async with two(server) as (ann, bob):
        await asyncio.to_thread(give_room, server, 1, "ann")
        events = bob.events()
        assert bob.info is not None
        assert (bob.info.slow_seconds, bob.info.accounts_only) == (0, False)
        seq = await ann.limit_posting(slow_seconds=300)
        await until(events, RoomChanged)  # it has an owner now
        changed = await until(events, RoomChanged)
        assert isinstance(changed, RoomChanged)
        assert (changed.seq, changed.slow_seconds, changed.accounts_only) == (seq, 300, False)
        assert (bob.info.slow_seconds, bob.info.accounts_only) == (300, False)
        assert await ann.limit_posting(slow_seconds=300) is None
        await bob.send("one")
        with pytest.raises(CommandError) as raised:
            await bob.send("two")
        assert (raised.value.code, raised.value.retry) == (108, False)
        assert 0 < (raised.value.retry_after or 0) <= 300
        await ann.limit_posting(slow_seconds=0, accounts_only=True)
        with pytest.raises(CommandError) as raised:
            await bob.send("three")
        assert raised.value.code == 109
        await ann.send("the owner can")


async def test_owner_names_a_moderator_whose_client_knows_it(start_server: StartServer):
    server = start_server()
    async with two(server) as (ann, bob):
        await asyncio.to_thread(give_room, server, 1, "ann")
        events = bob.events()
        seq = await ann.set_moderator("bob")
        named = await until(events, ModeratorSet)
        assert isinstance(named, ModeratorSet)
        assert (named.seq, named.who.name, named.on) == (seq, "bob", True)
        assert bob.info is not None
        assert (bob.info.moderator, bob.info.owner) == (True, False)
        run_by = await bob.moderators()
        assert run_by.owner is not None
        assert (run_by.owner.name, [one.name for one in run_by.moderators]) == ("ann", ["bob"])
        await bob.mute("eve")
        await ann.set_moderator("bob", on=False)
        await until(events, ModeratorSet)
        assert not bob.info.moderator
        assert await ann.set_moderator("bob", on=False) is None
        with pytest.raises(CommandError) as raised:
            await bob.mute("eve")
        assert raised.value.code == 104


async def test_search_finds_words(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        room = await ann.join(1)
        seqs = [await room.send(text) for text in ("a fox", "a wolf", "foxes")]
        page = await room.search("fox", limit=1)
        assert ([message.seq for message in page.messages], page.more) == ([seqs[2]], True)
        page = await room.search("FOX", before=seqs[2])
        assert ([message.text for message in page.messages], page.more) == (["a fox"], False)
        with pytest.raises(CommandError):
            await room.search(" ")


async def test_read_mark_moves_on_all_connections_of_a_participant(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as here, Client(server.url, token=here.session) as there:
        assert there.name == "ann"
        assert there.participant == here.participant
        room, other = await here.join(1), await there.join(1)
        events = other.events()
        seq = await room.send("read this")
        await room.read(seq)
        moved = await until(events, ReadMoved)
        assert moved.seq == seq
        assert (room.read_mark, other.read_mark) == (seq, seq)
        await room.mark_unread(seq)
        event = await until(events, ReadMoved)
        assert isinstance(event, ReadMoved)
        assert (event.seq, event.back) == (seq - 1, True)
        assert (room.read_mark, other.read_mark) == (seq - 1, seq - 1)


async def test_direct_messages_arrive_without_a_join(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann, Client(server.url, name="bob") as bob:
        events = bob.events()
        talk = await ann.direct("bob", "psst")
        heard = await until(events, Message)
        assert (heard.room, heard.text) == (talk.id, "psst")
        back = await bob.direct("ann", "what?")
        assert back.id == talk.id
        assert (await until(events, Message)).text == "what?"
        assert [message.text for message in (await talk.history()).messages] == ["psst", "what?"]


async def test_both_pin_in_their_conversation_and_others_do_not_in_a_room(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann, Client(server.url, name="bob") as bob:
        talk = await ann.direct("bob", "one")
        await talk.send("two")
        other = await bob.direct("ann")
        events = other.events()
        assert await talk.pin(1)
        assert await talk.pin(1) is None
        assert await other.pin(2)
        pinned = await until(events, Pinned)
        assert isinstance(pinned, Pinned)
        assert (pinned.target, pinned.who.name, pinned.on) == (1, "ann", True)
        pins = await other.pins()
        assert [(message.text, message.pinned) for message in pins] == [("two", True), ("one", True)]
        assert await other.pin(1, on=False)
        assert [message.text for message in await talk.pins()] == ["two"]
        room = await ann.join(1)
        seq = await room.send("mine")
        with pytest.raises(CommandError) as raised:
            await room.pin(seq)
        assert raised.value.code == 104


async def test_unread_count_is_reported(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        async with Client(server.url, name="bob") as bob:
            session = bob.session
        await ann.direct("bob", "are you there?")
        room = await ann.join(1)
        await room.send("one")
        await room.send("two")
        async with Client(server.url, token=session) as bob:
            assert [talk.unread for talk in bob.conversations] == [1]
            assert (await bob.join(1)).unread == 2


async def test_conversations_wait_for_an_absent_participant(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        async with Client(server.url, name="bob") as bob:
            session = bob.session
        await ann.direct("bob", "are you there?")
        async with Client(server.url, token=session) as bob:
            (talk,) = bob.conversations
            assert (talk.other.name, talk.seq, talk.read) == ("ann", 1, 0)
            room = await bob.join(talk.room, since=talk.read)
            assert (await until(room.events(), Message)).text == "are you there?"


async def test_join_resumes_from_a_cursor(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann, Client(server.url, name="bob") as bob:
        room = await ann.join(1)
        for number in range(30):
            await room.send(str(number))
        events = (await bob.join(1, since=10)).events()
        heard = [await until(events, Message) for _ in range(20)]
        assert [message.seq for message in heard] == list(range(11, 31))


async def test_private_room_asks_for_its_password(start_server: StartServer):
    server = start_server()
    number = private_room(server)
    async with Client(server.url, name="ann") as ann:
        for password, code in [(None, 403), ("wrong horse", 304)]:
            with pytest.raises(CommandError) as raised:
                await ann.join(number, password=password)
            assert raised.value.code == code
        room = await ann.join("team blue", password="correct horse")
        assert await room.send("hello, team") == 1


async def test_room_that_does_not_exist(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        for room in (99, "No Such Room"):
            with pytest.raises(CommandError) as raised:
                await ann.join(room)
            assert raised.value.code == 101


async def test_deleted_room_ends_and_the_client_goes_on(start_server: StartServer):
    server = start_server()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as rest:
        body = {"title": "Short", "visibility": "public"}
        number = (await rest.post("/chats", json=body)).json()["id"]
        async with Client(server.url, name="ann") as ann:
            short, lasting = await ann.join(number), await ann.join(1)
            events = short.events()
            await rest.put(f"/chats/{number}", json={"description": "soon gone"})
            await until(events, RoomChanged)
            assert short.info is not None
            assert short.info.description == "soon gone"
            await rest.delete(f"/chats/{number}")
            assert await until(events, Removed)
            with pytest.raises(RoomEnded) as raised:
                await anext(events)
            assert raised.value.code == 101
            assert await lasting.send("still here")


async def test_name_that_is_taken(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        await ann.join(1)
        with pytest.raises(CommandError) as raised:
            await Client(server.url, name="Ann").__aenter__()
        assert raised.value.code == 202
