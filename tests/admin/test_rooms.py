"""The rooms' pages: what they show, and that each change goes through a service, with an event in the log."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import check_password
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from chat.errors import UNAVAILABLE, ChatError
from chat.log.log import log
from chat.models import Event, Lease, Participant, Presence, Room
from tests.admin.conftest import SECRET, MakeRoom, SayIn
from tests.support.marks import whole_db

pytestmark = whole_db

LIST = "/admin/chat/room/"


def page(room: Room, what: str = "change") -> str:
    return f"/admin/chat/room/{room.pk}/{what}/"


def told(response) -> str:
    """The last message of the next page."""
    return str(list(get_messages(response.wsgi_request))[-1])


def titles(response) -> list[str]:
    return [room.title for room in response.context["cl"].result_list]


def kinds(room: Room) -> list[str]:
    return list(Event.objects.filter(room=room).order_by("seq").values_list("kind", flat=True))


def fields(room: Room, **changes: object) -> dict[str, object]:
    """The form of a room's page as a browser sends it."""
    shown = {
        "title": room.title,
        "description": room.description,
        "visibility": room.visibility,
        "owner": room.owner_id or "",
        "new_password": "",
        "slow_seconds": room.slow_seconds,
        "who_can_pin": room.who_can_pin,
        "who_can_mention_all": room.who_can_mention_all,
    }
    return shown | changes


def enter(room: Room, *names: str, lease: Lease | None = None) -> None:
    now = timezone.now()
    lease = lease or Lease.objects.create(id=uuid.uuid4(), renewed_at=now)
    for name in names:
        Presence.objects.create(
            id=uuid.uuid4(),
            lease=lease,
            room=room,
            name=name,
            name_key=name.lower(),
            color="teal",
            dialect="wschat.v1",
            joined_at=now,
            last_activity=now,
        )


def act(client: Client, action: str, *rooms: Room, query: str = ""):
    chosen = [room.pk for room in rooms]
    return client.post(LIST + query, {"action": action, "_selected_action": chosen, "post": "yes"})


# Finding


def test_list_finds_rooms_by_title_and_description(admin: Client, make_room: MakeRoom):
    make_room("Gardeners", description="Roses and slugs")
    make_room("ÜBER Köln")
    assert titles(admin.get(LIST, {"q": "gard"})) == ["Gardeners"]
    assert titles(admin.get(LIST, {"q": "slugs"})) == ["Gardeners"]
    assert titles(admin.get(LIST, {"q": "über KÖLN"})) == ["ÜBER Köln"]
    assert titles(admin.get(LIST, {"q": "nothing like it"})) == []


def test_list_says_how_many_are_in_each_room_in_one_query(
    admin: Client, make_room: MakeRoom, django_assert_max_num_queries
):
    for number in range(20):
        make_room(f"Room {number}")
    public = Room.objects.get(pk=1)
    enter(public, "ann", "Ann", "ben")
    enter(
        public,
        "gone",
        lease=Lease.objects.create(id=uuid.uuid4(), renewed_at=timezone.now() - timedelta(hours=1)),
    )
    with django_assert_max_num_queries(8):
        listed = admin.get(LIST).context["cl"].result_list
        assert {room.title: room.member_count for room in listed if room.member_count} == {"Public Chat": 2}


def test_list_shows_deleted_rooms_only_when_asked(admin: Client, make_room: MakeRoom):
    admin.post(page(make_room("Old"), "delete"))
    assert titles(admin.get(LIST)) == ["Public Chat"]
    assert titles(admin.get(LIST, {"deleted": "yes"})) == ["Old"]
    assert titles(admin.get(LIST, {"deleted": "all"})) == ["Public Chat", "Old"]


def test_list_filters_by_visibility_and_lock(admin: Client, make_room: MakeRoom):
    locked = make_room("Locked", "private")
    admin.post(page(locked, "lock"))
    assert titles(admin.get(LIST, {"visibility__exact": "private"})) == ["Locked"]
    assert titles(admin.get(LIST, {"locked__exact": "1"})) == ["Locked"]
    assert titles(admin.get(LIST, {"locked__exact": "0"})) == ["Public Chat"]


def test_page_shows_who_is_in_the_room_and_its_latest_messages(
    admin: Client, make_room: MakeRoom, say_in: SayIn
):
    room = make_room("Gardeners")
    enter(room, "Ann")
    say_in(room, "<b>slugs</b>")
    removed = say_in(room, "unspeakable")
    admin.post(page(room, "erase"), {"seq": removed.seq, "post": "yes"})
    html = admin.get(page(room)).content.decode()
    assert '<th scope="row">Ann</th>' in html
    assert "teal" in html
    assert "wschat.v1" in html
    assert "&lt;b&gt;slugs&lt;/b&gt;" in html
    assert "unspeakable" not in html


