"""Kicks and bans in the admin site: pages that ask, a list, and lifting."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from chat.errors import BANNED, ChatError
from chat.log.bans import Client as Caller
from chat.models import AuditEntry, Ban, Event, Participant, Presence, Room
from chat.permissions import ANONYMOUS, Actor
from chat.services import bans
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.admin.test_pages import few_queries_and_no_count
from tests.admin.test_rooms import enter, told
from tests.support.marks import whole_db

pytestmark = whole_db

LIST = "/admin/chat/ban/"
ADD = f"{LIST}add/"
NAMED = {"kind": "name", "name": "Ann", "seconds": "3600", "reason": "ads", "note": "twice"}


@pytest.fixture
def ann(db) -> Participant:
    return Participant.objects.create(name="Ann", name_key="ann")


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room("Gardeners")


def kinds(room: Room) -> list[str]:
    return [event.kind for event in Event.objects.filter(room=room).order_by("seq")]


def test_moderator_bans_from_the_server_after_a_question(moderator: Client, ann: Participant):
    page = moderator.get(f"{ADD}?name=Ann").content.decode()
    assert "<title>Ban from the server" in page
    assert 'value="Ann"' in page
    assert "their addresses" not in page
    assert not Ban.objects.exists()
    answer = moderator.post(ADD, NAMED)
    assert answer["Location"] == LIST
    assert told(answer) == "“Ann” was banned."
    ban = Ban.objects.get()
    assert (ban.room, ban.participant, ban.reason, ban.note, ban.by) == (None, ann, "ads", "twice", "mona")
    assert ban.until
    assert timedelta(minutes=59) < ban.until - timezone.now() < timedelta(minutes=61)
    with pytest.raises(ChatError) as refused:
        bans.check_client(None, Caller((ann.pk,), ()), Actor(ann.pk))
    assert refused.value.kind == BANNED
    assert AuditEntry.objects.get(act="ban_from_server").actor_name == "mona"


@pytest.mark.parametrize(
    "given", [{"kind": "pattern", "name": "spam*"}, {"kind": "network", "name": "192.0.2.0/24"}]
)
@pytest.mark.parametrize("place", ["", "room"])
def test_patterns_and_networks_are_banned(moderator: Client, room: Room, place: str, given: dict[str, str]):
    address = f"{ADD}?room={room.pk}" if place else ADD
    assert moderator.post(address, {"seconds": "", **given}).status_code == 302
    ban = Ban.objects.get()
    assert {"kind": ban.kind, "name": ban.name} == given
    assert (ban.until, ban.room) == (None, room if place else None)


def test_moderator_bans_from_a_room_with_addresses(moderator: Client, room: Room):
    enter(room, "Ann")
    page = moderator.get(f"{ADD}?room={room.pk}&name=Ann").content.decode()
    assert "Ban from Gardeners" in page
    assert moderator.post(f"{ADD}?room={room.pk}", {**NAMED, "address": "on"}).status_code == 302
    assert Ban.objects.get(origin="").room == room
    assert kinds(room) == ["banned"]


def test_moderator_kicks_after_a_question(moderator: Client, room: Room):
    enter(room, "Ann")
    address = f"{LIST}kick/{room.pk}/"
    page = moderator.get(f"{address}?name=Ann").content.decode()
    assert "Kick from Gardeners" in page
    assert kinds(room) == []
    answer = moderator.post(address, {"name": "Ann", "reason": "ads"})
    assert answer["Location"] == f"/admin/chat/room/{room.pk}/change/"
    assert told(answer) == "“Ann” was kicked."
    assert kinds(room) == ["kicked"]
    assert not moderator.get(LIST).context["cl"].result_list  # a kick is no ban


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"kind": "colour"}, "Select a valid choice."),
        ({"seconds": "7"}, "Select a valid choice."),
        ({"kind": "network", "name": "nowhere"}, "network"),
        ({"kind": "network", "name": "0.0.0.0/0"}, "network"),
        ({"reason": "a\u202eb"}, "reason must not contain"),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_wrong_input_is_explained_and_kept_in_the_form(moderator: Client, given: dict[str, str], words: str):
    answer = moderator.post(ADD, NAMED | given)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'class="errorlist' in page
    assert words in page
    assert "twice" in page
    assert not Ban.objects.exists()


def test_refusals_are_shown(moderator: Client, admin: Client, room: Room):
    assert "staff cannot be banned" in moderator.post(ADD, NAMED | {"name": "alice"}).content.decode()
    answer = moderator.post(f"{LIST}kick/{room.pk}/", {"name": "Zoe"})
    assert "Zoe is not in this room" in answer.content.decode()
    assert kinds(room) == []


def test_bans_are_listed_and_lifted_after_a_question(moderator: Client, ann: Participant, room: Room):
    moderator.post(ADD, NAMED)
    moderator.post(f"{ADD}?room={room.pk}", NAMED | {"name": "Bob", "seconds": ""})
    Ban.objects.create(key="name:old", name="Old", rank=3, until=timezone.now(), at=timezone.now())
    with few_queries_and_no_count():
        page = moderator.get(LIST).content.decode()
    for words in ("Ann", "Bob", "Gardeners", "The server", "ads", "twice", "mona"):
        assert words in page
    assert "Old" not in page
    shown = [ban.name for ban in moderator.get(f"{LIST}?place=server").context["cl"].result_list]
    assert shown == ["Ann"]
    shown = [ban.name for ban in moderator.get(f"{LIST}?place=rooms").context["cl"].result_list]
    assert shown == ["Bob"]
    for name in ("Ann", "Bob"):
        ban = Ban.objects.get(name=name)
        asked = moderator.get(f"{LIST}{ban.pk}/delete/").content.decode()
        assert f"Lift the ban “{name}”?" in asked
        assert Ban.objects.filter(pk=ban.pk).exists()
        assert told(moderator.post(f"{LIST}{ban.pk}/delete/")) == f"“{name}” was lifted."
        assert not Ban.objects.filter(pk=ban.pk).exists()
    assert kinds(room) == ["banned", "banned"]
    bans.check_client(room, Caller((ann.pk,), ("Bob",)), ANONYMOUS)


def test_selected_bans_are_lifted_after_a_question(moderator: Client, room: Room):
    moderator.post(ADD, NAMED)
    moderator.post(f"{ADD}?room={room.pk}", NAMED | {"name": "Bob"})
    chosen = list(Ban.objects.values_list("pk", flat=True))
    given = {"action": "delete_selected", "_selected_action": chosen}
    asked = moderator.post(LIST, given).content.decode()
    assert "Lift 2" in asked
    assert Ban.objects.count() == 2
    assert told(moderator.post(LIST, given | {"post": "yes"})) == "2 bans lifted."
    assert not Ban.objects.exists()


def test_bans_need_the_permission_to_change_rooms(
    moderator: Client, make_staff: MakeStaff, room: Room, say_in: SayIn
):
    moderator.post(ADD, NAMED)
    ban, viewer = Ban.objects.get(), make_staff("view_room", "view_participant")
    for address in (LIST, ADD, f"{ADD}?room={room.pk}", f"{LIST}kick/{room.pk}/", f"{LIST}{ban.pk}/delete/"):
        assert viewer.get(address).status_code == 403
        assert viewer.post(address, NAMED).status_code == 403
    assert Ban.objects.count() == 1
    assert "/admin/chat/ban/" not in viewer.get("/admin/").content.decode()


def test_conversations_and_deleted_rooms_have_no_bans(moderator: Client, ann: Participant, room: Room):
    bob = Participant.objects.create(name="Bob", name_key="bob")
    talk = Room.objects.create(low=ann, high=bob, title="Secret", title_key="s", visibility="hidden")
    Room.objects.filter(pk=room.pk).update(deleted_at=timezone.now())
    for number in (talk.pk, room.pk, 0, "x", "9" * 30):
        assert moderator.get(f"{ADD}?room={number}").status_code == 404
        assert moderator.post(f"{ADD}?room={number}", NAMED).status_code == 404
    assert moderator.post(f"{LIST}kick/{talk.pk}/", {"name": "Ann"}).status_code == 404


def test_participants_page_leads_to_kick_and_ban(
    moderator: Client, make_staff: MakeStaff, ann: Participant, room: Room
):
    enter(room, "Ann")
    Presence.objects.update(participant=ann)
    page = moderator.get(f"/admin/chat/participant/{ann.pk}/change/").content.decode()
    for address in ("add/?name=Ann", f"kick/{room.pk}/?name=Ann", f"add/?room={room.pk}&amp;name=Ann"):
        assert f'href="{LIST}{address}"' in page
    page = make_staff("view_participant").get(f"/admin/chat/participant/{ann.pk}/change/").content.decode()
    assert "Ban from the server" not in page
    page = moderator.get(f"/admin/chat/room/{room.pk}/change/").content.decode()
    assert f'href="{LIST}kick/{room.pk}/?name=Ann"' in page
    assert f'href="{ADD}?room={room.pk}&amp;name=Ann"' in page
    page = make_staff("view_room").get(f"/admin/chat/room/{room.pk}/change/").content.decode()
    assert "/kick/" not in page


@pytest.mark.parametrize("verified", [True, False])
def test_moderation_of_an_unverified_member_spares_the_user_of_that_name(
    moderator: Client, room: Room, ann: Participant, verified: bool
):
    enter(room, "Ann")
    if verified:
        Presence.objects.update(participant=ann)
    page = unescape(moderator.get(f"/admin/chat/room/{room.pk}/change/").content.decode())
    mark = "" if verified else "&unverified"
    for address in (f"{LIST}kick/{room.pk}/?name=Ann{mark}", f"{ADD}?room={room.pk}&name=Ann{mark}"):
        assert f'href="{address}"' in page
        answer = moderator.post(address, NAMED)
        assert answer.status_code == (302 if verified else 200)
        assert ("belongs to someone else" in answer.content.decode()) is not verified
    assert kinds(room) == (["kicked", "banned"] if verified else [])
    assert ('<option value="Ann">' in page) is verified  # to be muted
