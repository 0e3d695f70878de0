"""Open connections after their participant loses a right. In process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from chat.apps import MODERATORS
from chat.engine import process
from chat.meter import Meter
from chat.models import Participant, Room
from chat.permissions import SITE
from chat.services import joined_rooms, names, revocations, rooms
from chat.services.revocations import SESSION_KEY
from tests.support.marks import whole_db
from tests.test_consumers import _engine, connect, do, private_room, receive, token

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db

OURS = {"origin": "http://testserver"}
NEW = "a new and better secret"
SOON = 3.0  # seconds: one, and what a busy machine takes
Open = Callable[[User], Awaitable[WebsocketCommunicator]]


async def user(name: str = "mona", **fields: Any) -> User:
    return await User.objects.acreate_user(name, password="correct horse", **fields)


async def participant(one: User) -> int:
    return (await Participant.objects.aget(user=one)).pk


async def cookie_of(one: User) -> tuple[str, str]:
    """A browser in which the account has signed in: its Cookie header, and the key of its session."""
    store = SessionStore()
    store.update(
        {
            USER_KEY: str(one.pk),
            BACKEND_SESSION_KEY: "chat.services.backend.AccountBackend",
            HASH_SESSION_KEY: one.get_session_auth_hash(),
        }
    )
    await store.asave()
    return f"wschat_session={store.session_key}", store.session_key or ""


async def heard(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    """The next frame of this type."""
    while (frame := await receive(socket))["type"] != kind:
        pass
    return frame


async def ask(socket: WebsocketCommunicator, **command: Any) -> dict[str, Any]:
    """Its answer; events before it are dropped."""
    await socket.send_json_to({"id": 99, **command})
    while (frame := await receive(socket)).get("id") != 99:
        pass
    return frame


async def closed(socket: WebsocketCommunicator) -> int:
    """The code with which it ends, soon."""
    async with asyncio.timeout(SOON):
        while (output := await socket.receive_output(SOON))["type"] != "websocket.close":
            pass
    return int(output["code"])


async def v1_by_cookie(one: User) -> WebsocketCommunicator:
    socket, _, _ = await connect("/ws", "wschat.v1", cookie=(await cookie_of(one))[0], **OURS)
    assert (await do(socket, type="hello", id=1))["type"] == "ok"
    return socket


async def v1_by_token(one: User) -> WebsocketCommunicator:
    access = str(await sync_to_async(AccessToken.for_user)(one))
    socket, _, _ = await connect("/ws", "wschat.v1", f"wschat.token.{access}")
    assert (await do(socket, type="hello", id=1))["type"] == "ok"
    return socket


async def v1_by_hello(one: User) -> WebsocketCommunicator:
    access = str(await sync_to_async(AccessToken.for_user)(one))
    socket, _, _ = await connect("/ws", "wschat.v1")
    assert (await do(socket, type="hello", id=1, token=access))["type"] == "ok"
    return socket


async def rooms_by_cookie(one: User) -> WebsocketCommunicator:
    return (await connect("/chats/1/ws", cookie=(await cookie_of(one))[0], **OURS))[0]


async def uuid_by_cookie(one: User) -> WebsocketCommunicator:
    return (await connect("/dialects/uuid/1", cookie=(await cookie_of(one))[0], **OURS))[0]


async def signed_in_over_envelope(one: User) -> WebsocketCommunicator:
    socket, _, _ = await connect("/dialects/envelope/1")
    body = {"Auth": {"sender_username": one.username, "password": "correct horse"}}
    await socket.send_json_to({"message_type": "Auth", "message_body": body, "token": None})
    assert (await receive(socket))["message_body"] == {"PrivateInfo": {"info": "auth-success"}}
    return socket


BY_SESSION: list[Open] = [v1_by_cookie, rooms_by_cookie, uuid_by_cookie]
ALL: list[Open] = [*BY_SESSION, v1_by_token, v1_by_hello, signed_in_over_envelope]


async def by_cookie_and_token(one: User, path: str) -> WebsocketCommunicator:
    """Let into a closed room by the token of another name, from a browser in which the account signed in."""
    room = await private_room()
    cookie, shown = (await cookie_of(one))[0], await token(room, "somebody else")
    socket, connected, _ = await connect(path.format(room.pk), shown, cookie=cookie, **OURS)
    assert connected
    return socket


async def rooms_by_both(one: User) -> WebsocketCommunicator:
    return await by_cookie_and_token(one, "/chats/{}/ws")


async def rooms_by_both_and_join(one: User) -> WebsocketCommunicator:
    socket = await by_cookie_and_token(one, "/chats/{}/ws")
    assert (await do(socket, event_type="join", name="somebody else"))["event_type"] == "join"
    return socket


async def uuid_by_both(one: User) -> WebsocketCommunicator:
    return await by_cookie_and_token(one, "/dialects/uuid/{}")


async def plain_by_both(one: User) -> WebsocketCommunicator:
    return await by_cookie_and_token(one, "/dialects/plain/{}")


async def envelope_by_both(one: User) -> WebsocketCommunicator:
    return await by_cookie_and_token(one, "/dialects/envelope/{}")


async def envelope_by_both_and_enter(one: User) -> WebsocketCommunicator:
    socket = await by_cookie_and_token(one, "/dialects/envelope/{}")
    body = {"Enter": {"sender_username": "somebody else"}}
    await socket.send_json_to({"message_type": "Enter", "message_body": body, "token": None})
    assert (await receive(socket))["message_type"] == "GroupInfo"
    return socket


async def v1_by_both(one: User) -> WebsocketCommunicator:
    """In a room by a token, as the account."""
    socket, room = await v1_by_cookie(one), await private_room()
    shown = await token(room, one.username)
    assert (await ask(socket, type="join", room=room.pk, token=shown))["type"] == "ok"
    return socket


BY_BOTH: list[Open] = [
    rooms_by_both,
    rooms_by_both_and_join,
    uuid_by_both,
    plain_by_both,
    envelope_by_both,
    v1_by_both,
]


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"password": "another"}])
def test_processes_are_told_of_an_account_after_it_is_written(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    """Outside a transaction, as a shell, a command and the admin site's password page save."""
    one = User.objects.create_user("mona", password="correct horse", is_staff=True)
    seen: list[dict[str, Any]] = []
    read = User.objects.filter(pk=one.pk).values(*change)
    monkeypatch.setattr(revocations, "listener", lambda _: seen.extend(read.all()))
    for name, value in change.items():
        setattr(one, name, value)
    one.save()
    assert seen == [change]
    one.save()
    assert seen == [change]  # nothing is taken by a save that changes nothing


