"""The page of saved messages."""

import pytest
from django.test import Client

from chat.models import Participant, SavedMessage
from tests.log.test_mentions import say
from tests.support.marks import whole_db
from tests.web.kit import make_room, text_of

pytestmark = whole_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.fixture
def visitor() -> Client:
    return Client()


def test_saved_messages_are_listed_and_removed(visitor: Client) -> None:
    tea = make_room("Tea")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    assert "Nothing saved yet" in text_of(visitor.get("/saved").content)
    for text in ("<b>one</b>", "two"):
        say(tea, "ann two", text)
    me = Participant.objects.get(name="Ann")
    for seq in (1, 2):
        SavedMessage.objects.create(participant=me, room=tea, seq=seq)
    page = visitor.get("/saved").content.decode()
    assert f'href="/room/{tea.pk}#m2"' in page
    assert "&lt;b&gt;one&lt;/b&gt;" in page
    for wrong in ({}, {"room": "x", "seq": "1"}, {"room": str(tea.pk), "seq": "9" * 30}):
        assert visitor.post("/saved", wrong).status_code == 302
    visitor.post("/saved", {"room": str(tea.pk), "seq": "2"})
    assert list(SavedMessage.objects.values_list("seq", flat=True)) == [1]


def test_visitor_without_a_name_is_asked_for_one(visitor: Client) -> None:
    assert b'name="name"' in visitor.get("/saved").content
    assert not SavedMessage.objects.exists()
