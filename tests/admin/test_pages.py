"""The lists and pages for moderators: what they show, in pages by key, at a bounded number of queries."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.admin.messages import MessageAdmin
from chat.admin.rooms import RoomAdmin
from chat.models import Ban, Event, Mute, Participant, ReadMark, Room, StaffNote
from chat.models.room import PACE_EVENTS
from chat.words import fold_text
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.admin.test_rooms import enter
from tests.support.marks import whole_db

pytestmark = whole_db

MOST_QUERIES = 19


@contextmanager
def few_queries_and_no_count() -> Iterator[None]:
    with CaptureQueriesContext(connection) as asked:
        yield
    statements = [query["sql"] for query in asked.captured_queries]
    assert len(statements) <= MOST_QUERIES, statements
    for statement in statements:
        counted = re.search(r'COUNT\([^)]*\)(?: AS "\w+")? FROM (?:"chat_event"|\(SELECT)', statement, re.I)
        assert counted is None, statement


def texts(response) -> list[str]:
    return [event.text for event in response.context["cl"].result_list]


def walk_pages(client: Client, address: str, query: str | None) -> list[list[str]]:
    """What is on each page, from the first one to the last."""
    pages: list[list[str]] = []
    while query is not None:
        page = client.get(address + query).context["cl"]
        pages.append([str(row) for row in page.result_list])
        query = page.more
    return pages


def fill_log(room: Room, sender: Participant, count: int) -> None:
    now = timezone.now()
    rows = []
    for seq in range(1, count + 1):
        text, at = f"word{seq} common", now - timedelta(minutes=count - seq)
        rows.append(
            Event(
                room=room, seq=seq, kind="message", created_at=at,
                sender=sender, name=sender.name, text=text, words=fold_text(text),
            )
        )  # fmt: skip
    Event.objects.bulk_create(rows)
    Room.objects.filter(pk=room.pk).update(last_seq=count)


@pytest.fixture
def ann(db) -> Participant:
    return Participant.objects.create(name="ann", name_key="ann")


@pytest.fixture
def full(ann: Participant, make_room: MakeRoom) -> Room:
    """A room with 130 messages of Ann, who is in it, and 30 other rooms."""
    for number in range(30):
        make_room(f"Room {number}")
    room = make_room("Gardeners")
    fill_log(room, ann, 130)
    ReadMark.objects.create(participant=ann, room=room, seq=100)
    enter(room, "ann")
    Ban.objects.create(
        room=room, participant=ann, key="name:ann", name="ann", rank=1, reason="shouting", at=timezone.now()
    )
    Mute.objects.create(room=room, participant=ann, name="Annie", name_key="annie", at=timezone.now())
    return room


def test_pages_take_few_queries_and_count_no_events(admin: Client, full: Room, ann: Participant):
    message = Event.objects.get(room=full, seq=77)
    for address in (
        "",
        "chat/room/",
        "chat/room/?q=gard",
        "chat/room/?o=-1.2",
        "chat/room/?online=yes",
        "chat/room/?deleted=all&p=5",
        f"chat/room/{full.pk}/change/",
        f"chat/room/{full.pk}/at/77/",
        "chat/event/",
        "chat/event/?q=common",
        "chat/event/?q=word77",
        "chat/event/?removed=yes",
        "chat/event/?_facets=True",
        "chat/room/?_facets=True",
        f"chat/event/?room={full.pk}&q=common&p={message.pk}",
        f"chat/event/{message.pk}/change/",
        "chat/participant/",
        "chat/participant/?q=ann",
        f"chat/participant/{ann.pk}/change/",
    ):
        with few_queries_and_no_count():
            assert admin.get(f"/admin/{address}").status_code == 200


@pytest.mark.parametrize("query", ["", "?q=common", "?q=ann", "?removed=no"])
def test_pages_of_messages_follow_one_another(admin: Client, full: Room, monkeypatch, query: str):
    monkeypatch.setattr(MessageAdmin, "list_per_page", 40)
    pages = walk_pages(admin, "/admin/chat/event/", query)
    assert [len(page) for page in pages] == [40, 40, 40, 10]
    assert list(chain(*pages)) == [f"{full.pk}#{seq} message" for seq in range(130, 0, -1)]


def test_pages_in_one_room_follow_one_another(
    admin: Client, full: Room, ann: Participant, make_room: MakeRoom, monkeypatch
):
    fill_log(make_room("Other"), ann, 7)
    monkeypatch.setattr(MessageAdmin, "list_per_page", 100)
    for query in (f"?room={full.pk}", f"?room={full.pk}&q=common"):
        pages = walk_pages(admin, "/admin/chat/event/", query)
        assert [len(page) for page in pages] == [100, 30]
        assert list(chain(*pages)) == [f"{full.pk}#{seq} message" for seq in range(130, 0, -1)]


@pytest.mark.parametrize("order", ["", "o=1", "o=-1", "o=2.-1", "o=-7", "o=8"])
def test_pages_of_rooms_have_each_room_once(admin: Client, full: Room, monkeypatch, order: str):
    monkeypatch.setattr(RoomAdmin, "list_per_page", 7)
    pages = walk_pages(admin, "/admin/chat/room/", f"?{order}")
    monkeypatch.setattr(RoomAdmin, "list_per_page", 100)
    (whole,) = walk_pages(admin, "/admin/chat/room/", f"?{order}")
    assert len(pages) == 5
    assert list(chain(*pages)) == whole
    assert sorted(whole) == sorted(Room.objects.existing().values_list("title", flat=True))


@pytest.mark.parametrize("cursor", ["x", "-1", "٣", "9" * 40, "0", "987654"])
def test_wrong_cursor_is_no_error(admin: Client, full: Room, cursor: str):
    for address in ("room", "event", "participant"):
        for order in ("", "&o=1"):
            assert admin.get(f"/admin/chat/{address}/?p={cursor}{order}").status_code == 200


def test_filters_that_would_read_the_whole_log_are_refused(admin: Client, full: Room, ann: Participant):
    for query in (f"sender__id={ann.pk}", "text__contains=a", "kind=left", "created_at__gte=2020-01-01"):
        assert admin.get(f"/admin/chat/event/?{query}").status_code == 400


def test_older_messages_are_found_by_words_and_filters(
    admin: Client, full: Room, make_room: MakeRoom, monkeypatch
):
    monkeypatch.setattr("chat.log.recovery.WALKED", 20)
    assert texts(admin.get("/admin/chat/event/?q=word7"))[-1] == "word7 common"
    assert texts(admin.get("/admin/chat/event/?q=word33+from:ann")) == ["word33 common"]
    assert texts(admin.get("/admin/chat/event/?q=word33+from:ben")) == []
    assert texts(admin.get("/admin/chat/event/?q=WORD33")) == ["word33 common"]
    assert texts(admin.get(f"/admin/chat/event/?q=word33&room={full.pk}")) == ["word33 common"]
    assert texts(admin.get(f"/admin/chat/event/?q=word33&room={make_room('Empty').pk}")) == []
    assert len(texts(admin.get("/admin/chat/event/?q=common"))) == 100


def test_search_for_nothing_that_can_be_found_says_why(admin: Client, full: Room):
    page = admin.get("/admin/chat/event/", {"q": "x" * 500})
    assert texts(page) == []
    assert "must have 1 to 100 characters" in page.content.decode()


def test_list_of_rooms_tells_owner_pace_and_activity(admin: Client, full: Room, ann: Participant):
    Room.objects.filter(pk=full.pk).update(owner=ann)
    page = admin.get("/admin/chat/room/?q=Gard").content.decode()
    assert f'<a href="/admin/chat/participant/{ann.pk}/change/">ann</a>' in page
    assert '<td class="field-show_pace">130</td>' in page
    assert '<td class="field-count_members">1</td>' in page
    assert '<td class="field-show_pace">0</td>' in admin.get("/admin/chat/room/?q=Room").content.decode()


def test_pace_is_that_of_the_latest_thousand_events(admin: Client, ann: Participant, make_room: MakeRoom):
    room = make_room("Busy")
    fill_log(room, ann, PACE_EVENTS + 500)
    now = timezone.now()
    Event.objects.filter(room=room, seq__lte=500).update(created_at=now - timedelta(days=100))
    Event.objects.filter(room=room, seq=501).update(created_at=now - timedelta(days=2))
    assert '<td class="field-show_pace">500</td>' in admin.get("/admin/chat/room/?q=Busy").content.decode()


def test_only_rooms_with_members_are_listed_when_asked(admin: Client, full: Room):
    page = admin.get("/admin/chat/room/?online=yes").context["cl"]
    assert [room.title for room in page.result_list] == ["Gardeners"]


def test_room_is_shown_at_a_message(admin: Client, full: Room):
    page = admin.get(f"/admin/chat/room/{full.pk}/at/77/").content.decode()
    assert '<li id="m77"' in page
    assert 'class="marked"' in page
    assert "word52 common" in page
    assert "word102 common" in page
    assert "word51 common" not in page
    assert "word103 common" not in page
    for seq in (0, 10**6, 10**18):
        assert admin.get(f"/admin/chat/room/{full.pk}/at/{seq}/").status_code == 200


def test_room_at_a_message_needs_the_permission_to_see_messages(make_staff: MakeStaff, full: Room):
    assert make_staff("view_room").get(f"/admin/chat/room/{full.pk}/at/77/").status_code == 403
    assert make_staff("view_event").get(f"/admin/chat/room/{full.pk}/at/77/").status_code == 200


def test_list_of_messages_links_sender_room_and_place(admin: Client, full: Room, ann: Participant):
    page = admin.get("/admin/chat/event/").content.decode()
    assert f'href="/admin/chat/participant/{ann.pk}/change/"' in page
    assert f'href="/admin/chat/room/{full.pk}/change/"' in page
    assert f'href="/admin/chat/room/{full.pk}/at/130/#m130"' in page


def test_texts_are_escaped_on_each_page(admin: Client, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    message = say_in(room, "<script>alert(1)</script>", name="<b>eve")
    event = Event.objects.get(room=room, seq=message.seq)
    pages = ("event/", f"event/{event.pk}/change/", f"room/{room.pk}/at/1/", f"room/{room.pk}/change/")
    for address in pages:
        page = admin.get(f"/admin/chat/{address}").content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page
        assert "<b>eve" not in page


def test_page_of_a_person_has_rooms_names_messages_and_mutes(admin: Client, full: Room, ann: Participant):
    page = admin.get(f"/admin/chat/participant/{ann.pk}/change/")
    assert page.context["names"] == ["Annie", "ann"]
    assert [event.seq for event in page.context["said"]] == list(range(130, 80, -1))
    html = page.content.decode()
    assert "Annie was muted on" in html
    assert re.search(r"banned\s+from\s+<a[^>]*>Gardeners</a>\s+shouting", html)
    assert f'href="/admin/chat/room/{full.pk}/change/"' in html


def test_page_of_a_person_shows_messages_only_to_those_who_may(make_staff: MakeStaff, full: Room, ann):
    page = make_staff("view_participant").get(f"/admin/chat/participant/{ann.pk}/change/").content.decode()
    assert "common" not in page
    assert "Add note" not in page


def test_note_is_kept_for_other_staff(moderator: Client, admin: Client, ann: Participant):
    moderator.post(f"/admin/chat/participant/{ann.pk}/note/", {"text": " <i>asked</i> to be kind "})
    assert (
        "&lt;i&gt;asked&lt;/i&gt; to be kind"
        in admin.get(f"/admin/chat/participant/{ann.pk}/change/").content.decode()
    )
    note = StaffNote.objects.get()
    assert (note.author, note.text) == ("mona", "<i>asked</i> to be kind")


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 1001])
def test_note_that_cannot_be_kept_is_refused(admin: Client, ann: Participant, text: str):
    answer = admin.post(f"/admin/chat/participant/{ann.pk}/note/", {"text": text}, follow=True)
    assert "A note has 1 to 1000 characters." in answer.content.decode()
    assert not StaffNote.objects.exists()


def test_note_needs_the_permission_of_moderators(make_staff: MakeStaff, ann: Participant):
    address = f"/admin/chat/participant/{ann.pk}/note/"
    assert make_staff("view_participant").post(address, {"text": "x"}).status_code == 403
    assert make_staff("change_room").post(address, {"text": "x"}).status_code == 403
    assert make_staff("view_participant", "change_room").post(address, {"text": "x"}).status_code == 302
