"""The page on which those who run a room change it."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import check_password
from django.test import AsyncClient, Client
from django.utils import timezone

from chat.budgets import LimitTable
from chat.events import Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.meter import Budgets
from chat.models import AuditEntry, Ban, Event, Filter, Participant, Room
from chat.permissions import SITE, Actor
from chat.services import bans, spending
from tests.support.marks import whole_db
from tests.web.kit import PASSWORD, make_room, text_of

pytestmark = whole_db

ABOUT = {"title": "Mine", "description": "", "visibility": "public", "password": ""}


@pytest.fixture
def mine(visitor: Client) -> Room:
    """A room that the visitor created."""
    visitor.post("/rooms/new", ABOUT)
    return Room.objects.get(title="Mine")


def change(visitor: Client, room: Room, section: str, **fields: str):
    return visitor.post(f"/room/{room.pk}/settings", {"section": section, **fields})


def kinds(room: Room) -> list[str]:
    return [event.kind for event in Event.objects.filter(room=room).order_by("seq")]


def test_owner_is_told_at_creation_and_finds_the_settings_from_the_room(visitor: Client) -> None:
    page = visitor.post("/rooms/new", ABOUT, follow=True)
    assert "The room is yours." in text_of(page.content)
    room = Room.objects.get(title="Mine")
    page = visitor.post(f"/room/{room.pk}/enter", {"name": "Ann", "color": ""}, follow=True)
    assert f'href="/room/{room.pk}/settings"' in page.content.decode()
    assert visitor.get(f"/room/{room.pk}/settings").status_code == 200


def test_owner_changes_what_the_room_is(visitor: Client, mine: Room) -> None:
    fields = {"title": " Ours ", "description": "All of us", "visibility": "private", "password": PASSWORD}
    answer = change(visitor, mine, "about", **fields)
    assert (answer.status_code, answer["Location"]) == (302, f"/room/{mine.pk}/settings")
    mine.refresh_from_db()
    assert (mine.title, mine.description, mine.visibility) == ("Ours", "All of us", "private")
    assert check_password(PASSWORD, mine.password)
    assert kinds(mine) == ["room_changed"]
    assert "Settings saved." in text_of(visitor.get(answer["Location"]).content)
    before = mine.password
    change(visitor, mine, "about", **fields | {"description": "Some of us", "password": ""})
    mine.refresh_from_db()
    assert (mine.description, mine.password) == ("Some of us", before)


@pytest.mark.parametrize(
    ("section", "fields", "words"),
    [
        ("about", ABOUT | {"title": "x"}, "Title must have 2 to 70 characters"),
        ("about", ABOUT | {"title": "Taken"}, "Another room has this title"),
        ("about", ABOUT | {"description": "x" * 71}, "Description must have 0 to 70 characters"),
        ("about", ABOUT | {"visibility": "secret"}, "Visibility must be public, private or hidden"),
        ("about", ABOUT | {"visibility": "hidden"}, "A hidden room needs a password"),
        ("about", ABOUT | {"visibility": "private", "password": "short"}, "Password must have 8 to 128"),
        ("messages", {"retention_days": "-1"}, "Retention must be 0 to 36500 days"),
        ("messages", {"retention_days": "36501"}, "Retention must be 0 to 36500 days"),
        ("messages", {"retention_days": "9" * 400}, "Retention must be 0 to 36500 days"),
        ("messages", {"retention_days": "٣"}, "Retention must be 0 to 36500 days"),
        ("posting", {"slow_seconds": "-1"}, "The pause of slow mode must be 0 to 21600 seconds"),
        ("posting", {"slow_seconds": "21601"}, "The pause of slow mode must be 0 to 21600 seconds"),
        ("posting", {"slow_seconds": "9" * 400}, "The pause of slow mode must be 0 to 21600 seconds"),
        ("delete", {"confirm": "Yours"}, "This is not the title of the room"),
        ("delete", {}, "This is not the title of the room"),
    ],
)
def test_wrong_input_is_told_beside_its_field(
    visitor: Client, mine: Room, section: str, fields: dict[str, str], words: str
) -> None:
    make_room("Taken")
    answer = change(visitor, mine, section, **fields)
    assert answer.status_code == 400
    assert words in text_of(answer.content)
    for name in ("title", "description"):
        if name in fields:  # what was typed is still there
            assert f'value="{fields[name]}"' in answer.content.decode()
    assert kinds(mine) == []


def test_owner_locks_keeps_and_deletes(visitor: Client, mine: Room) -> None:
    change(visitor, mine, "posting", locked="yes")
    change(visitor, mine, "messages", retention_days="30")
    mine.refresh_from_db()
    assert (mine.locked, mine.retention_days) == (True, 30)
    change(visitor, mine, "posting")
    change(visitor, mine, "messages", retention_days="")
    mine.refresh_from_db()
    assert (mine.locked, mine.retention_days) == (False, None)
    answer = change(visitor, mine, "delete", confirm=" MINE ")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "“Mine” was deleted" in text_of(visitor.get("/").content)
    mine.refresh_from_db()
    assert mine.deleted_at is not None
    assert visitor.get(f"/room/{mine.pk}/settings").status_code == 404


def test_owner_limits_who_posts_and_how_often(visitor: Client, mine: Room) -> None:
    change(visitor, mine, "posting", accounts_only="yes", slow_seconds="300")
    mine.refresh_from_db()
    assert (mine.locked, mine.accounts_only, mine.slow_seconds) == (False, True, 300)
    assert kinds(mine) == ["room_changed"]
    page = text_of(visitor.get(f"/room/{mine.pk}/settings").content)
    assert "Off 5 seconds 10 seconds 30 seconds 1 minute 5 minutes 15 minutes 1 hour 6 hours" in page
    change(visitor, mine, "posting", accounts_only="yes", slow_seconds="300")
    assert kinds(mine) == ["room_changed"]
    Room.objects.filter(pk=mine.pk).update(slow_seconds=90)
    page = visitor.get(f"/room/{mine.pk}/settings").content.decode()
    assert "90 seconds" in text_of(page.encode())
    change(visitor, mine, "posting")
    mine.refresh_from_db()
    assert (mine.accounts_only, mine.slow_seconds) == (False, 90)


def test_owner_chooses_who_pins_and_mentions_everyone(visitor: Client, mine: Room) -> None:
    page = visitor.get(f"/room/{mine.pk}/settings").content.decode()
    assert selected(page, "who_can_pin") == "moderators"
    assert selected(page, "who_can_mention_all") == "auto"
    change(visitor, mine, "posting", who_can_pin="everyone", who_can_mention_all="owner")
    mine.refresh_from_db()
    assert (mine.who_can_pin, mine.who_can_mention_all) == ("everyone", "owner")
    assert kinds(mine) == ["room_changed"]
    change(visitor, mine, "posting", who_can_pin="everyone", who_can_mention_all="owner")
    assert kinds(mine) == ["room_changed"]
    wrong = change(visitor, mine, "posting", who_can_pin="nobody")
    assert (wrong.status_code, "Who_can_pin" in text_of(wrong.content)) == (400, False)


def selected(page: str, name: str) -> str:
    """The chosen value of a select."""
    options = page.partition(f'name="{name}"')[2].partition("</select>")[0]
    found = re.search(r'value="(\w+)"\s+selected', options)
    assert found is not None
    return found.group(1)


def test_moderator_sees_what_only_the_owner_can_change(visitor: Client, mine: Room) -> None:
    path = f"/room/{mine.pk}/settings"
    Room.objects.filter(pk=mine.pk).update(who_can_pin="owner")
    assert mine.owner is not None
    mine.moderators.add(mine.owner)
    Room.objects.filter(pk=mine.pk).update(owner=None)
    page = visitor.get(path).content.decode()
    assert selected(page, "who_can_pin") == "owner"
    assert text_of(page.encode()).count("Only the owner can change this.") == 1
    assert 'value="owner"' not in page.partition('name="who_can_mention_all"')[2].partition("</select>")[0]
    wrong = change(visitor, mine, "posting", who_can_pin="everyone")
    assert wrong.status_code == 400
    assert "Only the owner of this room can change what only the owner can do" in text_of(wrong.content)
    given = {
        "slow_seconds": "30",
        "who_can_mention_all": "everyone",
    }  # as a browser sends a form with a disabled field
    assert change(visitor, mine, "posting", **given).status_code == 302


def test_settings_are_for_those_who_run_the_room(visitor: Client, client: Client) -> None:
    room = make_room("Theirs", "private")
    visitor.post(f"/room/{room.pk}/enter", {"name": "Ann", "color": "", "password": PASSWORD})
    page = visitor.get(f"/room/{room.pk}").content.decode()
    assert 'id="chat"' in page
    assert f"/room/{room.pk}/settings" not in page
    for section in ("about", "posting", "messages", "bans", "delete", "nonsense"):
        assert change(visitor, room, section, **ABOUT, confirm="Theirs").status_code == 403
        assert change(client, room, section, **ABOUT, confirm="Theirs").status_code == 403
    assert visitor.get(f"/room/{room.pk}/settings").status_code == 403
    assert kinds(room) == []
    hidden = make_room("Unseen", "hidden")
    assert visitor.get(f"/room/{hidden.pk}/settings").status_code in (403, 404)


def test_moderator_sees_and_lifts_bans(visitor: Client, mine: Room) -> None:
    owner = Actor(mine.owner_id)
    bans.ban(
        room=mine, actor=owner, fields={"name": "Bob", "reason": "spam", "note": "twice", "seconds": 3600}
    )
    bans.ban(room=mine, actor=owner, fields={"network": "192.0.2.0/24"})
    page = text_of(visitor.get(f"/room/{mine.pk}/settings").content)
    for words in ("Bob", "Reason: spam", "Note: twice", "192.0.2.0/24", "network", "Until further notice"):
        assert words in page
    number = str(Ban.objects.get(name="Bob").pk)
    answer = change(visitor, mine, "bans", ban=number)
    assert answer.status_code == 302
    page = text_of(visitor.get(f"/room/{mine.pk}/settings").content)
    assert "The ban was lifted." in page
    assert "Bob" not in page
    for gone in (number, "x", "9" * 40, "٣", ""):
        answer = change(visitor, mine, "bans", ban=gone)
        assert answer.status_code == 404
        assert "There is no such ban" in text_of(answer.content)
    assert kinds(mine) == ["banned", "banned", "banned"]


def test_owner_is_told_that_staff_made_the_ban(visitor: Client, mine: Room) -> None:
    bans.ban(room=mine, actor=SITE, fields={"name": "Bob"})
    bans.ban(room=mine, actor=SITE, fields={"newcomers": True, "seconds": 3600})
    for section, fields in (("bans", {"ban": str(Ban.objects.get(name="Bob").pk)}), ("newcomers", {})):
        answer = change(visitor, mine, section, **fields)
        assert answer.status_code == 400
        assert "Staff or the owner of this room decided this" in text_of(answer.content)
    assert Ban.objects.count() == 2


def test_ban_of_another_room_is_not_lifted_here(visitor: Client, mine: Room) -> None:
    other = make_room("Theirs")
    bans.ban(room=other, actor=Actor(other.owner_id), fields={"name": "Bob"})
    assert change(visitor, mine, "bans", ban=str(Ban.objects.get().pk)).status_code == 404
    assert change(visitor, other, "bans", ban=str(Ban.objects.get().pk)).status_code == 403
    assert Ban.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seconds": 7200, "reason": "spam: ads"}, ["from this room", "The ban ends", "Reason: spam: ads"]),
        ({}, ["You're banned from this room."]),
    ],
)
def test_banned_visitor_sees_why_instead_of_the_room(
    visitor: Client, fields: dict[str, object], words: list[str]
) -> None:
    room = make_room("Theirs")
    visitor.post(f"/room/{room.pk}/enter", {"name": "Ann", "color": ""})
    bans.ban(room=room, actor=Actor(room.owner_id), fields={"name": "Ann", **fields})
    answer = visitor.get(f"/room/{room.pk}")
    assert answer.status_code == 403
    page = unescape(text_of(answer.content))
    for each in words:
        assert each in page
    assert "expired" not in page


def test_moderator_finds_the_settings_and_the_default_room_stays(visitor: Client) -> None:
    default = Room.objects.get(pk=1)
    visitor.post("/room/1/enter", {"name": "Ann", "color": ""})
    default.moderators.add(Participant.objects.named("Ann").get())
    assert visitor.get("/room/1/settings").status_code == 200
    answer = change(visitor, default, "delete", confirm="Public Chat")
    assert answer.status_code == 403
    assert "The default room cannot be deleted" in text_of(answer.content)


def test_owner_sets_the_rules(visitor: Client, mine: Room) -> None:
    change(visitor, mine, "posting", rules=" Be kind.\r\nNo ads. ", slow_seconds="0")
    mine.refresh_from_db()
    assert (mine.rules, mine.rules_version) == ("Be kind.\nNo ads.", mine.last_seq)
    page = visitor.get(f"/room/{mine.pk}/settings").content.decode()
    assert ">Be kind.\nNo ads.</textarea>" in page
    answer = change(visitor, mine, "posting", rules="x" * 2001, slow_seconds="0")
    assert "Rules must have at most 2000 characters" in text_of(answer.content)


FILTER = {"kind": "words", "pattern": "spam\nham", "amount": "", "action": "refuse", "note": "why"}


def test_filter_is_tried_added_and_removed(visitor: Client, mine: Room) -> None:
    row = {"room": mine, "kind": "message", "created_at": "2026-01-01T00:00:00Z", "name": "Eve"}
    Event.objects.bulk_create(Event(seq=seq, text=text, **row) for seq, text in ((1, "Spam!"), (2, "hi")))
    tried = change(visitor, mine, "filters", **FILTER, **{"try": "yes"})
    words = text_of(tried.content)
    assert "Of the latest 2 messages, this filter would have caught 1." in words
    assert "Spam!" in words
    assert tried.content.decode().count("spam\nham") == 1  # in the form
    assert not Filter.objects.exists()
    added = change(visitor, mine, "filters", **FILTER)
    assert (added.status_code, added["Location"]) == (302, f"/room/{mine.pk}/settings")
    page = text_of(visitor.get(added["Location"]).content)
    assert "The filter was added." in page
    assert "spam ham" in page
    number = Filter.objects.get().pk
    change(visitor, mine, "filters", remove=str(number))
    assert not Filter.objects.exists()
    assert "The filter was removed." in text_of(visitor.get(added["Location"]).content)


def test_filter_is_edited_in_place(visitor: Client, mine: Room) -> None:
    change(visitor, mine, "filters", **FILTER | {"note": "ads"})
    (one,) = Filter.objects.all()
    page = visitor.get(f"/room/{mine.pk}/settings?filter={one.pk}").content.decode()
    assert page.count("spam\nham") == 2  # in the list and in the form
    assert 'value="ads"' in page
    given = {**FILTER, "pattern": "(", "kind": "regex", "change": str(one.pk)}
    refused = change(visitor, mine, "filters", **given)
    assert f'name="change" value="{one.pk}"' in refused.content.decode()
    tried = change(visitor, mine, "filters", **given | {"pattern": "eggs", "try": "yes"})
    assert f'name="change" value="{one.pk}"' in tried.content.decode()
    saved = change(visitor, mine, "filters", **given | {"pattern": "eggs"})
    assert "The filter was changed." in text_of(visitor.get(saved["Location"]).content)
    (same,) = Filter.objects.all()
    assert (same.pk, same.kind, same.pattern, same.note) == (one.pk, "regex", "eggs", "why")


@pytest.mark.parametrize("number", ["0", "x", "99", ""])
def test_filter_of_another_room_is_not_edited_here(visitor: Client, mine: Room, number: str) -> None:
    elsewhere = Filter.objects.create(room=None, kind="links", action="warn", at=timezone.now())
    for change_of in (number, str(elsewhere.pk)):
        page = change(visitor, mine, "filters", **FILTER, change=change_of)
        assert page.status_code == 404
    assert visitor.get(f"/room/{mine.pk}/settings?filter={elsewhere.pk}").status_code == 200
    assert [one.kind for one in Filter.objects.all()] == ["links"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"pattern": ""}, "pattern", "Pattern must not be empty"),
        ({"kind": "regex", "pattern": "("}, "pattern", "This is not a valid regular expression: missing"),
        ({"amount": "3"}, "amount", "This kind of filter has no amount"),
        (
            {"kind": "mentions", "pattern": "", "amount": "x"},
            "amount",
            "Amount must be a number from 1 to 100",
        ),
    ],
)
def test_wrong_filter_is_explained_beside_its_field(
    visitor: Client, mine: Room, fields: dict[str, str], field: str, words: str
) -> None:
    for how in ({}, {"try": "yes"}):
        page = change(visitor, mine, "filters", **FILTER | fields, **how)
        assert page.status_code == 400
        assert words in text_of(page.content)
        assert f'id="{field}-error"' in page.content.decode()


def test_moderator_keeps_newcomers_out_and_lets_them_in(visitor: Client, mine: Room) -> None:
    page = text_of(visitor.get(f"/room/{mine.pk}/settings").content)
    assert "Keep newcomers out" in page
    answer = change(visitor, mine, "newcomers", seconds="3600", reason=" raid ")
    assert answer.status_code == 302
    ban = Ban.objects.get()
    assert (ban.room, ban.kind, ban.reason) == (mine, "newcomers", "raid")
    page = unescape(text_of(visitor.get(f"/room/{mine.pk}/settings").content))
    assert "No one new can join this room. Ends" in " ".join(page.split())
    assert "Reason: raid" in page
    assert "No one is banned from this room." in page
    newcomer = Client()
    answer = newcomer.post(f"/room/{mine.pk}/enter", {"name": "Eve", "color": ""})
    assert answer.status_code == 403
    assert 3590 < int(answer.headers["Retry-After"]) <= 3600
    assert "No one new can join this room right now. Try again later. Reason: raid" in text_of(answer.content)
    assert not Participant.objects.filter(name="Eve").exists()
    change(visitor, mine, "newcomers")
    assert not Ban.objects.exists()
    assert newcomer.post(f"/room/{mine.pk}/enter", {"name": "Eve", "color": ""}).status_code == 302


def test_moderator_holds_first_messages_of_newcomers(visitor: Client, mine: Room) -> None:
    change(visitor, mine, "newcomers", seconds="3600", hold="yes")
    assert Ban.objects.get().kind == "watch"
    page = unescape(text_of(visitor.get(f"/room/{mine.pk}/settings").content))
    assert "Newcomers' messages wait until a moderator approves one. Ends" in " ".join(page.split())
    assert Client().post(f"/room/{mine.pk}/enter", {"name": "Eve", "color": ""}).status_code == 302


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seconds": "x"}, "seconds must be a number"),
        ({"seconds": "3600", "reason": "x" * 201}, "Reason must have 0 to 200 characters"),
    ],
)
def test_odd_switch_of_newcomers_is_refused(
    visitor: Client, mine: Room, fields: dict[str, str], words: str
) -> None:
    answer = change(visitor, mine, "newcomers", **fields)
    assert answer.status_code == 400
    assert words.lower() in text_of(answer.content).lower()
    assert not Ban.objects.exists()


def test_only_those_who_run_the_room_switch_newcomers(visitor: Client, mine: Room) -> None:
    stranger = Client()
    stranger.post(f"/room/{mine.pk}/enter", {"name": "Eve", "color": ""})
    assert change(stranger, mine, "newcomers", seconds="3600").status_code == 403
    assert not Ban.objects.exists()


def test_owner_makes_moderators_and_removes_them(visitor: Client, mine: Room) -> None:
    Client().post("/room/1/enter", {"name": "Bea", "color": ""})
    answer = change(visitor, mine, "moderators", name="bea")
    assert (answer.status_code, answer["Location"]) == (302, f"/room/{mine.pk}/settings")
    bea = mine.moderators.get()
    assert bea.name == "Bea"
    page = visitor.get(f"/room/{mine.pk}/settings").content.decode()
    assert "Remove Bea as moderator" in page
    change(visitor, mine, "moderators", remove=str(bea.pk))
    assert not mine.moderators.exists()
    answer = change(visitor, mine, "moderators", name="nobody")
    assert answer.status_code == 404
    assert 'aria-describedby="moderator-hint moderator-error"' in answer.content.decode()
    assert 'id="moderator-error"' in answer.content.decode()
    assert kinds(mine) == ["moderator", "moderator"]


def test_owner_gives_the_room_away(visitor: Client, mine: Room) -> None:
    other = Client()
    other.post("/room/1/enter", {"name": "Bea", "color": ""})
    for wrong, field in (
        ({"confirm": "Yours", "name": "Bea"}, "confirm-owner"),
        ({"name": "Bo"}, "new-owner"),
    ):
        answer = change(visitor, mine, "owner", **{"confirm": "Mine"} | wrong)
        assert f'id="{field}-error"' in answer.content.decode()
    mine.refresh_from_db()
    assert mine.owner == Participant.objects.get(pk=visitor.session["participant"])
    answer = change(visitor, mine, "owner", name=" BEA ", confirm="mine")
    assert answer.status_code == 302
    assert "The room has another owner now." in text_of(visitor.get(answer["Location"]).content)
    mine.refresh_from_db()
    assert mine.owner is not None
    assert mine.owner.name == "Bea"
    assert visitor.get(f"/room/{mine.pk}/settings").status_code == 403
    assert other.get(f"/room/{mine.pk}/settings").status_code == 200


@pytest.mark.parametrize("section", ["moderators", "owner"])
def test_moderators_do_not_say_who_runs_the_room(visitor: Client, mine: Room, section: str) -> None:
    other = Client()
    other.post("/room/1/enter", {"name": "Bea", "color": ""})
    change(visitor, mine, "moderators", name="Bea")
    assert f'id="{section}"' not in other.get(f"/room/{mine.pk}/settings").content.decode()
    assert change(other, mine, section, name="Bea", confirm="Mine").status_code == 403


async def test_messages_are_exported_as_lines_of_json() -> None:
    async_client = AsyncClient()
    await async_client.post("/rooms/new", ABOUT)
    room = await Room.objects.aget(title="Mine")
    texts = [f"line {number}\nof «it»" for number in range(230)]
    sender = Sender("Ann")
    for text in texts:
        draft = MessageDraft(room=room.pk, at=datetime.now(UTC), sender=sender, text=text)
        await sync_to_async(log.append_and_wait)(draft)
    answer = await async_client.get(f"/room/{room.pk}/settings?export")
    assert answer["Content-Disposition"] == f'attachment; filename="room-{room.pk}.jsonl"'
    parts: Any = answer
    lines = b"".join([part async for part in parts]).splitlines()
    assert [json.loads(line)["text"] for line in lines] == texts
    stranger = await AsyncClient().get(f"/room/{room.pk}/settings?export")
    assert stranger.status_code == 403


def test_exports_are_in_the_audit_log(visitor: Client, mine: Room) -> None:
    assert visitor.get(f"/room/{mine.pk}/settings?export", REMOTE_ADDR="192.0.2.9").status_code == 200
    Client().get(f"/room/{mine.pk}/settings?export")  # of a stranger, and refused
    entry = AuditEntry.objects.get(act="export_messages")
    assert (entry.actor, entry.room, entry.room_title) == (mine.owner_id, mine.pk, "Mine")
    assert entry.address == "192.0.2.9"


def test_exports_count_as_acts_of_moderation(
    visitor: Client, mine: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spending, "budgets", Budgets(LimitTable()))
    monkeypatch.setattr(spending, "monotonic", lambda: 1000.0)
    statuses = [visitor.get(f"/room/{mine.pk}/settings?export").status_code for _ in range(200)]
    assert (statuses[0], statuses[-1]) == (200, 429)
