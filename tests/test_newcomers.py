"""While the server takes no newcomers: who comes in, who does not, on each way in. In process."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from chat.errors import HELD, NO_NEWCOMERS, NOT_APPROVED
from chat.events import Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import AuditEntry, Ban, Participant, Presence, Report, Room
from chat.models.room import DEFAULT_ROOM_ID
from chat.permissions import SITE, Actor
from chat.services import bans, reports
from tests.services.test_reports import refused
from tests.support.marks import whole_db
from tests.test_bans import connect
from tests.test_consumers import _engine, private_room, receive, token
from tests.test_consumers_moderators import disconnect
from tests.test_revocation import ask, user, v1_by_token
from wschat_site.asgi import application

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db

NEW_ROOM = {"title": "Den", "visibility": "public"}


async def close_to_newcomers(**fields: Any) -> None:
    wanted = {"newcomers": True, "seconds": 600} | fields
    await sync_to_async(bans.ban_from_server)(actor=SITE, fields=wanted)


async def create_room(title: str = "Den", **headers: Any) -> tuple[int, dict[str, Any]]:
    post = sync_to_async(Client().post)
    answer = await post("/chats", NEW_ROOM | {"title": title}, content_type="application/json", **headers)
    return answer.status_code, answer.json()


async def test_new_guest_is_refused_until_the_end():
    await close_to_newcomers(reason="raid")
    newcomer = await connect("/ws", "wschat.v1")
    refused = await ask(newcomer, type="hello", name="eve")
    assert refused["code"] == NO_NEWCOMERS.code
    assert not refused["retry"]
    assert 590 < refused["retry_after"] <= 600
    assert "raid" in refused["detail"]
    await Ban.objects.aupdate(until=timezone.now() - timedelta(seconds=1))
    await sync_to_async(bans._raise_version)()
    assert (await ask(newcomer, type="hello", name="eve"))["type"] == "ok"
    await disconnect(newcomer)


async def test_earlier_participants_come_back_and_go_on():
    eve, account = await connect("/ws", "wschat.v1"), await user("adam")
    session = (await ask(eve, type="hello", name="eve"))["session"]
    assert (await ask(eve, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    await close_to_newcomers()
    assert (await ask(eve, type="send", room=DEFAULT_ROOM_ID, text="still here"))["type"] == "ok"
    again, adam = await connect("/ws", "wschat.v1"), await v1_by_token(account)
    assert (await ask(again, type="hello", token=session))["type"] == "ok"
    assert (await ask(again, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    assert (await ask(adam, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    await disconnect(eve, again, adam)


async def test_clients_of_dialects_are_newcomers_unless_they_are_in_or_have_a_token():
    member = await connect(f"/chats/{DEFAULT_ROOM_ID}/ws")
    await member.send_json_to({"event_type": "join", "name": "mia", "color": "red"})
    assert (await receive(member))["event_type"] == "join"
    private = await private_room(None)
    invited = await token(private, "ivy")
    await close_to_newcomers()
    await member.send_json_to({"event_type": "send", "name": "mia", "msg": "still here"})
    assert (await receive(member))["msg"] == "still here"
    other = await connect(f"/chats/{DEFAULT_ROOM_ID}/ws")
    await other.send_json_to({"event_type": "join", "name": "eve", "color": "red"})
    assert (await receive(other))["code"] == NO_NEWCOMERS.code
    envelope = await connect(f"/dialects/envelope/{DEFAULT_ROOM_ID}")
    body = {"message_type": "Enter", "message_body": {"Enter": {"sender_username": "eve"}}}
    await envelope.send_json_to(body)
    assert "no newcomers" in str(await receive(envelope))
    for dialect in ("uuid", "plain"):
        path = f"/dialects/{dialect}/{DEFAULT_ROOM_ID}"
        socket = WebsocketCommunicator(application, path, headers=[(b"host", b"testserver")])
        assert (await socket.connect(timeout=10))[0] is False
    guest = await connect(f"/chats/{private.pk}/ws", invited)
    await guest.send_json_to({"event_type": "join", "name": "ivy", "color": "red"})
    assert (await receive(guest))["event_type"] == "join"
    await disconnect(member, other, envelope, guest)


async def test_only_staff_create_rooms():
    account, staff = await user("adam"), await user("mona", is_staff=True, is_superuser=True)
    await close_to_newcomers()
    assert (await create_room())[1]["error"]["code"] == NO_NEWCOMERS.code
    status, body = await create_room(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(account)}")
    assert (status, body["error"]["code"]) == (403, NO_NEWCOMERS.code)
    assert (await create_room(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(staff)}"))[0] == 201
    assert await Room.objects.filter(title="Den").acount() == 1


async def test_newcomers_whose_messages_are_held_create_no_rooms():
    """All would read the title in the list of rooms, and a message in a room of one's own is not held."""
    old, staff = await user("adam"), await user("mona", is_staff=True, is_superuser=True)
    await close_to_newcomers(hold=True)
    new = await user("newt")
    for headers in ({}, {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(new)}"}):
        status, body = await create_room(**headers)
        assert (status, body["error"]["code"]) == (403, NOT_APPROVED.code)
    page = await sync_to_async(Client().post)("/rooms/new", NEW_ROOM)
    assert page.status_code == 403
    for number, account in enumerate((old, staff)):
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(account)}"}
        assert (await create_room(f"Den {number}", **bearer))[0] == 201
    approved = await Participant.objects.aget(user=new)
    now, actor = timezone.now(), Actor(approved.pk)
    draft = MessageDraft(
        room=DEFAULT_ROOM_ID, at=now, actor=actor, sender=Sender("newt", "", approved.pk), text="hi"
    )
    assert (await sync_to_async(refused)(log.append_and_wait, draft))[0] == HELD.code
    mona, report = await Participant.objects.aget(user=staff), await Report.objects.aget()
    decide = sync_to_async(reports.decide_report)
    await decide(number=report.pk, actor=Actor(mona.pk), decision="approve")
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(new)}"}
    assert (await create_room(**bearer))[0] == 201


