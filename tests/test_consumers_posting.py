"""Slow mode, accounts only and the command `posting`, over `wschat.v1` and each dialect. In process."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from chat.models import AuditEntry, Event, Participant, Room
from chat.permissions import SITE
from chat.services import rooms
from tests.support.marks import whole_db
from tests.test_consumers import _engine, connect, do, receive, v1
from tests.test_consumers_describe import come, create
from tests.test_revocation import ask, heard, user, v1_by_token

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db


async def limited(**fields: Any) -> Room:
    """A room of olga's, a guest, with these limits."""
    room = await create((await Participant.objects.acreate(name="olga", name_key="olga")).pk)
    return await sync_to_async(rooms.limit_posting)(room=room, actor=SITE, fields=fields)


async def enter(socket: WebsocketCommunicator, room: Room) -> dict[str, Any]:
    joined = await ask(socket, type="join", room=room.pk)
    assert joined["type"] == "ok", joined
    return joined


@pytest.mark.parametrize(
    ("role", "code"), [("guest", 104), ("member", 104), ("moderator", 0), ("owner", 0), ("staff", 0)]
)
async def test_those_who_run_the_room_limit_posting_and_members_hear_of_it(role: str, code: int):
    room = await limited()
    socket, bob = await come(role, room), await v1("bob")
    for one in (socket, bob):
        assert (await enter(one, room))["info"]["slow_seconds"] == 0
    answer = await ask(socket, type="posting", room=room.pk, slow_seconds=30, accounts_only=True)
    assert answer.get("code", 0) == code
    await room.arefresh_from_db()
    assert (room.slow_seconds, room.accounts_only, room.locked) == (
        (0, False, False) if code else (30, True, False)
    )
    if not code:
        event = await heard(bob, "room")
        assert (event["seq"], event["slow_seconds"], event["accounts_only"]) == (answer["seq"], 30, True)
        entry = await AuditEntry.objects.alatest("pk")
        assert (entry.act, entry.details) == (
            "change_room", {"slow_seconds": [0, 30], "accounts_only": [False, True]},
        )  # fmt: skip
        assert "seq" not in await ask(socket, type="posting", room=room.pk, slow_seconds=30)
        assert "seq" in await ask(socket, type="posting", room=room.pk, locked=True, slow_seconds=0)
        entry = await AuditEntry.objects.alatest("pk")
        assert (entry.act, entry.details) == ("lock", {"slow_seconds": [30, 0]})
    for one in (socket, bob):
        await one.disconnect()


@pytest.mark.parametrize("given", [-1, 21601, 10**30, "30", 1.5, True, []])
async def test_pause_out_of_bounds_is_refused(given: object):
    room = await limited()
    socket = await come("owner", room)
    await enter(socket, room)
    answer = await ask(socket, type="posting", room=room.pk, slow_seconds=given)
    assert (answer["code"], answer["field"]) == (303, "slow_seconds")
    await socket.disconnect()


async def test_conversation_has_no_limits():
    ann, bob = await v1("ann"), await v1("bob")
    talk = (await ask(ann, type="direct", to="bob"))["room"]
    assert (await ask(ann, type="posting", room=talk, slow_seconds=30))["code"] == 104
    for one in (ann, bob):
        await one.disconnect()


async def test_refusal_says_when_to_try_again_and_a_resent_nonce_gets_its_answer():
    room = await limited(slow_seconds=300)
    ann = await v1("ann")
    assert (await enter(ann, room))["info"]["slow_seconds"] == 300
    first = await ask(ann, type="send", room=room.pk, text="x", nonce="n")
    assert (await ask(ann, type="send", room=room.pk, text="x", nonce="n"))["seq"] == first["seq"]
    refused = await ask(ann, type="send", room=room.pk, text="y", nonce="m")
    assert (refused["code"], refused["error"], refused["retry"]) == (108, "Room error: Slow mode", False)
    assert 290 < refused["retry_after"] <= 300
    assert (await ask(ann, type="typing", room=room.pk))["type"] == "ok"
    assert "seq" in await ask(ann, type="edit", room=room.pk, target=first["seq"], text="z")
    await ann.disconnect()


