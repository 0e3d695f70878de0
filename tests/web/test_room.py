"""The page of a room: who can join, and what others can see."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.template.loader import render_to_string
from django.test import Client

from chat.models import Participant, Room
from chat.permissions import Actor
from chat.services import rooms
from chat.web.security import POLICY
from tests.support.marks import whole_db
from tests.web.kit import PASSWORD, make_room, put_into, text_of

pytestmark = pytest.mark.django_db


def turned_hidden(room: Room) -> Room:
    """The room, hidden from now on, with the PASSWORD."""
    room.visibility, room.password = "hidden", make_password(PASSWORD)
    room.save()
    return room


ANN = {"name": "Ann", "color": "#1d6fb8"}
WITH_PASSWORD = ANN | {"password": PASSWORD}


def in_chat(page: bytes) -> bool:
    """Whether this is the chat (else it is the form to enter)."""
    return b'id="chat"' in page


def data(page: bytes, name: str) -> str:
    """A data attribute of the chat."""
    found = re.search(rf'data-{name}="([^"]*)"', page.decode())
    assert found
    return found[1]


def test_a_public_room_asks_for_a_name_alone(visitor: Client) -> None:
    page = visitor.get("/room/1").content
    assert not in_chat(page)
    assert b'name="name"' in page
    assert b'name="password"' not in page


def test_after_entering_the_room_is_the_chat(visitor: Client) -> None:
    entered = visitor.post("/room/1/enter", ANN)
    assert entered["Location"] == "/room/1"
    page = visitor.get("/room/1").content
    assert in_chat(page)
    assert (data(page, "room"), data(page, "name"), data(page, "color")) == ("1", "Ann", "#1d6fb8")


def test_entering_makes_one_guest_however_many_rooms_are_entered(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    visitor.post(f"/room/{make_room('Other').pk}/enter", ANN)
    assert Participant.objects.filter(pk=visitor.session["participant"]).exists()
    assert Participant.objects.count() == 2  # the guest, and the other room's owner


def test_a_room_may_be_named_by_its_title(visitor: Client) -> None:
    make_room("What/ever?")
    assert "What/ever?" in text_of(visitor.get("/room/What/ever%3F").content)
    assert visitor.post("/room/What/ever%3F/enter", ANN).status_code == 302


def test_a_private_room_lets_in_with_its_password(visitor: Client) -> None:
    room = make_room("Team", "private")
    assert visitor.post(f"/room/{room.pk}/enter", WITH_PASSWORD).status_code == 302
    page = visitor.get(f"/room/{room.pk}").content
    assert in_chat(page)
    assert data(page, "name") == "Ann"


@pytest.mark.parametrize("password", ["wrong horse", "", PASSWORD * 20])
def test_a_wrong_password_is_told_beside_its_field(visitor: Client, password: str) -> None:
    room = make_room("Team", "private")
    answer = visitor.post(f"/room/{room.pk}/enter", ANN | {"password": password})
    assert answer.status_code == 400
    assert b'id="password-error"' in answer.content
    assert b'value="Ann"' in answer.content
    assert "participant" not in visitor.session
    assert not in_chat(visitor.get(f"/room/{room.pk}").content)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"color": "c" * 33}, "color"),
    ],
)
def test_a_name_or_colour_that_does_not_fit_is_told_beside_its_field(
    visitor: Client, fields: dict[str, str], where: str
) -> None:
    answer = visitor.post("/room/1/enter", ANN | fields)
    assert answer.status_code == 400
    assert f'id="{where}-error"'.encode() in answer.content


def test_name_in_use_is_refused_by_the_join_form(visitor: Client) -> None:
    put_into(Room.objects.get(pk=1), "ANN")
    answer = visitor.post("/room/1/enter", ANN)
    assert answer.status_code == 400
    assert "This name is taken on this server" in text_of(answer.content)


def test_name_and_colour_are_kept_for_the_next_room(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    page = visitor.get(f"/room/{make_room('Other').pk}").content
    assert b'value="Ann"' in page
    assert b'value="#1d6fb8"' in page


def test_leaving_a_room_asks_for_the_name_again(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    assert visitor.post("/rooms/leave", {"room": "1"})["Location"] == "/"
    assert not in_chat(visitor.get("/room/1").content)


def test_a_new_password_voids_the_visit_and_the_form_says_so(visitor: Client) -> None:
    room = make_room("Team", "private")
    visitor.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    Room.objects.filter(pk=room.pk).update(generation=2)
    page = visitor.get(f"/room/{room.pk}").content
    assert not in_chat(page)
    assert "Your access has expired" in text_of(page)
    visitor.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    assert in_chat(visitor.get(f"/room/{room.pk}").content)


def test_a_public_room_that_becomes_private_asks_its_visitors_for_the_password(visitor: Client) -> None:
    room = make_room("Open")
    visitor.post(f"/room/{room.pk}/enter", ANN)
    Room.objects.filter(pk=room.pk).update(visibility="private", password="x")
    assert b'name="password"' in visitor.get(f"/room/{room.pk}").content


Ask = Callable[[Client, str], object]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, ref: client.get(f"/room/{ref}"),
        lambda client, ref: client.post(f"/room/{ref}/enter", WITH_PASSWORD),
    ],
    ids=["look", "enter"],
)
def test_a_hidden_room_by_its_number_is_like_a_room_that_is_not_there(visitor: Client, ask: Ask) -> None:
    hidden = turned_hidden(make_room("Secret garden", description="Roses"))
    answers = [ask(visitor, str(hidden.pk)), ask(visitor, "4711")]
    asked = rf'value="\w{{64}}"|(?<=room/)({hidden.pk}|4711)|(?<=room%2F)({hidden.pk}|4711)'
    pages = [re.sub(asked, "", answer.content.decode()) for answer in answers]  # type: ignore[attr-defined]
    assert [answer.status_code for answer in answers] == [404, 404]  # type: ignore[attr-defined]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("title", ["Secret garden", "000001", "75", "x/../1", "..", "a?b&c"])
def test_a_room_that_became_hidden_lets_in_from_an_address_that_is_never_another_rooms(
    visitor: Client, title: str
) -> None:
    """Rooms of these titles are there from before such titles were refused."""
    room = turned_hidden(make_room("Now called differently"))
    Room.objects.filter(pk=room.pk).update(title=title, title_key=title.lower())
    Room.objects.create(pk=75, title="Number 75", title_key="number 75")
    found = visitor.get("/rooms/find", {"title": title})["Location"]
    assert found.startswith(f"/room/{room.pk}?title=")
    form = visitor.get(found).content.decode()
    action = re.search(r'<form method="post" action="(/room/[^"]*)"', form)
    hidden = re.search(r'<input type="hidden" name="title" value="([^"]*)"', form)
    assert action
    assert hidden
    fields = WITH_PASSWORD | {"title": unescape(hidden[1])}
    assert visitor.post(action[1], WITH_PASSWORD).status_code == 404  # the number alone tells nothing
    assert visitor.post(action[1], fields | {"password": "wrong password"}).status_code == 400
    entered = visitor.post(action[1], fields)
    assert entered["Location"] == found
    for address in (found, f"/room/{room.pk}"):
        page = visitor.get(address).content
        assert data(page, "room") == str(room.pk)


@pytest.mark.parametrize("path", ["/room/x/../1", "/room/./1", "/direct/a/../b", "/x/.."])
def test_forms_of_a_header_never_lead_to_an_address_that_a_browser_changes(
    visitor: Client, path: str
) -> None:
    assert b'name="next" value="/"' in visitor.get(path).content


def test_a_hidden_room_lets_in_by_title_and_password(visitor: Client) -> None:
    hidden = make_room("Secret garden", "hidden")
    entered = visitor.post("/room/secret garden/enter", WITH_PASSWORD)
    assert entered["Location"] == f"/room/{hidden.pk}"
    assert in_chat(visitor.get(entered["Location"]).content)
    assert in_chat(visitor.get("/room/secret garden").content)


@whole_db
def test_a_deleted_room_is_not_found(visitor: Client) -> None:
    room = make_room("Gone")
    visitor.post(f"/room/{room.pk}/enter", ANN)
    rooms.delete_room(room=room, actor=Actor(room.owner_id))
    answer = visitor.get(f"/room/{room.pk}")
    assert answer.status_code == 404
    assert "Page not found" in text_of(answer.content)


def test_titles_and_names_are_shown_as_text(visitor: Client) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    room = make_room(hostile, description=hostile)
    pages = [visitor.get("/").content, visitor.get(f"/room/{room.pk}").content]
    visitor.post(f"/room/{room.pk}/enter", ANN | {"name": hostile})
    pages += [visitor.get(f"/room/{room.pk}").content, visitor.get("/room/1").content]
    assert all(b"<img src=x" not in page and b"onerror=alert(1)&gt;" in page for page in pages)


def test_pages_hold_no_inline_script_or_style_and_forbid_them(visitor: Client) -> None:
    room = make_room("Team", "private")
    addresses = ["/", f"/room/{room.pk}", "/room/999"]
    answers = [visitor.get(address) for address in addresses]
    visitor.post("/room/1/enter", ANN)
    answers.append(visitor.get("/room/1"))
    for answer in answers:
        assert answer["Content-Security-Policy"] == POLICY
        assert not re.search(rb"<script(?![^>]* src=)|<style| style=| on\w+=|javascript:", answer.content)


def test_a_page_with_a_token_is_not_kept_by_caches(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    assert "no-store" in visitor.get("/room/1")["Cache-Control"]


def test_error_page_renders_without_a_context() -> None:
    assert "Something went wrong on our side" in text_of(render_to_string("500.html").encode())


def test_entering_by_get_leads_back_to_the_form(visitor: Client) -> None:
    assert visitor.get("/room/1/enter")["Location"] == "/room/1"


def test_a_page_says_how_long_a_message_may_be(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    page = visitor.get("/room/1").content.decode()
    assert f'data-most="{settings.ENV.wschat_max_text}"' in page


@pytest.mark.parametrize("path", ["/room/1%0A", "/room/1%0A/", "/room/1/enter%0A", "/room/1/settings%0A"])
def test_address_with_a_line_break_is_no_room(visitor: Client, path: str) -> None:
    assert visitor.get(path).status_code == 404
