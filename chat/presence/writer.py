"""Presence rows, written by group commit under the lease of this process.

Rows whose lease ran out belong to a process that died: the process that notices it sweeps them and tells the
rooms.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chat import validation
from chat.errors import ChatError
from chat.events import Left, Sender
from chat.log import filtered_names
from chat.log.writer import GroupCommit
from chat.models import Lease, Participant, Presence, Room
from chat.models.rows import insert_rows, update_rows
from chat.presence.addresses import address_book
from chat.presence.moves import Arrival, Departure, Holders, Move, Moved, Place, decide_moves, find_holder

Listener: TypeAlias = Callable[[Sequence[Move], Sequence[Moved]], object]

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_LOCK_SPACE: Final = 0x7775  # of PostgreSQL's advisory locks


class _Row(NamedTuple):
    """A row of `Presence`, by its columns."""

    id: uuid.UUID
    lease_id: uuid.UUID
    room_id: int
    participant_id: int | None
    token: str
    name: str
    name_key: str
    color: str
    dialect: str
    address: str
    joined_at: datetime
    last_activity: datetime


# A member who comes may have come before, with a commit whose outcome was not heard of.
_AGAIN: Final = (
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _Row._fields)}"
)


@dataclass(frozen=True, slots=True)
class Renew:
    """The lease is to be renewed, and what the connections did since is to be written."""


class PresenceWriter:
    """This process's connections, as rows that every process can query."""

    def __init__(self) -> None:
        self._writer = GroupCommit[Move | Renew, Moved](
            "presence", self._commit_moves, _fail_move, self._hand_on_moves, gathers=True
        )
        self.lease = uuid.uuid4()
        self.listener: Listener = lambda moves, results: None
        # What the rows say, to write them anew if this process was taken for dead; the writer's own.
        self._mine: dict[uuid.UUID, _Row] = {}
        # When each member was last active, as their sessions note it; written with the next renewal.
        self.activity: dict[uuid.UUID, datetime] = {}
        self._renewed = _NEVER

    def submit_move(self, move: Move | Renew) -> None:
        """Queue a move or a renewal; the listener hears of the outcome of a move."""
        self._writer.submit(move, None if isinstance(move, Renew) else move.who.participant)

    def end_writer(self) -> None:
        """Write what is waiting and end the writer."""
        self._writer.stop()
        self._mine = {}
        self.activity.clear()
        self._renewed = _NEVER
        address_book.forget_noted()

    def stop(self) -> None:
        """Close, and give up the lease."""
        self.end_writer()
        Lease.objects.filter(pk=self.lease).delete()

    def sweep_leases(self, *, alone: bool = False) -> list[Left]:
        """Remove the rows of dead processes. Returns the departures that the rooms have not been told.

        `alone`: this is the only process, so that each other lease is that of a dead one, however young.
        """
        now = timezone.now()
        others = Lease.objects.exclude(pk=self.lease)
        if not alone:
            others = others.filter(renewed_at__lt=now - timedelta(seconds=settings.ENV.wschat_lease_seconds))
        with transaction.atomic():
            # Two processes may sweep at the same time: each takes the leases that the other has not locked.
            skip_locked = connection.features.has_select_for_update_skip_locked
            dead = list(others.select_for_update(skip_locked=skip_locked))
            rows = list(Presence.objects.filter(lease__in=dead))
            Lease.objects.filter(pk__in=[lease.pk for lease in dead]).delete()
            remaining = _find_present({(row.room_id, row.name_key) for row in rows})
        gone = {
            (row.room_id, row.name_key): Left(
                row.room_id, now, Sender(row.name, row.color, row.participant_id)
            )
            for row in rows
        }
        return [event for place, event in gone.items() if not remaining.get(place)]

    def _commit_moves(self, drafts: Sequence[Move | Renew]) -> list[Moved]:
        moves = [draft for draft in drafts if not isinstance(draft, Renew)]
        asked = len(moves) < len(drafts)
        self._renew_lease(anyway=asked)
        if asked:
            self._write_activity()
        if not moves:
            return [Moved()] * len(drafts)
        places = {move.place for move in moves}
        _lock_rooms({room for room, _ in places})
        results = decide_moves(moves, _find_present(places), _find_owners(moves), _find_refused(moves))
        self._write_moves(moves, results)
        of_moves = iter(results)
        return [Moved() if isinstance(draft, Renew) else next(of_moves) for draft in drafts]

    def _renew_lease(self, *, anyway: bool) -> None:
        """Renew the lease, unless that was just done. If it was swept (we were frozen), write all anew."""
        renewed, self._renewed = self._renewed, _NEVER  # a commit that fails may have found it gone
        now = timezone.now()
        # Not with each batch: in a storm of joins that would be one more write for each of them.
        if (
            not anyway
            and timedelta(0) <= now - renewed < timedelta(seconds=settings.ENV.wschat_lease_seconds) / 10
        ):
            transaction.on_commit(lambda: setattr(self, "_renewed", renewed))
            return
        transaction.on_commit(lambda: setattr(self, "_renewed", now))
        if not Lease.objects.filter(pk=self.lease).update(renewed_at=now):
            Lease.objects.create(pk=self.lease, renewed_at=now)
            insert_rows(Presence, _Row._fields, _still_possible(self._mine.values()), _AGAIN)

    def _write_activity(self) -> None:
        rows = []
        for member in list(self.activity):  # the event loop may add to it meanwhile
            at = self.activity.pop(member)
            if (row := self._mine.get(member)) is not None:
                self._mine[member] = row._replace(last_activity=at)
                rows.append((member, at))
        update_rows(Presence, "last_activity", rows)

    def _write_moves(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        """Bring the rows to where the moves lead, one insert and one delete for all."""
        entered: dict[uuid.UUID, _Row] = {}
        left: set[uuid.UUID] = set()
        for move, result in zip(moves, results, strict=True):
            if isinstance(move, Departure):
                entered.pop(move.member, None)
                left.add(move.member)
            elif result.error is None:
                left.discard(move.member)
                entered[move.member] = self._build_row(move)
        if left:
            Presence.objects.filter(pk__in=left).delete()
        insert_rows(Presence, _Row._fields, list(entered.values()), _AGAIN)
        gone = [self._mine[pk] for pk in left if pk in self._mine]
        address_book.note_addresses((row.participant_id, row.address) for row in (*entered.values(), *gone))
        transaction.on_commit(lambda: self._remember_places(entered, left))

    def _remember_places(self, entered: dict[uuid.UUID, _Row], left: set[uuid.UUID]) -> None:
        for pk in left:
            self._mine.pop(pk, None)
            self.activity.pop(pk, None)
        self._mine |= entered

    def _build_row(self, move: Arrival) -> _Row:
        return _Row(
            id=move.member,
            lease_id=self.lease,
            room_id=move.room,
            participant_id=move.who.participant,
            token=move.token,
            name=move.who.name,
            name_key=validation.name_key(move.who.name),
            color=move.who.color,
            dialect=move.dialect,
            address=move.address,
            joined_at=move.at,
            last_activity=move.at,
        )

    def _hand_on_moves(self, drafts: Sequence[Move | Renew], results: Sequence[Moved]) -> None:
        """Tell the listener of all but the renewals."""
        done = [
            (draft, result)
            for draft, result in zip(drafts, results, strict=True)
            if not isinstance(draft, Renew)
        ]
        self.listener([move for move, _ in done], [result for _, result in done])


def _fail_move(error: ChatError) -> Moved:
    return Moved(error=error)


def _still_possible(rows: Iterable[_Row]) -> list[_Row]:
    """The rows whose room and participant exist: a restored backup may lack them."""
    rows = list(rows)
    rooms = set(Room.objects.filter(pk__in={row.room_id for row in rows}).values_list("pk", flat=True))
    people = {row.participant_id for row in rows if row.participant_id is not None}
    there = {None, *Participant.objects.filter(pk__in=people).values_list("pk", flat=True)}
    return [row for row in rows if row.room_id in rooms and row.participant_id in there]


def _find_present(places: set[Place]) -> dict[Place, Holders]:
    """The current holders of these names."""
    held: dict[Place, Holders] = defaultdict(dict)
    rows = Presence.objects.current().filter(
        room_id__in={room for room, _ in places}, name_key__in={key for _, key in places}
    )
    columns = rows.values_list("pk", "room_id", "name_key", "participant_id", "token")
    for pk, room, key, participant, token in columns:
        held[room, key][pk] = find_holder(participant, token)
    return held


def _find_owners(moves: Sequence[Move]) -> dict[str, int]:
    """The owners of the names on this server, of those that are not the movers' own."""
    movers = {(move.place[1], move.who.participant) for move in moves}
    known = Participant.objects.filter(name_key__in={key for key, _ in movers})
    others = [pk for key, pk in known.values_list("name_key", "pk") if (key, pk) not in movers]
    if not others:  # mostly; to ask who keeps a name takes longer
        return {}
    owners = Participant.objects.filter(pk__in=others).keeping_their_names()
    return {key: pk for key, pk in owners.values_list("name_key", "pk") if key is not None}


def _find_refused(moves: Sequence[Move]) -> dict[uuid.UUID, ChatError]:
    """Those who may not come in, as a filter stops their names."""
    arrivals = [move for move in moves if isinstance(move, Arrival)]
    stopped = filtered_names.find_refused([(move.room, move.who) for move in arrivals]) if arrivals else ()
    return {
        move.member: filtered_names.refuse_name()
        for move, is_stopped in zip(arrivals, stopped, strict=True)
        if is_stopped
    }


def _lock_rooms(rooms: set[int]) -> None:
    """Let no other process enter these rooms until the commit. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::int[]) AS id ORDER BY id",
                # Advisory locks with two keys take 32 bits each: rooms that share a key only wait for each
                # other.
                [_LOCK_SPACE, sorted({room % 2**31 for room in rooms})],
            )


presence = PresenceWriter()
