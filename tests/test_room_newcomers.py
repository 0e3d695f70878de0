"""A room that takes no newcomers, or holds their first messages: who comes in, on each way in. In process."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client as Browser
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from chat.errors import HELD, INVALID_FIELD, NO_NEWCOMERS, ROOM_UNAUTHORIZED, ChatError
from chat.models import AuditEntry, Ban, Event, Participant, Room
from chat.models.room import DEFAULT_ROOM_ID
from chat.permissions import SITE
from chat.services import bans, marks, rooms
from tests.support.marks import whole_db
from tests.test_bans import ask_and_hear, connect, v1
from tests.test_consumers import SECRET, _engine, private_room, receive, token
from tests.test_consumers_moderators import disconnect, room_of_the_owner
from tests.test_revocation import ask, user, v1_by_token
from wschat_site.asgi import application

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db


async def close_to_newcomers(room: Room, **fields: Any) -> None:
    wanted = {"newcomers": True, "seconds": 600} | fields
    await sync_to_async(bans.ban)(room=room, actor=SITE, fields=wanted)


async def join(socket: WebsocketCommunicator, room: Room) -> dict[str, Any]:
    return await ask(socket, type="join", room=room.pk)


async def test_those_who_were_not_in_the_room_before_are_refused_until_the_end():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga)
    answer, event = await ask_and_hear(
        olga, "banned", type="ban", room=room.pk, newcomers=True, seconds=600, reason="raid"
    )
    assert answer["seq"] == event["seq"]
    assert (event["name"], event["newcomers"], event["reason"]) == ("", True, "raid")
    assert "hold" not in event
    refused = await join(eve, room)
    assert (refused["code"], refused["retry"]) == (NO_NEWCOMERS.code, False)
    assert 590 < refused["retry_after"] <= 600
    assert "this room takes no newcomers" in refused["detail"]
    assert "raid" in refused["detail"]
    assert (await ask(eve, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    await Ban.objects.aupdate(until=timezone.now() - timedelta(seconds=1))
    assert (await join(eve, room))["type"] == "ok"
    await disconnect(olga, eve)


@pytest.mark.parametrize("known_by", ["message", "mark", "presence"])
async def test_member_from_before_stays_and_comes_back(known_by: str):
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga, eve)
    await ask(olga, type="send", room=room.pk, text="hello")
    if known_by == "message":
        await ask(eve, type="send", room=room.pk, text="hi")
    if known_by == "mark":
        await ask(eve, type="read", room=room.pk, seq=1)
    await close_to_newcomers(room)
    assert (await ask(eve, type="send", room=room.pk, text="still here"))["type"] == "ok"
    if known_by != "presence":
        assert (await ask(eve, type="leave", room=room.pk))["type"] == "ok"
        assert (await join(eve, room))["type"] == "ok"
    await disconnect(olga, eve)


async def test_mark_from_after_the_switch_lets_no_one_in():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga)
    await ask(olga, type="send", room=room.pk, text="hello")
    await close_to_newcomers(room)
    number = (await Participant.objects.aget(name="eve")).pk
    await sync_to_async(marks.begin_marks)(number, [room.pk])
    assert (await join(eve, room))["code"] == NO_NEWCOMERS.code
    await disconnect(olga, eve)


async def test_known_member_is_still_kept_out_by_a_ban_of_a_lower_rank():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga, eve)
    await ask(eve, type="send", room=room.pk, text="hi")
    await ask(olga, type="ban", room=room.pk, name="eve")
    await close_to_newcomers(room)  # by staff
    assert (await join(eve, room))["code"] == 921
    await disconnect(olga, eve)


async def test_those_who_run_the_room_come_in():
    staff = await user("mona", is_staff=True, is_superuser=True)
    room = await room_of_the_owner()
    await close_to_newcomers(room)
    mona = await v1_by_token(staff)
    assert (await join(mona, room))["type"] == "ok"
    await disconnect(mona)


async def test_clients_of_dialects_are_newcomers_unless_they_have_a_token():
    room = await Room.objects.acreate(title="club", title_key="club")
    private = await private_room(None)
    invited = await token(private, "ivy")
    await close_to_newcomers(room)
    await close_to_newcomers(private)
    other = await connect(f"/chats/{room.pk}/ws")
    await other.send_json_to({"event_type": "join", "name": "eve", "color": "red"})
    assert (await receive(other))["code"] == NO_NEWCOMERS.code
    for dialect in ("uuid", "plain"):
        path = f"/dialects/{dialect}/{room.pk}"
        socket = WebsocketCommunicator(application, path, headers=[(b"host", b"testserver")])
        assert (await socket.connect(timeout=10))[0] is False
    guest = await connect(f"/chats/{private.pk}/ws", invited)
    await guest.send_json_to({"event_type": "join", "name": "ivy", "color": "red"})
    assert (await receive(guest))["event_type"] == "join"
    await private.arefresh_from_db()
    with pytest.raises(ChatError) as refused:
        await sync_to_async(rooms.issue_token)(room=private, secret=SECRET, name="zoe")
    assert refused.value.kind == NO_NEWCOMERS
    await disconnect(other, guest)


async def test_first_messages_of_newcomers_wait_also_of_accounts_until_the_end():
    olga, eve, account = await v1("olga"), await v1("eve"), await user("adam")
    room = await room_of_the_owner(olga, eve)
    await ask(eve, type="send", room=room.pk, text="hi")
    answer = await ask(olga, type="ban", room=room.pk, newcomers=True, hold=True, seconds=600)
    assert answer["type"] == "ok"
    adam = await v1_by_token(account)
    assert (await join(adam, room))["type"] == "ok"
    assert (await ask(adam, type="send", room=room.pk, text="spam"))["code"] == HELD.code
    assert (await ask(eve, type="send", room=room.pk, text="still here"))["type"] == "ok"
    listed = (await ask(olga, type="bans", room=room.pk))["bans"]
    assert [(one["kind"], one["name"]) for one in listed] == [("watch", "")]
    await Ban.objects.aupdate(until=timezone.now() - timedelta(seconds=1))
    assert (await ask(adam, type="send", room=room.pk, text="hello"))["type"] == "ok"
    await disconnect(olga, eve, adam)


async def test_a_later_switch_replaces_the_first_and_lifting_ends_it():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga)
    for hold in (True, False):
        answer = await ask(olga, type="ban", room=room.pk, newcomers=True, hold=hold, seconds=60)
        assert answer["type"] == "ok"
    assert await Ban.objects.acount() == 1
    assert (await join(eve, room))["code"] == NO_NEWCOMERS.code
    lifted, event = await ask_and_hear(olga, "banned", type="ban", room=room.pk, newcomers=True, on=False)
    assert (event["newcomers"], event["on"], lifted["seq"]) == (True, False, event["seq"])
    assert (await join(eve, room))["type"] == "ok"
    again = await ask(olga, type="ban", room=room.pk, newcomers=True, on=False)
    assert "seq" not in again
    acts = [
        (one.act, one.details.get("newcomers"), one.details.get("hold"))
        async for one in AuditEntry.objects.order_by("pk")
    ]
    assert acts == [("ban", True, True), ("ban", True, None), ("unban", True, None)]
    await disconnect(olga, eve)


async def test_only_those_who_run_the_room_close_it():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga, eve)
    refused = await ask(eve, type="ban", room=room.pk, newcomers=True, seconds=60)
    assert refused["code"] == ROOM_UNAUTHORIZED.code
    await disconnect(olga, eve)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"newcomers": True}, "seconds"),
        ({"newcomers": True, "seconds": 0}, "seconds"),
        ({"newcomers": True, "name": "eve", "seconds": 60}, "name"),
        ({"newcomers": True, "address": True, "seconds": 60}, "address"),
        ({"name": "eve", "hold": True}, "hold"),
        ({"newcomers": False, "seconds": 60}, "name"),
    ],
)
async def test_wrong_fields_are_refused_with_their_field_over_rest_and_v1(fields: dict[str, Any], field: str):
    account, olga = await user("ann"), await v1("olga")
    room = await room_of_the_owner(olga)
    await room.moderators.aadd(await Participant.objects.aget(user=account))
    refused = await ask(olga, type="ban", room=room.pk, **fields)
    assert (refused["code"], refused["field"]) == (INVALID_FIELD.code, field)
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(account)}"}
    post = sync_to_async(Browser().post)
    answer = await post(f"/chats/{room.pk}/bans", fields, content_type="application/json", **headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    await disconnect(olga)


async def test_switch_over_rest_is_made_listed_and_lifted():
    account = await user("ann")
    room = await room_of_the_owner()
    await room.moderators.aadd(await Participant.objects.aget(user=account))
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(account)}"}
    browser, url = Browser(), f"/chats/{room.pk}/bans"
    given = {"newcomers": True, "seconds": 60, "reason": "raid"}
    made = await sync_to_async(browser.post)(url, given, content_type="application/json", **headers)
    (shown,) = made.json()
    assert (made.status_code, shown["kind"], shown["by"]) == (201, "newcomers", "ann")
    lifted = await sync_to_async(browser.delete)(f"{url}/{shown['id']}", **headers)
    assert (lifted.status_code, lifted.json()) == (200, [])
    assert [one.data.get("newcomers") async for one in Event.objects.filter(room=room)] == [True, True]
