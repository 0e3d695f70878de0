"""Moderators named by the owner of a room, by `wschat.v1`, in process."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from chat import validation
from chat.models import Participant, Room
from chat.permissions import SITE
from chat.services import moderation, rooms
from tests.support.marks import whole_db
from tests.test_consumers import _engine, v1
from tests.test_consumers_describe import come, create
from tests.test_revocation import ask, heard

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db


async def room_of_the_owner(*members: WebsocketCommunicator, owner: str = "olga") -> Room:
    """A room of this participant, joined by the members."""
    found = await Participant.objects.filter(name=owner).afirst()
    room = await create((found or await Participant.objects.acreate(name=owner, name_key=owner)).pk)
    for one in members:
        assert (await ask(one, type="join", room=room.pk))["type"] == "ok"
    return room


async def disconnect(*sockets: WebsocketCommunicator) -> None:
    for one in sockets:
        await one.disconnect()


async def moderators_of(room: Room) -> list[str]:
    return [one.name async for one in room.moderators.order_by("name")]


@pytest.mark.parametrize(
    ("role", "code"), [("guest", 104), ("member", 104), ("moderator", 104), ("owner", 0), ("staff", 0)]
)
async def test_owner_and_staff_name_moderators(role: str, code: int):
    room = await room_of_the_owner()
    socket, bob = await come(role, room), await v1("bob")
    before = await moderators_of(room)
    for one in (socket, bob):
        joined = await ask(one, type="join", room=room.pk)
        assert joined["info"]["owner"] is (one is socket and not code)
    for on in (True, False):
        answer = await ask(socket, type="moderator", room=room.pk, name="BOB", on=on)
        assert answer.get("code", 0) == code
        if code:
            continue
        event = await heard(bob, "moderator")
        assert (event["seq"], event["who"]["name"], event["on"]) == (answer["seq"], "bob", on)
        assert ("bob" in await moderators_of(room)) is on
        assert "seq" not in await ask(socket, type="moderator", room=room.pk, name="bob", on=on)
    assert await moderators_of(room) == before
    await disconnect(socket, bob)


async def test_moderator_moderates_at_once_and_no_longer_after_removal():
    olga, bob, eve = await v1("olga"), await v1("bob"), await v1("eve")
    room = await room_of_the_owner(olga, bob, eve)
    said = await ask(eve, type="send", room=room.pk, text="spam")
    deeds = [
        {"type": "pin", "target": said["seq"]},
        {"type": "mute", "name": "eve"},
        {"type": "mute", "name": "eve", "on": False},
        {"type": "describe", "description": "new"},
        {"type": "delete", "target": said["seq"]},
    ]
    await ask(olga, type="moderator", room=room.pk, name="bob")
    for deed in deeds:
        assert (await ask(bob, room=room.pk, **deed))["type"] == "ok", deed
    await ask(olga, type="moderator", room=room.pk, name="bob", on=False)
    said = await ask(eve, type="send", room=room.pk, text="spam")
    for deed in deeds:
        late = deed | ({"target": said["seq"]} if "target" in deed else {})
        assert (await ask(bob, room=room.pk, **late))["code"] in (104, 204), deed
    await disconnect(olga, bob, eve)


async def test_moderator_stays_in_a_private_room_only_as_long_as_they_are_one():
    olga, bob = await v1("olga"), await v1("bob")
    owner = await Participant.objects.aget(name="olga")
    room = await create(owner.pk, title="inner", visibility="private", password="correct horse")
    assert (await ask(olga, type="join", room=room.pk))["type"] == "ok"
    assert (await ask(bob, type="join", room=room.pk))["code"] in (101, 401, 402, 403)
    await ask(olga, type="moderator", room=room.pk, name="bob")
    assert (await ask(bob, type="join", room=room.pk))["info"]["moderator"]
    await ask(olga, type="moderator", room=room.pk, name="bob", on=False)
    assert (await heard(bob, "removed"))["code"] == 104
    await disconnect(olga, bob)


async def test_only_members_get_the_list_of_moderators():
    olga, bob, eve = await v1("olga"), await v1("bob"), await v1("eve")
    room = await room_of_the_owner(olga, bob)
    await ask(olga, type="moderator", room=room.pk, name="eve")
    answer = await ask(bob, type="moderators", room=room.pk)
    assert answer["owner"]["name"] == "olga"
    assert [one["name"] for one in answer["moderators"]] == ["eve"]
    assert (await ask(eve, type="moderators", room=room.pk))["code"] == 101
    await ask(bob, type="join", room=1)
    assert (await ask(bob, type="moderators", room=1))["owner"] is None
    await disconnect(olga, bob, eve)


async def test_moderators_get_the_list_of_mutes_and_others_do_not():
    olga, bob = await v1("olga"), await v1("bob")
    room = await room_of_the_owner(olga, bob)
    assert (await ask(olga, type="mutes", room=room.pk))["mutes"] == []
    await ask(olga, type="mute", room=room.pk, name="bob", reason="Too loud")
    await ask(olga, type="mute", room=room.pk, name="ann", seconds=60)
    mutes = (await ask(olga, type="mutes", room=room.pk))["mutes"]
    assert [(one["name"], one["reason"]) for one in mutes] == [("ann", ""), ("bob", "Too loud")]
    assert mutes[0]["until"] > datetime.now(UTC).isoformat()
    assert mutes[1]["until"] is None
    assert [one["only"] for one in mutes] == [None, None]
    assert (await ask(bob, type="mutes", room=room.pk))["code"] == 104
    await ask(olga, type="moderator", room=room.pk, name="bob")
    assert [one["only"] for one in (await ask(bob, type="mutes", room=room.pk))["mutes"]] == [
        "owner",
        "owner",
    ]
    await ask(olga, type="moderator", room=room.pk, name="bob", on=False)
    await ask(olga, type="mute", room=room.pk, name="bob", on=False)
    assert [one["name"] for one in (await ask(olga, type="mutes", room=room.pk))["mutes"]] == ["ann"]
    await disconnect(olga, bob)


@pytest.mark.parametrize(
    ("name", "code"), [("nosuch", 201), ("", 303), ("x" * 51, 303), ("a\x00b", 303), (None, 303), ("olga", 0)]
)
async def test_odd_names_are_refused_and_the_owner_stays_the_owner(name: object, code: int):
    olga = await v1("olga")
    room = await room_of_the_owner(olga)
    answer = await ask(olga, type="moderator", room=room.pk, name=name)
    assert (answer.get("code", 0), answer.get("field", "name")) == (code, "name")
    assert "seq" not in answer
    assert await moderators_of(room) == []
    await disconnect(olga)


async def test_room_has_a_bounded_number_of_moderators():
    olga, bob = await v1("olga"), await v1("bob")
    room = await room_of_the_owner(olga, bob)
    for number in range(validation.MOST_MODERATORS):
        name = f"m{number}"
        await room.moderators.aadd(await Participant.objects.acreate(name=name, name_key=name))
    answer = await ask(olga, type="moderator", room=room.pk, name="bob")
    assert (answer["code"], answer["field"]) == (303, "name")
    assert (await ask(olga, type="moderator", room=room.pk, name="m7", on=False))["type"] == "ok"
    assert (await ask(olga, type="moderator", room=room.pk, name="bob"))["type"] == "ok"
    await disconnect(olga, bob)


async def test_moderator_whose_name_is_another_guests_by_now_can_be_removed():
    olga = await v1("olga")
    room = await room_of_the_owner(olga)
    await room.moderators.aadd(await Participant.objects.acreate(name="old", name_key=None))
    assert "seq" in await ask(olga, type="moderator", room=room.pk, name="old", on=False)
    assert await moderators_of(room) == []
    await disconnect(olga)


async def test_neither_of_a_conversation_names_moderators():
    olga, bob = await v1("olga"), await v1("bob")
    talk = (await ask(olga, type="direct", to="bob"))["room"]
    assert (await ask(olga, type="moderator", room=talk, name="bob"))["code"] == 104
    await disconnect(olga, bob)


@pytest.mark.parametrize(
    "deed",
    [
        lambda room: moderation.set_moderator(room=room, name="bob", actor=SITE, on=True),
        lambda room: moderation.set_moderator(room=room, name="bob", actor=SITE, on=False),
    ],
)
async def test_deleted_room_gets_no_moderators(deed: Callable[[Room], None]):
    bob = await v1("bob")
    room = await room_of_the_owner()
    await sync_to_async(rooms.delete_room)(room=room, actor=SITE)
    with pytest.raises(Exception, match="Room not found"):
        await sync_to_async(deed)(room)
    await disconnect(bob)


async def test_muted_member_is_told_until_when_and_why_also_after_coming_back():
    room = await create((await Participant.objects.acreate(name="olga", name_key="olga")).pk)
    bob, staff = await v1("bob"), await come("staff", room)
    for one in (bob, staff):
        joined = await ask(one, type="join", room=room.pk)
        assert "muted" not in joined["info"]
    await ask(staff, type="mute", room=room.pk, name="bob", seconds=600, reason="spam")
    event = await heard(bob, "muted")
    assert (event["name"], event["reason"], event["on"]) == ("bob", "spam", True)
    for one, muted in ((bob, {"until": event["until"], "reason": "spam"}), (staff, None)):
        await ask(one, type="leave", room=room.pk)
        assert (await ask(one, type="join", room=room.pk))["info"].get("muted") == muted
    await ask(staff, type="mute", room=room.pk, name="bob", on=False)
    await ask(bob, type="leave", room=room.pk)
    assert "muted" not in (await ask(bob, type="join", room=room.pk))["info"]
    for one in (bob, staff):
        await one.disconnect()