async def test_one_participant_waits_on_all_of_its_connections():
    room = await limited(slow_seconds=300)
    ann = await user("ann")
    sockets = [await v1_by_token(ann) for _ in range(2)]
    for one in sockets:
        await enter(one, room)
    codes = [(await ask(one, type="send", room=room.pk, text="x")).get("code", 0) for one in sockets]
    assert codes == [0, 108]
    for one in sockets:
        await one.disconnect()


async def test_guest_is_told_that_only_accounts_can_post():
    room = await limited(accounts_only=True)
    guest, ann = await v1("gus"), await v1_by_token(await user("ann"))
    for one in (guest, ann):
        assert (await enter(one, room))["info"]["accounts_only"] is True
    sent = await ask(ann, type="send", room=room.pk, text="x")
    for command in (
        {"type": "send", "text": "x"},
        {"type": "react", "target": sent["seq"], "emoji": "👍"},
        {"type": "typing"},
    ):
        refused = await ask(guest, room=room.pk, **command)
        assert (refused["code"], refused["error"]) == (109, "Room error: Account required"), command
        assert refused["detail"] == "only people with an account can post in this room"
        assert (refused["retry"], "retry_after" in refused) == (False, False)
    for one in (guest, ann):
        await one.disconnect()


async def test_members_are_told_who_can_pin_and_mention_everyone():
    room = await limited()
    bob, staff = await v1("bob"), await come("staff", room)
    for one in (bob, staff):
        info = (await enter(one, room))["info"]
        assert (info["who_can_pin"], info["who_can_mention_all"]) == ("moderators", "auto")
    await ask(staff, type="posting", room=room.pk, who_can_pin="everyone", who_can_mention_all="moderators")
    event = await heard(bob, "room")
    assert (event["who_can_pin"], event["who_can_mention_all"]) == ("everyone", "moderators")
    wrong = await ask(staff, type="posting", room=room.pk, who_can_pin="auto")
    assert (wrong["code"], wrong["field"]) == (303, "who_can_pin")
    for one in (bob, staff):
        await one.disconnect()


async def test_held_message_is_approved_over_the_wire_and_reaches_all():
    room = await limited(approve_first=True)
    mod, zoe, bob = await come("moderator", room), await v1("zoe"), await v1("bob")
    for one in (mod, zoe, bob):
        assert (await enter(one, room))["info"]["approve_first"] is True
    send = {"type": "send", "room": room.pk, "text": "hello", "nonce": "n"}
    held = await ask(zoe, **send)
    assert (held["code"], held["error"], held["retry"]) == (110, "Room error: Message held", False)
    assert (await heard(mod, "reports_waiting"))["waiting"] == 1
    (report,) = (await ask(mod, type="reports", room=room.pk))["reports"]
    assert (report["held"], report["target"], report["reason"], report["by"]) == (True, None, "newcomer", "")
    assert (await ask(zoe, type="decide", report=report["id"], decision="approve"))["code"] == 906
    assert (await ask(mod, type="decide", report=report["id"], decision="approve"))["type"] == "ok"
    for one in (zoe, bob):
        message = await heard(one, "message")
        assert (message["text"], message["sender"]["name"], message.get("nonce")) == ("hello", "zoe", "n")
    assert (await ask(zoe, **send))["seq"] == message["seq"]
    for one in (mod, zoe, bob):
        await one.disconnect()


async def test_sender_alone_hears_of_a_rejection():
    room = await limited(approve_first=True)
    mod, zoe, bob = await come("moderator", room), await v1("zoe"), await v1("bob")
    for one in (mod, zoe, bob):
        await enter(one, room)
    send = {"type": "send", "room": room.pk, "text": "hello", "nonce": "n"}
    assert (await ask(zoe, **send))["code"] == 110
    (report,) = (await ask(mod, type="reports", room=room.pk))["reports"]
    assert (await ask(mod, type="decide", report=report["id"], decision="reject"))["type"] == "ok"
    assert (await heard(zoe, "rejected"))["nonce"] == "n"
    assert (await ask(zoe, **send))["code"] == 111
    assert await bob.receive_nothing()
    for one in (mod, zoe, bob):
        await one.disconnect()