async def test_evader_of_a_ban_from_the_server_creates_no_room():
    eve = await connect("/ws", "wschat.v1")
    assert (await ask(eve, type="hello", name="eve"))["type"] == "ok"
    assert (await ask(eve, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    await Presence.objects.aupdate(address="192.0.2.7")
    await sync_to_async(bans.ban_from_server)(actor=SITE, fields={"name": "eve"})
    assert (await create_room(REMOTE_ADDR="192.0.2.7"))[1]["error"]["code"] == NOT_APPROVED.code
    assert (await create_room(REMOTE_ADDR="192.0.2.8"))[0] == 201
    await disconnect(eve)


async def test_a_later_end_replaces_the_first_and_lifting_ends_it():
    await close_to_newcomers()
    await close_to_newcomers(seconds=1200)
    (ban,) = await sync_to_async(bans.find_server_bans)(SITE)
    assert (ban.kind, ban.name) == ("newcomers", "")
    await sync_to_async(bans.unban_from_server)(actor=SITE, number=ban.id)
    assert (await create_room())[0] == 201
    acts = [(entry.act, entry.details.get("newcomers")) async for entry in AuditEntry.objects.order_by("pk")]
    assert acts == [("ban_from_server", True)] * 2 + [("unban_from_server", None)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"newcomers": True}, "seconds"),
        ({"newcomers": True, "seconds": 0}, "seconds"),
        ({"newcomers": "yes", "seconds": 60}, "newcomers"),
        ({"newcomers": True, "name": "eve", "seconds": 60}, "name"),
        ({"newcomers": False, "seconds": 60}, "name"),
    ],
)
async def test_wrong_fields_are_refused_with_their_field(fields: dict[str, Any], field: str):
    staff = await user("mona", is_staff=True, is_superuser=True)
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(staff)}"}
    post = sync_to_async(Client().post)
    answer = await post("/api/bans", fields, content_type="application/json", **headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert not await Ban.objects.aexists()
