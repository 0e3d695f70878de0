"""Forms of clients that are banned from the server, or come while it is closed to newcomers."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat.models import Event, Mention, Participant, ReadMark, Room
from chat.permissions import SITE
from chat.services import bans
from tests.support.marks import whole_db
from tests.web.kit import PASSWORD, make_room, text_of

pytestmark = pytest.mark.django_db

HERE = "127.0.0.0/8"  # whence Django's test client comes
NEW_ROOM = {"title": "Den", "description": "", "visibility": "public", "password": ""}
NEW_ACCOUNT = {"name": "eve", "password1": PASSWORD, "password2": PASSWORD}


def forms() -> dict[str, dict[str, str]]:
    """What a visitor can send, by address."""
    room = make_room("Club")
    return {
        "/rooms/new": NEW_ROOM,
        "/sign-up": NEW_ACCOUNT,
        "/introduce": {"name": "eve", "color": ""},
        f"/room/{room.pk}/enter": {"name": "eve", "color": "", "password": ""},
    }


def send_forms(visitor: Client) -> dict[str, int]:
    return {path: visitor.post(path, fields).status_code for path, fields in forms().items()}


def test_banned_network_sends_no_form(visitor: Client) -> None:
    bans.ban_from_server(actor=SITE, fields={"network": HERE, "reason": "spam"})
    assert set(send_forms(visitor).values()) == {403}
    assert not Participant.objects.filter(name="eve").exists()
    assert not Room.objects.filter(title="Den").exists()
    page = visitor.post("/rooms/new", NEW_ROOM).content.decode()
    assert "You&#x27;re banned from this site." in page
    assert "spam" in page


def test_banned_network_reads_and_signs_out(visitor: Client) -> None:
    bans.ban_from_server(actor=SITE, fields={"network": HERE})
    assert visitor.get("/").status_code == 200
    assert visitor.post("/sign-out").status_code == 302
    assert visitor.post("/theme", {"theme": "dark"}).status_code == 302


def test_staff_send_forms_from_a_banned_network(visitor: Client) -> None:
    bans.ban_from_server(actor=SITE, fields={"network": HERE})
    User.objects.create_superuser("mona", password=PASSWORD)
    signed_in = visitor.post("/sign-in", {"username": "mona", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert visitor.post("/rooms/new", NEW_ROOM).status_code == 302


def test_newcomers_are_told_in_words_that_none_are_taken(visitor: Client) -> None:
    bans.ban_from_server(actor=SITE, fields={"newcomers": True, "seconds": 600})
    assert set(send_forms(visitor).values()) == {403}
    page = visitor.post("/introduce", {"name": "eve", "color": ""})
    assert "No one new can join right now." in page.content.decode()
    assert 590 < int(page.headers["Retry-After"]) <= 600


def test_guest_who_was_here_goes_on_while_no_newcomers_are_taken(visitor: Client) -> None:
    assert visitor.post("/introduce", {"name": "eve", "color": ""}).status_code == 302
    bans.ban_from_server(actor=SITE, fields={"newcomers": True, "seconds": 600})
    sent = send_forms(visitor)
    assert sent.pop("/rooms/new") == 403
    assert set(sent.values()) == {302}


@whole_db
def test_page_to_join_says_that_the_room_takes_no_newcomers(visitor: Client) -> None:
    room = make_room("Club")
    bans.ban(room=room, actor=SITE, fields={"newcomers": True, "seconds": 600, "reason": "raid"})
    page = visitor.get(f"/room/{room.pk}")
    assert page.status_code == 403
    assert "No one new can join this room right now. Try again later. Reason: raid" in page.content.decode()
    assert 590 < int(page.headers["Retry-After"]) <= 600


@whole_db
def test_page_of_a_joined_room_tells_a_newcomer_that_it_takes_none(visitor: Client) -> None:
    room = make_room("Club")
    visitor.post(f"/room/{room.pk}/enter", {"name": "eve", "color": ""})
    ReadMark.objects.all().delete()  # as for an account that took the room over from a guest
    bans.ban(room=room, actor=SITE, fields={"newcomers": True, "seconds": 600})
    page = visitor.get(f"/room/{room.pk}")
    assert page.status_code == 403
    assert "No one new can join this room right now." in page.content.decode()


@whole_db
def test_page_to_join_says_for_how_long_the_visitor_is_banned(visitor: Client) -> None:
    room = make_room("Club")
    bans.ban(room=room, actor=SITE, fields={"network": HERE, "seconds": 600, "reason": "spam"})
    page = visitor.get(f"/room/{room.pk}")
    assert page.status_code == 403
    shown = page.content.decode()
    assert "You&#x27;re banned from this room. The ban ends" in shown
    assert "Reason: spam" in shown
    assert "Only a moderator of the room can lift the ban." in text_of(page.content)
    assert "Join" not in text_of(page.content)
    sent = visitor.post(f"/room/{room.pk}/enter", {"name": "eve", "color": ""})
    assert (sent.status_code, "Join" in text_of(sent.content)) == (403, False)


@whole_db
def test_banned_participant_is_told_to_whom_to_turn(visitor: Client) -> None:
    visitor.post("/introduce", {"name": "eve", "color": ""})
    room = make_room("Club")
    Room.objects.filter(pk=room.pk).update(owner=Participant.objects.create(name="Olga B", name_key="olga b"))
    bans.ban(room=room, actor=SITE, fields={"name": "eve"})
    page = visitor.get(f"/room/{room.pk}")
    assert "banned from this room. Until further notice." in text_of(page.content)
    assert 'href="/direct/Olga%20B"' in page.content.decode()
    bans.ban_from_server(actor=SITE, fields={"network": HERE})
    page = visitor.post("/rooms/new", NEW_ROOM)
    assert "Only the people who run this site can lift the ban." in text_of(page.content)
    assert "Please try again" not in text_of(page.content)


@whole_db
def test_banned_name_is_refused_in_the_form_where_another_is_not(visitor: Client) -> None:
    room = make_room("Club")
    bans.ban(room=room, actor=SITE, fields={"pattern": "spam*"})
    assert "Join" in text_of(visitor.get(f"/room/{room.pk}").content)
    sent = visitor.post(f"/room/{room.pk}/enter", {"name": "spammer", "color": ""})
    assert (sent.status_code, "Join" in text_of(sent.content)) == (403, True)


@whole_db
def test_banned_network_finds_neither_the_room_nor_its_mentions(visitor: Client) -> None:
    room = make_room("Tea garden", "hidden")
    visitor.post("/room/Tea garden/enter", {"name": "Ann", "color": "#1d6fb8", "password": PASSWORD})
    me = Participant.objects.get(name="Ann")
    now = timezone.now()
    Event.objects.create(room=room, seq=1, kind="message", sender=None, text="@Ann psst", created_at=now)
    Room.objects.filter(pk=room.pk).update(last_seq=1)
    Mention.objects.create(participant=me, room=room, seq=1)
    assert b"psst" in visitor.get("/mentions").content
    assert b"Tea garden" in visitor.get("/switch?q=Tea").content
    bans.ban(room=room, actor=SITE, fields={"network": HERE})
    assert b"psst" not in visitor.get("/mentions").content
    assert b"Tea garden" not in visitor.get("/switch?q=Tea").content
