"""The list of rooms, and its forms."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chat.models import Event, Room
from chat.models.presence import Lease
from tests.web.kit import PASSWORD, make_room, put_into, text_of

pytestmark = pytest.mark.django_db

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_rooms_are_listed_with_how_many_names_are_in_each(visitor: Client) -> None:
    busy = make_room("Busy", "private", description="All of us")
    put_into(busy, "Ann", "ann", "Bob")  # two connections of one name are one person
    page = text_of(visitor.get("/").content)
    assert "Busy Private All of us 2 online" in page
    assert re.search(r"Public Chat .* No one online", page)


def test_rooms_with_most_members_come_first(visitor: Client) -> None:
    make_room("Empty")
    put_into(make_room("Full"), "Ann")
    page = text_of(visitor.get("/").content)
    assert page.index("Full") < page.index("Public Chat") < page.index("Empty")


def test_members_of_a_dead_process_are_not_counted(visitor: Client) -> None:
    put_into(make_room("Ghosts"), "Ann")
    Lease.objects.update(renewed_at="2020-01-01T00:00:00Z")
    assert "Ghosts No one online" in text_of(visitor.get("/").content)


def test_the_number_of_queries_does_not_depend_on_the_number_of_rooms(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        put_into(make_room(f"Room {number}"), "Ann")
    with django_assert_num_queries(2):
        visitor.get("/")


def test_a_long_list_comes_in_pages(visitor: Client) -> None:
    Room.objects.bulk_create(Room(title=f"Room {n}", title_key=f"room {n}") for n in range(60))
    assert "Page 1 of 2" in text_of(visitor.get("/").content)
    assert "Room 59" in text_of(visitor.get("/?page=2").content)
    assert visitor.get("/?page=nonsense").status_code == 200


def test_rooms_are_sorted_as_asked(visitor: Client) -> None:
    old, quiet, new = (make_room(title) for title in ("Old", "Quiet", "New"))
    put_into(quiet, "Ann")
    said(old, 1, 5)
    said(new, 1, 60)

    def order(sort: str) -> list[str]:
        page = visitor.get("/", {"sort": sort}).content.decode()
        return re.findall(r'room-title"><bdi>(Old|Quiet|New)<', page)

    assert order("people") == order("nonsense") == ["Quiet", "Old", "New"]
    assert order("activity") == ["Old", "New", "Quiet"]
    assert order("newest") == ["New", "Quiet", "Old"]
    assert b'value="newest" selected' in visitor.get("/?sort=newest").content


def test_forms_have_addresses_for_browsers_without_scripts(visitor: Client) -> None:
    assert re.search(r'<dialog id="create"[^>]* open', visitor.get("/rooms/new").content.decode())
    page = visitor.get("/direct").content.decode()
    assert re.search(r'<dialog id="new-message"[^>]* open', page)
    assert not re.search(r'<dialog id="create"[^>]* open', page)
    refused = visitor.post("/rooms/new", {"title": "x"}).content.decode()
    assert re.search(r'<dialog id="create"[^>]* open', refused)


def test_hidden_room_is_opened_from_the_search(visitor: Client) -> None:
    page = visitor.get("/", {"q": "secret & garden"}).content
    assert b'href="/rooms/find?title=secret%20%26%20garden"' in page


def said(room: Room, seq: int, minutes_ago: int) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    Event.objects.create(room=room, seq=seq, kind="message", text="x", created_at=at)
    Room.objects.filter(pk=room.pk).update(last_seq=seq)


def test_room_shows_its_last_activity(visitor: Client) -> None:
    room = make_room("Busy")
    said(room, 1, 60)
    said(room, 2, 3)
    page = visitor.get("/").content
    assert "Busy No one online 3 min" in text_of(page)
    assert re.search(rb'<time[^>]* datetime="[0-9T:.+-]+"\s+title="[^"]+ UTC"', page)
    Event.objects.all().delete()  # they were kept for some days only
    assert "3 min" not in text_of(visitor.get("/").content)


@pytest.mark.parametrize("sought", ["TEA", "ｔｅａ", "  tea ", "leaves"])
def test_rooms_are_found_by_title_and_description(visitor: Client, sought: str) -> None:
    make_room("Tea time", description="Leaves & pots")
    page = text_of(visitor.get("/", {"q": sought}).content)
    assert "Tea time" in page
    assert "Public Chat" not in page
    assert "1 room matches" in page


@pytest.mark.parametrize("sought", ["garden", "%", "_", "\x00x", "x" * 5000, "<b>"])
def test_search_without_results_says_so(visitor: Client, sought: str) -> None:
    make_room("Secret garden", "hidden")
    answer = visitor.get("/", {"q": sought})
    assert answer.status_code == 200
    assert "No rooms match" in text_of(answer.content)
    assert b"Public Chat" not in answer.content


def test_the_pages_of_what_was_found_go_on_with_it(visitor: Client) -> None:
    Room.objects.bulk_create(Room(title=f"Room {n}", title_key=f"room {n}") for n in range(60))
    assert b'href="/?q=room&amp;page=2"' in visitor.get("/?q=room").content


def test_locked_rooms_have_a_badge(visitor: Client) -> None:
    Room.objects.filter(pk=make_room("Quiet").pk).update(locked=True)
    assert "Quiet Locked" in text_of(visitor.get("/").content)


def test_chats_is_a_page_for_browsers_and_json_for_programs(visitor: Client) -> None:
    page = visitor.get("/chats", headers={"accept": HTML})
    assert "Public Chat" in text_of(page.content)
    assert "Accept" in page["Vary"]
    for accept in ("*/*", "application/json", ""):
        answer = visitor.get("/chats/", headers={"accept": accept})
        assert answer["Content-Type"] == "application/json"
        assert "Accept" in answer["Vary"]


def test_posting_to_chats_is_the_api_whatever_is_accepted() -> None:
    strict = Client(enforce_csrf_checks=True)
    room = {"title": "By REST", "visibility": "public"}
    answer = strict.post("/chats", room, "application/json", headers={"accept": HTML})
    assert answer.status_code == 201
    assert answer.json()["title"] == "By REST"


def test_a_get_makes_no_guest_and_no_session(visitor: Client) -> None:
    for address in ("/", "/chats", "/room/1", "/rooms/find?title=Public+Chat", "/room/999"):
        visitor.get(address, headers={"accept": HTML})
    assert settings.SESSION_COOKIE_NAME not in visitor.cookies


def test_a_new_room_belongs_to_its_maker_who_enters_without_the_password(visitor: Client) -> None:
    fields = {"title": "Mine", "description": "", "visibility": "private", "password": PASSWORD}
    made = visitor.post("/rooms/new", fields)
    room = Room.objects.get(title="Mine")
    assert made["Location"] == f"/room/{room.pk}"
    assert not room.commons
    assert room.owner_id == visitor.session["participant"]
    assert b'name="password"' not in visitor.get(made["Location"]).content
    assert b'name="password"' in Client().get(made["Location"]).content


def test_a_new_hidden_room_is_reached_by_its_number(visitor: Client) -> None:
    made = visitor.post("/rooms/new", {"title": "Über uns?", "visibility": "hidden", "password": PASSWORD})
    assert made["Location"] == f"/room/{Room.objects.get(title='Über uns?').pk}"
    assert "Über uns?" in text_of(visitor.get(made["Location"]).content)


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({"title": "x"}, "title", "Title must have 2 to 70 characters"),
        ({"title": "public  CHAT"}, "title", "Another room has this title"),
        ({"description": "d" * 71}, "description", "Description must have 0 to 70 characters"),
        ({"visibility": "secret"}, "visibility", "Visibility must be public, private or hidden"),
        ({"visibility": "private"}, "password", "A private room needs a password"),
        (
            {"visibility": "private", "password": "short"},
            "password",
            "Password must have 8 to 128 characters",
        ),
        ({"password": PASSWORD}, "visibility", "A public room has no password"),
    ],
)
def test_what_is_wrong_with_a_new_room_stands_beside_its_field(
    visitor: Client, fields: dict[str, str], where: str, words: str
) -> None:
    answer = visitor.post("/rooms/new", {"title": "New room", "visibility": "public"} | fields)
    assert answer.status_code == 400
    assert re.search(rf'id="{where}-error"[^>]*>{words}<', answer.content.decode())


def test_a_refused_form_keeps_what_was_typed_but_the_password(visitor: Client) -> None:
    fields = {"title": "x", "description": "Kept", "visibility": "hidden", "password": PASSWORD}
    page = visitor.post("/rooms/new", fields).content.decode()
    assert 'value="Kept"' in page
    assert re.search(r'value="hidden"\s+checked', page)
    assert PASSWORD not in page


def test_a_hidden_room_is_not_listed_but_found_by_its_title(visitor: Client) -> None:
    room = make_room("Secret garden", "hidden")
    assert "Secret garden" not in text_of(visitor.get("/").content)
    found = visitor.get("/rooms/find", {"title": "secret garden "})["Location"]
    assert found == f"/room/{room.pk}"
    assert "Secret garden" in text_of(visitor.get(found).content)


def test_a_title_that_no_room_has_is_answered_in_words(visitor: Client) -> None:
    answer = visitor.get("/rooms/find", {"title": "No such <b>room"})
    assert answer.status_code == 404
    assert "No room has this title." in text_of(answer.content)
    assert b"No such &lt;b&gt;room" in answer.content


def test_a_hidden_room_is_not_found_by_its_number(visitor: Client) -> None:
    hidden = make_room("Secret garden", "hidden")
    assert visitor.get("/rooms/find", {"title": str(hidden.pk)}).status_code == 404


def test_forms_need_their_csrf_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    for address in ("/rooms/new", "/rooms/leave", "/room/1/enter"):
        answer = strict.post(address, {"title": "Forged", "visibility": "public", "name": "Ann"})
        assert answer.status_code == 403
        assert "Please try again" in text_of(answer.content)
    assert not Room.objects.filter(title="Forged").exists()


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/rooms/leave", "/"),
        ("/room/1/enter", "/room/1"),
        ("/room/public%20chat/enter", "/room/1"),
        ("/introduce", "/"),
        ("/theme", "/"),
        ("/sign-out", "/"),
    ],
)
def test_address_of_a_form_leads_to_its_page(visitor: Client, address: str, page: str) -> None:
    answer = visitor.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


def test_browsers_that_look_for_an_icon_find_it(client: Client):
    assert client.get("/favicon.ico").headers["Location"].startswith("/static/chat/favicon")
