"""Reports: file, list, claim and decide them. Blocking.

The owner and moderators of a room decide its reports; staff with `PERMISSION` decide all reports. No one
is shown reports about themselves, whatever their role. Staff cannot read a direct conversation: they see only
the messages that the reporter attached.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from chat import permissions, validation
from chat.answers import QuoteInfo, ReportInfo, Reports
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    CONFLICT,
    INVALID_FIELD,
    MESSAGE_NOT_FOUND,
    PAGE_NOT_FOUND,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ChatError,
)
from chat.events import LARGEST_SEQ, Rejected, ReportsWaiting, Sender
from chat.log.audit import write_act
from chat.log.current_rights import read_current_actors
from chat.log.drafts import Act
from chat.log.kinds.ban import check_label, find_here, find_person
from chat.log.kinds.decision import DecisionDraft
from chat.log.log import log
from chat.models import Event, HeldMessage, Participant, Report, Room
from chat.models.report import PERMISSION, ReportQuerySet
from chat.permissions import DECIDE_REPORTS, NOWHERE, Actor
from chat.services import bans, counts, messages, moderation, notices

MOST_WAITING: Final = 100  # that are counted
KEPT: Final = timedelta(days=90)  # after the decision; the audit log says for good that there was one
KEPT_WAITING: Final = timedelta(days=365)
_DECIDING: Final = timedelta(seconds=60)  # the longest that a decision takes
_MOST_ROOMS: Final = 500  # of one moderator, in which reports are looked for
_LOOKED_AT: Final = 100  # latest messages, for a name that speaks without being in the room
_TIMED: Final = ("mute", "ban")
_NO_HANDLER: Final = {"handler": None, "handler_name": ""}
_OF_HELD: Final = ("approve", "reject", "mute", "kick", "ban")  # of held messages; the first two of no other

# Filing


def file_report(*, room: int, actor: Actor, fields: Mapping[str, Any]) -> int:
    """Report the message `target` of the room, or the person `name`; the number of the report.

    The caller has found out that the actor may read the room. More fields: `reason`, `note`, and `around`:
    further messages of a direct conversation, to show to staff; with a name `verified`, see `check_label`.
    Raises 201, 204, 205, 303, 910.
    """
    reason = validation.clean_report_reason(fields.get("reason"))
    note = validation.clean_reason(fields.get("note", ""), "note")
    target, name, around = _clean_subject(fields)
    verified = validation.clean_flag(fields.get("verified", True), "verified", INVALID_FIELD)
    current = read_current_actors([actor])[actor]
    person = Participant.objects.filter(pk=current.participant or 0).first()
    if person is None:
        raise ChatError(CLIENT_UNAUTHORIZED, detail="anonymous clients cannot report")
    place = Room.objects.filter(pk=room).first()
    if place is None:
        raise ChatError(ROOM_NOT_FOUND)
    if around and place.pair is None:
        detail = "only in a direct conversation; those who run a room can read the rest"
        raise ChatError(INVALID_FIELD, field="around", detail=detail)
    if target is None and not verified:
        check_label(name)
    subject = _find_sender(place, target) if target is not None else _find_subject(place, name)
    if subject.participant == person.pk:
        raise ChatError(INVALID_FIELD, field="name" if target is None else "target", detail="this is yours")
    key = validation.name_key(subject.name)
    same = Report.objects.filter(reporter=person.pk, room=room, seq=target)
    same = same if target is not None else same.waiting().filter(subject_key=key)
    if (earlier := same.first()) is not None:
        return earlier.pk
    seqs = around if target is None else (*around, target)
    with counts.counted_report(actor, actor.address), transaction.atomic():
        report, new = same.get_or_create(
            reporter=person.pk,
            room=room,
            seq=target,
            subject_key=key,
            defaults={
                "at": datetime.now(UTC),
                "reporter_name": person.name,
                "room_title": place.title,
                "direct": place.pair is not None,
                "subject": subject.participant,
                "subject_name": subject.name,
                "reason": reason,
                "note": note,
                "messages": _copy_messages(room, seqs),
            },
        )
        if new:
            _write_act(actor, report, "report", reason)
            _tell_waiting(report)
    return report.pk


def tell_filed(number: int) -> None:
    """Tell those who run the room of a report that the server has filed."""
    report = Report.objects.filter(pk=number).first()
    if report is not None:
        _tell_waiting(report)


def _tell_waiting(report: Report) -> None:
    """Tell those who run the room how many reports wait, but for the one whom this report is about."""
    if report.direct or (place := Room.objects.existing().filter(pk=report.room).first()) is None:
        return
    ownership = place.ownership()
    people = [
        one for one in {*ownership.moderators, ownership.owner} if one is not None and one != report.subject
    ]
    waiting = _count_waiting(report.room, people)
    now = datetime.now(UTC)
    notices.send_notices({one: ReportsWaiting(report.room, now, count) for one, count in waiting.items()})


def _count_waiting(room: int, people: Iterable[int]) -> dict[int, int]:
    """Count the waiting reports of the room for each of these, without those about themselves."""
    found = Report.objects.in_rooms([room]).waiting().values_list("subject", flat=True)
    subjects = list(found[: 2 * MOST_WAITING])
    return {one: min(MOST_WAITING, sum(each != one for each in subjects)) for one in people}


def _clean_subject(fields: Mapping[str, Any]) -> tuple[int | None, str, tuple[int, ...]]:
    target, name, given = fields.get("target"), fields.get("name"), fields.get("around")
    around = () if given is None else given
    if (target is None) == (name is None):
        raise ChatError(INVALID_FIELD, field="target", detail="give a target or a name")
    if target is not None and not _is_seq(target):
        raise ChatError(INVALID_FIELD, field="target", detail="target must be the seq of a message")
    if not isinstance(around, list | tuple) or not all(map(_is_seq, around)):
        raise ChatError(INVALID_FIELD, field="around", detail="around must be a list of seqs")
    seqs = tuple(dict.fromkeys(seq for seq in around if seq != target))
    if len(seqs) > validation.MOST_AROUND:
        detail = f"around can have at most {validation.MOST_AROUND} messages"
        raise ChatError(INVALID_FIELD, field="around", detail=detail)
    return target, "" if name is None else validation.clean_known_name(name), seqs


def _is_seq(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_SEQ


def _find_sender(room: Room, seq: int) -> Sender:
    message = Event.objects.not_erased(room.pk, seq).first()
    if message is None:
        raise ChatError(MESSAGE_NOT_FOUND, field="target", detail="this room has no such message")
    return Sender(message.name, "", message.sender_id)


def _find_subject(room: Room, name: str) -> Sender:
    """Find who has the name: a participant, or a client that the room knows by name only. Raises 201."""
    who = find_person(room.pk, name)
    if room.pair is not None:
        known = who.participant in room.pair
    else:
        known = who.participant is not None or bool(find_here(room.pk, who)) or _has_spoken(room.pk, name)
    if not known:
        raise ChatError(USER_NOT_FOUND, field="name", detail=f"{name} is not in this room")
    return who


def _has_spoken(room: int, name: str) -> bool:
    latest = Event.objects.latest_messages(room).values_list("name", flat=True)[:_LOOKED_AT]
    return any(validation.name_key(one) == validation.name_key(name) for one in latest)


def _copy_messages(room: int, seqs: tuple[int, ...]) -> list[dict[str, Any]]:
    """The messages as they are now: their senders may change or delete them."""
    found = Event.objects.messages(room).filter(seq__in=seqs, erased_at__isnull=True).order_by("seq")
    copies = [
        {
            "seq": one.seq,
            "at": one.created_at.isoformat(),
            "name": one.name,
            "text": one.text[: validation.LONGEST_COPY],
        }
        for one in found
    ]
    if len(copies) < len(seqs):
        raise ChatError(MESSAGE_NOT_FOUND, field="around", detail="a message is not there, or not any more")
    return copies


# The queue


def list_reports(
    *,
    actor: Actor,
    room: int | None = None,
    mine: bool = False,
    done: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> Reports:
    """List a page of open or decided reports: of one room, or of all that the actor may decide.

    `mine`: those that the actor has filed instead, in any state. The page says how many reports of the room
    wait, if it is of those. Raises 101, 104.
    """
    current = _read_rights(actor)
    if mine:
        found: ReportQuerySet = Report.objects.filter(reporter=current.participant or 0)
    else:
        found = _select_decidable(current, room).not_about(current.participant)
        found = found.filter(state=Report.State.DONE) if done else found.waiting()
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: limit + 1])
    shown = tuple(show_report(row, to_reporter=mine) for row in rows[:limit])
    waiting = None
    if room is not None and not (mine or done):
        asker = current.participant or 0
        waiting = _count_waiting(room, [asker])[asker]
    return Reports(shown, more=len(rows) > limit, waiting=waiting)


def _read_rights(actor: Actor) -> Actor:
    """The actor with current rights. Staff count as staff only with the permission for reports."""
    asked = replace(actor, permission=PERMISSION)
    return read_current_actors([asked])[asked]


def _select_decidable(current: Actor, room: int | None) -> ReportQuerySet:
    if room is not None:
        place = Room.objects.rooms().filter(pk=room, deleted_at__isnull=True).first()
        if place is None:
            raise ChatError(ROOM_NOT_FOUND)
        if place.hidden and not permissions.may(current, DECIDE_REPORTS, place.ownership()):
            raise ChatError(ROOM_NOT_FOUND)  # numbers can be walked
        permissions.check(current, DECIDE_REPORTS, place.ownership())
        return Report.objects.in_rooms([room])
    if current.staff:
        return Report.objects.all()
    if current.participant is None:
        raise DECIDE_REPORTS.make_error()
    moderated = Room.moderators.through.objects.filter(participant=current.participant).values("room")
    mine = Room.objects.existing().filter(Q(owner=current.participant) | Q(pk__in=moderated))
    banning = bans.find_banning(mine, current)
    return Report.objects.in_rooms(
        list(mine.exclude(pk__in=banning).values_list("pk", flat=True)[:_MOST_ROOMS])
    )


def show_report(report: Report, *, to_reporter: bool = False) -> ReportInfo:
    """The report as moderators see it. `to_reporter`: without the name of the moderator."""
    return ReportInfo(
        report.pk,
        report.room,
        report.room_title,
        report.direct,
        report.seq,
        report.subject_name,
        report.reason,
        report.note,
        report.reporter_name,
        report.at,
        tuple(
            QuoteInfo(one["seq"], datetime.fromisoformat(one["at"]), one["name"], one["text"])
            for one in report.messages
        ),
        report.get_state_display(),
        "" if to_reporter else report.handler_name,
        report.decision,
        report.decided_at if report.state == Report.State.DONE else None,
        report.held is not None,
    )


# Deciding


def claim_report(*, number: int, actor: Actor, on: bool = True, handler: object = None) -> ReportInfo:
    """Claim a report, even from another moderator; with `on` false, release it. Raises 303, 906, 914.

    `handler`: the handler that the actor expects it to have, "" for none. Refused if it has another.
    """
    known = None if handler is None else validation.check_string(handler, "handler", INVALID_FIELD)
    report = _find_report(number, actor)
    with transaction.atomic():
        report.refresh_from_db(from_queryset=Report.objects.select_for_update())
        claimed = report.state == Report.State.CLAIMED
        mine = claimed and report.handler == actor.participant
        free = report.state == Report.State.OPEN or mine
        if not free and not (on and claimed and known in (None, report.handler_name)):
            raise _refuse_taken(report, to_free=not on, to_claim=on)
        if mine != on:
            _set_handler(report, actor, on=on)
    return show_report(report)


def _set_handler(report: Report, actor: Actor, *, on: bool) -> None:
    """Claim or release a report whose row is locked, and note it in the audit log."""
    taken = {"taken_from": report.handler_name} if on and report.handler_name else {}
    report.state = Report.State.CLAIMED if on else Report.State.OPEN
    for name, value in (_name_handler(actor) if on else _NO_HANDLER).items():
        setattr(report, name, value)
    report.save(update_fields=["state", *_NO_HANDLER])
    _write_act(actor, report, "claim_report" if on else "release_report", **taken)


def decide_report(
    *, number: int, actor: Actor, decision: object, seconds: object = None, reason: object = ""
) -> ReportInfo:
    """Carry out a decision; end all reports of the message. Raises 906, 914, and what the act raises.

    `decision`: one of `validation.DECISIONS`. `seconds`: how long a mute or ban lasts. `reason`: of the act.
    """
    decision, why = validation.clean_decision(decision), validation.clean_reason(reason)
    if seconds is not None and (type(seconds) is not int or decision not in _TIMED):
        detail = "seconds is a number, and goes with mute and ban"
        raise ChatError(INVALID_FIELD, field="seconds", detail=detail)
    report = _find_report(number, actor)
    _check_decision(report, decision)
    # Claim it first: the act takes a while, and must not be done twice.
    free = Report.objects.filter(pk=report.pk).filter(
        Q(state=Report.State.OPEN) | Q(state=Report.State.CLAIMED, handler=actor.participant)
    )
    if not free.update(state=Report.State.CLAIMED, **_name_handler(actor)):
        report.refresh_from_db()
        if (report.decision, report.handler) == (decision, actor.participant):  # it is sent again
            return show_report(report)
        raise _refuse_taken(report)
    try:
        with _deciding(report):
            _DEEDS[decision](report, actor, seconds, why)
            if report.held is not None and decision != "approve":
                _decide_held(report, actor, approve=False)
    except ChatError:
        if report.state == Report.State.OPEN:  # as it was read: it stays claimed
            _write_act(actor, report, "claim_report")
        raise
    with transaction.atomic():
        same = list(Report.objects.same_as(report).values_list("pk", flat=True))
        Report.objects.filter(pk__in=same).update(
            state=Report.State.DONE,
            decision=decision,
            decided_at=datetime.now(UTC),
            **_name_handler(actor),
        )
        _write_act(actor, report, "decide_report", why, reports=sorted(same), decision=decision)
        _tell_waiting(report)
    report.refresh_from_db()
    return show_report(report)


@contextmanager
def _deciding(report: Report) -> Iterator[None]:
    """Keep other decisions on the message out, also those of the same person in another window. Raises 914.

    `decided_at` says since when. A decision that was not recorded in time was lost with its process.
    """
    now = datetime.now(UTC)
    same = Report.objects.same_as(report)
    if not same.filter(Q(decided_at=None) | Q(decided_at__lte=now - _DECIDING)).update(decided_at=now):
        raise ChatError(CONFLICT, detail="this report is being decided")
    try:
        yield
    except BaseException:
        same.update(decided_at=None)
        raise


def read_report(*, number: int, actor: Actor) -> Report:
    """One report, for those who decide it. Raises 906."""
    return _find_report(number, actor)


def forget_old(moment: datetime) -> None:
    """Delete reports a while after their decision, and those that stayed undecided for a year."""
    over = Q(decided_at__lte=moment - KEPT) | Q(at__lte=moment - KEPT_WAITING)
    Report.objects.filter(over).delete()


def _find_report(number: int, actor: Actor) -> Report:
    """Find a report that the actor may decide. Raises 906, as for one that does not exist."""
    current = _read_rights(actor)
    report = Report.objects.filter(pk=number).not_about(current.participant).first()
    if report is not None:
        place = None if report.direct else Room.objects.existing().filter(pk=report.room).first()
        if permissions.may(current, DECIDE_REPORTS, NOWHERE if place is None else place.ownership()):
            return report
    raise ChatError(PAGE_NOT_FOUND, detail="there is no such report")


def _name_handler(actor: Actor) -> dict[str, Any]:
    name = Participant.objects.filter(pk=actor.participant or 0).values_list("name", flat=True).first()
    return {"handler": actor.participant, "handler_name": name or ""}


def _refuse_taken(report: Report, *, to_free: bool = False, to_claim: bool = False) -> ChatError:
    if report.state == Report.State.DONE:
        return ChatError(CONFLICT, detail="this report has already been decided")
    if to_claim:
        return ChatError(CONFLICT, detail=f"{report.handler_name} has claimed this report in the meantime")
    if to_free:
        return ChatError(CONFLICT, detail="you have not claimed this report")
    return ChatError(CONFLICT, detail=f"{report.handler_name} has claimed this report: claim it first")


def _write_act(actor: Actor, report: Report, name: str, reason: str = "", **details: Any) -> None:
    subject = Sender(report.subject_name, "", report.subject)
    told = details if "reports" in details else {"report": report.pk, **details}
    act = Act(name=name, subject=subject, message=report.seq, reason=reason, details=told)
    write_act(actor, act, report.room, report.room_title)


def _check_decision(report: Report, decision: str) -> None:
    """Raise 303 for a decision that does not fit: a held message is approved or rejected, no other one is."""
    if report.held is None and decision in _OF_HELD[:2]:
        raise _refuse_decision("this message was not held")
    if report.held is not None and decision not in _OF_HELD:
        raise _refuse_decision("this message was held: approve or reject it")


def _approve(report: Report, actor: Actor, seconds: object, reason: str) -> None:
    _decide_held(report, actor, approve=True)


def _decide_held(report: Report, actor: Actor, *, approve: bool) -> None:
    """Have the log send the held message, or reject it and tell its sender."""
    held = HeldMessage.objects.filter(pk=report.held or 0).first()
    if held is None:
        raise ChatError(CONFLICT, detail="this message waits no longer")
    log.append_and_wait(
        DecisionDraft(
            room=held.room_id,
            at=datetime.now(UTC),
            actor=replace(actor, permission=PERMISSION),
            held=held.pk,
            approve=approve,
            sender=Sender(held.name, held.color, held.sender_id),
            nonce=held.nonce,
        )
    )
    if not approve and held.sender_id is not None:
        rejected = Rejected(held.room_id, datetime.now(UTC), held.nonce)
        notices.send_notices({held.sender_id: rejected})


def _do_nothing(report: Report, actor: Actor, seconds: object, reason: str) -> None:
    """Only record the decision."""


def _delete_message(report: Report, actor: Actor, seconds: object, reason: str) -> None:
    if report.seq is None:
        raise _refuse_decision("this report is about a person, not a message")
    deleter = replace(actor, permission="chat.delete_event")  # as in the admin site, whatever way they come
    messages.delete_message(room=_require_room(report), seq=report.seq, actor=deleter, reason=reason)


def _mute(report: Report, actor: Actor, seconds: Any, reason: str) -> None:
    """Mute. The reason stays with the moderators: it may name the reporter, or say what was reported."""
    room, name = _require_room(report), _find_name(report)
    moderation.mute_name(room=room, name=name, actor=actor, seconds=seconds, reason=reason, tells=False)


def _kick(report: Report, actor: Actor, seconds: object, reason: str) -> None:
    bans.kick_name(room=_require_room(report), name=_find_name(report), actor=actor, reason=reason)


def _ban(report: Report, actor: Actor, seconds: object, reason: str) -> None:
    """Ban from the room, or from the server if the report is from a direct conversation."""
    fields = {"name": _find_name(report), "seconds": seconds, "reason": reason}
    if report.direct:
        bans.ban_from_server(actor=actor, fields=fields)
    else:
        bans.ban(room=_require_room(report), actor=actor, fields=fields)


_DEEDS: Final[Mapping[str, Callable[[Report, Actor, object, str], None]]] = {
    "nothing": _do_nothing,
    "delete": _delete_message,
    "mute": _mute,
    "kick": _kick,
    "ban": _ban,
    "done": _do_nothing,
    "approve": _approve,
    "reject": _do_nothing,
}


def _require_room(report: Report) -> Room:
    if report.direct:
        raise _refuse_decision("staff cannot do that in a direct conversation")
    room = Room.objects.rooms().filter(pk=report.room).first()
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    return room


def _find_name(report: Report) -> str:
    """The current name of the reported person: someone else may have the old one. Raises 201."""
    if report.subject is None:
        try:
            check_label(report.subject_name)
        except ChatError as error:
            raise _refuse_decision(error.detail) from None
        return report.subject_name
    has_name = Participant.objects.filter(pk=report.subject, name_key__isnull=False)
    name = has_name.values_list("name", flat=True).first()
    if name is None:
        detail = "the reported user no longer exists, or has lost the name"
        raise ChatError(USER_NOT_FOUND, field="decision", detail=detail)
    return name


def _refuse_decision(detail: str) -> ChatError:
    return ChatError(INVALID_FIELD, field="decision", detail=detail)
