"""Reports: who may file one, who sees it and decides, and what becomes of it, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection

from chat.answers import ReportInfo
from chat.errors import ChatError
from chat.events import Message, Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import AuditEntry, Ban, Event, Mute, Participant, Report, Room
from chat.models.room import pair_of
from chat.permissions import ANONYMOUS, Actor
from chat.services import messages, reports, rooms, spending
from chat.services.reports import claim_report, decide_report, file_report, list_reports
from chat.validation import name_key
from tests.support.marks import whole_db

pytestmark = whole_db

FROM = "192.0.2.7"


class Club:
    """A room of olga's, moderated by mod, in which 1 is a message of eve's; people come by their names."""

    def __init__(self) -> None:
        self.people: dict[str, Actor] = {}
        self.room = Room.objects.create(
            title="club", title_key="club", owner_id=self.actor("olga").participant
        )
        self.room.moderators.add(self.actor("mod").participant or 0)
        self.seq = self.say("eve", "spam")

    def actor(self, name: str) -> Actor:
        if name not in self.people:
            self.people[name] = Actor(
                Participant.objects.create(name=name, name_key=name_key(name)).pk, address=FROM
            )
        return self.people[name]

    def staff(self, name: str = "sue", *codenames: str) -> Actor:
        user = User.objects.create(username=name, is_staff=True)
        given = codenames or ("change_room", "change_report", "delete_event")
        user.user_permissions.set(Permission.objects.filter(codename__in=given))
        person = Participant.objects.get(user=user)
        return Actor(person.pk, staff=True, address=FROM)

    def say(self, name: str, text: str, room: int | None = None) -> int:
        sender = Sender(name, "", self.actor(name).participant)
        place = self.room.pk if room is None else room
        event = log.append_and_wait(MessageDraft(room=place, at=datetime.now(UTC), sender=sender, text=text))
        assert isinstance(event, Message)
        return event.seq

    def report(self, by: str = "ann", room: int | None = None, **fields: Any) -> int:
        place, who = self.room.pk if room is None else room, self.actor(by)
        about = {} if "name" in fields else {"target": self.seq}
        return file_report(room=place, actor=who, fields={"reason": "spam", **about, **fields})

    def talk(self, *names: str) -> Room:
        low, high = pair_of(*(self.actor(name).participant or 0 for name in names))
        return Room.objects.create(low_id=low, high_id=high, visibility="hidden")


@pytest.fixture
def club() -> Club:
    return Club()


def refused(call: Callable[..., object], *args: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(ChatError) as error:
        call(*args, **given)
    return error.value.kind.code, error.value.field


def numbers(actor: Actor, **asked: Any) -> list[int]:
    return [one.id for one in list_reports(actor=actor, **asked).reports]


def test_report_holds_the_message_as_it_was(club: Club):
    number = club.report(note="the third one today")
    messages.delete_message(room=club.room, seq=club.seq, actor=club.actor("olga"))
    (shown,) = list_reports(actor=club.actor("mod"), room=club.room.pk).reports
    assert (shown.id, shown.target, shown.about, shown.by) == (number, club.seq, "eve", "ann")
    assert (shown.reason, shown.note, shown.state) == ("spam", "the third one today", "open")
    assert [(one.seq, one.name, one.text) for one in shown.messages] == [(club.seq, "eve", "spam")]


def test_filing_and_deciding_are_in_the_audit_log(club: Club):
    number = club.report()
    decide_report(number=number, actor=club.actor("mod"), decision="nothing", reason="it is fine")
    rows = AuditEntry.objects.order_by("pk").values_list("act", "actor_name", "subject_name", "message")
    assert list(rows) == [("report", "ann", "eve", club.seq), ("decide_report", "mod", "eve", club.seq)]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.reason, entry.room, entry.room_title) == ("it is fine", club.room.pk, "club")
    assert entry.details == {"reports": [number], "decision": "nothing"}
    assert entry.address == FROM


def test_reporting_a_message_again_is_the_same_report(club: Club):
    first = club.report(reason="spam")
    assert club.report(reason="hate") == first
    decide_report(number=first, actor=club.actor("mod"), decision="done")
    assert club.report() == first
    assert Report.objects.count() == AuditEntry.objects.filter(act="report").count() == 1
    assert club.report("ben") != first


def test_unverified_name_of_a_user_is_not_reported_as_the_user(club: Club):
    assert refused(club.report, name="EVE", verified=False) == (303, "name")
    assert refused(club.report, name="eve", verified="no") == (303, "verified")
    assert not Report.objects.exists()
    said = Sender("stranger", "", None)
    log.append_and_wait(MessageDraft(room=club.room.pk, at=datetime.now(UTC), sender=said, text="spam"))
    assert club.report(name="stranger", verified=False)


def test_person_can_be_reported_again_after_the_decision(club: Club):
    first = club.report(name="EVE")
    assert club.report(name="eve") == first
    decide_report(number=first, actor=club.actor("mod"), decision="nothing")
    assert club.report(name="eve") != first


def test_simultaneous_reports_of_a_message_are_one(club: Club):
    who = club.actor("ann")

    def file(_: int) -> int:
        try:
            return file_report(room=club.room.pk, actor=who, fields={"target": club.seq, "reason": "hate"})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(file, range(8)))) == 1
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"reason": "dull"}, 303, "reason"),
        ({"reason": None}, 303, "reason"),
        ({"reason": ["spam"]}, 303, "reason"),
        ({"note": "x" * 501}, 303, "note"),
        ({"note": 5}, 303, "note"),
        ({"target": None}, 303, "target"),
        ({"target": "1"}, 303, "target"),
        ({"target": True}, 303, "target"),
        ({"target": 2**63}, 303, "target"),
        ({"target": 99}, 205, "target"),
        ({"name": "eve", "target": 1}, 303, "target"),
        ({"name": "nobody"}, 201, "name"),
        ({"name": 5}, 303, "name"),
        ({"name": "ann"}, 303, "name"),
        ({"around": [1]}, 303, "around"),
        ({"around": "1"}, 303, "around"),
        ({"around": list(range(100, 121))}, 303, "around"),
    ],
)
def test_bad_report_is_refused_with_its_field(club: Club, fields: dict[str, Any], code: int, field: str):
    if fields.get("around") == [1]:
        fields = {"around": [club.say("eve", "more")]}
    assert refused(club.report, **fields) == (code, field)
    assert not Report.objects.exists()
    assert not AuditEntry.objects.exists()


def test_own_message_cannot_be_reported(club: Club):
    assert refused(club.report, "eve") == (303, "target")


def test_anonymous_client_cannot_report(club: Club):
    fields = {"target": club.seq, "reason": "spam"}
    assert refused(file_report, room=club.room.pk, actor=ANONYMOUS, fields=fields) == (204, "")


def test_deleted_message_cannot_be_reported(club: Club):
    messages.delete_message(room=club.room, seq=club.seq, actor=club.actor("olga"))
    assert refused(club.report) == (205, "target")


def test_reports_by_the_hour_are_limited(club: Club, monkeypatch: pytest.MonkeyPatch):
    table = spending.budgets.table
    monkeypatch.setattr(
        spending.budgets, "table", type(table)(counts={**table.counts, "reports_per_hour": 2})
    )
    for by in ("ann", "ben"):  # guests share the count of their address
        club.report(by)
    assert refused(club.report, "cat") == (910, "")
    assert club.report("ann")  # that one is there already


def test_command_that_is_sent_again_gets_the_same_answer(club: Club):
    """Clients repeat what they have no answer to, after a lost connection."""
    number, mod = club.report(), club.actor("mod")
    for _ in range(2):
        assert claim_report(number=number, actor=mod).state == "claimed"
    for _ in range(2):
        assert claim_report(number=number, actor=mod, on=False).state == "open"
    for _ in range(2):
        assert decide_report(number=number, actor=mod, decision="delete").decision == "delete"
    assert AuditEntry.objects.filter(act="decide_report").count() == 1
    assert refused(decide_report, number=number, actor=mod, decision="done") == (914, "")


# Who sees and decides


def test_those_who_run_the_room_and_staff_see_its_reports(club: Club):
    number = club.report()
    for actor in (club.actor("olga"), club.actor("mod"), club.staff()):
        assert numbers(actor) == numbers(actor, room=club.room.pk) == [number]
    without = club.staff("tim", "change_room")  # staff, but not for reports
    for actor in (club.actor("ann"), without, ANONYMOUS):
        assert refused(numbers, actor, room=club.room.pk) == (104, "")
        assert refused(claim_report, number=number, actor=actor) == (906, "")
        assert refused(decide_report, number=number, actor=actor, decision="nothing") == (906, "")
    assert numbers(club.actor("ann")) == numbers(without) == []
    assert refused(numbers, ANONYMOUS) == (104, "")


def test_moderators_see_the_reports_of_their_rooms_alone(club: Club):
    number = club.report()
    club.room = Room.objects.create(title="other", title_key="other")
    club.seq = club.say("eve", "x")
    club.report()
    assert numbers(club.actor("mod")) == [number]
    assert len(numbers(club.staff())) == 2


def test_reported_moderator_does_not_see_the_report(club: Club):
    club.seq = club.say("mod", "rude")
    number = club.report()
    assert numbers(club.actor("mod"), room=club.room.pk) == []
    assert refused(claim_report, number=number, actor=club.actor("mod")) == (906, "")
    assert numbers(club.actor("olga")) == [number]


def test_former_moderator_sees_nothing_more(club: Club):
    club.report()
    club.room.moderators.clear()
    assert numbers(club.actor("mod")) == []


def test_reporter_sees_what_became_of_the_report_but_not_who_decided(club: Club):
    number = club.report()
    club.report("ben")
    decide_report(number=number, actor=club.actor("mod"), decision="delete")
    (shown,) = list_reports(actor=club.actor("ann"), mine=True).reports
    assert (shown.id, shown.state, shown.decision, shown.handler) == (number, "done", "delete", "")
    assert numbers(club.actor("eve"), mine=True) == []


def test_pages_follow_one_another(club: Club):
    filed = []
    for number in range(5):
        club.seq = club.say("eve", f"spam {number}")
        filed.append(club.report())
    first = list_reports(actor=club.actor("mod"), limit=2)
    assert ([one.id for one in first.reports], first.more) == (filed[:2:-1], True)
    second = list_reports(actor=club.actor("mod"), limit=3, before=filed[3])
    assert ([one.id for one in second.reports], second.more) == (filed[2::-1], False)
    decide_report(number=filed[1], actor=club.actor("mod"), decision="done")
    assert numbers(club.actor("mod"), done=True) == [filed[1]]
    assert filed[1] not in numbers(club.actor("mod"))


# Claiming and deciding


def test_claimed_report_is_decided_by_the_one_who_claimed_it(club: Club):
    number, mod, olga = club.report(), club.actor("mod"), club.actor("olga")
    shown = claim_report(number=number, actor=mod)
    assert (shown.state, shown.handler) == ("claimed", "mod")
    assert refused(decide_report, number=number, actor=olga, decision="nothing") == (914, "")
    assert refused(claim_report, number=number, actor=olga, on=False) == (914, "")
    assert claim_report(number=number, actor=mod, on=False).state == "open"
    claim_report(number=number, actor=mod)
    assert claim_report(number=number, actor=olga).handler == "olga"  # taken over
    assert decide_report(number=number, actor=olga, decision="nothing").state == "done"
    for again in (claim_report, decide_report):
        given: dict[str, Any] = {"decision": "done"} if again is decide_report else {}
        assert refused(again, number=number, actor=olga, **given) == (
            914,
            "",
        )


def test_of_two_who_claim_a_report_at_once_the_second_is_told(club: Club):
    """Each says who had the report on their screen: the first one nobody, for both of them."""
    number, mod, olga = club.report(), club.actor("mod"), club.actor("olga")
    assert claim_report(number=number, actor=mod, handler="").handler == "mod"
    with pytest.raises(ChatError) as told:
        claim_report(number=number, actor=olga, handler="")
    assert (told.value.kind.code, told.value.detail) == (914, "mod has claimed this report in the meantime")
    assert claim_report(number=number, actor=mod, handler="").handler == "mod"  # sent again
    assert claim_report(number=number, actor=olga, handler="mod").handler == "olga"
    assert refused(claim_report, number=number, actor=mod, handler="mod") == (914, "")
    claim_report(number=number, actor=olga, on=False)
    assert claim_report(number=number, actor=mod, handler="olga").handler == "mod"  # it is free
    assert refused(claim_report, number=number, actor=mod, handler=7) == (303, "handler")


def test_claims_and_releases_are_in_the_audit_log_once(club: Club):
    number, mod, olga = club.report(), club.actor("mod"), club.actor("olga")
    claim_report(number=number, actor=mod)
    claim_report(number=number, actor=mod, handler="")  # sent again
    refused(claim_report, number=number, actor=olga, handler="")
    refused(claim_report, number=number, actor=olga, on=False)
    claim_report(number=number, actor=olga, handler="mod")  # taken over
    claim_report(number=number, actor=olga, on=False)
    claim_report(number=number, actor=olga, on=False)  # sent again
    entries = AuditEntry.objects.filter(act__endswith="_report").exclude(act="decide_report").order_by("pk")
    assert [(one.act, one.actor_name, one.details) for one in entries] == [
        ("claim_report", "mod", {"report": number}),
        ("claim_report", "olga", {"report": number, "taken_from": "mod"}),
        ("release_report", "olga", {"report": number}),
    ]
    one = entries[0]
    assert (one.subject_name, one.message, one.room, one.address) == ("eve", club.seq, club.room.pk, FROM)


def test_decision_that_is_refused_is_in_the_audit_log_as_a_claim(club: Club):
    number, mod = club.report(name="eve"), club.actor("mod")
    for _ in range(2):
        assert refused(decide_report, number=number, actor=mod, decision="delete") == (303, "decision")
    assert list(AuditEntry.objects.values_list("act", "actor_name")) == [
        ("report", "ann"),
        ("claim_report", "mod"),
    ]


def test_of_two_who_claim_a_report_at_the_same_moment_one_has_it(club: Club):
    number, names = club.report(), ["mod", "olga"]
    people = [club.actor(name) for name in names]

    def claim(actor: Actor) -> int:
        try:
            claim_report(number=number, actor=actor, handler="")
        except ChatError as error:
            return error.kind.code
        finally:
            connection.close()
        return 0

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(claim, people)) == [0, 914]
    assert AuditEntry.objects.filter(act="claim_report").count() == 1


def test_decision_ends_all_reports_of_the_message(club: Club):
    filed = sorted(club.report(by) for by in ("ann", "ben", "cat"))
    person = club.report(name="eve")
    decide_report(number=filed[1], actor=club.actor("mod"), decision="delete")
    assert numbers(club.actor("mod")) == [person]
    assert AuditEntry.objects.get(act="decide_report").details["reports"] == filed


@pytest.mark.parametrize("decision", ["delete", "mute", "kick", "ban"])
@pytest.mark.parametrize("by", ["mod", "staff"])
def test_decision_is_carried_out(club: Club, decision: str, by: str):
    number = club.report()
    actor = club.staff() if by == "staff" else club.actor(by)
    seconds = 60 if decision in ("mute", "ban") else None
    shown = decide_report(number=number, actor=actor, decision=decision, seconds=seconds, reason="rude")
    assert (shown.state, shown.decision) == ("done", decision)
    erased = Event.objects.get(room=club.room, seq=club.seq).erased_at is not None
    mutes, banned = Mute.objects.filter(name="eve"), Ban.objects.filter(name="eve")
    done = {
        "delete": erased,
        "mute": mutes.exists(),
        "kick": banned.filter(kick=True).exists(),
        "ban": banned.filter(kick=False).exists(),
    }
    assert [deed for deed, it_is in done.items() if it_is] == [decision]
    if seconds:
        until = (mutes if decision == "mute" else banned).get().until
        assert until is not None
        assert until <= datetime.now(UTC) + timedelta(seconds=60)
    assert AuditEntry.objects.filter(act=decision, reason="rude").count() == 1
    if decision == "mute":
        stored = Event.objects.get(room=club.room, kind="muted").data
        assert stored is not None
        assert (stored["reason"], mutes.get().reason) == ("", "")  # it stays with those who moderate


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"decision": "shoot"}, "decision"),
        ({"decision": None}, "decision"),
        ({"decision": ["ban"]}, "decision"),
        ({"decision": "nothing", "seconds": 5}, "seconds"),
        ({"decision": "mute", "seconds": "5"}, "seconds"),
        ({"decision": "mute", "seconds": 0}, "seconds"),
        ({"decision": "ban", "seconds": True}, "seconds"),
        ({"decision": "kick", "reason": "x" * 201}, "reason"),
    ],
)
def test_bad_decision_is_refused_with_its_field(club: Club, given: dict[str, Any], field: str):
    number = club.report()
    assert refused(decide_report, number=number, actor=club.actor("mod"), **given) == (303, field)
    assert Report.objects.get().decision == ""


def test_decision_that_cannot_be_done_leaves_the_report(club: Club):
    club.seq = club.say("olga", "I am the owner")
    number = club.report()
    assert refused(decide_report, number=number, actor=club.actor("mod"), decision="ban") == (
        104,
        "name",
    )
    assert numbers(club.actor("mod")) == [number]
    assert decide_report(number=number, actor=club.actor("mod"), decision="delete").state == "done"


def test_report_of_a_person_has_no_message_to_delete(club: Club):
    number = club.report(name="eve")
    decide: dict[str, Any] = {"number": number, "actor": club.actor("mod"), "decision": "delete"}
    assert refused(decide_report, **decide) == (303, "decision")


def test_new_holder_of_the_name_is_not_punished(club: Club):
    number = club.report()
    Participant.objects.filter(name="eve").update(name_key=None)
    Participant.objects.create(name="eve", name_key=name_key("eve"))
    for decision in ("mute", "kick", "ban"):
        decide: dict[str, Any] = {"number": number, "actor": club.actor("mod"), "decision": decision}
        assert refused(decide_report, **decide) == (201, "decision")
    Participant.objects.filter(pk=club.actor("eve").participant or 0).update(name="eva", name_key="eva")
    decide_report(number=number, actor=club.actor("mod"), decision="mute")
    assert Mute.objects.get().name == "eva"


def test_label_without_a_participant_is_reported_and_muted_by_name(club: Club):
    draft = MessageDraft(room=club.room.pk, at=datetime.now(UTC), sender=Sender("bot"), text="buy")
    event = log.append_and_wait(draft)
    assert isinstance(event, Message)
    number = club.report(target=event.seq)
    assert club.report("ben", name="bot")
    decide_report(number=number, actor=club.actor("mod"), decision="mute")
    assert Mute.objects.get().name == "bot"


def test_deleted_user_is_still_in_the_report(club: Club):
    number = club.report()
    for name in ("eve", "ann"):
        Participant.objects.get(name=name).delete()
    (shown,) = list_reports(actor=club.actor("mod")).reports
    assert (shown.about, shown.by) == ("eve", "ann")
    assert refused(decide_report, number=number, actor=club.actor("mod"), decision="ban") == (
        201,
        "decision",
    )
    assert decide_report(number=number, actor=club.actor("mod"), decision="delete").state == "done"


def test_reports_of_a_deleted_room_are_for_staff(club: Club):
    number = club.report()
    rooms.delete_room(room=club.room, actor=club.actor("olga"))
    assert numbers(club.actor("mod")) == []
    assert refused(numbers, club.actor("mod"), room=club.room.pk) == (101, "")
    assert refused(claim_report, number=number, actor=club.actor("mod")) == (906, "")
    staff = club.staff()
    assert numbers(staff) == [number]
    assert decide_report(number=number, actor=staff, decision="done").state == "done"


def test_reports_decided_long_ago_are_deleted(club: Club):
    number = club.report()
    waiting = club.report(name="eve")
    decide_report(number=number, actor=club.actor("mod"), decision="done")
    now = datetime.now(UTC)
    reports.forget_old(now + reports.KEPT - timedelta(hours=1))
    assert Report.objects.count() == 2
    reports.forget_old(now + reports.KEPT + timedelta(hours=1))
    assert [one.pk for one in Report.objects.all()] == [waiting]


# What must not fall on the wrong person, or happen twice


def test_decision_on_an_unverified_message_does_not_fall_on_the_owner_of_the_name(club: Club):
    forged = log.append_and_wait(
        MessageDraft(room=club.room.pk, at=datetime.now(UTC), sender=Sender("Ann"), text="vile")
    )
    assert isinstance(forged, Message)
    club.actor("ann")
    number = club.report(by="bob", target=forged.seq, reason="hate")
    for decision in ("ban", "kick", "mute"):
        with pytest.raises(ChatError) as refused:
            decide_report(number=number, actor=club.actor("mod"), decision=decision)
        assert (refused.value.kind.code, refused.value.field) == (303, "decision")
    assert not Ban.objects.exists()
    assert not Mute.objects.exists()
    assert decide_report(number=number, actor=club.actor("mod"), decision="delete").decision == "delete"


def test_label_that_is_no_ones_name_can_be_banned(club: Club):
    said = MessageDraft(room=club.room.pk, at=datetime.now(UTC), sender=Sender("label"), text="spam")
    event = log.append_and_wait(said)
    assert isinstance(event, Message)
    number = club.report(by="bob", target=event.seq, reason="spam")
    assert decide_report(number=number, actor=club.actor("mod"), decision="ban").decision == "ban"
    assert Ban.objects.get().name == "label"


def test_of_decisions_at_the_same_time_one_is_done_and_recorded(club: Club):
    numbers = [club.report(by=name, target=club.seq, reason="spam") for name in ("ann", "bob")]

    def decide(turn: int) -> str:
        decision = ("mute", "nothing")[turn % 2]
        try:
            number = numbers[turn // 2 % 2]
            return decide_report(number=number, actor=club.actor("mod"), decision=decision).decision
        except ChatError as error:
            assert error.kind.code == 914  # noqa: PT017 (another may have been first)
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        decided = set(pool.map(decide, range(8))) - {""}
    assert {report.decision for report in Report.objects.all()} == decided
    assert len(decided) == 1
    assert Mute.objects.exists() == (decided == {"mute"})


def test_refused_decision_and_one_that_was_lost_keep_no_one_out(club: Club):
    number = club.report(by="ann", target=club.seq, reason="spam")
    for _ in range(2):
        with pytest.raises(ChatError, match="seconds"):
            decide_report(number=number, actor=club.actor("mod"), decision="ban", seconds=-1)
    Report.objects.update(decided_at=datetime.now(UTC) - timedelta(seconds=30))
    with pytest.raises(ChatError, match="is being decided"):
        decide_report(number=number, actor=club.actor("mod"), decision="nothing")
    Report.objects.update(decided_at=datetime.now(UTC) - timedelta(seconds=61))
    assert decide_report(number=number, actor=club.actor("mod"), decision="nothing").decision == "nothing"


def test_number_of_a_room_that_became_hidden_tells_nothing(club: Club):
    with pytest.raises(ChatError) as missing:
        list_reports(actor=club.actor("eve"), room=987)
    Room.objects.filter(pk=club.room.pk).update(visibility=Room.Visibility.HIDDEN, password="x")
    with pytest.raises(ChatError) as hidden:
        list_reports(actor=club.actor("eve"), room=club.room.pk)
    assert str(hidden.value) == str(missing.value)
    assert hidden.value.kind.code == 101
    list_reports(actor=club.actor("mod"), room=club.room.pk)


# Direct conversations


def shown_to(staff: Actor) -> ReportInfo:
    (shown,) = list_reports(actor=staff).reports
    return shown


def test_of_a_conversation_staff_see_what_the_reporter_chose(club: Club):
    talk = club.talk("ann", "eve").pk
    said = [club.say(name, text, talk) for name, text in (("ann", "a"), ("eve", "b"), ("ann", "c"))]
    club.report(room=talk, target=said[1], around=[said[0]])
    staff = club.staff()
    shown = shown_to(staff)
    assert (shown.direct, shown.about, shown.target) == (True, "eve", said[1])
    assert [(one.seq, one.name, one.text) for one in shown.messages] == [
        (said[0], "ann", "a"),
        (said[1], "eve", "b"),
    ]
    assert numbers(club.actor("mod")) == numbers(club.actor("eve")) == []
    assert refused(numbers, staff, room=talk) == (101, "")


def test_messages_of_another_room_cannot_be_shown(club: Club):
    talk = club.talk("ann", "eve").pk
    first = club.say("eve", "b", talk)
    other = club.talk("ben", "eve").pk
    for text in ("x", "y", "secret"):
        club.say("ben", text, other)
    assert refused(club.report, room=talk, target=first, around=[3]) == (205, "around")


def test_only_the_other_one_of_a_conversation_can_be_reported(club: Club):
    talk = club.talk("ann", "eve").pk
    said = club.say("eve", "b", talk)
    assert refused(club.report, room=talk, name="mod") == (201, "name")
    club.report(room=talk, name="eve", around=[said])
    assert [one.text for one in shown_to(club.staff()).messages] == ["b"]


def test_in_a_conversation_staff_can_ban_from_the_server_and_nothing_else(club: Club):
    talk = club.talk("ann", "eve").pk
    number, staff = club.report(room=talk, target=club.say("eve", "b", talk)), club.staff()
    for decision in ("delete", "mute", "kick"):
        decide: dict[str, Any] = {"number": number, "actor": staff, "decision": decision}
        assert refused(decide_report, **decide) == (303, "decision")
    decide_report(number=number, actor=staff, decision="ban", seconds=60)
    assert Ban.objects.of_server().get().name == "eve"


def test_report_outlives_the_conversation(club: Club):
    talk = club.talk("ann", "eve").pk
    number = club.report(room=talk, target=club.say("eve", "b", talk))
    Participant.objects.get(name="eve").delete()
    assert not Room.objects.filter(pk=talk).exists()
    staff = club.staff()
    assert [one.text for one in shown_to(staff).messages] == ["b"]
    assert decide_report(number=number, actor=staff, decision="done").state == "done"
