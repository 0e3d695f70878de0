"""Which role may do which deed in a protected room: over `wschat.v1`, REST and each dialect, in process."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import resolve
from rest_framework_simplejwt.tokens import AccessToken

from chat import tokens
from chat.api import urls as api_urls
from chat.api import views
from chat.dialects.v1_in import MEANINGS
from chat.events import tag_of
from chat.models import Ban, BulkDeletion, Event, Participant, Report, Room
from chat.permissions import SITE, Actor
from chat.services import bans, filters, joined_rooms, moderation, rooms
from chat.services.joined_rooms import Joining
from tests.support.marks import whole_db
from tests.test_consumers import SECRET, _engine, connect, do, private_room, receive, token, v1
from tests.test_revocation import ask, heard, participant, user, v1_by_token

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Guest: connected, never in the room. Left: was in it. Joined: is in it, and had joined it before, so that it
# needs no token. Banned: as joined, until now. Former: was a moderator, and is a member by token.
ROLES = ("guest", "left", "banned", "member", "joined", "muted", "former", "moderator", "owner", "staff")
BY_TOKEN = ("left", "member", "muted", "former")
BY_PASSWORD = ("banned", "joined")
TABLE: dict[str, tuple[int, ...]] = {
    #              guest left banned member joined muted former moderator owner staff
    "join": (403, 403, 921, 202, 202, 202, 202, 202, 202, 202),
    "send": (101, 101, 101, 0, 0, 107, 0, 0, 0, 0),
    "edit own": (101, 101, 101, 0, 0, 107, 0, 0, 0, 0),
    "edit": (101, 101, 101, 204, 204, 107, 204, 204, 204, 204),
    "react": (101, 101, 101, 0, 0, 107, 0, 0, 0, 0),
    "react for another": (101, 101, 101, 204, 204, 204, 204, 0, 0, 0),
    "delete_all": (101, 101, 101, 104, 104, 104, 104, 205, 205, 205),
    "deletions": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "stop_deletion": (101, 101, 101, 104, 104, 104, 104, 906, 906, 906),
    "pin": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "mute": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "kick": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "ban": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "ban newcomers": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "mutes": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "bans": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "moderator": (101, 101, 101, 104, 104, 104, 104, 104, 0, 0),
    "describe": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "posting": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
    "typing": (101, 101, 101, 0, 0, 107, 0, 0, 0, 0),
    "read": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "save": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "keep_unfinished": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "level": (101, 101, 0, 101, 0, 101, 101, 0, 0, 0),
    "history": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "replies": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "search": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "pins": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "members": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "moderators": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "accept_rules": (101, 101, 101, 914, 914, 914, 914, 914, 914, 914),
    "renew": (101, 101, 101, 403, 403, 403, 403, 403, 403, 403),
    "report": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
    "reports": (104, 104, 104, 104, 104, 104, 104, 0, 0, 0),
    "claim": (906, 906, 906, 906, 906, 906, 906, 0, 0, 0),
    "decide": (906, 906, 906, 906, 906, 906, 906, 0, 0, 0),
    "approve": (906, 906, 906, 906, 906, 906, 906, 0, 0, 0),
    "filters": (104, 104, 104, 104, 104, 104, 104, 0, 0, 0),
    "try_filter": (104, 104, 104, 104, 104, 104, 104, 0, 0, 0),
    "change_filter": (104, 104, 104, 104, 104, 104, 104, 0, 0, 0),
    "add_filter": (104, 104, 104, 104, 104, 104, 104, 0, 0, 0),
    "remove_filter": (104, 104, 104, 104, 104, 104, 104, 0, 0, 0),
    "filters everywhere": (104, 104, 104, 104, 104, 104, 104, 104, 104, 0),
    "try_filter everywhere": (104, 104, 104, 104, 104, 104, 104, 104, 104, 0),
    "add_filter everywhere": (104, 104, 104, 104, 104, 104, 104, 104, 104, 0),
    "server_bans": (104, 104, 104, 104, 104, 104, 104, 104, 104, 0),
    "ban_from_server": (104, 104, 104, 104, 104, 104, 104, 104, 104, 0),
    "unban_from_server": (104, 104, 104, 104, 104, 104, 104, 104, 104, 906),
    "delete": (101, 101, 101, 204, 204, 204, 204, 0, 0, 0),
    "leave": (101, 101, 101, 0, 0, 0, 0, 0, 0, 0),
}  # fmt: skip
COMMANDS: dict[str, dict[str, Any]] = {
    "send": {"text": "x"},
    "edit own": {"type": "edit", "text": "y"},
    "edit": {"text": "y"},
    "delete": {},
    "react": {"emoji": "👍"},
    "react for another": {"type": "react", "emoji": "👍", "on": False, "participant": 999_999},
    "delete_all": {"name": "has said nothing", "target": None, "since": "hour"},
    "stop_deletion": {"deletion": 99},
    "pin": {},
    "mute": {"name": "zed"},
    "kick": {"name": "zed"},
    "ban": {"name": "nobody"},
    "moderator": {"name": "zed"},
    "describe": {"description": "x"},
    "posting": {"slow_seconds": 0, "accounts_only": False},
    "read": {"seq": 1},
    "keep_unfinished": {"text": "x"},
    "level": {"level": "mentions"},
    "search": {"text": "said"},
    "report": {"reason": "spam"},
    "decide": {"decision": "nothing"},
    "renew": {"token": "x"},
    "accept_rules": {"version": 1},
    "ban newcomers": {"type": "ban", "newcomers": True, "seconds": 60},
    "ban_from_server": {"name": "nobody"},
    "unban_from_server": {"ban": 99},
    "add_filter": {"kind": "links", "action": "warn"},
    "change_filter": {"kind": "links", "action": "hold"},
    "try_filter": {"kind": "links", "action": "warn"},
    "add_filter everywhere": {"type": "add_filter", "room": None, "kind": "links", "action": "warn"},
    "filters everywhere": {"type": "filters", "room": None},
    "try_filter everywhere": {"type": "try_filter", "room": None, "kind": "links", "action": "warn"},
    "approve": {"type": "decide", "decision": "approve"},
}
# No right of a room is asked for: who it is, where it goes, whom it writes to, what it has sent itself, and
# what calls it, where.
FREE = {"hello", "ping", "direct", "held", "mentions", "saved", "unfinished"}
FREE |= {"joined_rooms", "block", "blocked"}
ANYWHERE = {"reports", "claim", "decide", "approve"}  # by right, in the room or not
ANYWHERE |= {"filters", "add_filter", "change_filter", "remove_filter", "try_filter"}
ANYWHERE |= {"ban_from_server", "unban_from_server", "server_bans"}
ANYWHERE |= {"filters everywhere", "add_filter everywhere", "try_filter everywhere"}


class Scene:
    """A room with someone in each role. `said`: the seq of a message of another, who is no longer there.

    `report`: of that message, by someone else. `held`: of a message that waits. `filter`: one of the room.
    """

    def __init__(self, room: Room, people: dict[str, User]) -> None:
        self.room = room
        self.people = people
        self.said = 0
        self.report = self.held = self.filter = 0

    async def come(self, role: str) -> WebsocketCommunicator:
        """Connected, and in the room if the role is."""
        socket = await v1_by_token(self.people[role])
        if role == "guest":
            return socket
        key = await token(self.room, role) if role in BY_TOKEN else ""
        if role in BY_PASSWORD:
            await self.join_before(role)
        joined = await ask(socket, type="join", room=self.room.pk, token=key)
        assert joined["type"] == "ok", joined
        if role == "left":
            assert (await ask(socket, type="leave", room=self.room.pk))["type"] == "ok"
        return socket

    async def join_before(self, role: str) -> None:
        """Have them joined the room with its password, on its page."""
        number = await participant(self.people[role])
        joining = Joining(number, self.room.pk, self.room.generation)
        await sync_to_async(joined_rooms.note_joined)([joining])

    async def come_as_guest(self, role: str) -> WebsocketCommunicator:
        """The same participant without its account, with all its roles."""
        one = await Participant.objects.aget(user=self.people[role])
        await Participant.objects.filter(pk=one.pk).aupdate(user=None)
        socket, _, _ = await connect("/ws", "wschat.v1")
        assert (await ask(socket, type="hello", token=tokens.guest_session(one.pk)))["type"] == "ok"
        key = await token(self.room, role) if role in BY_TOKEN else ""
        assert (await ask(socket, type="join", room=self.room.pk, token=key))["type"] == "ok"
        return socket

    def bearer(self, role: str) -> dict[str, Any]:
        return {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(self.people[role])}"}


@pytest.fixture
async def scene() -> Scene:
    people = {role: await user(role, is_staff=role == "staff") for role in (*ROLES, "zed")}
    for codename in ("change_room", "delete_event", "change_report", "change_filter"):
        permission = await Permission.objects.aget(content_type__app_label="chat", codename=codename)
        await people["staff"].user_permissions.aadd(permission)
    room = await private_room(await participant(people["owner"]))
    await Room.objects.filter(pk=room.pk).aupdate(commons=False)
    await room.arefresh_from_db()
    for role, on in (("moderator", True), ("former", True), ("former", False)):
        await sync_to_async(moderation.set_moderator)(room=room, name=role, actor=SITE, on=on)
    found = Scene(room, people)
    zed = await v1_by_token(people["zed"])
    assert (await ask(zed, type="join", room=room.pk, token=await token(room, "zed")))["type"] == "ok"
    found.said = (await ask(zed, type="send", room=room.pk, text="said"))["seq"]
    await zed.disconnect()
    mia = await scene_reporter(room)
    found.report = (await ask(mia, type="report", room=room.pk, target=found.said, reason="spam"))["report"]
    await hold_message_in(found, mia)
    await mia.disconnect()
    return found


async def hold_message_in(scene: Scene, mia: WebsocketCommunicator) -> None:
    """Add a filter to the room, and have a message of a member wait there because of it."""
    fields = {"kind": "words", "action": "hold", "pattern": "waits"}
    added = await sync_to_async(filters.add_filter)(room=scene.room, actor=SITE, fields=fields)
    scene.filter = added.pk
    assert (await ask(mia, type="send", room=scene.room.pk, text="waits"))["code"] == 110
    scene.held = (await Report.objects.aget(reporter=0)).pk


async def scene_reporter(room: Room) -> WebsocketCommunicator:
    """A guest in the room."""
    mia = await v1("mia")
    assert (await ask(mia, type="join", room=room.pk, token=await token(room, "mia")))["type"] == "ok"
    return mia


def test_table_has_every_command():
    known = {str(COMMANDS.get(deed, {}).get("type", deed)) for deed in TABLE}
    assert known | FREE == {tag_of(command) for command in MEANINGS}


@pytest.mark.parametrize("role", ROLES)
async def test_deeds_over_v1(scene: Scene, role: str):
    socket, room = await scene.come(role), scene.room.pk
    own = scene.said
    if role not in ("guest", "left"):
        own = (await ask(socket, type="send", room=room, text="mine"))["seq"]
    if role == "muted":
        await sync_to_async(moderation.mute_name)(room=scene.room, name=role, actor=SITE)
    if role == "banned":
        await sync_to_async(bans.ban)(room=scene.room, actor=SITE, fields={"name": role})
        assert (await heard(socket, "removed"))["code"] == 921
    found = {}
    for deed in TABLE:
        command = {"type": deed, "room": room, "target": own if deed == "edit own" else scene.said}
        command |= {"report": scene.held if deed == "approve" else scene.report, "filter": scene.filter}
        found[deed] = (await ask(socket, **command | COMMANDS.get(deed, {}))).get("code", 0)
    place = ROLES.index(role)
    assert found == {deed: row[place] for deed, row in TABLE.items()}
    await socket.disconnect()


WHO_POST = ("member", *ROLES[-4:])
LIMITED = {  # the second message, in a slow room; and the first one of a guest, where only accounts can post
    #          member former moderator owner staff
    "slow":     (108, 108, 0, 0, 0),
    "accounts": (109, 109, 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("place", range(5), ids=WHO_POST)
async def test_limits_of_posting_hold_for_all_who_do_not_run_the_room(scene: Scene, place: int):
    role, room = WHO_POST[place], scene.room
    socket = await scene.come(role)
    await sync_to_async(rooms.limit_posting)(room=room, actor=SITE, fields={"slow_seconds": 300})
    sent = [(await ask(socket, type="send", room=room.pk, text="x")).get("code", 0) for _ in range(2)]
    assert sent == [0, LIMITED["slow"][place]]
    limits = {"slow_seconds": 0, "accounts_only": True}
    await sync_to_async(rooms.limit_posting)(room=room, actor=SITE, fields=limits)
    assert (await ask(socket, type="send", room=room.pk, text="x")).get("code", 0) == 0
    if role != "staff":
        await socket.disconnect()
        socket = await scene.come_as_guest(role)
    sent = [(await ask(socket, type="send", room=room.pk, text="x")).get("code", 0)]
    assert sent == [LIMITED["accounts"][place]]
    await socket.disconnect()


CHOSEN: dict[str, dict[str, tuple[int, ...]]] = {  # who pins; and whom @room of which sender calls, as 1
    #                      guest left banned member joined muted former moderator owner staff
    "pin": {
        "everyone": (101, 101, 101, 0, 0, 107, 0, 0, 0, 0),
        "moderators": (101, 101, 101, 104, 104, 104, 104, 0, 0, 0),
        "owner": (101, 101, 101, 104, 104, 104, 104, 104, 0, 0),
    },
    "mention": {
        "everyone": (0, 0, 0, 1, 1, 0, 1, 1, 1, 1),
        "auto": (0, 0, 0, 1, 1, 0, 1, 1, 1, 1),  # the room is small
        "moderators": (0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
        "owner": (0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    },
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
async def test_room_chooses_who_pins_and_mentions_everyone(scene: Scene, role: str):
    socket, room = await scene.come(role), scene.room
    if role == "muted":
        await sync_to_async(moderation.mute_name)(room=room, name=role, actor=SITE)
    if role == "banned":
        await sync_to_async(bans.ban)(room=room, actor=SITE, fields={"name": role})
        assert (await heard(socket, "removed"))["code"] == 921
    change = sync_to_async(rooms.limit_posting)
    for choice, codes in CHOSEN["pin"].items():
        await change(room=room, actor=SITE, fields={"who_can_pin": choice})
        for on in (True, False):
            answer = await ask(socket, type="pin", room=room.pk, target=scene.said, on=on)
            assert answer.get("code", 0) == codes[ROLES.index(role)], choice
    for choice, calls in CHOSEN["mention"].items():
        await change(room=room, actor=SITE, fields={"who_can_mention_all": choice})
        await ask(socket, type="send", room=room.pk, text=f"@room {choice}", nonce=choice)
        said = Event.objects.filter(room=room, text=f"@room {choice}")
        found = [bool((one.data or {}).get("mentions")) async for one in said]
        assert found == ([True] if calls[ROLES.index(role)] else [False] * len(found)), choice
    await socket.disconnect()


@pytest.mark.parametrize("role", ["moderator", "owner", "staff"])
@pytest.mark.parametrize("name", ["who_can_pin", "who_can_mention_all"])
async def test_what_is_the_owners_alone_no_moderator_changes(scene: Scene, role: str, name: str):
    """Over `wschat.v1`, REST and the page."""
    socket, room, client = await scene.come(role), scene.room, Client()
    await sync_to_async(client.force_login)(scene.people[role])
    page, rest, bearer = f"/room/{room.pk}/settings", f"/chats/{room.pk}", scene.bearer(role)
    refused = role == "moderator"
    for before, after in (("moderators", "owner"), ("owner", "everyone")):
        await Room.objects.filter(pk=room.pk).aupdate(**{name: before})
        answer = await ask(socket, type="posting", room=room.pk, **{name: after})
        assert (answer.get("code"), answer.get("field")) == ((104, name) if refused else (None, None))
        await Room.objects.filter(pk=room.pk).aupdate(**{name: before})
        changed = await sync_to_async(client.put)(rest, {name: after}, "application/json", **bearer)
        assert (changed.status_code == 200) is not refused, changed.content
        await Room.objects.filter(pk=room.pk).aupdate(**{name: before})
        shown = await sync_to_async(client.post)(page, {"section": "posting", name: after})
        assert (shown.status_code == 302) is not refused
    await socket.disconnect()


@pytest.mark.parametrize("role", ["guest", "moderator", "owner", "staff"])
async def test_direct_conversation_is_closed_to_all_but_the_two(scene: Scene, role: str):
    """Whatever they are elsewhere: staff, too."""
    zed, mia = await v1_by_token(scene.people["zed"]), await v1_by_token(scene.people["member"])
    talk = await ask(zed, type="direct", to="member", text="between us")
    socket, room = await v1_by_token(scene.people[role]), talk["room"]
    number = (await ask(mia, type="report", room=room, target=talk["seq"], reason="spam"))["report"]
    for deed in TABLE:
        if deed in ANYWHERE:
            continue
        command = {"type": deed, "room": room, "target": talk["seq"]} | COMMANDS.get(deed, {})
        answer = await ask(socket, **command)
        assert answer["code"] == 101, (deed, answer)
    assert (await ask(socket, type="reports", room=room))["code"] == 101
    shown = (await ask(socket, type="reports"))["reports"]
    if role == "staff":  # what one of the two has shown to staff
        assert [(one["id"], one["title"]) for one in shown if one["direct"]] == [(number, "")]
    else:
        assert not any(one["direct"] for one in shown)
        for command in ({"type": "claim"}, {"type": "decide", "decision": "done"}):
            assert (await ask(socket, report=number, **command))["code"] == 906
    assert (await ask(socket, type="join", room=room))["code"] == 101
    client = Client(headers={"accept": "application/json"})
    for method in ("get", "put", "delete"):
        call = getattr(client, method)
        for path in (f"/chats/{room}", f"/chats/{room}/moderators", f"/room/{room}"):
            answer = await sync_to_async(call)(path, **scene.bearer(role))
            assert answer.status_code in (401, 403, 404, 405), path
            assert "between us" not in answer.content.decode()
    for path in ("/chats/{}/ws", "/dialects/uuid/{}", "/dialects/envelope/{}", "/dialects/plain/{}"):
        assert not (await connect(path.format(room)))[1]
    assert (await Event.objects.aget(room=room, kind="message")).text == "between us"
    for one in (zed, mia, socket):
        await one.disconnect()


@pytest.mark.parametrize("role", ROLES)
async def test_bans_are_lifted_on_the_page_by_those_who_run_the_room(scene: Scene, role: str):
    moderator = Actor(await participant(scene.people["moderator"]))
    fields = {"name": "nobody", "note": "secret"}
    await sync_to_async(bans.ban)(room=scene.room, actor=moderator, fields=fields)
    ban, client, path = await Ban.objects.aget(), Client(), f"/room/{scene.room.pk}/settings"
    await sync_to_async(client.force_login)(scene.people[role])
    if role in (*BY_TOKEN, *BY_PASSWORD):
        entered = {"name": role, "color": "", "password": SECRET}
        await sync_to_async(client.post)(f"/room/{scene.room.pk}/enter", entered)
    shown = await sync_to_async(client.get)(path)
    lifted = await sync_to_async(client.post)(path, {"section": "bans", "ban": str(ban.pk)})
    may = role in ("moderator", "owner", "staff")
    assert ("secret" in shown.content.decode()) is may
    assert (lifted.status_code == 302) is may, lifted.status_code
    assert await Ban.objects.filter(pk=ban.pk).aexists() is not may


OVER_REST: dict[str, tuple[int, ...]] = {
    # guest banned member joined former moderator owner staff
    "GET /chats/{room}": (0, 0, 0, 0, 0, 0, 0, 0),
    "PUT /chats/{room}": (403, 921, 104, 104, 403, 0, 0, 0),
    "GET /chats/{room}/moderators": (403, 921, 0, 0, 403, 0, 0, 0),
    "PUT /chats/{room}/moderators/zed": (104, 104, 104, 104, 104, 104, 0, 0),
    "DELETE /chats/{room}/moderators/zed": (104, 104, 104, 104, 104, 104, 0, 0),
    "GET /chats/{room}/token/renew": (403, 403, 0, 403, 403, 403, 403, 403),
    "POST /chats/{room}/mutes": (104, 104, 104, 104, 104, 0, 0, 0),
    "GET /chats/{room}/mutes": (104, 104, 104, 104, 104, 0, 0, 0),
    "POST /chats/{room}/bans": (104, 104, 104, 104, 104, 0, 0, 0),
    "GET /chats/{room}/bans": (104, 104, 104, 104, 104, 0, 0, 0),
    "DELETE /chats/{room}/bans/{ban}": (104, 104, 104, 104, 104, 0, 0, 0),
    "POST /chats/{room}/deletions": (104, 104, 104, 104, 104, 205, 205, 205),
    "GET /chats/{room}/deletions": (104, 104, 104, 104, 104, 0, 0, 0),
    "GET /chats/{room}/deletions/{bulk}": (104, 104, 104, 104, 104, 0, 0, 0),
    "DELETE /chats/{room}/deletions/{bulk}": (104, 104, 104, 104, 104, 906, 906, 906),
    "GET /api/search?text=said": (0, 0, 0, 0, 0, 0, 0, 0),
    "GET /api/search?text=said&room={room}": (403, 921, 0, 0, 403, 0, 0, 0),
    "GET /api/rules?room={room}": (403, 921, 0, 0, 403, 0, 0, 0),
    "POST /api/rules": (403, 921, 204, 914, 403, 914, 914, 914),
    "POST /api/reports": (403, 921, 204, 0, 403, 0, 0, 0),
    "GET /api/reports?room={room}": (104, 104, 104, 104, 104, 0, 0, 0),
    "GET /api/reports": (0, 0, 104, 0, 0, 0, 0, 0),
    "PUT /api/reports/{report}/claim": (906, 906, 906, 906, 906, 0, 0, 0),
    "DELETE /api/reports/{report}/claim": (906, 906, 906, 906, 906, 0, 0, 0),
    "POST /api/reports/{report}/decision": (906, 906, 906, 906, 906, 0, 0, 0),
    "GET /api/held": (0, 0, 204, 0, 0, 0, 0, 0),
    "GET /api/mentions": (0, 0, 204, 0, 0, 0, 0, 0),
    "GET /api/saved": (0, 0, 204, 0, 0, 0, 0, 0),
    "PUT /api/saved/{room}/{said}": (101, 101, 204, 0, 101, 0, 0, 0),
    "DELETE /api/saved/{room}/{said}": (0, 0, 204, 0, 0, 0, 0, 0),
    "GET /api/unfinished": (0, 0, 204, 0, 0, 0, 0, 0),
    "PUT /api/unfinished/{room}": (101, 101, 204, 0, 101, 0, 0, 0),
    "DELETE /api/unfinished/{room}": (0, 0, 204, 0, 0, 0, 0, 0),
    "GET /api/blocked": (0, 0, 204, 0, 0, 0, 0, 0),
    "PUT /api/blocked/{zed}": (0, 0, 204, 0, 0, 0, 0, 0),
    "DELETE /api/blocked/{zed}": (0, 0, 204, 0, 0, 0, 0, 0),
    "GET /api/rooms": (0, 0, 204, 0, 0, 0, 0, 0),
    "PUT /api/rooms/{room}/level": (101, 0, 204, 0, 101, 101, 101, 101),
    "GET /api/rooms/{room}/replies/{said}": (403, 921, 0, 0, 403, 0, 0, 0),
    "PUT /api/rooms/{room}/read": (403, 921, 204, 0, 403, 0, 0, 0),
    "GET /api/filters?room={room}": (104, 104, 104, 104, 104, 0, 0, 0),
    "GET /api/filters": (104, 104, 104, 104, 104, 104, 104, 0),
    "POST /api/filters/try": (104, 104, 104, 104, 104, 0, 0, 0),
    "POST /api/filters": (104, 104, 104, 104, 104, 0, 0, 0),
    "PUT /api/filters/{filter}": (104, 104, 104, 104, 104, 0, 0, 0),
    "DELETE /api/filters/{filter}": (104, 104, 104, 104, 104, 0, 0, 0),
    "GET /api/bans": (104, 104, 104, 104, 104, 104, 104, 0),
    "POST /api/bans": (104, 104, 104, 104, 104, 104, 104, 0),
    "DELETE /api/bans/{ban}": (104, 104, 104, 104, 104, 104, 104, 906),
    "GET /api/deletions": (104, 104, 104, 104, 104, 104, 104, 0),
    "POST /api/deletions": (104, 104, 104, 104, 104, 104, 104, 205),
    "GET /api/deletions/{bulk}": (104, 104, 104, 104, 104, 104, 104, 0),
    "DELETE /api/deletions/{bulk}": (104, 104, 104, 104, 104, 104, 104, 906),
    "POST /api/deletions/{bulk}/restore": (104, 104, 104, 104, 104, 104, 104, 205),
    "DELETE /api/deletions/{bulk}/kept": (104, 104, 104, 104, 104, 104, 104, 0),
    "POST /chats/{room}/kicks": (104, 104, 104, 104, 104, 0, 0, 0),
    "POST /chats/{room}/token": (0, 921, 0, 0, 0, 0, 0, 0),
    "DELETE /chats/{room}": (403, 921, 104, 104, 403, 0, 0, 0),
}  # fmt: skip
REST_ROLES = ("guest", "banned", "member", "joined", "former", "moderator", "owner", "staff")
BODIES: dict[str, dict[str, Any]] = {
    "PUT /chats/{room}": {"description": "new"},
    "POST /chats/{room}/token": {"secret": SECRET, "name": "new"},
    "POST /chats/{room}/kicks": {"name": "zed"},
    "POST /chats/{room}/mutes": {"name": "zed"},
    "POST /chats/{room}/bans": {"name": "zed", "seconds": 60},
    "POST /chats/{room}/deletions": {"name": "nobody", "since": "hour"},
    "POST /api/bans": {"name": "nobody", "seconds": 60},
    "POST /api/deletions": {"name": "nobody", "since": "hour"},
    "POST /api/reports": {"room": "{room}", "target": "{said}", "reason": "spam"},
    "PUT /api/rooms/{room}/level": {"level": "mentions"},
    "PUT /api/rooms/{room}/read": {"seq": 1},
    "PUT /api/unfinished/{room}": {"text": "x"},
    "POST /api/rules": {"room": "{room}", "version": 1},
    "POST /api/reports/{report}/decision": {"decision": "nothing"},
    "POST /api/filters": {"room": "{room}", "kind": "links", "action": "warn"},
    "PUT /api/filters/{filter}": {"kind": "links", "action": "warn"},
    "POST /api/filters/try": {"room": "{room}", "kind": "links", "action": "warn"},
}
# They ask for no right: rooms that all may know of, or make; who it is; and what is nowhere.
FREE_OVER_REST = {views.RoomsView, views.SignInView, views.RefreshView, views.SocketView, views.NowhereView}


def test_table_has_every_address_of_rest():
    sample = dict.fromkeys(("room", "said", "report", "filter", "ban", "bulk", "zed"), 1)
    paths = (
        (method, path.partition("?")[0].format_map(sample)) for method, path in map(str.split, OVER_REST)
    )
    asked = {(getattr(resolve(path, api_urls.__name__).func, "cls", None), method) for method, path in paths}
    found = {getattr(pattern.callback, "cls", None) for pattern in api_urls.urlpatterns}
    classes = {cls for cls in found if isinstance(cls, type) and issubclass(cls, views.JsonView)}
    methods = ("get", "post", "put", "patch", "delete")
    assert asked == {
        (cls, method.upper())
        for cls in classes - FREE_OVER_REST
        for method in methods
        if hasattr(cls, method)
    }


@pytest.mark.parametrize("role", REST_ROLES)
async def test_deeds_over_rest(scene: Scene, role: str):
    """By the account, with all its rights; a member shows their room token, which does not make it theirs."""
    shown = scene.bearer(role)
    if role == "member":
        shown = {"HTTP_AUTHORIZATION": f"Bearer {await token(scene.room, role)}"}
    if role in BY_PASSWORD:
        await scene.join_before(role)
    if role == "banned":
        await sync_to_async(bans.ban)(room=scene.room, actor=SITE, fields={"name": role})
    moderator = Actor(await participant(scene.people["moderator"]))
    await sync_to_async(bans.ban)(room=scene.room, actor=moderator, fields={"name": "nobody else"})
    ban = await Ban.objects.aget(name="nobody else")
    of_room = {"room": scene.room, "name": "zed", "at": NOW, "permission": "x", "state": "done"}
    bulk = await BulkDeletion.objects.acreate(**of_room)
    sample = {"room": scene.room.pk, "said": scene.said, "report": scene.report, "filter": scene.filter}
    sample |= {"ban": ban.pk, "bulk": bulk.pk, "zed": await participant(scene.people["zed"])}
    found = {}
    for deed in OVER_REST:
        method, path = deed.split()
        body = {
            name: sample[value[1:-1]] if str(value).startswith("{") else value
            for name, value in BODIES.get(deed, {}).items()
        }
        call = getattr(Client(), method.lower())
        given = {} if method == "GET" else {"data": body, "content_type": "application/json"}
        answer = await sync_to_async(call)(path.format_map(sample), **given, **shown)
        found[deed] = answer.json()["error"]["code"] if answer.status_code >= 400 else 0
    place = REST_ROLES.index(role)
    assert found == {deed: row[place] for deed, row in OVER_REST.items()}


@pytest.mark.parametrize(
    ("role", "here", "everywhere"),
    [
        ("guest", 401, 401),
        ("member", 401, 401),
        ("former", 401, 401),
        ("moderator", 202, 401),
        ("owner", 202, 401),
        ("staff", 202, 202),
    ],
)
async def test_bulk_deletions_over_rest(scene: Scene, role: str, here: int, everywhere: int):
    """Of zed, who has the rank of a member; what is everywhere is staff's alone, to see as well."""
    shown, body = scene.bearer(role), {"name": "zed", "since": "all"}
    post, get = sync_to_async(Client().post), sync_to_async(Client().get)
    begun = await post(f"/chats/{scene.room.pk}/deletions", body, content_type="application/json", **shown)
    assert begun.status_code == here or (role == "guest" and begun.status_code in (401, 403))
    everyone = await post("/api/deletions", body, content_type="application/json", **shown)
    assert everyone.status_code == everywhere
    if everywhere == 202:
        number = everyone.json()["id"]
        assert (await get(f"/api/deletions/{number}", **shown)).status_code == 200
        assert (await get(f"/chats/{scene.room.pk}/deletions/{number}", **shown)).status_code == 404
        return
    number = (await BulkDeletion.objects.acreate(name="zed", at=NOW, permission="x", state="done")).pk
    for method, path in (
        ("get", ""),
        ("get", f"/{number}"),
        ("delete", f"/{number}"),
        ("post", f"/{number}/restore"),
        ("delete", f"/{number}/kept"),
    ):
        answer = await sync_to_async(getattr(Client(), method))(f"/api/deletions{path}", **shown)
        assert answer.status_code == 401, (method, path)


