"""Changes of a commons: they tell all members something, and are limited as messages are. In process."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from chat.models import Report, Room
from chat.permissions import SITE, Actor
from chat.services import bans, filters, moderation, rooms
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, bearer
from tests.test_consumers import _engine
from tests.test_revocation import ask, cookie_of, participant, user, v1_by_token

__all__ = ["_engine"]  # a fixture of another module
pytestmark = whole_db

SPAM = "buy spam"
Change = Callable[[Room, str], Awaitable[int]]


async def commons(visibility: str = "public") -> Room:
    secret = {} if visibility == "public" else {"password": SECRET}
    fields = {"title": "club", "visibility": visibility} | secret
    return await sync_to_async(rooms.create_room)(actor=Actor(), fields=fields, anonymous_allowed=True)


def request(method: str, path: str, **given: Any) -> httpx.Response:
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        return client.request(method, path, **given)


def code_of(answer: httpx.Response) -> int:
    return 0 if answer.is_success else int(answer.json()["error"]["code"])


def access_of(name: str) -> dict[str, str]:
    return bearer(str(AccessToken.for_user(User.objects.get(username=name))))


async def describe_over_v1(room: Room, text: str) -> int:
    socket = await v1_by_token(await User.objects.aget(username="ann"))
    assert (await ask(socket, type="join", room=room.pk))["type"] == "ok"
    answer = await ask(socket, type="describe", room=room.pk, description=text)
    await socket.disconnect()
    return int(answer.get("code", 0))


async def describe_over_rest(room: Room, text: str) -> int:
    headers = await sync_to_async(access_of)("ann")
    url = f"/chats/{room.pk}"
    return code_of(await sync_to_async(request)("PUT", url, json={"description": text}, headers=headers))


async def title_over_rest(room: Room, text: str) -> int:
    headers = await sync_to_async(access_of)("ann")
    url = f"/chats/{room.pk}"
    return code_of(await sync_to_async(request)("PUT", url, json={"title": text}, headers=headers))


async def describe_on_the_page(room: Room, text: str) -> int:
    client = Client()
    client.cookies["wschat_session"] = (await cookie_of(await User.objects.aget(username="ann")))[1]
    fields = {"section": "about", "title": room.title, "visibility": "public", "description": text}
    answer = await sync_to_async(client.post)(f"/room/{room.pk}/settings", fields)
    return 0 if answer.status_code == 302 else answer.status_code


OVER_PROTOCOLS: list[Change] = [describe_over_v1, describe_over_rest, title_over_rest]
EVERYWHERE: list[Change] = [*OVER_PROTOCOLS, describe_on_the_page]


def name_of(change: Change) -> str:
    return str(getattr(change, "__name__", change))


def mute(room: Room) -> None:
    moderation.mute_name(room=room, name="ann", seconds=60, actor=SITE)


def lock(room: Room) -> None:
    rooms.set_locked(room=room, actor=SITE, locked=True)


def set_rules(room: Room) -> None:
    rooms.limit_posting(room=room, actor=SITE, fields={"rules": "be kind"})


def approve_first(room: Room) -> None:
    rooms.limit_posting(room=room, actor=SITE, fields={"approve_first": True})


def hold_newcomers(room: Room) -> None:
    bans.ban(room=room, actor=SITE, fields={"newcomers": True, "hold": True, "seconds": 60})


LIMITS: dict[str, tuple[Callable[[Room], None], int]] = {
    "muted": (mute, 107),
    "locked": (lock, 106),
    "rules": (set_rules, 114),
    "approve first": (approve_first, 110),
    "newcomers held": (hold_newcomers, 110),
}


@pytest.mark.parametrize("change", EVERYWHERE, ids=name_of)
@pytest.mark.parametrize("limit", LIMITS)
async def test_who_may_not_post_changes_no_commons(limit: str, change: Change):
    room = await commons()
    await user("ann")
    limiting, code = LIMITS[limit]
    assert await change(room, "first") == 0
    await sync_to_async(limiting)(room)
    last = (await Room.objects.aget(pk=room.pk)).last_seq
    assert await change(room, "second") == (403 if change is describe_on_the_page else code)
    await room.arefresh_from_db()
    assert (room.last_seq, "second" in (room.title, room.description)) == (last, False)


@pytest.mark.parametrize("action", ["refuse", "hold", "mute"])
@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("change", EVERYWHERE, ids=name_of)
async def test_filters_hold_for_the_texts_of_a_commons(change: Change, everywhere: bool, action: str):
    room = await commons()
    await user("ann")
    fields = {"kind": "words", "action": action, "pattern": "spam"}
    await sync_to_async(filters.add_filter)(room=None if everywhere else room, actor=SITE, fields=fields)
    assert await change(room, SPAM) == (403 if change is describe_on_the_page else 112)
    assert await change(room, "a fine text") == 0
    await room.arefresh_from_db()
    assert room.last_seq == 1


async def test_filter_that_warns_reports_the_text_of_a_commons():
    room = await commons()
    await user("ann")
    fields = {"kind": "words", "action": "warn", "pattern": "spam"}
    await sync_to_async(filters.add_filter)(room=room, actor=SITE, fields=fields)
    assert await describe_over_rest(room, SPAM) == 0
    report = await Report.objects.aget()
    assert (report.subject_name, report.messages[0]["text"], report.seq) == ("ann", SPAM, None)


async def test_change_of_a_commons_counts_for_slow_mode():
    room = await commons()
    await user("ann")
    await sync_to_async(rooms.limit_posting)(room=room, actor=SITE, fields={"slow_seconds": 600})
    assert await describe_over_rest(room, "first") == 0
    assert await describe_over_rest(room, "second") == 108
    socket = await v1_by_token(await User.objects.aget(username="ann"))
    assert (await ask(socket, type="join", room=room.pk))["type"] == "ok"
    assert (await ask(socket, type="send", room=room.pk, text="x"))["code"] == 108
    await socket.disconnect()


async def test_change_of_a_commons_that_fails_costs_and_reports_nothing():
    room = await commons()
    await user("ann")
    await sync_to_async(rooms.create_room)(
        actor=Actor(), fields={"title": SPAM, "visibility": "public"}, anonymous_allowed=True
    )
    await sync_to_async(rooms.limit_posting)(room=room, actor=SITE, fields={"slow_seconds": 600})
    given = {"kind": "words", "pattern": "spam", "action": "warn"}
    await sync_to_async(filters.add_filter)(room=room, actor=SITE, fields=given)
    headers = await sync_to_async(access_of)("ann")
    title = {"title": SPAM}
    answer = await sync_to_async(request)("PUT", f"/chats/{room.pk}", json=title, headers=headers)
    assert code_of(answer) == 102
    assert not await Report.objects.aexists()
    assert await describe_over_rest(room, "first") == 0
    assert await describe_over_rest(room, "second") == 108


@pytest.mark.parametrize(("fields", "code"), [({"locked": True}, 106), ({"accounts_only": True}, 109)])
async def test_anonymous_client_is_limited_as_well(fields: dict[str, Any], code: int):
    room = await commons()
    url, ask_ = f"/chats/{room.pk}", sync_to_async(request)
    assert code_of(await ask_("PUT", url, json={"description": "first"})) == 0
    await sync_to_async(rooms.limit_posting)(room=room, actor=SITE, fields=fields)
    assert code_of(await ask_("PUT", url, json={"description": "first"})) == 0  # nothing is changed
    assert code_of(await ask_("PUT", url, json={"description": "second"})) == code
    assert code_of(await ask_("DELETE", url)) == code


async def test_mute_holds_for_the_name_of_a_room_token():
    room = await commons("private")
    issued = await sync_to_async(rooms.issue_token)(room=room, secret=SECRET, name="eve")
    assert issued is not None
    url, headers, ask_ = f"/chats/{room.pk}", bearer(issued.token), sync_to_async(request)
    assert code_of(await ask_("PUT", url, json={"description": "first"}, headers=headers)) == 0
    await sync_to_async(moderation.mute_name)(room=room, name="eve", seconds=60, actor=SITE)
    assert code_of(await ask_("PUT", url, json={"description": "second"}, headers=headers)) == 107
    assert code_of(await ask_("DELETE", url, headers=headers)) == 107


async def test_those_who_run_a_room_are_not_limited():
    ann = await user("ann")
    room = await commons()
    await Room.objects.filter(pk=room.pk).aupdate(owner=await participant(ann), commons=False)
    fields = {"kind": "words", "action": "refuse", "pattern": "spam"}
    await sync_to_async(filters.add_filter)(room=room, actor=SITE, fields=fields)
    for limiting in (lock, set_rules, approve_first):
        await sync_to_async(limiting)(await Room.objects.aget(pk=room.pk))
    for change in EVERYWHERE:
        assert await change(await Room.objects.aget(pk=room.pk), f"{SPAM} {name_of(change)}") == 0


@pytest.mark.parametrize(
    ("limiting", "text"),
    [
        (mute, "A moderator has muted you in this room."),
        (set_rules, "Accept the rules of this room first."),
        (lock, "This room is locked; only moderators can post"),
        (approve_first, "You can change this room when a moderator has approved a message of yours"),
    ],
)
def test_page_says_why_a_commons_is_not_changed(limiting: Callable[[Room], None], text: str):
    room = rooms.create_room(
        actor=Actor(), fields={"title": "club", "visibility": "public"}, anonymous_allowed=True
    )
    client = Client()
    client.force_login(User.objects.create_user("ann"))
    limiting(room)
    fields = {"section": "about", "title": "club", "visibility": "public", "description": "new"}
    answer = client.post(f"/room/{room.pk}/settings", fields)
    assert answer.status_code == 403
    assert text in answer.content.decode()