async def envelope_by_cookie(one: User, room: int) -> WebsocketCommunicator:
    """Let in by the cookie's right, then speaking under a name of its own."""
    cookie = (await cookie_of(one))[0]
    socket, connected, _ = await connect(f"/dialects/envelope/{room}", cookie=cookie, **OURS)
    assert connected
    body = {"Enter": {"sender_username": "somebody else"}}
    await socket.send_json_to({"message_type": "Enter", "message_body": body, "token": None})
    assert (await receive(socket))["message_type"] == "GroupInfo"
    return socket


async def test_own_name_does_not_end_a_membership_by_right():
    one = await user()
    room = await private_room()
    await Room.objects.filter(pk=room.pk).aupdate(owner=await participant(one), commons=False)
    socket = await envelope_by_cookie(one, room.pk)
    await (await process.get_running())._revocation.examine_next()
    body = {"GroupChat": {"sender_username": "somebody else", "content": "still here"}}
    await socket.send_json_to({"message_type": "GroupChat", "message_body": body, "token": None})
    assert (await receive(socket))["message_type"] == "GroupChat"


async def test_own_name_ends_with_the_sign_out():
    one = await user(is_staff=True)
    socket = await envelope_by_cookie(one, 1)
    await Session.objects.all().adelete()
    assert await closed(socket) == 4403


def _change_password(one: User) -> None:
    one.set_password(NEW)
    one.save()


def _change_password_by_command(one: User) -> None:
    User.objects.filter(pk=one.pk).update(password="unlike the one before")


def _close(one: User) -> None:
    one.is_active = False
    one.save(update_fields=["is_active"])


