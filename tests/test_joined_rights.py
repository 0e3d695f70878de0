"""The right to a closed room that a participant has joined, on open connections. In process."""

import asyncio

from asgiref.sync import sync_to_async
from django.test import Client as Browser

from chat.models import JoinedRoom, Participant
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
