"""Filters: who may change them, and what a dry run shows, on a real database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chat.filters import MOST_FILTERS
from chat.models import AuditEntry, Filter, Room
from chat.permissions import ANONYMOUS
from chat.services import filters
from chat.services.filters import add_filter, find_filtered_room, list_filters, remove_filter, try_filter
from tests.services.test_reports import Club, club, refused
from tests.support.marks import whole_db

__all__ = ["club"]  # a fixture of theirs that is ours, too
pytestmark = whole_db
WORDS: dict[str, Any] = {"kind": "words", "action": "refuse", "pattern": "spam"}


@pytest.mark.parametrize(("name", "allowed"), [("olga", True), ("mod", True), ("eve", False)])
def test_those_who_run_the_room_change_its_filters(club: Club, name: str, allowed: bool):
    actor = club.actor(name)
    asks: tuple[tuple[Any, dict[str, Any]], ...] = (
        (add_filter, {"fields": WORDS}),
        (list_filters, {}),
        (try_filter, {"fields": WORDS}),
    )
    for ask, given in asks:
        if allowed:
            ask(room=club.room, actor=actor, **given)
        else:
            assert refused(ask, room=club.room, actor=actor, **given)[0] == 104
    assert refused(add_filter, room=None, actor=actor, fields=WORDS)[0] == 104
    assert refused(add_filter, room=club.room, actor=ANONYMOUS, fields=WORDS)[0] == 104


def test_staff_with_the_permission_change_those_of_the_server(club: Club):
    actor, other = club.staff("sue", "change_filter"), club.staff("tim", "change_report")
    added = add_filter(room=None, actor=actor, fields=WORDS | {"note": "why"})
    assert (added.room, added.note, added.by) == (None, "why", "sue")
    assert refused(add_filter, room=None, actor=other, fields=WORDS)[0] == 104
    assert refused(remove_filter, actor=other, number=added.pk)[0] == 104
    remove_filter(actor=actor, number=added.pk)
    assert refused(remove_filter, actor=actor, number=added.pk)[0] == 906


def test_changes_are_in_the_audit_log_and_change_the_version(club: Club):
    actor, versions = club.actor("mod"), {""}
    added = add_filter(room=club.room, actor=actor, fields=WORDS)
    versions.add(Room.objects.get(pk=club.room.pk).filters)
    add_filter(room=club.room, actor=actor, fields=WORDS)
    versions.add(Room.objects.get(pk=club.room.pk).filters)
    for one in Filter.objects.all():
        remove_filter(actor=actor, number=one.pk, room=club.room)
    assert len(versions) == 3
    assert Room.objects.get(pk=club.room.pk).filters == ""
    acts = AuditEntry.objects.about_room(club.room.pk).order_by("pk").values_list("act", "details__filter")
    assert [act for act, _ in acts] == ["add_filter"] * 2 + ["remove_filter"] * 2
    assert acts[0][1] == added.pk


def test_number_of_a_room_that_became_hidden_tells_nothing(club: Club):
    added = add_filter(room=club.room, actor=club.actor("mod"), fields=WORDS)
    Room.objects.filter(pk=club.room.pk).update(visibility=Room.Visibility.HIDDEN, password="x")
    room = find_filtered_room(club.room.pk)
    for name in ("eve", None):
        actor = ANONYMOUS if name is None else club.actor(name)
        assert refused(list_filters, room=room, actor=actor) == refused(find_filtered_room, 987)
        for change in (add_filter, try_filter):
            assert refused(change, room=room, actor=actor, fields=WORDS) == refused(find_filtered_room, 987)
        gone = refused(remove_filter, actor=actor, number=987)
        assert refused(remove_filter, actor=actor, number=added.pk) == gone
    assert list_filters(room=room, actor=club.actor("mod")) == [added]


def test_costs_of_the_expressions_of_a_room_are_bounded(club: Club):
    costly = WORDS | {"kind": "regex", "pattern": "a{1,200}b"}
    add_filter(room=club.room, actor=club.actor("mod"), fields=costly)
    refusal = refused(add_filter, room=club.room, actor=club.actor("mod"), fields=costly)
    assert refusal == (303, "pattern")
    add_filter(room=club.room, actor=club.actor("mod"), fields=WORDS)


def test_dry_run_that_takes_long_stops(club: Club, monkeypatch: pytest.MonkeyPatch):
    for text in ("spam", "spam", "ham"):
        club.say("ann", text)
    monkeypatch.setattr(filters, "LONGEST_TRY", 0)
    found = try_filter(room=club.room, actor=club.actor("mod"), fields=WORDS)
    assert (found.tried, found.count) == (1, 0)


def test_filter_of_another_room_is_not_removed_by_this_one(club: Club):
    added = add_filter(room=club.room, actor=club.actor("mod"), fields=WORDS)
    other = Room.objects.get(pk=1)
    assert refused(remove_filter, actor=club.actor("mod"), number=added.pk, room=other)[0] == 906


def test_number_of_filters_is_bounded(club: Club):
    row = {"room": club.room, "kind": "words", "pattern": "x", "action": "warn", "at": datetime.now(UTC)}
    Filter.objects.bulk_create(Filter(**row) for _ in range(MOST_FILTERS))
    assert refused(add_filter, room=club.room, actor=club.actor("mod"), fields=WORDS) == (303, "kind")


def test_note_that_is_too_long_is_refused(club: Club):
    fields = WORDS | {"note": "x" * 201}
    assert refused(add_filter, room=club.room, actor=club.actor("mod"), fields=fields) == (303, "note")


def test_dry_run_shows_what_would_have_been_caught_and_changes_nothing(
    club: Club, monkeypatch: pytest.MonkeyPatch
):
    for text in ("hello", "SPAM again", "spam"):
        club.say("ann", text)
    found = try_filter(room=club.room, actor=club.actor("mod"), fields=WORDS)
    assert (found.tried, found.count) == (4, 3)
    assert [one.text for one in found.messages] == ["spam", "SPAM again", "spam"]
    assert not Filter.objects.exists()
    monkeypatch.setattr(filters, "TRIED", 2)
    monkeypatch.setattr(filters, "MOST_SHOWN", 1)
    found = try_filter(room=club.room, actor=club.actor("mod"), fields=WORDS)
    assert (found.tried, found.count, [one.seq for one in found.messages]) == (2, 2, [4])


def test_dry_run_of_repetitions_goes_by_the_messages_before(club: Club):
    for text in ("ok", "no", "ok", "ok", "no"):
        club.say("ann", text)
    fields = {"kind": "repeated", "action": "refuse", "amount": 2}
    found = try_filter(room=club.room, actor=club.actor("mod"), fields=fields)
    assert [one.seq for one in found.messages] == [6, 5, 4]


def test_dry_run_over_the_server_leaves_out_conversations(club: Club):
    talk = club.talk("ann", "bob")
    club.say("ann", "spam", talk.pk)
    found = try_filter(room=None, actor=club.staff("sue", "change_filter"), fields=WORDS)
    assert [(one.name, one.text) for one in found.messages] == [("eve", "spam")]


@pytest.mark.parametrize("field", ["kind", "action", "pattern"])
def test_wrong_filter_is_neither_tried_nor_added(club: Club, field: str):
    for ask in (add_filter, try_filter):
        wrong = refused(ask, room=club.room, actor=club.actor("mod"), fields=WORDS | {field: 7})
        assert wrong == (303, field)
