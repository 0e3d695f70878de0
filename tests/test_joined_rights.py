"""The right to a closed room that a participant has joined, on open connections. In process."""

import asyncio

from asgiref.sync import sync_to_async
from django.test import Client as Browser

from chat.models import JoinedRoom, Participant, Room
from chat.services import joined_rooms
from chat.services.joined_rooms import Joining
from tests.support.marks import whole_db
from tests.test_consumers import _engine, private_room
from tests.test_revocation import SOON, ask, cookie_of, heard, user, v1_by_token

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db


async def test_leaving_a_closed_room_for_good_ends_the_stay_of_other_connections(monkeypatch):
    monkeypatch.setattr("chat.sessions.revocation.IN_TURN", 0)  # no look at all in turn
    mona = await user("mona")
    number = (await Participant.objects.aget(user=mona)).pk
    room = await private_room(None)
    await sync_to_async(joined_rooms.note_joined)([Joining(number, room.pk, room.generation)])
    socket = await v1_by_token(mona)
    assert (await ask(socket, type="join", room=room.pk))["type"] == "ok"
    browser = Browser(headers={"cookie": (await cookie_of(mona))[0]})
    async with asyncio.timeout(SOON):
        await sync_to_async(browser.post)("/rooms/leave", {"room": str(room.pk)})
        assert (await heard(socket, "removed"))["room"] == room.pk
    assert not await JoinedRoom.objects.filter(participant=number).aexists()
    refused = await ask(socket, type="send", room=room.pk, text="still here?")
    assert refused["code"] == 101
    await socket.disconnect()


async def test_leaving_a_public_room_for_good_ends_the_stay_of_other_connections(monkeypatch):
    monkeypatch.setattr("chat.sessions.revocation.IN_TURN", 0)  # no look at all in turn
    mona, zoe = await user("mona"), await user("zoe")
    room = await Room.objects.acreate(title="Tea")
    phone, program, other = await v1_by_token(mona), await v1_by_token(mona), await v1_by_token(zoe)
    assert (await ask(phone, type="join", room=room.pk, last=1))["type"] == "ok"
    assert (await heard(program, "joined_room"))["on"] is True
    assert (await ask(program, type="join", room=room.pk, since=0))["type"] == "ok"  # comes back
    assert (await ask(other, type="join", room=room.pk))["type"] == "ok"
    browser = Browser(headers={"cookie": (await cookie_of(mona))[0]})
    async with asyncio.timeout(SOON):
        await sync_to_async(browser.post)("/rooms/leave", {"room": str(room.pk)})
        for socket in (phone, program):
            told = await heard(socket, "joined_room")
            assert (told["room"], told["on"]) == (room.pk, False)
            over = await heard(socket, "removed")
            assert (over["room"], over["code"]) == (room.pk, 119)
        assert (await heard(other, "left"))["who"]["name"] == "mona"
    assert (await ask(phone, type="send", room=room.pk, text="still here?"))["code"] == 101
    assert (await ask(phone, type="join", room=room.pk))["type"] == "ok"
    for socket in (phone, program, other):
        await socket.disconnect()


async def test_what_is_changed_of_a_joined_room_is_told_on_the_other_connections():
    mona = await user("mona")
    room = await Room.objects.acreate(title="Tea")
    laptop, phone = await v1_by_token(mona), await v1_by_token(mona)
    assert (await ask(laptop, type="join", room=room.pk))["type"] == "ok"
    told = await heard(phone, "joined_room")
    assert told == {
        "type": "joined_room",
        "room": room.pk,
        "at": told["at"],
        "on": True,
        "level": "all",
        "level_until": None,
    }
    await ask(laptop, type="level", room=room.pk, level="mentions", seconds=60)
    told = await heard(phone, "joined_room")
    assert (told["level"], told["level_until"] > told["at"]) == ("mentions", True)
    await ask(laptop, type="join", room=room.pk)  # refused, and no news
    seq = (await ask(laptop, type="send", room=room.pk, text="tea?"))["seq"]
    for on in (True, False):
        await ask(laptop, type="save", room=room.pk, target=seq, on=on)
        kept = await heard(phone, "saved")
        assert (kept["room"], kept["target"], kept["on"]) == (room.pk, seq, on)
    for socket in (laptop, phone):
        await socket.disconnect()
