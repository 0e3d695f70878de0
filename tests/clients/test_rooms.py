"""Rooms and conversations that begin and end, against a server that the test controls."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from wschat_client import (
    Client,
    CommandError,
    Expiring,
    Message,
    Removed,
    RoomEnded,
)

from tests.clients.fakes import AT, INFO, Peer, fake_server
from tests.clients.kit import BOB, at_once, connected, enter, message, talk, texts, welcome


async def test_snapshot_is_followed_by_later_events():
    async with connected() as (client, _, peer):
        joining = asyncio.create_task(client.join(1, last=2))
        command = await peer.expect("join")
        assert command["last"] == 2
        await peer.message(5, "in the snapshot already")
        await peer.message(6, "after it")
        await peer.ok(command, seq=5, info=INFO, members=[], read=3, messages=[message(4), message(5)])
        room = await joining
        assert await texts(room, 1) == ["after it"]
        assert [kept.seq for kept in room.messages] == [4, 5, 6]
        assert (room.cursor, room.read_mark) == (6, 3)


async def test_room_that_is_gone_when_we_come_back_ends_with_an_error():
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        events, everything = room.events(), client.events()
        peer.cut()
        again = await welcome(server)
        await again.refuse(await again.expect("join"), 101)
        removed = await anext(events)
        assert isinstance(removed, Removed)
        assert await anext(everything) == removed
        with pytest.raises(RoomEnded) as raised:
            await anext(events)
        assert raised.value.code == 101
        with pytest.raises(RoomEnded):
            await room.send("too late")


async def test_removal_fails_what_waits_in_the_room():
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        saying = asyncio.create_task(room.send("hello"))
        await peer.expect("send")
        await peer.say(type="removed", room=1, at=AT, code=403, error="void")
        with pytest.raises(RoomEnded, match="void"):
            await saying


async def test_join_that_is_refused_for_now_is_tried_again():
    async with connected() as (client, _, peer):
        joining = asyncio.create_task(client.join(1))
        await peer.refuse(await peer.expect("join"), 902, retry=True, retry_after=0.01)
        await peer.let_in()
        await joining


async def test_join_that_is_refused_for_good_is_an_error():
    async with connected() as (client, _, peer):
        joining = asyncio.create_task(client.join(1))
        await peer.refuse(await peer.expect("join"), 101)
        with pytest.raises(CommandError) as raised:
            await joining
        assert raised.value.code == 101
        await enter(client, peer)


async def test_join_that_a_lost_connection_interrupts_is_done_on_the_next():
    async with connected() as (client, server, peer):
        joining = asyncio.create_task(client.join(1, last=3))
        await peer.expect("join")
        peer.cut()
        again = await welcome(server)
        assert (await again.let_in())["last"] == 3
        await joining


async def test_token_function_that_fails_ends_the_room_alone():
    async def get_token() -> str:
        raise KeyError("no token here")

    async with connected() as (client, _, peer):
        with pytest.raises(RoomEnded, match="no token here"):
            await client.join(2, token=get_token)
        await enter(client, peer)


async def test_room_that_was_left_is_not_joined_again():
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        events = room.events()
        leaving = asyncio.create_task(room.leave())
        await peer.ok(await peer.expect("leave"))
        await leaving
        await peer.message(1, "for whoever is there")
        with pytest.raises(StopAsyncIteration):
            await anext(events)
        peer.cut()
        again = await welcome(server)
        joining = asyncio.create_task(client.join(2))
        assert (await again.let_in())["room"] == 2
        await joining


async def test_new_conversation_is_heard():
    async with connected() as (client, _, peer):
        events = client.events()
        await peer.message(1, "psst", room=9)
        event = await anext(events)
        assert isinstance(event, Message)
        assert event.text == "psst"


async def test_missed_messages_of_conversations_are_heard_in_order():
    async with fake_server() as server:
        client = Client(server.url, name="ann", backoff=at_once())
        events = client.events()
        first, _ = await asyncio.gather(welcome(server, talk(3)), client.__aenter__())
        first.cut()
        again = await server.accept()
        await again.greet(talk(5), talk(1, room=10))
        joins = {join["room"]: join for join in [await again.expect("join"), await again.expect("join")]}
        assert {room: join["since"] for room, join in joins.items()} == {9: 3, 10: 0}
        await again.message(6, "live, before the join", room=9)
        answer = {"info": INFO, "members": [], "read": 0}
        await again.ok(joins[9], seq=6, **answer)
        for seq in (4, 5, 6):
            await again.message(seq, str(seq), room=9)
        await again.ok(joins[10], seq=1, **answer)
        await again.message(1, "a new one", room=10)
        heard = [await anext(events) for _ in range(4)]
        assert [event.text for event in heard] == ["4", "5", "6", "a new one"]
        await client.close()


async def test_direct_opens_the_conversation_then_sends():
    async with connected() as (client, _, peer):
        saying = asyncio.create_task(client.direct("bob", "psst"))
        await peer.ok(await peer.expect("direct"), room=9, **{"with": BOB}, seq=4)
        sent = await peer.expect("send")
        assert (sent["room"], sent["text"]) == (9, "psst")
        await peer.ok(sent, seq=5)
        room = await saying
        assert room.other is not None
        assert (room.id, room.other.name) == (9, "bob")


async def test_conversation_can_be_opened_with_its_latest_messages():
    async with fake_server() as server:
        client = Client(server.url, name="ann")
        peer, _ = await asyncio.gather(welcome(server, talk(3)), client.__aenter__())
        opening = asyncio.create_task(client.join(9, last=2))
        command = await peer.expect("history")
        assert command["limit"] == 2
        await peer.ok(command, seq=3, messages=[message(2), message(3)], more=True)
        assert [kept.seq for kept in (await opening).messages] == [2, 3]
        await client.close()


async def test_conversation_can_be_read_from_a_cursor():
    async with fake_server() as server:
        client = Client(server.url, name="ann")
        peer, _ = await asyncio.gather(welcome(server, talk(3)), client.__aenter__())
        opening = asyncio.create_task(client.join(9, since=1))
        assert (await peer.let_in(3))["since"] == 1
        room = await opening
        for seq in (2, 3):
            await peer.message(seq, str(seq), room=9)
        assert await texts(room, 2) == ["2", "3"]
        await client.close()


async def test_token_that_expires_is_renewed_by_the_function_that_got_it():
    tokens = iter(["first", "second"])

    async def get_token() -> str:
        return next(tokens)

    async with connected() as (client, _, peer):
        room, join = await asyncio.gather(client.join(1, token=get_token), peer.let_in())
        assert join["token"] == "first"
        events = room.events()
        await peer.say(type="expiring", room=1, at=AT, seconds=60.0)
        renew = await peer.expect("renew")
        assert (renew["room"], renew["token"]) == (1, "second")
        await peer.ok(renew, expires_in=3600.0)
        assert (await anext(events)) == Expiring(1, datetime.fromisoformat(AT), 60.0)
        await peer.message(1, "still here")
        assert (await anext(events)).text == "still here"


async def test_room_is_kept_by_a_token_of_the_callers():
    async with connected() as (client, server, peer):
        room, _ = await asyncio.gather(client.join(1, token="first"), peer.let_in())
        await peer.say(type="expiring", room=1, at=AT, seconds=60.0)
        renewed, renew = await asyncio.gather(room.renew("second"), _accept_renewal(peer))
        assert (renewed, renew["token"]) == (None, "second")
        peer.cut()
        peer = await welcome(server)
        assert (await peer.let_in())["token"] == "second"


async def _accept_renewal(peer: Peer) -> dict[str, Any]:
    renew = await peer.expect("renew")
    await peer.ok(renew)
    return renew