@pytest.mark.parametrize(
    ("path", "enter", "say", "refused"),
    [
        ("/chats/{}/ws", {"event_type": "join", "name": "mel"},
         {"event_type": "send", "name": "mel", "msg": "x"}, '"code": 107'),
        ("/dialects/envelope/{}",
         {"message_type": "Enter", "message_body": {"sender_username": "mel"}, "token": None},
         {"message_type": "GroupChat", "message_body": {"sender_username": "mel", "content": "x"}},
         "PrivateInfo"),
        ("/dialects/plain/{}", None, {"usr": "mel", "msg": "x"}, ""),
    ],
)  # fmt: skip
async def test_muted_name_speaks_in_no_dialect(
    scene: Scene, path: str, enter: dict[str, Any] | None, say: dict[str, Any], refused: str
):
    socket, connected, _ = await connect(path.format(scene.room.pk), await token(scene.room, "mel"))
    assert connected
    if enter is not None:
        await do(socket, **enter)
    await sync_to_async(moderation.mute_name)(room=scene.room, name="mel", actor=SITE)
    await socket.send_json_to(say)
    if refused:
        assert refused in json.dumps(await receive(socket))
    else:
        assert await socket.receive_nothing()
    assert not await Event.objects.filter(room=scene.room, text="x").aexists()
    await socket.disconnect()


@pytest.mark.parametrize(
    "path", ["/chats/{}/ws", "/dialects/uuid/{}", "/dialects/envelope/{}", "/dialects/plain/{}"]
)
async def test_no_dialect_enters_without_the_token_of_the_room(scene: Scene, path: str):
    other = await sync_to_async(Room.objects.create)(title="other", visibility="private", password="x")
    for key in ("", "a.b.c", await token(scene.room, "member")):
        assert not (await connect(path.format(other.pk), *([key] if key else [])))[1]
