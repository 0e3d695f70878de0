"""Delete all messages and reactions of a sender, in a room or everywhere, and restore the messages. Blocking.

A bulk deletion is a row in the database. One process at a time works on it, the one that it has as its
`runner` (`chat.engine.bulk`), in small batches through the log: members see ordinary deletions.
"""

import time
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.query import QuerySet

from chat import commands, permissions, validation
from chat.answers import Deletion, DeletionInfo, Deletions
from chat.errors import (
    INTERNAL,
    INVALID_FIELD,
    MESSAGE_NOT_FOUND,
    PAGE_NOT_FOUND,
    ROOM_NOT_FOUND,
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    ChatError,
)
from chat.events import LARGEST_SEQ, Sender
from chat.log import store
from chat.log.audit import write_act
from chat.log.current_rights import read_current_actors, read_rank
from chat.log.drafts import Act, Draft, Outcome
from chat.log.kinds.ban import find_person
from chat.log.kinds.deletion import DeletionDraft, ReactionRemovalDraft
from chat.log.kinds.restoration import RestorationDraft
from chat.models import BulkDeletion, Event, KeptText, Lease, Participant, Reaction, Room
from chat.models.deletion import BulkDeletionQuerySet, make_deleter
from chat.permissions import Actor

_SPANS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "all": None}  # as in `validation`
MOST_UNDER_WAY: Final = 5  # of one actor
MOST_COUNTED: Final = 10_000
BATCH: Final = 16  # messages in one transaction of the log, which all senders wait for
MOST_CLAIMED: Final = 8  # by one process, which takes turns with them
SHOWN: Final = 100
COUNT_SECONDS: Final = 2.0
_PAGE: Final = 1000
_WINDOW: Final = 5000  # seqs that are looked through at a time
_WINDOWS: Final = 20  # before others are let in
_CLOCKS: Final = timedelta(minutes=1)  # by which those of two processes may differ
Place: TypeAlias = tuple[int, int]
_DELETING, _RESTORING = BulkDeletion.State.DELETING, BulkDeletion.State.RESTORING
_ENDS: Final = {_DELETING: BulkDeletion.State.DONE, _RESTORING: BulkDeletion.State.RESTORED}
_AGAIN: Final = (UNAVAILABLE, INTERNAL)  # after these a batch is tried once more

# Begin, stop, restore


def delete_in_room(
    *,
    room: Room,
    actor: Actor,
    since: object,
    name: object = None,
    target: object = None,
    reason: object = "",
) -> BulkDeletion:
    """Delete all messages and reactions in the room of a name, or of the sender of the message `target`.

    `since`: "hour", "day" or "all". Raises 104, 205, 303, 910.
    """
    current = _read_current(actor)
    permissions.check(current, permissions.DELETE_ALL, room.ownership())
    if (name is None) == (target is None):
        raise ChatError(INVALID_FIELD, field="name", detail="give a name, or the seq of a message as target")
    if target is None:
        who = find_person(room.pk, validation.clean_known_name(name))
    else:
        who = _find_sender(room, target)
    if who.participant is not None:
        permissions.check_outranks(
            permissions.rank_of(current, room.ownership()), read_rank(room.pk, who.participant)
        )
    return _start(room, who, actor, since, reason)


def delete_everywhere(
    *, actor: Actor, since: object, name: object = None, sender: Sender | None = None, reason: object = ""
) -> BulkDeletion:
    """Delete all messages of a name, or of a sender, in all rooms and direct conversations. For staff.

    Raises 104, 205, 303, 910.
    """
    actor = make_deleter(actor)
    _check_staff(actor, permissions.DELETE_EVERYWHERE)
    if sender is None:
        clean = validation.clean_known_name(name)
        found = Participant.objects.named(clean).first()
        sender = Sender(clean) if found is None else Sender(found.name, "", found.pk)
    if sender.participant is not None:
        other = permissions.rank_of(_read_current(Actor(sender.participant)), permissions.NOWHERE)
        permissions.check_outranks(permissions.RANKS[permissions.Role.STAFF], other)
    return _start(None, sender, actor, since, reason)


def restore(*, number: int, actor: Actor) -> BulkDeletion:
    """Restore all that a bulk deletion deleted, as far as it is kept. For staff. Raises 104, 205, 906."""
    actor = make_deleter(actor)
    _check_staff(actor, permissions.RESTORE_MESSAGE)
    with transaction.atomic():
        found = _lock(BulkDeletion.objects.exclude(state__in=BulkDeletion.UNDER_WAY), number)
        if not KeptText.objects.filter(bulk=found).restorable(_now()).exists():
            raise ChatError(MESSAGE_NOT_FOUND, detail="nothing of it is kept")
        found.state, found.ended_at, found.refusal = _RESTORING, None, ""
        found.restorer, found.restorer_name = actor.participant, _read_name(actor)
        found.restorer_address = actor.address
        found.save()
    return found