ENDS: dict[str, Callable[[User], Any]] = {
    "new password": _change_password,
    "new password past the models": _change_password_by_command,
    "closed": _close,
    "closed past the models": lambda one: User.objects.filter(pk=one.pk).update(is_active=False),
    "deleted": lambda one: one.delete(),
    "its participant deleted": lambda one: Participant.objects.filter(user=one).delete(),
}
SIGNS_OUT: dict[str, Callable[[User], Any]] = {
    "sessions deleted": lambda one: Session.objects.all().delete(),
    "sessions over": lambda one: Session.objects.update(expire_date=timezone.now()),
}


@pytest.mark.parametrize("opened", ALL, ids=lambda opened: opened.__name__)
@pytest.mark.parametrize("loss", ENDS)
async def test_no_connection_outlives_its_account(opened: Open, loss: str):
    mona = await user()
    socket, other = await opened(mona), await v1_by_token(await user("olga"))
    await sync_to_async(ENDS[loss])(mona)
    assert await closed(socket) == 4403
    assert (await ask(other, type="ping"))["type"] == "ok"
    await other.disconnect()


@pytest.mark.parametrize("opened", BY_SESSION, ids=lambda opened: opened.__name__)
@pytest.mark.parametrize("loss", SIGNS_OUT)
async def test_no_connection_outlives_its_session(opened: Open, loss: str):
    mona = await user()
    socket, other = await opened(mona), await v1_by_token(mona)
    await sync_to_async(SIGNS_OUT[loss])(mona)
    assert await closed(socket) == 4403
    assert (await ask(other, type="ping"))["type"] == "ok"
    await other.disconnect()


@pytest.mark.parametrize(
    ("opened", "loss"),
    [(opened, loss) for opened in BY_BOTH for loss in ("closed", "sessions deleted")]
    + [(envelope_by_both_and_enter, loss) for loss in ENDS | SIGNS_OUT],
)
async def test_room_token_keeps_no_connection_of_a_lost_account(opened: Open, loss: str):
    mona = await user()
    socket, other = await opened(mona), await v1_by_token(await user("olga"))
    await sync_to_async((ENDS | SIGNS_OUT)[loss])(mona)
    assert await closed(socket) == 4403
    assert (await ask(other, type="ping"))["type"] == "ok"
    await other.disconnect()


async def test_room_token_alone_outlives_the_sign_out_of_others():
    mona, room = await user(), await private_room()
    socket, connected, _ = await connect(f"/dialects/envelope/{room.pk}", await token(room, "eve"))
    assert connected
    body = {"Enter": {"sender_username": "eve"}}
    await socket.send_json_to({"message_type": "Enter", "message_body": body, "token": None})
    assert (await receive(socket))["message_type"] == "GroupInfo"
    gone = await v1_by_cookie(mona)
    await Session.objects.all().adelete()
    assert await closed(gone) == 4403
    body = {"GroupChat": {"sender_username": "eve", "content": "still here"}}
    await socket.send_json_to({"message_type": "GroupChat", "message_body": body, "token": None})
    assert (await receive(socket))["message_type"] == "GroupChat"
    await socket.disconnect()


@pytest.mark.parametrize("path", ["/sign-out", "/admin/logout/", "/sign-in"])
async def test_browser_that_signs_out_ends_its_own_connections_alone(path: str):
    """Also if another account signs in there."""
    mona, olga = await user(is_staff=True), await user("olga")
    here = await v1_by_cookie(mona)
    other, store = await v1_by_cookie(mona), await cookie_of(mona)
    again, _, _ = await connect("/ws", "wschat.v1", cookie=store[0], **OURS)
    assert (await do(again, type="hello", id=1))["type"] == "ok"
    client = Client()
    client.cookies["wschat_session"] = store[1]
    if path == "/sign-in":
        await sync_to_async(client.force_login)(olga)
    else:
        assert (await sync_to_async(client.post)(path)).status_code in (200, 302)
    assert await closed(again) == 4403
    for one in (here, other):
        assert (await ask(one, type="ping"))["type"] == "ok"
        await one.disconnect()


