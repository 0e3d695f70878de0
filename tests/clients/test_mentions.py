"""Mentions with the Python client, against a real server."""

from datetime import timedelta

import httpx
from wschat_client import Client, JoinedRoom, JoinedRoomChanged, Mentioned, MessageSaved, SavedPage

from tests.clients.test_talk import until
from tests.support.fixtures import StartServer
from tests.support.rest import Rest


async def test_mention_reaches_a_client_outside_of_the_room(start_server: StartServer):
    server = start_server()
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        number = Rest(client).room("club")["id"]
    async with Client(server.url, name="ann") as ann, Client(server.url, name="bob") as bob:
        await (await bob.join(number)).leave()
        events = bob.events()
        room = await ann.join(number)
        seq = await room.send("@Bob, look")
        event = await until(events, Mentioned)
        assert isinstance(event, Mentioned)
        assert (event.room, event.title, event.target, event.text) == (number, "club", seq, "@Bob, look")
        assert event.sender.name == "ann"
        page = await bob.mentions()
        assert ([one.message.seq for one in page.mentions], page.more) == ([seq], False)
        assert (page.mentions[0].title, page.mentions[0].message.mentions) == ("club", ("bob",))
        assert (await bob.mentions(number, before=page.mentions[0].id)).mentions == []
        await bob.set_level(number, "nothing", seconds=3600)
        (told,) = await bob.joined_rooms()
        assert told.level_until is not None
        assert told.level_until - event.at > timedelta(minutes=59)
        assert told == JoinedRoom(number, "club", seq, 0, 1, 1, "nothing", told.level_until)


async def test_messages_are_saved_for_later(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        room = await ann.join(1)
        seqs = [await room.send(text) for text in ("one", "two")]
        for seq in seqs:
            await ann.save(room.id, seq)
        page = await ann.saved(limit=1)
        assert ([one.message.text for one in page.saved], page.more) == (["two"], True)
        await ann.save(room.id, seqs[1], on=False)
        left = await ann.saved(room.id)
        assert left == SavedPage(left.saved, more=False)
        assert [(one.title, one.message.seq) for one in left.saved] == [("Public Chat", seqs[0])]


async def test_changes_by_another_client_of_ours_are_told(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann, Client(server.url, token=ann.session or "") as phone:
        events = phone.events()
        room = await ann.join(1)
        joined = await until(events, JoinedRoomChanged)
        assert joined == JoinedRoomChanged(1, joined.at, True, "all", None)
        await ann.set_level(1, "nothing", seconds=60)
        level = await until(events, JoinedRoomChanged)
        assert level.level == "nothing"
        assert level.level_until is not None
        seq = await room.send("one")
        await ann.save(1, seq)
        kept = await until(events, MessageSaved)
        assert kept == MessageSaved(1, kept.at, seq, True)
