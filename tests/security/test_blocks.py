"""Every way to write to a person who has blocked the sender, or whom the sender has blocked."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from chat.models import Event, Participant, Room
from chat.permissions import Actor
from chat.services import blocks
from tests.support.marks import whole_db
from tests.test_consumers import _engine, connect, receive
from tests.test_revocation import ask, heard, participant, user, v1_by_token

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db

ACTS: dict[str, dict[str, Any]] = {
    "send": {"text": "x"},
    "edit": {"text": "y"},
    "react": {"emoji": "👍"},
    "pin": {},
    "typing": {},
    "direct": {"text": "x"},
    "delete": {},
    "history": {},
    "read": {"seq": 1},
}
TABLE: dict[str, tuple[int, int, int]] = {
    # blocked by the other, blocker of the other, neither
    "send": (117, 116, 0),
    "edit": (117, 116, 0),
    "react": (117, 116, 0),
    "pin": (117, 116, 0),
    "typing": (117, 116, 0),
    "direct": (117, 116, 0),
    "delete": (0, 0, 0),
    "history": (0, 0, 0),
    "read": (0, 0, 0),
}
ROLES = ("blocked", "blocker", "neither")


async def block(who: str, whom: str) -> None:
    rows = {one.name: one.pk async for one in Participant.objects.filter(name__in=(who, whom))}
    await sync_to_async(blocks.block_person)(rows[whom], Actor(rows[who]))


@pytest.mark.parametrize("role", ROLES)
async def test_acts_in_the_conversation_over_v1(role: str):
    zed = await v1_by_token(await user("zed"))
    await user("mia")
    talk = await ask(zed, type="direct", to="mia", text="hi")
    if role != "neither":
        await block(*(("mia", "zed") if role == "blocked" else ("zed", "mia")))
    found = {}
    for act, fields in ACTS.items():
        command = {"type": act, "room": talk["room"], "target": talk["seq"], "to": "mia"} | fields
        found[act] = (await ask(zed, **command)).get("code", 0)
    assert found == {act: row[ROLES.index(role)] for act, row in TABLE.items()}
    await zed.disconnect()


@pytest.mark.parametrize("role", ["blocked", "blocker"])
async def test_private_messages_of_envelope_are_refused(role: str):
    await user("mia")
    room = await Room.objects.acreate(title="tea", title_key="tea")
    zed, _, _ = await connect(f"/dialects/envelope/{room.pk}")
    await say(zed, "GroupChat", content="hi")
    assert await told(zed, "GroupChat")
    await block(*(("mia", "zed") if role == "blocked" else ("zed", "mia")))
    await say(zed, "PrivateChat", target_username="mia", content="psst")
    assert await told(zed, "PrivateInfo")
    assert [event.text async for event in Event.objects.filter(kind="message")] == ["hi"]
    await zed.disconnect()


async def say(socket: WebsocketCommunicator, kind: str, **body: str) -> None:
    message = {"message_type": kind, "message_body": {kind: {"sender_username": "zed"} | body}}
    await socket.send_json_to(message)


async def told(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    while (frame := await receive(socket)).get("message_type") != kind:
        pass
    return frame


async def test_blocked_person_hears_of_nothing_and_all_of_the_blocker_do():
    ann, bob = await user("ann"), await user("bob")
    tabs, other = [await v1_by_token(ann), await v1_by_token(ann)], await v1_by_token(bob)
    number = await participant(bob)
    assert (await ask(tabs[0], type="block", participant=number))["type"] == "ok"
    for tab in tabs[1:]:
        event = await heard(tab, "blocked")
        assert (event["participant"], event["name"], event["on"]) == (number, "bob", True)
    shown: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(ann)}"}
    listed = await sync_to_async(Client().get)("/api/blocked", **shown)
    assert listed.json() == {"blocked": [{"participant": number, "name": "bob", "color": ""}]}
    assert (await ask(tabs[1], type="blocked"))["blocked"] == listed.json()["blocked"]
    assert await other.receive_nothing()
    for one in (*tabs, other):
        await one.disconnect()