def stop(*, number: int, actor: Actor, room: Room | None = None) -> BulkDeletion:
    """Stop a bulk deletion: nothing more changes from now on. Raises 104, 906.

    Moderators cannot stop a deletion of their own messages that another moderator started. Only staff can
    stop a restoration.
    """
    _check_may_see(room, actor)
    with transaction.atomic():
        found = _lock(_shown_in(room).under_way(), number)
        if found.state == _RESTORING:
            _check_staff(make_deleter(actor), permissions.RESTORE_MESSAGE)
        elif room is not None and found.sender is not None and found.actor != actor.participant:
            rank = permissions.rank_of(_read_current(actor), room.ownership())
            permissions.check_outranks(rank, read_rank(room.pk, found.sender))
        _end(found, BulkDeletion.State.STOPPED, stopped_by=actor)
    return found


def erase_kept(*, number: int, actor: Actor) -> int:
    """Erase the texts that a bulk deletion keeps. Returns how many. For staff. Raises 104, 906."""
    actor = make_deleter(actor)
    _check_staff(actor, permissions.RESTORE_MESSAGE)
    found = BulkDeletion.objects.exclude(state__in=BulkDeletion.UNDER_WAY).filter(pk=number).first()
    if found is None:
        raise _refuse_unknown()
    count = KeptText.objects.filter(bulk=found).delete_in_steps()
    if count:
        _write_act(actor, found, "erase_kept", count)
    return count


def find_shown(*, actor: Actor, room: Room | None = None) -> list[BulkDeletion]:
    """The latest bulk deletions of a room, for those who run it; without a room, those of all. Raises 104."""
    _check_may_see(room, actor)
    return list(_shown_in(room).order_by("-pk")[:SHOWN])


def find_one(*, number: int, actor: Actor, room: Room | None = None) -> BulkDeletion:
    """One bulk deletion. Raises 104, 906."""
    _check_may_see(room, actor)
    found = _shown_in(room).filter(pk=number).first()
    if found is None:
        raise _refuse_unknown()
    return found


Asking: TypeAlias = commands.DeleteAll | commands.StopDeletion | commands.GetDeletions


def answer_deletions(command: Asking, actor: Actor) -> Deletion | Deletions:
    """Answer a command of `wschat.v1`. Raises 101, and what the function for the command raises."""
    room = (
        Room.objects.filter(deleted_at__isnull=True)
        .prefetch_related("moderators")
        .filter(pk=command.room)
        .first()
    )
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    if isinstance(command, commands.GetDeletions):
        return Deletions(tuple(describe(each) for each in find_shown(actor=actor, room=room)))
    if isinstance(command, commands.StopDeletion):
        return Deletion(describe(stop(number=command.deletion, actor=actor, room=room)))
    given = {name: getattr(command, name) for name in ("since", "name", "target", "reason")}
    return Deletion(describe(delete_in_room(room=room, actor=actor, **given)))


def describe(bulk: BulkDeletion) -> DeletionInfo:
    """A bulk deletion as moderators see it."""
    return DeletionInfo(
        bulk.pk,
        bulk.room_id,
        bulk.name,
        bulk.since,
        bulk.at,
        bulk.ended_at,
        str(bulk.state),
        bulk.total,
        bulk.deleted,
        bulk.restored,
        bulk.actor_name,
        bulk.reason,
        bulk.refusal,
        bulk.restorer_name,
    )


# Work through them


def claim(lease: UUID) -> list[BulkDeletion]:
    """Claim the bulk deletions that no process works on. Returns all that this process works on."""
    waiting = BulkDeletion.objects.under_way()
    rows = list(waiting.filter(Q(runner=lease) | Q(runner=None)).order_by("pk")[:MOST_CLAIMED])
    free = [row for row in rows if row.runner_id is None]
    if free and Lease.objects.filter(pk=lease).exists():
        for row in free:
            if waiting.filter(pk=row.pk, runner=None).update(runner=lease):
                row.runner_id = lease
    return [row for row in rows if row.runner_id is not None]


