"""Held messages in the queue of reports, on a real database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from chat.errors import HELD, NOT_APPROVED, ChatError, attempt
from chat.events import Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import AuditEntry, Ban, Event, HeldMessage, Mute, Report, Room
from chat.models.room import DEFAULT_ROOM_ID
from chat.permissions import SITE
from chat.services import bans
from chat.services.reports import claim_report, decide_report, list_reports
from tests.services.test_reports import Club, refused
from tests.support.marks import whole_db

pytestmark = whole_db
CONFLICT, NOT_POSSIBLE, UNKNOWN = (914, ""), (303, "decision"), (906, "")


@pytest.fixture
def club() -> Club:
    club = Club()
    Room.objects.filter(pk=club.room.pk).update(approve_first=True)
    return club


def hold(club: Club, name: str = "ann", text: str = "buy", room: int | None = None) -> int:
    """The number of the report of a message that is held."""
    assert say(club, name, text, room) == HELD.code
    return Report.objects.latest("pk").pk


def say(club: Club, name: str, text: str = "buy", room: int | None = None) -> int:
    """The code of the log's refusal; 0 if it takes the message."""
    actor, place = club.actor(name), club.room.pk if room is None else room
    sender = Sender(name, "", actor.participant)
    draft = MessageDraft(room=place, at=datetime.now(UTC), actor=actor, sender=sender, text=text)
    outcome = attempt(log.append_and_wait, draft)
    return outcome.kind.code if isinstance(outcome, ChatError) else 0


def texts(club: Club) -> list[str]:
    return list(Event.objects.messages(club.room.pk).order_by("seq").values_list("text", flat=True))


@pytest.mark.parametrize("by", ["mod", "olga"])
def test_those_who_run_the_room_see_and_approve_it(club: Club, by: str):
    number = hold(club)
    (report,) = list_reports(actor=club.actor(by), room=club.room.pk).reports
    assert (report.id, report.held, report.target, report.about, report.by) == (number, True, None, "ann", "")
    assert (report.reason, [one.text for one in report.messages]) == ("newcomer", ["buy"])
    assert refused(list_reports, actor=club.actor("ann"), room=club.room.pk)[0] == 104
    assert claim_report(number=number, actor=club.actor(by)).state == "claimed"
    done = decide_report(number=number, actor=club.actor(by), decision="approve")
    assert (done.state, done.decision, done.handler) == ("done", "approve", by)
    assert texts(club) == ["spam", "buy"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.details["decision"]) == ("decide_report", "approve")


def test_staff_who_decide_reports_approve_it(club: Club):
    number, sue = hold(club), club.staff()
    assert [one.id for one in list_reports(actor=sue).reports] == [number]
    decide_report(number=number, actor=sue, decision="approve")
    assert texts(club) == ["spam", "buy"]


def test_others_cannot_decide_it(club: Club):
    number = hold(club)
    for name in ("ann", "eve"):
        assert refused(decide_report, number=number, actor=club.actor(name), decision="approve") == UNKNOWN


def test_same_decision_twice_is_one(club: Club):
    number, mod = hold(club), club.actor("mod")
    for _ in range(2):
        decide_report(number=number, actor=mod, decision="approve")
    assert refused(decide_report, number=number, actor=mod, decision="reject") == CONFLICT
    assert texts(club) == ["spam", "buy"]


def test_decision_is_finished_after_a_crash_between_log_and_queue(club: Club):
    number, mod = hold(club), club.actor("mod")
    decide_report(number=number, actor=mod, decision="approve")
    Report.objects.filter(pk=number).update(state=Report.State.CLAIMED, decision="", decided_at=None)
    assert decide_report(number=number, actor=mod, decision="approve").state == "done"
    assert texts(club) == ["spam", "buy"]


@pytest.mark.parametrize(
    ("decision", "done"), [("reject", None), ("mute", Mute), ("ban", Ban), ("kick", Ban)]
)
def test_any_other_decision_rejects_it(club: Club, decision: str, done: Any):
    number = hold(club)
    if decision == "kick":  # only those can be kicked who are here, or have spoken
        decide_report(number=hold(club), actor=club.actor("mod"), decision="approve")
    decide_report(number=number, actor=club.actor("mod"), decision=decision)
    assert HeldMessage.objects.earliest("pk").state == HeldMessage.State.REJECTED
    assert texts(club) == ["spam", "buy"][: 1 + (decision == "kick")]
    assert done is None or done.objects.exists()