def test_page_of_a_missing_room_is_not_found(admin: Client):
    assert admin.get("/admin/chat/room/4711/change/", follow=True).status_code == 200
    assert admin.post("/admin/chat/room/4711/lock/").status_code == 404
    assert admin.get("/admin/chat/room/4711/delete/").status_code == 404


# Changing


def test_saving_changes_the_room_by_one_event(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    changes = fields(room, title="  Growers ", description="Leeks", visibility="hidden", new_password=SECRET)
    before = room.generation
    response = admin.post(page(room), changes)
    assert response.status_code == 302
    room.refresh_from_db()
    assert (room.title, room.title_key, room.description) == ("Growers", "growers", "Leeks")
    assert room.visibility == "hidden"
    assert room.generation > before
    assert check_password(SECRET, room.password)
    assert kinds(room) == ["room_changed"]


def test_limits_of_posting_are_saved_with_the_room(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    admin.post(page(room), fields(room, slow_seconds=30, accounts_only="on", description="Leeks"))
    room.refresh_from_db()
    assert (room.slow_seconds, room.accounts_only, room.description) == (30, True, "Leeks")
    assert kinds(room) == ["room_changed"]
    admin.post(page(room), fields(room, slow_seconds=0))
    room.refresh_from_db()
    assert (room.slow_seconds, room.accounts_only) == (0, False)


def test_who_can_pin_and_mention_everyone_is_saved_with_the_room(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    admin.post(page(room), fields(room, who_can_pin="owner", who_can_mention_all="moderators"))
    room.refresh_from_db()
    assert (room.who_can_pin, room.who_can_mention_all) == ("owner", "moderators")
    assert kinds(room) == ["room_changed"]


def test_saving_without_a_change_changes_nothing(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners", "private")
    admin.post(page(room), fields(room))
    assert kinds(room) == []


def test_password_is_never_shown_nor_in_the_history(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners", "private")
    admin.post(page(room), fields(room, new_password="battery staple"))
    room.refresh_from_db()
    shown = admin.get(page(room)).content.decode() + admin.get(page(room, "history")).content.decode()
    assert "battery staple" not in shown
    assert room.password not in shown
    assert check_password("battery staple", room.password)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x"}, "title"),
        ({"title": "zero\u200bwidth"}, "title"),
        ({"title": "PUBLIC  chat"}, "title"),
        ({"title": ""}, "title"),
        ({"description": "right\u202eleft"}, "description"),
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": "private"}, "new_password"),
        ({"visibility": "private", "new_password": "short"}, "new_password"),
        ({"new_password": SECRET}, "visibility"),
        ({"owner": "4711"}, "owner"),
        ({"slow_seconds": "21601"}, "slow_seconds"),
        ({"slow_seconds": "-1"}, "slow_seconds"),
    ],
)
def test_wrong_input_is_an_error_at_its_field(admin: Client, make_room: MakeRoom, changes, field):
    room = make_room("Gardeners")
    response = admin.post(page(room), fields(room, **changes))
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert kinds(room) == []


def test_refusal_of_the_service_is_shown_instead_of_success(admin: Client, make_room: MakeRoom, monkeypatch):
    def refuse(draft: object) -> None:
        raise ChatError(UNAVAILABLE, detail="the database is full")

    room = make_room("Gardeners")
    monkeypatch.setattr(log, "append_and_wait", refuse)
    saved = admin.post(page(room), fields(room, title="Growers"))
    assert saved.status_code == 302
    assert told(saved) == "Not saved: the database is full"
    assert told(admin.post(page(room, "lock"))) == "“Gardeners”: the database is full"
    assert not LogEntry.objects.exists()


def test_owner_can_be_set_and_removed(admin: Client, make_room: MakeRoom):
    room, ann = make_room("Gardeners"), Participant.objects.create(name="ann")
    assert room.commons
    admin.post(page(room), fields(room, owner=ann.pk))
    room.refresh_from_db()
    assert (room.owner, room.commons) == (ann, False)
    admin.post(page(room), fields(room, owner=""))
    room.refresh_from_db()
    assert (room.owner, room.commons) == (None, False)


def test_moderators_are_named_and_removed_in_the_log(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    ann, bob = (Participant.objects.create(name=name, name_key=name) for name in ("ann", "bob"))
    admin.post(page(room), fields(room, moderators=[ann.pk, bob.pk]))
    assert set(room.moderators.all()) == {ann, bob}
    admin.post(page(room), fields(room, moderators=[bob.pk]))
    assert set(room.moderators.all()) == {bob}
    admin.post(page(room), fields(room, title="Gardening", moderators=[bob.pk]))
    assert kinds(room) == ["moderator", "moderator", "moderator", "room_changed"]


# Acting


def test_lock_and_unlock(admin: Client):
    room = Room.objects.get(pk=1)
    response = admin.post(page(room, "lock"))
    assert told(response) == "“Public Chat” was locked."
    assert Room.objects.get(pk=1).locked
    admin.post(page(room, "unlock"))
    assert not Room.objects.get(pk=1).locked
    assert kinds(room) == ["room_changed", "room_changed"]
    notes = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(notes) == ["Locked.", "Unlocked."]


def test_buttons_take_posts_alone(admin: Client):
    room = Room.objects.get(pk=1)
    assert admin.get(page(room, "lock")).status_code == 405
    assert admin.get(page(room, "erase")).status_code == 405


def test_delete_asks_first_and_is_soft(admin: Client, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    say_in(room, "slugs")
    asked = admin.get(page(room, "delete"))
    assert "staff can restore it" in asked.content.decode()
    assert kinds(room) == ["message"]
    admin.post(page(room, "delete"))
    room.refresh_from_db()
    assert room.deleted_at
    assert kinds(room) == ["message", "room_deleted"]


def test_restore(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    admin.post(page(room, "delete"))
    deleted = admin.get(page(room)).content.decode()
    assert "Restore" in deleted
    assert 'name="_save"' not in deleted
    assert told(admin.post(page(room, "restore"))) == "“Gardeners” was restored."
    room.refresh_from_db()
    assert room.deleted_at is None


def test_restore_says_when_the_title_is_in_use_again(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    admin.post(page(room, "delete"))
    make_room("gardeners")
    assert told(admin.post(page(room, "restore"))) == "“Gardeners”: another room has this title"
    room.refresh_from_db()
    assert room.deleted_at


def test_deleted_room_cannot_be_deleted_or_changed(admin: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    admin.post(page(room, "delete"))
    assert admin.post(page(room, "delete")).status_code == 403
    assert admin.post(page(room), fields(room, title="Growers")).status_code == 403


def test_default_room_cannot_be_deleted(admin: Client):
    room = Room.objects.get(pk=1)
    assert "It cannot be deleted." in admin.get(page(room)).content.decode()
    assert admin.post(page(room, "delete")).status_code == 403
    assert told(act(admin, "delete_selected", room)) == "“Public Chat”: the default room cannot be deleted"
    room.refresh_from_db()
    assert room.deleted_at is None


def test_actions_on_many_rooms(admin: Client, make_room: MakeRoom):
    rooms = [make_room("One"), make_room("Two")]
    assert told(act(admin, "lock_selected", *rooms)) == "2 rooms locked."
    assert told(act(admin, "unlock_selected", rooms[0])) == "1 room unlocked."
    assert told(act(admin, "delete_selected", *rooms)) == "2 rooms deleted."
    assert kinds(rooms[0]) == ["room_changed", "room_changed", "room_deleted"]
    assert told(act(admin, "restore_selected", *rooms, query="?deleted=yes")) == "2 rooms restored."
    assert Room.objects.existing().count() == 3


def test_ticked_messages_are_deleted(admin: Client, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    said = [say_in(room, text) for text in ("one", "two", "three")]
    response = admin.post(page(room, "erase"), {"seq": [said[0].seq, said[2].seq], "post": "yes"})
    assert told(response) == "2 messages deleted."
    left = Event.objects.latest_messages(room.pk)
    assert [event.text for event in left] == ["two"]


@pytest.mark.parametrize("seq", ["0", "-1", "x", "٣", "9" * 18, "9" * 40, ""])
def test_message_that_is_not_there_is_not_deleted(admin: Client, seq: str):
    response = admin.post(page(Room.objects.get(pk=1), "erase"), {"seq": seq, "post": "yes"})
    assert response.status_code == 302
    assert told(response)
    assert Event.objects.count() == 0


def test_pages_of_rooms_are_in_the_language_of_the_browser(admin: Client, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    enter(room, "ann")
    say_in(room, "hello")
    shown = admin.get(page(room), headers={"accept-language": "de"}).content.decode()
    for words in ("Sperren", "Neueste Nachrichten", "Mitglieder online", "Nr.", "Ausgewählte löschen"):
        assert words in shown
    for words in ("Latest messages", "Members online", "Lock", "State", "Delete selected"):
        assert f">{words}<" not in shown
    listed = admin.get(LIST, headers={"accept-language": "de"}).content.decode()
    for words in ("Titel oder Beschreibung", "Ausgewählte Räume sperren", "Vorhanden", "öffentlich"):
        assert words in listed
    answer = admin.post(page(room, "lock"), headers={"accept-language": "de"})
    assert told(answer) == "„Gardeners“ wurde gesperrt."
