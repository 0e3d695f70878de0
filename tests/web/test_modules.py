"""Pages name the modules that they need."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Event, Participant, Room
from chat.web.modules import EVERY_PAGE, FORMATTING, ROOM_PAGE, list_modules

PRELOAD = re.compile(r'<link rel="modulepreload" href="/static/([^"]+)">')


@pytest.mark.django_db
def test_page_of_room_preloads_all_its_modules(visitor: Client) -> None:
    visitor.post("/room/1/enter", {"name": "Ann", "color": "#1d6fb8"})
    named = PRELOAD.findall(visitor.get("/room/1").content.decode())
    assert named == list(list_modules(EVERY_PAGE, ROOM_PAGE))
    assert len(named) > 50


def say(room: Room, text: str) -> None:
    """Store a message."""
    room.last_seq += 1
    room.save()
    Event.objects.create(room=room, seq=room.last_seq, kind="message", text=text, created_at=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("Hello, it's 5 o'clock. Is all well? 3.14 (or so) – yes!", False),
        ("so **bold**", True),
        ("see https://a.example", True),
        ("see a.example/x", True),
        ("two\nlines", True),
        ("- a list", True),
        ("ann@a.example", True),
    ],
)
def test_page_of_room_preloads_what_its_messages_need(visitor: Client, text: str, formatted: bool) -> None:
    visitor.post("/room/1/enter", {"name": "Ann", "color": "#1d6fb8"})
    room = Room.objects.get(pk=1)
    say(room, text)
    for _ in range(49):
        say(room, "plain words")
    assert (FORMATTING in PRELOAD.findall(visitor.get("/room/1").content.decode())) is formatted
    say(room, "plain words")
    assert FORMATTING not in PRELOAD.findall(visitor.get("/room/1").content.decode())


@pytest.mark.django_db
def test_page_of_conversation_preloads_what_its_messages_need(visitor: Client) -> None:
    visitor.post("/room/1/enter", {"name": "Ann", "color": "#1d6fb8"})
    ann, ben = Participant.objects.named("Ann").get(), Participant.objects.create(name="Ben", name_key="ben")
    low, high = sorted([ann, ben], key=lambda each: each.pk)
    assert FORMATTING not in visitor.get("/direct/Ben").content.decode()
    say(Room.objects.create(low=low, high=high, visibility="hidden"), "*psst*")
    assert FORMATTING in PRELOAD.findall(visitor.get("/direct/Ben").content.decode())


@pytest.mark.django_db
def test_other_pages_preload_what_every_page_needs(visitor: Client) -> None:
    named = PRELOAD.findall(visitor.get("/sign-in").content.decode())
    assert named == list(list_modules(EVERY_PAGE))


def test_imports_are_found_over_several_lines_and_folders() -> None:
    script, *imported = list_modules("chat/lib/viewport.js")
    assert script == "chat/lib/viewport.js"
    assert imported == ["chat/lib/arrange-children.js", "vendor/virtual-core/virtual-core.js"]


def test_modules_imported_on_demand_are_not_preloaded() -> None:
    assert "chat/lib/emoji-picker.js" not in list_modules(ROOM_PAGE)


def test_unknown_script_is_reported_by_name() -> None:
    with pytest.raises(FileNotFoundError, match=r"chat/none\.js"):
        list_modules("chat/none.js")
