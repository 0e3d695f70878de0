"""The audit log: writes what moderators did, in the transaction of the act itself. Blocking."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from chat.log.drafts import Act, Draft
from chat.models import AuditEntry, Participant, Room
from chat.permissions import SITE, Actor


def write_acts(acts: Sequence[tuple[Draft, Act]]) -> None:
    """Note what these drafts did, in the transaction in which they do it."""
    actors = [draft.actor.participant for draft, _ in acts if draft.actor.participant is not None]
    names = dict(Participant.objects.filter(pk__in=actors).values_list("pk", "name"))
    titles = dict(Room.objects.filter(pk__in={draft.room for draft, _ in acts}).values_list("pk", "title"))
    AuditEntry.objects.bulk_create(
        [
            _build_entry(draft.actor, act, draft.at, names, draft.room, titles[draft.room])
            for draft, act in acts
        ]
    )


def write_act(actor: Actor, act: Act, room: int | None = None, title: str = "") -> AuditEntry:
    """Note what was done, outside the log of a room, in the transaction in which it is done.

    `room`: where, if not to the server as a whole.
    """
    names = dict(Participant.objects.filter(pk=actor.participant or 0).values_list("pk", "name"))
    entry = _build_entry(actor, act, datetime.now(UTC), names, room, title)
    entry.save()
    return entry


def _build_entry(
    actor: Actor, act: Act, at: datetime, names: Mapping[int, str], room: int | None, title: str
) -> AuditEntry:
    subject = act.subject
    participant = actor.participant
    return AuditEntry(
        at=at,
        act=act.name,
        actor=participant,
        actor_name="(server)" if actor == SITE else names.get(participant or 0, ""),
        address=actor.address,
        room=room,
        room_title=title,
        subject=None if subject is None else subject.participant,
        subject_name="" if subject is None else subject.name,
        message=act.message,
        reason=act.reason,
        note=act.note,
        details=dict(act.details),
    )