async def test_guest_ends_with_the_session_or_the_participant():
    by_session, deleted = [await Participant.objects.acreate(name=name) for name in ("gus", "gil")]
    sockets = []
    for guest in (by_session, deleted):
        store = SessionStore()
        store[SESSION_KEY] = guest.pk
        await store.asave()
        cookie = f"wschat_session={store.session_key}"
        socket, _, _ = await connect("/ws", "wschat.v1", cookie=cookie, **OURS)
        assert (await do(socket, type="hello", id=1))["participant"] == guest.pk
        sockets.append((socket, store))
    bare, _, _ = await connect("/ws", "wschat.v1")
    fresh = await do(bare, type="hello", id=1, name="pat")
    await sockets[0][1].aflush()
    assert await closed(sockets[0][0]) == 4403
    assert (await ask(sockets[1][0], type="ping"))["type"] == "ok"
    await deleted.adelete()
    assert await closed(sockets[1][0]) == 4403
    await Participant.objects.filter(pk=fresh["participant"]).adelete()
    assert await closed(bare) == 4403


async def test_unrelated_changes_end_no_connection():
    mona = await user()
    sockets = [await opened(mona) for opened in (v1_by_cookie, v1_by_token)]
    mona.last_login, mona.email = timezone.now(), "mona@example.org"
    await mona.asave()
    await mona.groups.aadd(await Group.objects.aget(name=MODERATORS))
    await mona.groups.aclear()
    await sync_to_async(call_command)("clearsessions")
    for socket in sockets:
        assert (await ask(socket, type="ping"))["type"] == "ok"
        await socket.disconnect()


# Rights to act, and rights to be in a room


async def club(**fields: Any) -> Room:
    """A private room of Olga's, moderated by Moe; Mona and Sam are staff."""
    mona, sam = await user("mona", is_staff=True), await user("sam", is_staff=True)
    await mona.groups.aadd(await Group.objects.aget(name=MODERATORS))
    permission = await Permission.objects.aget(content_type__app_label="chat", codename="change_room")
    await sam.user_permissions.aadd(permission)
    room = await private_room(await participant(await user("olga")))
    await sync_to_async(room.moderators.add)(await participant(await user("moe")))
    return room


def _named(name: str) -> User:
    return User.objects.get(username=name)


def _no_longer_staff() -> None:
    mona = _named("mona")
    mona.is_staff = False
    mona.save()


def _sold() -> None:
    room = Room.objects.get(title="closed")
    room.owner = None
    room.save()


