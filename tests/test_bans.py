"""Kicks and bans: who is expelled, and who does not come in again. In process, by `wschat.v1`."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.utils import timezone

from chat.errors import BANNED, KICKED, ChatError
from chat.log.kinds.kick import PAUSE
from chat.models import AuditEntry, Ban, Event, Mute, Participant, Presence, Room, UsedName
from chat.permissions import ANONYMOUS, SITE, Actor
from chat.services import bans, rooms
from tests.support.marks import whole_db
from tests.test_consumers import _engine, private_room, receive, token
from tests.test_consumers_describe import come, create
from tests.test_consumers_moderators import disconnect, room_of_the_owner
from tests.test_revocation import ask, heard, user, v1_by_cookie
from wschat_site.asgi import application

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db

MODERATE: list[dict[str, Any]] = [{"type": "kick", "name": "eve"}, {"type": "ban", "name": "eve"}]


async def connect(path: str, *subprotocols: str, client: str = "192.0.2.100") -> WebsocketCommunicator:
    """A connection from this address."""
    socket = WebsocketCommunicator(
        application, path, headers=[(b"host", b"testserver")], subprotocols=list(subprotocols)
    )
    socket.scope["client"] = (client, 1)
    await socket.connect(timeout=10)
    return socket


async def v1(name: str, client: str = "192.0.2.100") -> WebsocketCommunicator:
    """A guest of this name, from this address."""
    socket = await connect("/ws", "wschat.v1", client=client)
    assert (await ask(socket, type="hello", name=name))["type"] == "ok"
    return socket


async def ask_and_hear(
    socket: WebsocketCommunicator, kind: str, **command: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, and the event of this type that came before it."""
    await socket.send_json_to({"id": 99, **command})
    event = await heard(socket, kind)
    while (frame := await receive(socket)).get("id") != 99:
        pass
    return frame, event


async def here() -> tuple[WebsocketCommunicator, WebsocketCommunicator, Room]:
    """The owner olga and eve, in olga's room."""
    olga, eve = await v1("olga"), await v1("eve")
    return olga, eve, await room_of_the_owner(olga, eve)


async def closed_with(socket: WebsocketCommunicator) -> int:
    """The code with which the server closes the connection."""
    while (output := await socket.receive_output(5))["type"] != "websocket.close":
        pass
    return int(output["code"])


@pytest.mark.parametrize("deed", MODERATE, ids=lambda deed: deed["type"])
@pytest.mark.parametrize(
    ("role", "code"), [("guest", 104), ("member", 104), ("moderator", 0), ("owner", 0), ("staff", 0)]
)
async def test_only_those_who_run_the_room_kick_and_ban(role: str, code: int, deed: dict[str, Any]):
    room = await room_of_the_owner()
    socket, eve = await come(role, room), await v1("eve")
    for one in (socket, eve):
        assert (await ask(one, type="join", room=room.pk))["type"] == "ok"
    answer = await ask(socket, **deed, room=room.pk, reason="spam")
    assert answer.get("code", 0) == code
    if code:
        assert (await ask(eve, type="send", room=room.pk, text="still here"))["type"] == "ok"
    else:
        kind, error = {"kick": ("kicked", KICKED), "ban": ("banned", BANNED)}[deed["type"]]
        event = await heard(eve, kind)
        assert (event["seq"], event["reason"]) == (answer["seq"], "spam")
        assert (await heard(eve, "removed"))["code"] == error.code
    await disconnect(socket, eve)


async def test_nothing_numbered_after_it_reaches_them_and_nothing_of_theirs_is_stored():
    olga, eve, room = await here()
    await asyncio.gather(
        *(olga.send_json_to({"type": "send", "id": n, "room": room.pk, "text": f"{n}"}) for n in range(5))
    )
    await olga.send_json_to({"type": "kick", "id": 5, "room": room.pk, "name": "eve"})
    for number in range(6, 11):
        await olga.send_json_to({"type": "send", "id": number, "room": room.pk, "text": "after"})
        await eve.send_json_to({"type": "send", "id": number, "room": room.pk, "text": "of eve"})
    got: list[dict[str, Any]] = []
    while not got or got[-1]["type"] != "removed":
        got.append(await eve.receive_json_from(5))
    kicked = next(frame["seq"] for frame in got if frame["type"] == "kicked")
    assert all(frame["seq"] <= kicked for frame in got if "seq" in frame)
    await ask(olga, type="send", room=room.pk, text="last")
    stored = Event.objects.filter(room=room, seq__gt=kicked)
    assert "of eve" not in [one.text async for one in stored]
    await disconnect(olga, eve)