@pytest.mark.parametrize("decision", ["nothing", "delete", "done"])
def test_decision_that_says_nothing_about_it_is_refused(club: Club, decision: str):
    number, mod = hold(club), club.actor("mod")
    assert refused(decide_report, number=number, actor=mod, decision=decision) == NOT_POSSIBLE
    assert Report.objects.get(pk=number).state == Report.State.OPEN


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_report_of_a_sent_message_can_be_neither_approved_nor_rejected(club: Club, decision: str):
    number, mod = club.report(), club.actor("mod")
    assert refused(decide_report, number=number, actor=mod, decision=decision) == NOT_POSSIBLE


def test_refused_approval_leaves_it_waiting(club: Club):
    number, mod = hold(club), club.actor("mod")
    Mute.objects.create(room=club.room, name="ann", name_key="ann", at=datetime.now(UTC))
    Room.objects.filter(pk=club.room.pk).update(mutes=True)
    assert refused(decide_report, number=number, actor=mod, decision="approve") == CONFLICT
    assert decide_report(number=number, actor=mod, decision="reject").state == "done"


def watch_newcomers(club: Club) -> None:
    """Have first messages held in all rooms; the room has no such rule of its own."""
    club.actor("old")
    Room.objects.filter(pk=club.room.pk).update(approve_first=False)
    bans.ban_from_server(actor=SITE, fields={"newcomers": True, "hold": True, "seconds": 3600})


def codes_elsewhere(club: Club, name: str) -> list[int]:
    """The error codes when they post in another room, send a direct message and create a room; 0 for none."""
    refusal = attempt(bans.check_rooms_open, club.actor(name))
    said = [say(club, name, room=place) for place in (DEFAULT_ROOM_ID, club.talk("old", name).pk)]
    return [*said, refusal.kind.code if isinstance(refusal, ChatError) else 0]


WATCHED = [HELD.code, NOT_APPROVED.code, NOT_APPROVED.code]


@pytest.mark.parametrize("by", ["mod", "olga"])
def test_approval_by_who_runs_the_room_counts_in_that_room_alone(club: Club, by: str):
    watch_newcomers(club)
    decide_report(number=hold(club), actor=club.actor(by), decision="approve")
    assert say(club, "ann") == 0
    assert codes_elsewhere(club, "ann") == WATCHED


def test_approval_by_staff_counts_everywhere(club: Club):
    watch_newcomers(club)
    decide_report(number=hold(club), actor=club.staff(), decision="approve")
    assert say(club, "ann") == 0
    assert codes_elsewhere(club, "ann") == [0, 0, 0]
    assert codes_elsewhere(club, "ben") == WATCHED


def test_approval_by_staff_does_not_spare_the_rule_of_another_room(club: Club):
    watch_newcomers(club)
    decide_report(number=hold(club, room=DEFAULT_ROOM_ID), actor=club.staff(), decision="approve")
    assert say(club, "ann") == 0
    Room.objects.filter(pk=club.room.pk).update(approve_first=True)
    assert say(club, "ben") == HELD.code
    den = Room.objects.create(title="den", title_key="den", approve_first=True)
    assert say(club, "ann", room=den.pk) == HELD.code


def test_approval_by_former_staff_counts_no_more(club: Club):
    watch_newcomers(club)
    sue = club.staff()
    decide_report(number=hold(club), actor=sue, decision="approve")
    User.objects.filter(username="sue").update(is_staff=False)
    assert codes_elsewhere(club, "ann") == WATCHED


def test_posts_as_a_moderator_do_not_count_once_that_is_over(club: Club):
    """Another account of the same person could choose the newcomer, and take it back."""
    watch_newcomers(club)
    club.room.moderators.add(club.actor("ann").participant or 0)
    assert say(club, "ann") == 0
    club.room.moderators.remove(club.actor("ann").participant or 0)
    assert codes_elsewhere(club, "ann") == WATCHED
