"""The page that searches in all rooms."""

import pytest
from django.test import Client

from tests.log.test_mentions import say
from tests.support.marks import whole_db
from tests.web.kit import make_room, text_of

pytestmark = whole_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.fixture
def visitor() -> Client:
    return Client()


def found(visitor: Client, sought: str, **asked: str | int) -> str:
    answer = visitor.get("/search", {"q": sought, **asked})
    return text_of(answer.content.partition(b"<main")[2])


def test_messages_of_all_readable_rooms_are_found(visitor: Client) -> None:
    tea, milk = make_room("Tea"), make_room("Milk")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    say(tea, "bob", "green whale")
    say(milk, "carol", "white whale https://whale.example")
    milk.visibility, milk.password, milk.generation = "private", "x", 9
    assert "white whale" in found(visitor, "whale")
    assert "green" not in found(visitor, "whale from:carol")
    assert "green" not in found(visitor, "whale has:link")
    assert "white" not in found(visitor, "whale before:2020-01-01")
    page = visitor.get("/search", {"q": "green"}).content.decode()
    assert f'href="/room/{tea.pk}#m1"' in page
    milk.save()
    assert "white whale" not in found(visitor, "whale")
    assert "No messages match" in found(visitor, "dolphin")


def test_search_that_cannot_be_done_says_why(visitor: Client) -> None:
    visitor.post(f"/room/{make_room('Tea').pk}/enter", ANN)
    answer = visitor.get("/search", {"q": "x before:2026-99-99"})
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    assert visitor.get("/search").status_code == 200


def test_earlier_messages_are_on_the_next_page(visitor: Client) -> None:
    tea = make_room("Tea")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    for n in range(31):
        say(tea, "bob", f"whale {n}")
    page = visitor.get("/search", {"q": "whale"}).content.decode()
    assert "whale 30" in page
    assert "whale 0<" not in page
    address = page.partition('rel="next"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "whale 0<" in visitor.get(address).content.decode()


def test_number_of_hits_is_told(visitor: Client) -> None:
    tea = make_room("Tea")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    for n in range(31):
        say(tea, "bob", f"whale {n} {'odd' if n % 2 else ''} {'seven' if n == 7 else ''}")
    assert "More than 30 messages, latest first" in found(visitor, "whale")
    assert "15 messages" in found(visitor, "whale odd")
    assert "1 message " in found(visitor, "seven")
    assert "30 messages" not in found(visitor, "whale", before=5)
    page = visitor.get("/search", {"q": "whale from:bob 7"}).content.decode()
    assert 'data-words="whale 7"' in page