async def test_kicked_member_comes_back_after_a_pause():
    olga, eve, room = await here()
    await ask(olga, type="kick", room=room.pk, name="EVE")
    await heard(eve, "removed")
    refused = await ask(eve, type="join", room=room.pk)
    assert (refused["code"], refused["retry_after"] <= PAUSE.total_seconds()) == (KICKED.code, True)
    await Ban.objects.filter(kick=True).aupdate(until="2026-01-01T00:00Z")
    assert (await ask(eve, type="join", room=room.pk))["type"] == "ok"
    await disconnect(olga, eve)


async def test_banned_member_stays_out_until_the_ban_is_lifted_or_over():
    olga, eve, room = await here()
    command = {"type": "ban", "name": "eve", "seconds": 3600, "note": "third time"}
    banned, event = await ask_and_hear(olga, "banned", room=room.pk, **command)
    assert (event["seq"], event["name"], event["on"]) == (banned["seq"], "eve", True)
    assert set(event) == {"type", "room", "seq", "at", "name", "until", "reason", "on"}
    await heard(eve, "removed")
    refused = await ask(eve, type="join", room=room.pk)
    assert (refused["code"], 3590 < refused["retry_after"] <= 3600) == (BANNED.code, True)
    (shown,) = (await ask(olga, type="bans", room=room.pk))["bans"]
    assert (shown["kind"], shown["name"], shown["note"], shown["by"]) == ("name", "eve", "third time", "olga")
    assert "seq" in await ask(olga, type="ban", room=room.pk, name="eve", on=False)
    assert "seq" not in await ask(olga, type="ban", room=room.pk, name="eve", on=False)
    assert (await ask(eve, type="join", room=room.pk))["type"] == "ok"
    await ask(olga, type="ban", room=room.pk, name="eve", seconds=3600)
    await heard(eve, "removed")
    await Ban.objects.all().aupdate(until="2026-01-01T00:00Z")
    assert (await ask(eve, type="join", room=room.pk))["type"] == "ok"
    await disconnect(olga, eve)


async def test_ban_holds_for_another_name_of_the_same_guest():
    olga, eve, room = await here()
    session = await Participant.objects.aget(name="eve")
    await ask(olga, type="ban", room=room.pk, name="eve")
    await heard(eve, "removed")
    assert (await ask(eve, type="hello", name="lilith"))["participant"] == session.pk
    assert (await ask(eve, type="join", room=room.pk))["code"] == BANNED.code
    await disconnect(olga, eve)


@pytest.mark.parametrize(
    ("subject", "name", "covered"),
    [
        ({"pattern": "spam*"}, "SpamBot", True),
        ({"pattern": "*bot"}, "my bot", True),
        ({"pattern": "s*m*b*t"}, "spambot", True),
        ({"pattern": "spam*"}, "no spam", False),
        ({"pattern": "sp.m*"}, "spambot", False),
        ({"network": "192.0.2.1"}, "x", True),
        ({"network": "192.0.2.0/24"}, "x", True),
        ({"network": "192.0.3.0/24"}, "x", False),
    ],
)
async def test_pattern_and_network_cover_those_inside_and_those_who_come(
    subject: dict[str, str], name: str, covered: bool
):
    olga, eve = await v1("olga"), await v1(name, client="192.0.2.1")
    room = await room_of_the_owner(olga, eve)
    _, event = await ask_and_hear(olga, "banned", type="ban", room=room.pk, **subject)
    assert event["name"] == subject.get("pattern", "")
    assert "192.0" not in str(event)
    if covered:
        assert (await heard(eve, "removed"))["code"] == BANNED.code
        assert (await ask(eve, type="join", room=room.pk))["code"] == BANNED.code
        other = await v1(f"{name} 2", client="192.0.2.1")
        expected = BANNED.code if "network" in subject or subject["pattern"].endswith("*") else 0
        assert (await ask(other, type="join", room=room.pk)).get("code", 0) == expected
        await disconnect(other)
    else:
        assert (await ask(eve, type="send", room=room.pk, text="still here"))["type"] == "ok"
    await disconnect(olga, eve)