def make_drafts(bulk: BulkDeletion) -> Sequence[DeletionDraft | ReactionRemovalDraft | RestorationDraft]:
    """Make the next drafts of this bulk deletion. Pass them to `note_batch` when they are stored.

    Reactions come first. After them it goes through the messages.
    """
    now, actor = _now(), bulk.asked_by
    if bulk.state == _RESTORING:
        kept = KeptText.objects.filter(bulk=bulk).restorable(now).order_by("pk")
        places = kept.values_list("event__room", "event__seq")[:BATCH]
        return [
            RestorationDraft(room=room, at=now, actor=actor, target=seq, bulk=bulk.pk) for room, seq in places
        ]
    if bulk.before_seq is None and (reactions := _find_reactions(bulk)[:BATCH]):
        return [
            ReactionRemovalDraft(
                room=each.room_id,
                at=now,
                actor=actor,
                target=each.target,
                sender=Sender(each.name, "", bulk.sender),
                emoji=each.emoji,
                bulk=bulk.pk,
                everywhere=bulk.everywhere,
            )
            for each in reactions
        ]
    page = _read_page(bulk, BATCH)  # which moves `bulk` on, for `note_batch` to save
    return [
        DeletionDraft(room=room, at=now, actor=actor, target=seq, bulk=bulk.pk, everywhere=bulk.everywhere)
        for room, seq in page
    ]


