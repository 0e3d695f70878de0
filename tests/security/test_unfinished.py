"""What someone has begun to write is for their own connections alone."""

import logging
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import admin
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from chat.models import AuditEntry, Room, UnfinishedText
from tests.support.marks import whole_db
from tests.test_consumers import _engine
from tests.test_revocation import ask, heard, participant, user, v1_by_token

__all__ = ["_engine"]  # a fixture that these tests need as well
pytestmark = whole_db

SECRET = "half a secret"


@pytest.fixture
async def room() -> Room:
    return await Room.objects.acreate(title="tea", title_key="tea")


async def test_other_connections_of_the_writer_hear_of_it_and_no_one_else(room: Room):
    ann, staff = await user("ann"), await user("staff", is_staff=True, is_superuser=True)
    laptop, phone, other = [await v1_by_token(one) for one in (ann, ann, staff)]
    for socket in (laptop, phone, other):
        await ask(socket, type="join", room=room.pk)
    while not await laptop.receive_nothing():
        await laptop.receive_from()
    kept = {"type": "keep_unfinished", "room": room.pk, "text": SECRET, "reply_to": 3}
    assert (await ask(laptop, **kept))["type"] == "ok"
    event = await heard(phone, "unfinished")
    assert (event["room"], event["text"], event["reply_to"]) == (room.pk, SECRET, 3)
    assert (await ask(phone, type="unfinished"))["texts"] == [event]
    assert (await ask(other, type="unfinished"))["texts"] == []
    shown: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(ann)}"}
    removed = await sync_to_async(Client().delete)(f"/api/unfinished/{room.pk}", **shown)
    assert removed.json() == {"status": True}
    for socket in (laptop, phone):  # a request is no connection
        assert (await heard(socket, "unfinished"))["text"] == ""
    while not await other.receive_nothing():
        assert SECRET not in await other.receive_from()
    for socket in (laptop, phone, other):
        await socket.disconnect()


async def test_conversation_partner_hears_nothing_of_it():
    ann, bob = await user("ann"), await user("bob")
    laptop, other = await v1_by_token(ann), await v1_by_token(bob)
    talk = (await ask(laptop, type="direct", to="bob", text="hi"))["room"]
    assert (await heard(other, "message"))["text"] == "hi"
    assert (await ask(laptop, type="keep_unfinished", room=talk, text=SECRET))["type"] == "ok"
    assert (await ask(other, type="unfinished"))["texts"] == []
    assert await other.receive_nothing()
    for socket in (laptop, other):
        await socket.disconnect()


async def test_bad_text_is_refused_with_its_field(room: Room):
    ann = await v1_by_token(await user("ann"))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"text": "x" * 4001}, "text"),
        ({"text": "a\u0000"}, "text"),
        ({"text": "x", "reply_to": -1}, "reply_to"),
    ]
    for fields, field in wrong:
        refused = await ask(ann, type="keep_unfinished", room=room.pk, **fields)
        assert (refused["code"], refused["field"]) == (303, field)
    missing = await ask(ann, type="keep_unfinished", room=room.pk)
    assert (missing["type"], missing["code"]) == ("error", 303)
    await ann.disconnect()


async def test_it_is_in_no_log_and_no_list_of_staff(room: Room, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    ann = await user("ann")
    socket = await v1_by_token(ann)
    for text in (SECRET, SECRET + "\u0000"):
        await ask(socket, type="keep_unfinished", room=room.pk, text=text)
    assert await UnfinishedText.objects.filter(participant=await participant(ann)).aexists()
    assert SECRET not in caplog.text
    assert SECRET not in str(await UnfinishedText.objects.aget())
    assert not admin.site.is_registered(UnfinishedText)
    assert not await AuditEntry.objects.aexists()
    await socket.disconnect()