async def test_ban_with_the_address_keeps_out_a_new_guest_from_there():
    olga, eve = await v1("olga"), await v1("eve", client="2001:db8:1:2::3")
    room = await room_of_the_owner(olga, eve)
    await ask(olga, type="ban", room=room.pk, name="eve", address=True)
    await heard(eve, "removed")
    near, far = await v1("adam", client="2001:db8:1:2:ffff::1"), await v1("abel", client="2001:db8:1:3::3")
    assert (await ask(near, type="join", room=room.pk))["code"] == BANNED.code
    assert (await ask(far, type="join", room=room.pk))["type"] == "ok"
    assert len((await ask(olga, type="bans", room=room.pk))["bans"]) == 1
    await ask(olga, type="ban", room=room.pk, name="eve", on=False)
    assert (await ask(near, type="join", room=room.pk))["type"] == "ok"
    await disconnect(olga, eve, near, far)


RANKS = ["member", "moderator", "owner", "staff"]


@pytest.mark.parametrize("deed", ["kick", "ban", "mute"])
@pytest.mark.parametrize("target", RANKS)
@pytest.mark.parametrize("by", RANKS[1:])
async def test_only_those_of_a_lower_rank_are_muted_kicked_and_banned(by: str, target: str, deed: str):
    olga = await Participant.objects.acreate(name="olga", name_key="olga")
    room = await create(olga.pk)
    names: dict[str, str] = {}
    sockets = []
    for role, name in (("actor:" + by, "actor"), ("target:" + target, "target")):
        kind = role.partition(":")[2]
        one = await user(name, is_staff=kind == "staff", is_superuser=kind == "staff")
        person = await Participant.objects.aget(user=one)
        if kind == "owner":
            await Room.objects.filter(pk=room.pk).aupdate(owner=person)
        elif kind == "moderator":
            await room.moderators.aadd(person)
        names[name] = person.name
        sockets.append(await v1_by_cookie(one))
    actor, _ = sockets
    for socket in sockets:
        assert (await ask(socket, type="join", room=room.pk))["type"] == "ok"
    allowed = RANKS.index(target) < RANKS.index(by)
    answer = await ask(actor, type=deed, room=room.pk, name=names["target"])
    assert answer.get("code", 0) == (0 if allowed else 104)
    assert (await (Mute if deed == "mute" else Ban).objects.acount() > 0) is allowed
    await disconnect(*sockets)


@pytest.mark.parametrize("deed", ["ban", "mute"])
async def test_moderator_lifts_nothing_that_staff_decided(deed: str):
    olga, mod = await v1("olga"), await v1("mod")
    room = await room_of_the_owner(olga, mod)
    await ask(olga, type="moderator", room=room.pk, name="mod")
    staff = await come("staff", room)
    await ask(staff, type="join", room=room.pk)
    assert "seq" in await ask(staff, type=deed, room=room.pk, name="eve")
    for one in (olga, mod):
        for change in ({"seconds": 1}, {"on": False}):
            assert (await ask(one, type=deed, room=room.pk, name="eve", **change))["code"] == 104
    assert await (Mute if deed == "mute" else Ban).objects.filter(until=None).acount() == 1
    assert "seq" in await ask(staff, type=deed, room=room.pk, name="eve", on=False)
    await disconnect(olga, mod, staff)


