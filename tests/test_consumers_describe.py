"""The command `describe` of `wschat.v1`, in process."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from chat.models import Participant, Room
from chat.permissions import SITE, Actor
from chat.services import rooms
from chat.validation import DESCRIPTION
from tests.support.marks import whole_db
from tests.test_consumers import _engine, private_room, token, v1
from tests.test_revocation import ask, heard, participant, user, v1_by_cookie

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db

FIELDS = {"title": "club", "visibility": "public", "description": "old"}
LONGEST = DESCRIPTION[1]


async def create(owner: int | None, **fields: str) -> Room:
    actor = Actor(owner)
    return await sync_to_async(rooms.create_room)(actor=actor, fields=FIELDS | fields, anonymous_allowed=True)


async def description_of(room: Room) -> str:
    return (await Room.objects.aget(pk=room.pk)).description


async def come(role: str, room: Room) -> WebsocketCommunicator:
    """A connection of a member with this role in the room."""
    if role == "guest":
        return await v1("gus")
    one = await user("ann", is_staff=role == "staff", is_superuser=role == "staff")
    socket = await v1_by_cookie(one)
    if role == "owner":
        await Room.objects.filter(pk=room.pk).aupdate(owner=await participant(one))
    elif role == "moderator":
        await room.moderators.aadd(await participant(one))
    return socket


@pytest.mark.parametrize(
    ("role", "code"), [("guest", 104), ("member", 104), ("moderator", 0), ("owner", 0), ("staff", 0)]
)
async def test_only_authorized_roles_change_the_description(role: str, code: int):
    room = await create((await Participant.objects.acreate(name="olga", name_key="olga")).pk)
    socket = await come(role, room)
    bob = await v1("bob")
    for one in (socket, bob):
        assert (await ask(one, type="join", room=room.pk))["type"] == "ok"
    answer = await ask(socket, type="describe", room=room.pk, description=" new ")
    assert answer.get("code", 0) == code
    assert await description_of(room) == ("old" if code else "new")
    if not code:
        event = await heard(bob, "room")
        assert (event["seq"], event["title"]) == (answer["seq"], "club")
        assert event["description"] == "new"
    for one in (socket, bob):
        await one.disconnect()


async def test_any_client_describes_a_commons_and_only_staff_the_default_room():
    gus = await v1("gus")
    commons = await create(None)
    for room, code in ((commons, 0), (await Room.objects.aget(pk=1), 104)):
        await ask(gus, type="join", room=room.pk)
        answer = await ask(gus, type="describe", room=room.pk, description="new")
        assert answer.get("code", 0) == code
    await gus.disconnect()


async def test_holder_of_the_token_describes_a_closed_commons():
    room = await private_room()
    gus = await v1("gus")
    assert (await ask(gus, type="join", room=room.pk, token=await token(room, "gus")))["type"] == "ok"
    assert "seq" in await ask(gus, type="describe", room=room.pk, description="new")
    assert await description_of(room) == "new"
    await gus.disconnect()


async def test_holder_of_the_token_of_an_owned_room_does_not_describe_it():
    room = await private_room((await Participant.objects.acreate(name="olga", name_key="olga")).pk)
    gus = await v1("gus")
    assert (await ask(gus, type="join", room=room.pk, token=await token(room, "gus")))["type"] == "ok"
    assert (await ask(gus, type="describe", room=room.pk, description="new"))["code"] == 104
    await gus.disconnect()


@pytest.mark.parametrize("role", ["guest", "staff"])
async def test_conversation_has_no_description(role: str):
    socket = await come(role, await create(None))
    bob = await v1("bob")
    talk = (await ask(socket, type="direct", to="bob"))["room"]
    assert (await ask(socket, type="describe", room=talk, description="new"))["code"] == 104
    assert await description_of(await Room.objects.aget(pk=talk)) == ""
    for one in (socket, bob):
        await one.disconnect()


async def test_room_that_is_deleted_or_not_joined_is_not_described():
    room = await create(None)
    gus, other = await v1("gus"), await v1("other")
    assert (await ask(gus, type="describe", room=room.pk, description="new"))["code"] == 101
    await ask(other, type="join", room=room.pk)
    await sync_to_async(rooms.delete_room)(room=room, actor=SITE)
    assert (await heard(other, "removed"))["code"] == 101
    assert (await ask(other, type="describe", room=room.pk, description="new"))["code"] == 101
    assert await description_of(room) == "old"
    for one in (gus, other):
        await one.disconnect()


@pytest.mark.parametrize(
    ("description", "code"),
    [("x" * LONGEST, 0), ("", 0), ("x" * (LONGEST + 1), 303), ("a\nb", 303), ("a\u202eb", 303), (None, 303)],
)
async def test_description_keeps_to_the_rules_of_rest(description: object, code: int):
    room = await create(None)
    gus = await v1("gus")
    await ask(gus, type="join", room=room.pk)
    answer = await ask(gus, type="describe", room=room.pk, description=description)
    assert (answer.get("code", 0), answer.get("field", "description")) == (code, "description")
    assert await description_of(room) == ("old" if code else description)
    await gus.disconnect()