LOSSES: dict[str, tuple[str, Callable[[], Any]]] = {
    "staff flag": ("mona", _no_longer_staff),
    "staff flag past the models": (
        "mona",
        lambda: User.objects.filter(username="mona").update(is_staff=False),
    ),
    "group": ("mona", lambda: _named("mona").groups.clear()),
    "member of the group": ("mona", lambda: Group.objects.get().user_set.remove(_named("mona"))),
    "permission of the group": ("mona", lambda: Group.objects.get().permissions.clear()),
    "deleted group": ("mona", lambda: Group.objects.get().delete()),
    "permission": ("sam", lambda: _named("sam").user_permissions.clear()),
    "owner": (
        "olga",
        lambda: rooms.set_owner(room=Room.objects.get(title="closed"), actor=SITE, owner=None),
    ),
    "owner by a script": ("olga", _sold),
    "owner past the models": ("olga", lambda: Room.objects.filter(title="closed").update(owner=None)),
    "moderators": ("moe", lambda: Room.objects.get(title="closed").moderators.clear()),
    "moderated rooms": (
        "moe",
        lambda: Participant.objects.get(user__username="moe").moderated_rooms.clear(),
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_membership_by_right_ends_with_the_right(loss: str):
    room = await club()
    name, take = LOSSES[loss]
    socket = await v1_by_token(await User.objects.aget(username=name))
    holder = await v1_by_token(await user("hal"))
    assert (await ask(socket, type="join", room=room.pk))["info"]["moderator"]
    assert (await ask(socket, type="join", room=1))["type"] == "ok"
    key = await token(room, "hal")
    assert (await ask(holder, type="join", room=room.pk, token=key))["type"] == "ok"
    await sync_to_async(take)()
    async with asyncio.timeout(SOON):
        removed = await heard(socket, "removed")
    assert (removed["room"], removed["code"]) == (room.pk, 104)
    assert (await ask(socket, type="send", room=1, text="still here"))["type"] == "ok"
    for command in ("history", "pins", "members", "typing"):
        assert (await ask(socket, type=command, room=room.pk))["code"] == 101
    assert (await ask(socket, type="join", room=room.pk))["code"] == 403
    assert (await ask(holder, type="send", room=room.pk, text="me, too"))["type"] == "ok"
    await socket.disconnect()
    await holder.disconnect()


@pytest.mark.parametrize("loss", LOSSES)
async def test_commands_in_a_public_room_are_refused_without_the_right(loss: str):
    room = await club()
    await Room.objects.filter(pk=room.pk).aupdate(visibility="public", password="")
    name, take = LOSSES[loss]
    socket = await v1_by_token(await User.objects.aget(username=name))
    other = await v1_by_token(await user("hal"))
    for one in (socket, other):
        assert (await ask(one, type="join", room=room.pk))["type"] == "ok"
    said = await ask(other, type="send", room=room.pk, text="x")
    await Room.objects.filter(pk=room.pk).aupdate(locked=True)
    await sync_to_async(take)()
    on = {"room": room.pk, "target": said["seq"]}
    assert (await ask(socket, type="delete", **on))["code"] == 204
    assert (await ask(socket, type="pin", **on))["code"] == 104
    assert (await ask(socket, type="mute", room=room.pk, name="hal"))["code"] == 104
    assert (await ask(socket, type="send", room=room.pk, text="order!"))["code"] == 106
    assert (await ask(socket, type="react", emoji="👍", **on))["code"] == 106
    for one in (socket, other):
        await one.disconnect()


@pytest.mark.parametrize("loss", LOSSES)
async def test_budget_of_those_who_run_a_room_ends_with_the_right(loss: str, monkeypatch: pytest.MonkeyPatch):
    room = await club()
    await Room.objects.filter(pk=room.pk).aupdate(visibility="public", password="")
    name, take = LOSSES[loss]
    socket = await v1_by_token(await User.objects.aget(username=name))
    assert (await ask(socket, type="join", room=room.pk))["info"]["moderator"]
    charge, runs = Meter.charge, [True]

    def note(meter: Meter, *args: Any, **options: Any) -> float:
        runs.append(options["runs"])
        return charge(meter, *args, **options)

    monkeypatch.setattr(Meter, "charge", note)
    assert (await ask(socket, type="send", room=room.pk, text="order!"))["type"] == "ok"
    assert runs == [True, True]
    await sync_to_async(take)()
    async with asyncio.timeout(SOON):
        while runs[-1]:
            assert (await ask(socket, type="send", room=room.pk, text="x"))["type"] == "ok"
    await socket.disconnect()


async def test_address_of_a_private_room_ends_with_the_right():
    room = await club()
    olga = await User.objects.aget(username="olga")
    path = f"/chats/{room.pk}/ws"
    socket, connected, _ = await connect(path, cookie=(await cookie_of(olga))[0], **OURS)
    guest, _, _ = await connect(path, await token(room, "gus"))
    assert connected
    await sync_to_async(rooms.set_owner)(room=room, actor=SITE, owner=None)
    assert await closed(socket) == 4403
    assert (await do(guest, event_type="join", name="gus"))["event_type"] == "join"
    await guest.disconnect()


@pytest.mark.parametrize("how", ["by the owner", "by a script"])
@pytest.mark.parametrize("visibility", ["private", "hidden"])
async def test_public_room_made_private_ends_memberships_without_a_token(visibility: str, how: str):
    room = await club()
    await Room.objects.filter(pk=room.pk).aupdate(visibility="public", password="")
    await room.arefresh_from_db()
    guest = await v1_by_token(await user("hal"))
    assert (await ask(guest, type="join", room=room.pk))["type"] == "ok"
    if how == "by the owner":
        change = {"visibility": visibility, "password": NEW}
        await sync_to_async(rooms.edit_room)(room=room, actor=SITE, fields=change)
    else:
        room.visibility, room.password = visibility, "a hash"
        await room.asave()
    async with asyncio.timeout(SOON):
        removed = await heard(guest, "removed")
    assert removed["room"] == room.pk
    await guest.disconnect()


async def test_commands_of_an_ended_connection_are_ignored():
    mona = await user()
    socket, other = await v1_by_token(mona), await v1_by_token(await user("olga"))
    for one in (socket, other):
        assert (await ask(one, type="join", room=1))["type"] == "ok"
    await sync_to_async(_close)(mona)
    assert (await heard(other, "left"))["who"]["name"] == "mona"
    for command in ({"type": "send", "room": 1, "text": "x"}, {"type": "hello", "name": "eve"}):
        await socket.send_json_to({"id": 2, **command})
    assert await closed(socket) == 4403
    assert (await ask(other, type="history", room=1))["messages"] == []
    await other.disconnect()


async def test_who_has_given_the_password_needs_no_token_until_it_changes() -> None:
    room = await private_room()
    mona = await user()
    note = joined_rooms.Joining(await participant(mona), room.pk, room.generation)
    await sync_to_async(joined_rooms.note_joined)([note])
    first = await v1_by_cookie(mona)
    assert (await ask(first, type="join", room=room.pk))["type"] == "ok"
    await sync_to_async(rooms.edit_room)(room=room, actor=SITE, fields={"password": NEW})
    second = await v1_by_token(mona)
    assert (await ask(second, type="join", room=room.pk))["code"] == 403


async def test_a_token_lets_in_once() -> None:
    """Else it would let in for ever who has it, and it is meant to expire."""
    room = await private_room()
    mona = await user()
    first, second = await v1_by_cookie(mona), await v1_by_token(mona)
    shown = await token(room, "mona")
    assert (await ask(first, type="join", room=room.pk, token=shown))["type"] == "ok"
    assert (await ask(second, type="join", room=room.pk))["code"] == 403


@pytest.mark.parametrize("opened", [v1_by_cookie, v1_by_token, signed_in_over_envelope])
async def test_name_that_is_changed_on_a_page_is_so_on_every_connection(opened: Open):
    one = await user()
    socket = await opened(one)
    if opened is not signed_in_over_envelope:
        assert (await ask(socket, type="join", room=1))["type"] == "ok"
    page = Client()
    await sync_to_async(page.force_login)(one, "chat.services.backend.AccountBackend")
    form = {"name": "Mona Lisa", "color": "#aa0000"}
    answer = await sync_to_async(page.post)("/profile", form, headers={"origin": "http://testserver"})
    assert answer.status_code == 302
    assert await closed(socket) == 4412
    back, _, _ = await connect("/ws", "wschat.v1", cookie=(await cookie_of(one))[0], **OURS)
    hello = await do(back, type="hello", id=1)
    assert (hello["name"], hello["color"]) == ("Mona Lisa", "#aa0000")


async def test_profile_without_a_change_ends_no_connection():
    one = await user()
    socket = await v1_by_cookie(one)
    await sync_to_async(names.claim_name)(await Participant.objects.aget(user=one), "mona", everywhere=True)
    await (await process.get_running())._revocation.examine_next()
    assert (await ask(socket, type="ping"))["type"] == "ok"


async def test_program_that_says_the_name_from_before_gets_the_new_one():
    """The account is in a room under it, and keeps it there."""
    one = await user()
    access = str(await sync_to_async(AccessToken.for_user)(one))
    person = await Participant.objects.aget(user=one)
    await sync_to_async(names.claim_name)(person, "Mona Lisa", everywhere=True)
    page = await v1_by_cookie(one)
    assert (await ask(page, type="join", room=1))["type"] == "ok"
    program, _, _ = await connect("/ws", "wschat.v1")
    hello = await do(program, type="hello", id=1, token=access, name="mona", color="#00aa00")
    assert (hello["type"], hello["name"], hello["color"]) == ("ok", "Mona Lisa", "#00aa00")
    assert (await ask(program, type="join", room=1))["type"] == "ok"
    await person.arefresh_from_db()
    assert person.name == "Mona Lisa"


async def test_two_programs_with_names_of_their_own_do_not_end_each_other():
    """They say them in hello, outside any room."""
    one = await user()
    access = str(await sync_to_async(AccessToken.for_user)(one))
    sockets = []
    for name in ("Mona A", "Mona B"):
        socket, _, _ = await connect("/ws", "wschat.v1")
        assert (await do(socket, type="hello", id=1, token=access, name=name))["name"] == name
        sockets.append(socket)
    await (await process.get_running())._revocation.examine_next()
    for socket in sockets:
        assert (await ask(socket, type="ping"))["type"] == "ok"