async def test_moderator_whom_the_owner_muted_is_told_so_and_cannot_send():
    olga, mod = await v1("olga"), await v1("mod")
    room = await room_of_the_owner(olga, mod)
    await ask(olga, type="moderator", room=room.pk, name="mod")
    assert "seq" in await ask(olga, type="mute", room=room.pk, name="mod", reason="rest")
    assert (await ask(mod, type="send", room=room.pk, text="x"))["code"] == 107
    await ask(mod, type="leave", room=room.pk)
    info = (await ask(mod, type="join", room=room.pk))["info"]
    assert (info["moderator"], info["muted"]["reason"]) == (True, "rest")
    await ask(olga, type="mute", room=room.pk, name="mod", on=False)
    assert "seq" in await ask(mod, type="send", room=room.pk, text="x")
    await disconnect(olga, mod)


async def test_those_who_run_the_room_are_not_shut_out_by_a_pattern_or_a_network():
    olga, mod = await v1("olga", client="192.0.2.1"), await v1("spammer", client="192.0.2.1")
    room = await room_of_the_owner(olga, mod)
    await ask(olga, type="moderator", room=room.pk, name="spammer")
    for subject in ({"pattern": "spam*"}, {"network": "192.0.2.1"}):
        assert "seq" in await ask(mod, type="ban", room=room.pk, **subject)
        await heard(olga, "banned")
    for one in (olga, mod):
        assert (await ask(one, type="send", room=room.pk, text="still here")).get("code", 0) == 0
    await disconnect(olga, mod)


async def test_token_of_a_kicked_member_no_longer_enters():
    room = await private_room()
    shown = await token(room, "eve")
    eve = await v1("eve")
    assert (await ask(eve, type="join", room=room.pk, token=shown))["type"] == "ok"
    await sync_to_async(bans.kick_name)(room=room, name="eve", actor=SITE)
    assert (await heard(eve, "removed"))["code"] == KICKED.code
    await Ban.objects.filter(key__startswith="kick:").aupdate(until="2026-01-01T00:00Z")
    assert (await ask(eve, type="join", room=room.pk, token=shown))["code"] == KICKED.code
    again = await token(room, "eve")
    assert (await ask(eve, type="join", room=room.pk, token=again))["type"] == "ok"
    await disconnect(eve)


async def speak(socket: WebsocketCommunicator, dialect: str, name: str) -> str:
    """Post in this dialect. The name under which the message is shown."""
    frame = {"usr": name, "msg": "hi"} if dialect == "plain" else {"contents": "hi"}
    await socket.send_json_to(frame)
    while True:
        shown = await socket.receive_json_from(5)
        if dialect == "plain":
            return str(shown["usr"])
        if shown["action"] == "chat":
            return str(shown["sender"])


def renew_error(room: Room, shown: str) -> int:
    """The code with which this token is not renewed; 0 if it is."""
    try:
        rooms.renew_token(room=Room.objects.get(pk=room.pk), token=shown, actor=ANONYMOUS)
    except ChatError as error:
        return error.kind.code
    return 0


async def closed_for_good(path: str, *subprotocols: str, client: str = "192.0.2.100") -> bool:
    """Whether a handshake from there is refused."""
    again = WebsocketCommunicator(
        application, path, headers=[(b"host", b"testserver")], subprotocols=list(subprotocols)
    )
    again.scope["client"] = (client, 1)
    return (await again.connect(timeout=10))[0] is False


@pytest.mark.parametrize("stays", [True, False], ids=["connected", "gone"])
@pytest.mark.parametrize("dialect", ["plain", "uuid"])
async def test_kick_ends_the_token_of_a_client_without_identity(dialect: str, stays: bool):
    room = await private_room()
    path, shown = f"/dialects/{dialect}/{room.pk}", await token(room, "evil")
    socket = await connect(path, shown)
    name = await speak(socket, dialect, "evil")
    if not stays:
        await socket.disconnect()
    await sync_to_async(bans.kick_name)(room=room, name=name, actor=SITE)
    if stays:
        assert await closed_with(socket) == 4403
    await Ban.objects.filter(key__startswith="kick:").aupdate(until="2026-01-01T00:00Z")
    assert await closed_for_good(path, shown)
    renewed = await sync_to_async(renew_error)(room, shown)
    assert renewed == KICKED.code