def note_batch(bulk: BulkDeletion, drafts: Sequence[Draft], outcomes: Iterable[Outcome]) -> None:
    """Note how far it has come. Raises 902, 903 if the batch has to be done again."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    for error in errors:
        if error.kind in _AGAIN:
            raise error
    refusals = [error for error in errors if error.kind is not MESSAGE_NOT_FOUND]
    mine = BulkDeletion.objects.under_way().filter(pk=bulk.pk, runner=bulk.runner_id)
    with transaction.atomic():
        through = _is_through(bulk) if bulk.state == _DELETING else not drafts
        if refusals or through:
            found = mine.select_for_update().first()
            if found is not None:
                state = _ENDS[BulkDeletion.State(found.state)]
                if refusals:
                    state = BulkDeletion.State.REFUSED
                    found.refusal = str(refusals[0].detail or refusals[0])[:200]
                _end(found, state)
        else:
            mine.update(**{name: getattr(bulk, name) for name in ("room_now", "before_seq")})


def _start(room: Room | None, who: Sender, actor: Actor, since: object, reason: object) -> BulkDeletion:
    now, span = _now(), _SPANS[validation.clean_span(since)]
    bulk = BulkDeletion(
        room=room,
        sender=who.participant,
        name=who.name,
        at=now,
        since=None if span is None else now - span,
        reason=validation.clean_reason(reason),
        actor=actor.participant,
        actor_name=_read_name(actor),
        permission=actor.permission,
        address=actor.address,
    )
    _check_number(actor)  # first: to count is dear
    bulk.total = _count(bulk)
    if bulk.total == 0 and not _find_reactions(bulk).exists():
        raise ChatError(MESSAGE_NOT_FOUND, detail="there are no such messages")
    with transaction.atomic():
        _lock_actor(actor)
        _check_number(actor)
        bulk.save()
    return bulk


def _check_number(actor: Actor) -> None:
    """Raise 910 if the actor has as many bulk deletions under way as one may have."""
    if BulkDeletion.objects.under_way().of_actor(actor.participant).count() >= MOST_UNDER_WAY:
        detail = "too many of your bulk deletions are under way; wait for one to end"
        raise ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=5.0)


def _lock_actor(actor: Actor) -> None:
    """Make parallel requests of the same actor wait until this transaction ends. SQLite has one at a time."""
    rows = Participant.objects.select_for_update(no_key=True).filter(pk=actor.participant or 0)
    rows.values_list("pk", flat=True).first()


def _count(bulk: BulkDeletion) -> int | None:
    """Count the messages to delete. Returns None if there are too many, or counting takes too long."""
    count, seen, deadline = 0, copy(bulk), time.monotonic() + COUNT_SECONDS
    try:
        with store.at_most(COUNT_SECONDS):
            while not _is_through(seen):
                count += len(_read_page(seen, _PAGE))
                if count > MOST_COUNTED or time.monotonic() > deadline:
                    return None
    except OperationalError:
        return None
    return count


def _read_page(bulk: BulkDeletion, most: int) -> list[Place]:
    """The room and seq of the next messages, perhaps none yet. Moves the row past them, unsaved.

    Rooms come in the order of their numbers; in each, the latest message comes first.
    """
    said = Event.objects.said_by(bulk.sender).filter(created_at__lte=bulk.at)
    if bulk.since is not None:
        said = said.filter(created_at__gte=bulk.since)
    if bulk.before_seq is None:
        _go_to_room(bulk)
    for _ in range(_WINDOWS):
        if _is_through(bulk):
            break
        low = max(1, (bulk.before_seq or 0) - _WINDOW)
        here = said.filter(room=bulk.room_now, seq__gte=low, seq__lt=bulk.before_seq)
        if bulk.sender is None:
            here = here.under_name(bulk.name)
        page = list(here.order_by("-seq").values_list("room", "seq")[:most])
        if len(page) == most:
            _, bulk.before_seq = page[-1]
        elif low > 1 and not _is_too_old(bulk, low):
            bulk.before_seq = low
        else:
            _go_to_room(bulk)
        if page:
            return page
    return []


def _find_reactions(bulk: BulkDeletion) -> QuerySet[Reaction]:
    """The reactions of the sender, under messages of the time span: reactions have no time."""
    found = Reaction.objects.filter(participant=bulk.sender)
    if bulk.room_id is not None:
        found = found.filter(room=bulk.room_id)
    if bulk.since is not None:
        under = Event.objects.filter(room=OuterRef("room"), seq=OuterRef("target"))
        found = found.filter(Exists(under.filter(created_at__gte=bulk.since)))
    return found


def _go_to_room(bulk: BulkDeletion) -> None:
    """Move to the end of the next room with events; after the last room, mark the walk as over."""
    rooms = Room.objects.filter(last_seq__gt=0, pk__gt=bulk.room_now).order_by("pk")
    if bulk.room_id is not None:
        rooms = rooms.filter(pk=bulk.room_id)
    bulk.room_now, latest = rooms.values_list("pk", "last_seq").first() or (bulk.room_now, -1)
    bulk.before_seq = latest + 1


def _is_through(bulk: BulkDeletion) -> bool:
    """Whether all rooms have been looked through."""
    return bulk.before_seq == 0


def _is_too_old(bulk: BulkDeletion, seq: int) -> bool:
    """Whether everything in the room before this seq is older than the time span."""
    earlier = Event.objects.filter(room=bulk.room_now, seq__lt=seq).order_by("-seq")
    at = earlier.values_list("created_at", flat=True).first()
    return at is None or (bulk.since is not None and at < bulk.since - _CLOCKS)


def _end(bulk: BulkDeletion, state: BulkDeletion.State, *, stopped_by: Actor | None = None) -> None:
    """End a bulk deletion whose row is locked, and note it in the audit log: one entry for all of it."""
    restoring, actor = bulk.state == _RESTORING, bulk.asked_by
    bulk.state, bulk.runner, bulk.ended_at = state, None, _now()
    bulk.save()
    name, count = ("restore_all", bulk.restored) if restoring else ("delete_all", bulk.deleted)
    details: dict[str, object] = {} if state in _ENDS.values() else {"ended": str(state)}
    if stopped_by is not None and stopped_by.participant is not None:
        details["stopped_by"] = stopped_by.participant
    _write_act(actor, bulk, name, count, **details)


def _write_act(actor: Actor, bulk: BulkDeletion, name: str, count: int, **details: object) -> None:
    """Write to the audit log what was done, and to how many messages."""
    since = {} if bulk.since is None else {"since": bulk.since.isoformat()}
    everywhere = {"everywhere": True} if bulk.everywhere else {}
    subject = Sender(bulk.name, "", bulk.sender)
    act = Act(
        name=name,
        subject=subject,
        reason=bulk.reason,
        details={"bulk": bulk.pk, "count": count, **since, **everywhere, **details},
    )
    write_act(actor, act, bulk.room_id, "" if bulk.room is None else bulk.room.title)


def _find_sender(room: Room, target: object) -> Sender:
    """The sender of a message, which may be deleted already."""
    if type(target) is not int or not 0 < target <= LARGEST_SEQ:
        raise ChatError(INVALID_FIELD, field="target", detail="target must be the seq of a message")
    message = Event.objects.messages(room.pk).filter(seq=target).first()
    if message is None:
        raise ChatError(MESSAGE_NOT_FOUND, field="target", detail="no such message in this room")
    return Sender(message.name, "", message.sender_id)


def _shown_in(room: Room | None) -> BulkDeletionQuerySet:
    return BulkDeletion.objects.select_related("room").filter(**({} if room is None else {"room": room}))


def _check_may_see(room: Room | None, actor: Actor) -> None:
    if room is None:
        _check_staff(actor, permissions.DELETE_EVERYWHERE)
    else:
        permissions.check(_read_current(actor), permissions.DELETE_ALL, room.ownership())


def _check_staff(actor: Actor, permission: permissions.Permission) -> None:
    permissions.check(_read_current(actor), permission, permissions.NOWHERE)


def _read_current(actor: Actor) -> Actor:
    return read_current_actors([actor])[actor]


def _read_name(actor: Actor) -> str:
    """The name of the actor, to be read when they are gone."""
    name = Participant.objects.filter(pk=actor.participant or 0).values_list("name", flat=True).first()
    return name or ""


def _lock(rows: BulkDeletionQuerySet, number: int) -> BulkDeletion:
    """The row of this number, locked. Raises 906."""
    found = rows.select_for_update(of=("self",)).filter(pk=number).first()
    if found is None:
        raise _refuse_unknown()
    return found


def _refuse_unknown() -> ChatError:
    return ChatError(PAGE_NOT_FOUND, detail="no such bulk deletion, or it is not in a state for that")


def _now() -> datetime:
    return datetime.now(UTC)
