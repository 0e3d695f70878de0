"""Held messages in the queue of reports, on a real database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chat.errors import ChatError
from chat.events import Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import AuditEntry, Ban, Event, HeldMessage, Mute, Report, Room
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


def hold(club: Club, name: str = "ann", text: str = "buy") -> int:
    """The number of the report of a message that is held."""
    actor = club.actor(name)
    sender = Sender(name, "", actor.participant)
    with pytest.raises(ChatError) as error:
        log.append_and_wait(
            MessageDraft(room=club.room.pk, at=datetime.now(UTC), actor=actor, sender=sender, text=text)
        )
    assert error.value.kind.code == 110
    return Report.objects.latest("pk").pk


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