@pytest.mark.parametrize("stays", [True, False], ids=["connected", "gone"])
@pytest.mark.parametrize("dialect", ["plain", "uuid"])
async def test_ban_finds_the_address_of_a_client_without_identity(dialect: str, stays: bool):
    room, address = await create(None), "192.0.2.8"
    path = f"/dialects/{dialect}/{room.pk}"
    socket = await connect(path, client=address)
    name = await speak(socket, dialect, "evil")
    if not stays:
        await socket.disconnect()
    fields = {"name": name, "address": True}
    await sync_to_async(bans.ban)(room=room, actor=SITE, fields=fields)
    if stays:
        assert await closed_with(socket) == 4403
    assert await closed_for_good(path, client=address)


async def test_name_of_a_client_without_identity_is_noted_once():
    room = await create(None)
    socket = await connect(f"/dialects/plain/{room.pk}")
    for name in ("ann", "ann", "eve", "ann"):
        assert await speak(socket, "plain", name) == name
    noted = [one.name_key async for one in UsedName.objects.order_by("pk")]
    assert noted == ["ann", "eve"]
    await disconnect(socket)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "eve", "pattern": "e*"},
        {"name": ""},
        {"pattern": "eve"},
        {"pattern": "*"},
        {"pattern": "*e*"},
        {"pattern": "a*b*c*d*e*f*g*"},
        {"pattern": "\ucb94" * 49 + "*"},  # seven times as long as a key
        {"network": "192.0.2"},
        {"network": "0.0.0.0/0"},
        {"network": "::/0"},
        {"network": "10.0.0.0/7"},
        {"network": "2001:db8::/64", "address": True},
        {"name": "eve", "seconds": 0},
        {"name": "eve", "reason": "x" * 201},
        {"name": "eve", "note": "x" * 501},
        {"name": "eve", "reason": "a\nb"},
    ],
)
async def test_odd_bans_are_refused(given: dict[str, Any]):
    olga, eve, room = await here()
    assert (await ask(olga, type="ban", room=room.pk, **given))["code"] == 303
    assert not await Ban.objects.aexists()
    await disconnect(olga, eve)


async def test_who_is_not_there_is_not_kicked_and_nobody_kicks_themselves():
    olga, eve, room = await here()
    assert (await ask(olga, type="kick", room=room.pk, name="adam"))["code"] == 201
    assert (await ask(olga, type="kick", room=room.pk, name="olga"))["code"] == 104
    await disconnect(olga, eve)


# In the dialects


@pytest.mark.parametrize("deed", ["kick", "ban"])
async def test_member_of_a_dialect_gets_the_error_and_is_closed(deed: str):
    room = await create(None)
    eve = await connect(f"/chats/{room.pk}/ws", client="192.0.2.8")
    await eve.send_json_to({"event_type": "join", "name": "eve", "color": "red"})
    await eve.receive_json_from(5)
    if deed == "kick":
        await sync_to_async(bans.kick_name)(room=room, name="eve", actor=SITE, reason="spam")
    else:
        fields = {"name": "eve", "address": True}
        await sync_to_async(bans.ban)(room=room, actor=SITE, fields=fields)
    frame = await eve.receive_output(5)
    assert f'"code":{(KICKED if deed == "kick" else BANNED).code}' in frame["text"].replace(" ", "")
    closed = await eve.receive_output(5)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4403)
    if deed == "ban":
        again = WebsocketCommunicator(application, f"/chats/{room.pk}/ws", headers=[(b"host", b"testserver")])
        again.scope["client"] = ("192.0.2.8", 1)
        assert (await again.connect(timeout=10))[0] is False
    other = await connect(f"/chats/{room.pk}/ws", client="192.0.2.9")
    await other.send_json_to({"event_type": "join", "name": "eve", "color": "red"})
    while (answer := await receive(other)).get("event_type") == "leave":
        pass
    assert answer["code"] == (KICKED if deed == "kick" else BANNED).code
    await disconnect(eve, other)


# From the server


