"""The page of a conversation: who may see it, and which participant it names."""

import html
import re
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat import validation
from chat.models import Participant, Room
from chat.web import addresses
from tests.web.kit import text_of

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


def someone(name: str) -> Participant:
    return Participant.objects.create(name=name, name_key=validation.name_key(name))


@pytest.fixture
def bob() -> Participant:
    return someone("Bob")


def test_visitor_with_a_name_gets_the_conversation(visitor: Client, bob: Participant) -> None:
    visitor.post("/room/1/enter", ANN)
    page = visitor.get("/direct/Bob").content
    assert b'data-direct="Bob"' in page
    assert b"data-renew" not in page
    assert b'data-name="Ann"' in page
    assert b'data-color="#1d6fb8"' in page


def test_an_account_has_a_name(visitor: Client, bob: Participant) -> None:
    visitor.force_login(User.objects.create_user("ann"))
    assert b'data-name="ann"' in visitor.get("/direct/Bob").content


def test_the_page_begins_no_conversation(visitor: Client, bob: Participant) -> None:
    visitor.post("/room/1/enter", ANN)
    visitor.get("/direct/Bob")
    assert not Room.objects.filter(low__isnull=False).exists()


def test_visitor_without_a_name_is_asked_for_one_first(visitor: Client, bob: Participant) -> None:
    page = visitor.get("/direct/Bob").content
    assert b'data-direct="' not in page
    assert b'name="next" value="/direct/Bob"' in page
    assert visitor.post("/introduce", ANN | {"next": "/direct/Bob"})["Location"] == "/direct/Bob"
    assert b'data-direct="Bob"' in visitor.get("/direct/Bob").content
    assert b'value="Ann"' in visitor.get("/room/1").content  # the next form offers it


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "/b", "b/", "a\\..\\b", "a//b", "a?b#c"])
def test_every_name_has_an_address_of_its_own(visitor: Client, bob: Participant, name: str) -> None:
    """A browser would make `/direct/b` of `/direct/a/../b`."""
    for other in ("b", "a"):
        someone(other)
    odd = someone(name)
    address = addresses.of_talk(odd)
    assert urljoin("http://127.0.0.1/x/y", address.replace("\\", "/")) == f"http://127.0.0.1{address}"
    assert f'name="next" value="{html.escape(address)}"' in visitor.get(address).content.decode()
    visitor.post("/room/1/enter", ANN)
    assert f'data-direct="{html.escape(name)}"' in visitor.get(address).content.decode()


def test_an_address_that_a_browser_would_change_leads_to_the_one_it_keeps(visitor: Client) -> None:
    odd = someone("a/../b")
    assert visitor.get("/direct/a/../b")["Location"] == addresses.of_talk(odd)
    someone("Ben")
    assert visitor.get("/direct", {"name": "ben"})["Location"] == "/direct/Ben"


def test_refused_name_is_explained_and_the_target_is_kept(visitor: Client, bob: Participant) -> None:
    answer = visitor.post("/introduce", ANN | {"name": "BOB", "next": "/direct/Bob"})
    assert answer.status_code == 400
    assert "This name is taken" in text_of(answer.content)
    assert b'name="next" value="/direct/Bob"' in answer.content
    assert visitor.post("/introduce", ANN | {"next": "//evil.example"})["Location"] == "/"


def test_names_are_compared_as_names_and_shown_as_they_are(visitor: Client, bob: Participant) -> None:
    visitor.post("/room/1/enter", ANN)
    assert visitor.get("/direct/bOb")["Location"] == "/direct/Bob"


@pytest.mark.parametrize("name", ["a/b", "Ann & Bob?", "x/enter", "مرحبا", "#1", "100 %"])
def test_any_name_has_a_page(visitor: Client, name: str) -> None:
    other = someone(name)
    visitor.post("/room/1/enter", ANN)
    low, high = sorted([other, Participant.objects.get(name="Ann")], key=lambda each: each.pk)
    Room.objects.create(low=low, high=high, visibility="hidden", last_seq=1)
    home = visitor.get("/").content.decode()
    address = home.partition('id="talks-heading"')[2].partition('href="')[2].partition('"')[0]
    page = visitor.get(html.unescape(address)).content.decode()
    assert html.unescape(page.partition('data-direct="')[2].partition('"')[0]) == name


@pytest.mark.parametrize("name", ["Nobody", "<b>x</b>", "%00", "x" * 500])
def test_unknown_name_is_reported(visitor: Client, name: str) -> None:
    answer = visitor.get(f"/direct/{name}")
    assert answer.status_code == 404
    assert "No one is called" in text_of(answer.content)
    assert b"<b>x</b>" not in answer.content


def test_unknown_name_of_a_new_message_is_said_in_its_form(visitor: Client) -> None:
    answer = visitor.get("/direct", {"name": "No <b>one"})
    assert answer.status_code == 404
    page = answer.content.decode()
    assert re.search(r'<dialog id="new-message"[^>]* open', page)
    assert re.search(r'id="to-error"[^>]*>No one has this name', page)
    assert 'value="No &lt;b&gt;one"' in page


def test_conversation_with_oneself_is_refused(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    answer = visitor.get("/direct/ann")
    assert answer.status_code == 404
    assert "You can't message yourself" in text_of(answer.content)