async def test_member_reads_accepts_and_posts_and_is_asked_again_after_a_change():
    room = await limited()
    bob, staff = await v1("bob"), await come("staff", room)
    for one in (bob, staff):
        assert "rules" not in (await enter(one, room))["info"]
    await ask(staff, type="posting", room=room.pk, rules="Be kind.")
    event = await heard(bob, "room")
    assert (event["rules"], event["rules_version"]) == ("Be kind.", event["seq"])
    refused = await ask(bob, type="send", room=room.pk, text="x")
    assert (refused["code"], refused["error"]) == (114, "Room error: Rules not accepted")
    assert (refused["retry"], refused["detail"]) == (
        False,
        "accept the rules of this room before you post: Be kind.",
    )
    wrong = await ask(bob, type="accept_rules", room=room.pk, version=event["seq"] + 1)
    assert (wrong["code"], wrong["field"]) == (914, "version")
    assert (await ask(bob, type="accept_rules", room=room.pk, version=event["seq"]))["type"] == "ok"
    assert (await ask(bob, type="send", room=room.pk, text="x"))["type"] == "ok"
    assert (await ask(staff, type="send", room=room.pk, text="x"))["type"] == "ok"
    await ask(bob, type="leave", room=room.pk)
    info = (await enter(bob, room))["info"]
    assert (info["rules"], info["rules_version"], info["rules_accepted"]) == (
        "Be kind.",
        event["seq"],
        True,
    )
    await ask(staff, type="posting", room=room.pk, rules="Be kinder.")
    assert (await ask(bob, type="send", room=room.pk, text="x"))["code"] == 114
    await ask(staff, type="posting", room=room.pk, rules="")
    assert "rules" not in await heard(bob, "room")
    assert (await ask(bob, type="send", room=room.pk, text="x"))["type"] == "ok"
    for one in (bob, staff):
        await one.disconnect()


async def test_rules_of_a_room_that_one_is_not_in_cannot_be_accepted():
    room = await limited(rules="Be kind.")
    bob = await v1("bob")
    refused = await ask(bob, type="accept_rules", room=room.pk, version=room.rules_version)
    assert refused["type"] == "error"
    await bob.disconnect()


def says(refusal: str, code: int) -> str:
    return {"code": f'"code": {code}', "text": "PrivateInfo", "error": '"action": "error"'}[refusal]


@pytest.mark.parametrize(
    ("path", "enters", "message", "refusal"),
    [
        ("/chats/{}/ws", {"event_type": "join", "name": "mel"},
         {"event_type": "send", "name": "mel", "msg": "x"}, "code"),
        ("/dialects/envelope/{}",
         {"message_type": "Enter", "message_body": {"sender_username": "mel"}, "token": None},
         {"message_type": "GroupChat", "message_body": {"sender_username": "mel", "content": "x"}}, "text"),
        ("/dialects/uuid/{}", None, {"contents": "x"}, "error"),
        ("/dialects/plain/{}", None, {"usr": "mel", "msg": "x"}, "nothing"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"slow_seconds": 300}, 108),
        ({"accounts_only": True}, 109),
        ({"approve_first": True}, 110),
        ({"rules": "Be kind."}, 114),
    ],
)
async def test_limit_holds_in_each_dialect(
    path: str,
    enters: dict[str, Any] | None,
    message: dict[str, Any],
    refusal: str,
    limits: dict[str, Any],
    code: int,
):
    room = await limited(**limits)
    socket, connected, _ = await connect(path.format(room.pk))
    assert connected
    if enters is not None:
        await do(socket, **enters)
    stored = Event.objects.filter(room=room, kind="message")
    if code == 108:
        await socket.send_json_to(message)
        while not await stored.aexists():
            await receive(socket)
    before = await stored.acount()
    await socket.send_json_to(message)
    if refusal == "nothing":
        while not await socket.receive_nothing():
            await receive(socket)
    else:
        while says(refusal, code) not in (frame := json.dumps(await receive(socket))):
            assert "rror" not in frame
    assert await stored.acount() == before
    await socket.disconnect()