async def test_ban_from_the_server_ends_all_connections_and_lets_none_in():
    olga, eve, room = await here()
    ban = sync_to_async(bans.ban_from_server)
    await ban(actor=SITE, fields={"name": "eve", "reason": "spam"})
    assert await closed_with(eve) == 4403
    assert (await ask(await connect("/ws", "wschat.v1"), type="hello", name="eve"))["code"] == BANNED.code
    assert (await ask(olga, type="send", room=room.pk, text="still here"))["type"] == "ok"
    number = (await Ban.objects.aget(origin="")).pk
    await sync_to_async(bans.unban_from_server)(actor=SITE, number=number)
    assert (await ask(await v1("adam"), type="join", room=room.pk))["type"] == "ok"
    acts = [entry.act async for entry in AuditEntry.objects.order_by("pk")]
    assert acts == ["ban_from_server", "unban_from_server"]
    await disconnect(olga)


async def test_ban_from_the_server_leaves_staff_and_only_staff_bans():
    one = await user("mona", is_staff=True, is_superuser=True)
    staff = await v1_by_cookie(one)
    room = await create(None)
    await ask(staff, type="join", room=room.pk)
    await sync_to_async(bans.ban_from_server)(actor=SITE, fields={"pattern": "mon*"})
    assert (await ask(staff, type="send", room=room.pk, text="still here"))["type"] == "ok"
    ban = sync_to_async(bans.ban_from_server)
    with pytest.raises(Exception, match="staff cannot be banned"):
        await ban(actor=SITE, fields={"name": "mona"})
    olga = await Participant.objects.acreate(name="olga", name_key="olga")
    with pytest.raises(Exception, match="only staff"):
        await ban(actor=Actor(olga.pk), fields={"name": "eve"})
    await disconnect(staff)


@pytest.mark.parametrize("role", ["guest", "member", "moderator", "owner"])
async def test_only_staff_ban_from_the_server_over_v1(role: str):
    socket = await come(role, await room_of_the_owner())
    ban = (await Ban.objects.acreate(room=None, key="name:x", name="x", rank=3, at=datetime.now(UTC))).pk
    for command in (
        {"type": "ban_from_server", "name": "eve"},
        {"type": "unban_from_server", "ban": ban},
        {"type": "server_bans"},
    ):
        assert (await ask(socket, **command))["code"] == 104
    assert [one.name async for one in Ban.objects.all()] == ["x"]
    await disconnect(socket)


async def test_staff_ban_from_the_server_list_and_lift_over_v1():
    """Without being in a room; the one who is banned is out at once."""
    room = await room_of_the_owner()
    staff, eve = await come("staff", room), await v1("eve")
    given = {"name": "eve", "seconds": 3600, "reason": "spam", "note": "again"}
    answer = await ask(staff, type="ban_from_server", **given)
    (ban,) = answer["bans"]
    assert [ban[name] for name in ("kind", "name", "reason", "note", "by")] == [
        "name",
        "eve",
        "spam",
        "again",
        "ann",
    ]
    assert (await closed_with(eve)) == 4403
    assert (await ask(staff, type="ban_from_server", newcomers=True, seconds=60))["bans"][0][
        "kind"
    ] == "newcomers"
    for wrong, field in (
        ({}, "name"),
        ({"name": "x", "network": "192.0.2.1"}, "name"),
        ({"newcomers": True}, "seconds"),
        ({"name": "x", "seconds": 0}, "seconds"),
        ({"network": "house"}, "network"),
    ):
        refused = await ask(staff, type="ban_from_server", **wrong)
        assert (refused["code"], refused["field"]) == (303, field)
    assert len((await ask(staff, type="server_bans"))["bans"]) == 2
    assert len((await ask(staff, type="unban_from_server", ban=ban["id"]))["bans"]) == 1
    assert (await ask(staff, type="unban_from_server", ban=ban["id"]))["code"] == 906
    acts = [(entry.act, entry.actor_name) async for entry in AuditEntry.objects.order_by("pk")]
    assert acts == [("ban_from_server", "ann")] * 2 + [("unban_from_server", "ann")]
    await disconnect(staff)


