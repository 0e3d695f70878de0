"""Filters of words, links and invitations hold for the names of guests, and for what rooms are called.

On each way in, in process.
"""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from chat.errors import FILTERED
from chat.models import Participant, Room
from chat.models.room import DEFAULT_ROOM_ID
from chat.permissions import SITE
from chat.services import filters
from tests.support.marks import whole_db
from tests.test_bans import connect
from tests.test_consumers import _engine, receive
from tests.test_consumers_moderators import disconnect
from tests.test_revocation import ask, participant, user, v1_by_token

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db
PASSWORD = "correct horse battery"


async def add_filter(room: Room | None, pattern: str = "spam*", **fields: Any) -> None:
    given = {"kind": "words", "action": "hold", "pattern": pattern} | fields
    await sync_to_async(filters.add_filter)(room=room, actor=SITE, fields=given)


async def default_room() -> Room:
    return await Room.objects.aget(pk=DEFAULT_ROOM_ID)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "Spammer"),
        ({}, "s p a m"),
        ({"kind": "links", "pattern": ""}, "evil.com"),
        ({"kind": "invites", "pattern": ""}, "discord.gg/abc"),
    ],
)
async def test_guest_takes_no_name_that_a_filter_of_the_server_stops(fields: dict[str, Any], name: str):
    await add_filter(None, **fields)
    socket = await connect("/ws", "wschat.v1")
    refused = await ask(socket, type="hello", name=name)
    assert (refused["code"], refused["field"]) == (FILTERED.code, "name")
    assert (await ask(socket, type="hello", name="sam"))["type"] == "ok"
    refused = await ask(socket, type="hello", name=name)
    assert (refused["code"], refused["field"]) == (FILTERED.code, "name")
    envelope = await connect(f"/dialects/envelope/{DEFAULT_ROOM_ID}")
    body = {"message_type": "Enter", "message_body": {"Enter": {"sender_username": name}}}
    await envelope.send_json_to(body)
    assert "filter" in str(await receive(envelope))
    assert not await Participant.objects.filter(name=name).aexists()
    await disconnect(socket, envelope)


async def test_pages_give_no_name_that_a_filter_stops():
    await add_filter(None)
    await add_filter(await default_room(), "ham")
    client = Client()

    async def post(page: str, **fields: str) -> tuple[int, str]:
        answer = await sync_to_async(client.post)(page, {"color": "#111111"} | fields)
        return answer.status_code, answer.content.decode()

    sign_up = {"name": "spam", "password1": PASSWORD, "password2": PASSWORD}
    for page, fields in (
        ("/introduce", {"name": "spam"}),
        (f"/room/{DEFAULT_ROOM_ID}/enter", {"name": "spam"}),
        (f"/room/{DEFAULT_ROOM_ID}/enter", {"name": "ham"}),
        ("/sign-up", sign_up),
    ):
        status, shown = await post(page, **fields)
        assert status != 302, page
        assert "does not let this name through" in shown, page
    assert (await post("/introduce", name="sam"))[0] == 302
    assert "does not let this name through" in (await post("/profile", name="spam"))[1]
    assert [one.name async for one in Participant.objects.exclude(name="")] == ["sam"]


async def test_guest_comes_into_no_room_whose_filter_stops_the_name():
    room = await default_room()
    guest, member = await connect("/ws", "wschat.v1"), await connect("/ws", "wschat.v1")
    assert (await ask(guest, type="hello", name="spammer"))["type"] == "ok"
    assert (await ask(member, type="hello", name="spam two"))["type"] == "ok"
    assert (await ask(member, type="join", room=room.pk))["type"] == "ok"
    await add_filter(room)
    refused = await ask(guest, type="join", room=room.pk)
    assert (refused["code"], refused["field"]) == (FILTERED.code, "name")
    assert (await ask(member, type="send", room=room.pk, text="was here before"))["type"] == "ok"
    rooms = await connect(f"/chats/{room.pk}/ws")
    for event in ("join", "send"):
        await rooms.send_json_to({"event_type": event, "name": "spam", "color": "red", "msg": "x"})
        assert (await receive(rooms))["code"] == FILTERED.code
    plain, uuid = await connect(f"/dialects/plain/{room.pk}"), await connect(f"/dialects/uuid/{room.pk}")
    for name in ("spam", "sam"):
        await plain.send_json_to({"usr": name, "msg": "x"})
    assert (await receive(plain))["usr"] == "sam"
    await disconnect(guest, member, rooms, plain, uuid)


async def test_accounts_and_those_who_run_the_room_keep_their_names():
    account = await user("spam")
    guest = await connect("/ws", "wschat.v1")
    assert (await ask(guest, type="hello", name="spam owner"))["type"] == "ok"
    owner = await Participant.objects.aget(name="spam owner")
    await Room.objects.filter(pk=DEFAULT_ROOM_ID).aupdate(owner=owner)
    await add_filter(await default_room())
    socket = await v1_by_token(account)
    for one in (socket, guest):
        assert (await ask(one, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    await disconnect(socket, guest)


async def test_filter_that_only_reports_stops_no_name():
    await add_filter(None, action="warn")
    socket = await connect("/ws", "wschat.v1")
    assert (await ask(socket, type="hello", name="spam"))["type"] == "ok"
    assert (await ask(socket, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    await disconnect(socket)


async def test_only_staff_give_a_room_a_title_that_a_filter_of_the_server_stops():
    await add_filter(None)
    account, staff = await user("olga"), await user("sue", is_staff=True, is_superuser=True)

    async def call(method: str, path: str, who: Any, **fields: str) -> int:
        bearer: Any = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(who)}"}
        call = getattr(Client(), method)
        answer = await sync_to_async(call)(path, fields, content_type="application/json", **bearer)
        return int(answer.json()["error"]["code"]) if answer.status_code >= 400 else 0

    new = {"title": "About spam", "visibility": "public"}
    assert await call("post", "/chats", account, **new) == FILTERED.code
    assert await call("post", "/chats", account, **new | {"title": "T", "description": "spam"}) != 0
    assert await call("post", "/chats", staff, **new) == 0
    page = await sync_to_async(Client().post)("/rooms/new", new | {"title": "Spam", "description": ""})
    assert page.status_code != 302
    room = await Room.objects.acreate(
        title="club", title_key="club", owner_id=await participant(account), visibility="public"
    )
    assert await call("put", f"/chats/{room.pk}", account, title="Spam club") == FILTERED.code
    socket = await v1_by_token(account)
    await ask(socket, type="join", room=room.pk)
    told = await ask(socket, type="describe", room=room.pk, description="spam")
    assert told["code"] == FILTERED.code
    assert (await ask(socket, type="describe", room=room.pk, description="fine"))["type"] == "ok"
    assert (await ask(socket, type="posting", room=room.pk, rules="No spam!"))["type"] == "ok"
    assert await call("put", f"/chats/{room.pk}", staff, title="Spam club") == 0
    await disconnect(socket)
