"""Direct conversations are on no page of the admin site, for moderators and superusers alike."""

import uuid
from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from chat.models import Event, Lease, Mute, Participant, Presence, ReadMark, Room
from tests.admin.conftest import MakeStaff, SayIn
from tests.support.marks import whole_db

pytestmark = whole_db

SAID = "between-us"


@pytest.fixture
def account(db) -> User:
    return User.objects.create(username="bernard")


@pytest.fixture
def talk(account: User, say_in: SayIn) -> Room:
    """A conversation with a message, which staff once renamed from the admin site."""
    low = Participant.objects.get(user=account)
    high = Participant.objects.create(name="ann", name_key="ann")
    room = Room.objects.create(
        low=low, high=high, title="Secret-talk", title_key="secret-talk", visibility="hidden"
    )
    said = say_in(room, SAID)
    Event.objects.filter(room=room, seq=said.seq).update(sender=low, name="Secret-talk")
    Mute.objects.create(
        room=room, participant=low, name="Secret-talk", name_key="secret-talk", at=timezone.now()
    )
    ReadMark.objects.create(participant=low, room=room, seq=1)
    now = timezone.now()
    lease = Lease.objects.create(id=uuid.uuid4(), renewed_at=now)
    Presence.objects.create(
        id=uuid.uuid4(), lease=lease, room=room, participant=low, name="bernard", name_key="bernard",
        dialect="wschat.v1", joined_at=now, last_activity=now,
    )  # fmt: skip
    return room


@pytest.fixture(params=["admin", "moderator"])
def staff(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client


def addresses(talk: Room) -> list[str]:
    message, low = Event.objects.get(room=talk), talk.low_id
    return [
        "/admin/chat/room/",
        "/admin/chat/room/?deleted=all",
        "/admin/chat/room/?q=Secret",
        "/admin/chat/room/?visibility=hidden&_popup=1",
        f"/admin/chat/room/?id={talk.pk}&_to_field=id&_popup=1",
        f"/admin/chat/room/?low__id__exact={low}",
        "/admin/chat/event/",
        "/admin/chat/event/?_facets=True",
        f"/admin/chat/event/?q={SAID}",
        f"/admin/chat/event/?room={talk.pk}",
        f"/admin/chat/event/?room__id={talk.pk}",
        f"/admin/chat/event/?sender__id={low}",
        f"/admin/chat/event/?id={message.pk}&_popup=1",
        f"/admin/chat/participant/{low}/change/",
        f"/admin/chat/event/?p={message.pk + 1}",
        f"/admin/chat/event/?q={SAID[:4]}&p={message.pk + 1}",
        "/admin/chat/event/?removed=no",
        "/admin/chat/room/?online=yes",
        "/admin/chat/room/?o=1",
        f"/admin/chat/room/?p={talk.pk - 1}",
        f"/admin/chat/room/{talk.pk}/at/1/",
        "/admin/chat/participant/?q=bernard",
        "/admin/autocomplete/?app_label=chat&model_name=room&field_name=owner&term=Secret",
    ]


def test_conversations_are_in_no_list_search_or_filter(staff: Client, talk: Room):
    for address in addresses(talk):
        answer = staff.get(address, follow=True)
        text = answer.content.decode().replace(address.partition("?")[2], "")
        assert SAID not in text.replace(f'value="{SAID}"', "").replace(f"q={SAID}", ""), address
        assert "Secret-talk" not in text, address
        if answer.context and "cl" in answer.context:
            found = list(answer.context["cl"].result_list)
            assert [row for row in found if row.pk == talk.pk or getattr(row, "room_id", 0) == talk.pk] == []
            assert answer.context["cl"].result_count == len(found)


@pytest.mark.parametrize("what", ["change", "history", "delete"])
def test_conversation_addresses_answer_like_missing_ones(staff: Client, talk: Room, what: str):
    message = Event.objects.get(room=talk)
    for model, pk in (("room", talk.pk), ("event", message.pk)):
        for method in (staff.get, staff.post):
            answer = method(f"/admin/chat/{model}/{pk}/{what}/")
            nothing = method(f"/admin/chat/{model}/987654/{what}/")
            assert answer.status_code == nothing.status_code
            assert answer.status_code in (302, 403, 404)
            assert answer.headers.get("Location") == nothing.headers.get("Location")


def test_conversations_cannot_be_changed_or_deleted(staff: Client, talk: Room):
    message = Event.objects.get(room=talk)
    for what in ("lock", "unlock", "restore", "erase", "mute", "unmute"):
        posted = {"seq": message.seq, "name": "ann", "duration": "1 hour", "post": "yes"}
        assert staff.post(f"/admin/chat/room/{talk.pk}/{what}/", posted).status_code == 404
    for action in ("lock_selected", "unlock_selected", "delete_selected", "restore_selected"):
        chosen = {"action": action, "_selected_action": [talk.pk], "post": "yes"}
        staff.post("/admin/chat/room/?deleted=all", chosen)
    staff.post(
        "/admin/chat/event/", {"action": "delete_selected", "_selected_action": [message.pk], "post": "yes"}
    )
    talk.refresh_from_db()
    assert (talk.locked, talk.deleted_at, talk.title, talk.last_seq) == (False, None, "Secret-talk", 1)
    assert Event.objects.get(room=talk).text == SAID


def test_recent_actions_do_not_name_conversations(admin: Client, talk: Room, say_in: SayIn):
    user, message = User.objects.get(username="alice"), Event.objects.get(room=talk)
    known = Event.objects.get(seq=say_in(Room.objects.get(pk=1), "hello").seq, room=1)
    for thing in (talk, message, Room.objects.get(pk=1), known):
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(thing),
            object_id=str(thing.pk),
            object_repr=str(thing),
            action_flag=CHANGE,
        )
    page = admin.get("/admin/").content.decode()
    assert "Secret-talk" not in page
    assert str(message) not in page
    assert "Public Chat" in page
    assert str(known) in page


def test_deletion_of_an_account_does_not_list_its_conversations(admin: Client, account: User, talk: Room):
    message = Event.objects.get(room=talk)
    Event.objects.filter(pk=message.pk).update(erased_at=datetime.now(UTC))  # stood in the way once
    several = {"action": "delete_selected", "_selected_action": [account.pk]}
    for asked in (
        admin.get(f"/admin/auth/user/{account.pk}/delete/"),
        admin.post("/admin/auth/user/", several),
    ):
        page = asked.content.decode()
        assert "bernard" in page
        for told in ("Secret-talk", str(message), f"/room/{talk.pk}/", f"/event/{message.pk}/", "Messages:"):
            assert told not in page
    admin.post(f"/admin/auth/user/{account.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=account.pk).exists()
    assert not Room.objects.filter(pk=talk.pk).exists()


def test_deleting_an_account_needs_the_right_to_delete_its_participant(make_staff: MakeStaff, account: User):
    staff = make_staff()
    user = User.objects.get(username="staff")
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "delete_user")))
    assert staff.post(f"/admin/auth/user/{account.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=account.pk).exists()