@pytest.mark.parametrize("deed", ["mute", "kick", "ban"])
async def test_deed_on_an_unverified_name_does_not_fall_on_its_owner(deed: str):
    owner, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(owner, eve)
    label = await connect(f"/dialects/plain/{room.pk}")
    for name in ("EVE", "nobody else"):
        await label.send_json_to({"usr": name, "msg": "vile"})
        while (heard := await receive(owner))["type"] != "message" or heard["sender"]["name"] != name:
            pass
        assert heard["sender"]["verified"] is False
    refused = await ask(owner, type=deed, room=room.pk, name="EVE", verified=False)
    assert (refused["code"], refused["field"]) == (303, "name")
    assert (await ask(eve, type="send", room=room.pk, text="still here"))["type"] == "ok"
    assert (await ask(owner, type=deed, room=room.pk, name="nobody else", verified=False))["type"] == "ok"
    assert (await ask(owner, type=deed, room=room.pk, name="eve", verified=True))["type"] == "ok"
    await disconnect(owner, eve, label)


@pytest.mark.parametrize("role", ["moderator", "owner"])
async def test_who_runs_the_room_does_not_while_banned_from_it(role: str):
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga, eve)
    await ask(olga, type="moderator", room=room.pk, name="eve")
    name, socket = ("eve", eve) if role == "moderator" else ("olga", olga)
    asked = [{"type": kind, "room": room.pk} for kind in ("reports", "filters")]
    seq = (await ask(olga, type="send", room=room.pk, text="spam"))["seq"]
    ann = await v1("ann")
    await ask(ann, type="join", room=room.pk)
    assert (await ask(ann, type="report", room=room.pk, target=seq, reason="spam"))["type"] == "ok"
    assert [(await ask(socket, **one))["type"] for one in asked] == ["ok", "ok"]
    await sync_to_async(bans.ban)(room=room, actor=SITE, fields={"name": name, "seconds": 600})
    assert (await heard(socket, "removed"))["code"] == 921
    assert [(await ask(socket, **one)).get("code") for one in asked] == [104, 104]
    assert (await ask(socket, type="join", room=room.pk))["code"] == 921
    assert (await ask(socket, type="reports"))["reports"] == []
    if role == "owner":  # no lower rank takes the ban over, and so weakens it
        assert (await ask(eve, type="ban", room=room.pk, name="olga"))["code"] == 104
        assert (await ask(eve, type="ban", room=room.pk, name="olga", on=False))["code"] == 104
    await Ban.objects.aupdate(until=timezone.now() - timedelta(seconds=1))
    assert [(await ask(socket, **one))["type"] for one in asked] == ["ok", "ok"]
    await disconnect(olga, eve, ann)


async def leave_a_message(protocol: str, room: Room, client: str) -> None:
    """A guest called eve comes by this protocol, says something, and goes."""
    if protocol == "envelope":
        socket = await connect(f"/dialects/envelope/{room.pk}", client=client)
        for kind, body in (("Enter", {}), ("GroupChat", {"content": "insult"})):
            await socket.send_json_to(
                {"message_type": kind, "message_body": {"sender_username": "eve"} | body}
            )
    else:
        socket = await v1("eve", client)
        assert (await ask(socket, type="join", room=room.pk))["type"] == "ok"
        assert (await ask(socket, type="send", room=room.pk, text="insult"))["type"] == "ok"
    async with asyncio.timeout(5):
        while not await Event.objects.filter(room=room, name="eve").aexists():
            pass
    await socket.disconnect()


@pytest.mark.parametrize("protocol", ["wschat.v1", "envelope"])
async def test_new_guest_from_where_a_banned_one_has_gone_is_held(protocol: str):
    olga = await v1("olga")
    room = await room_of_the_owner(olga)
    await leave_a_message(protocol, room, "192.0.2.66")
    async with asyncio.timeout(5):
        while await Presence.objects.filter(room=room, name="eve").aexists():
            pass
    assert (await ask(olga, type="ban", room=room.pk, name="eve"))["type"] == "ok"
    troll, other = await v1("troll", "192.0.2.66"), await v1("other", "192.0.2.67")
    codes = []
    for one in (troll, other):
        assert (await ask(one, type="join", room=room.pk))["type"] == "ok"
        codes.append((await ask(one, type="send", room=room.pk, text="again")).get("code", 0))
    assert codes == [110, 0]
    await disconnect(olga, troll, other)
