"""Presence rows on a real database."""

import queue
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from chat.errors import DUPLICATE_USERNAME
from chat.events import Left, Sender
from chat.log import recovery
from chat.models import Lease, Participant, ParticipantAddress, Presence
from chat.presence.addresses import address_book
from chat.presence.moves import Arrival, Departure, Move, Moved
from chat.presence.writer import PresenceWriter, Renew
from tests.support.marks import whole_db

pytestmark = whole_db


class Process:
    """One process's presence, with its answers."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[Moved] = queue.SimpleQueue()
        self.commits: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.presence = PresenceWriter()
        self.presence.listener = self._listen

    def _listen(self, moves: object, results: Sequence[Moved]) -> None:
        self.commits.put(len(results))  # first: after its answer, a test may go on and count anew
        for result in results:
            self.answers.put(result)

    def do(self, move: Move) -> Moved:
        self.presence.submit_move(move)
        return self.answers.get(timeout=10)

    def renew(self) -> None:
        while not self.commits.empty():
            self.commits.get()
        self.presence.submit_move(Renew())
        self.commits.get(timeout=10)


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    processes = [Process(), Process()]
    yield processes
    for process in processes:
        process.presence.stop()


def enter(name: str, participant: int | None = None) -> Arrival:
    return Arrival(uuid.uuid4(), 1, Sender(name, "red", participant), "rooms", datetime.now(UTC))


def leave(move: Arrival) -> Departure:
    return Departure(move.member, move.room, move.who, datetime.now(UTC))


def names() -> list[str]:
    return [member.name for member in recovery.read_members([1])[0]]


def test_first_members_of_a_crowd_are_read_and_all_are_counted(
    processes: list[Process], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recovery, "MOST_MEMBERS", 2)
    participant = Participant.objects.create().pk
    here = [enter("ann", participant), enter("Ann", participant), enter("bob"), enter("cid")]
    for count, move in enumerate(here):
        processes[0].do(move)
        ((members, people),) = recovery.read_first_members([1]).values()
        assert people == max(1, count)
        assert {member.name for member in members} <= {"Ann", "ann", "bob"}
        assert len(members) == min(people, 2)
    assert recovery.read_first_members([1, 2]) == {1: (members, 3), 2: ((), 0)}


def expire(process: Process) -> None:
    """Age the lease of a frozen or dead process beyond its end."""
    long_ago = datetime.now(UTC) - timedelta(seconds=settings.ENV.wschat_lease_seconds + 1)
    Lease.objects.filter(pk=process.presence.lease).update(renewed_at=long_ago)


def test_members_are_seen_by_all_processes(processes: list[Process]):
    one, two = processes
    first, second = enter("ann"), enter("bob")
    assert one.do(first).news
    assert two.do(second).news
    assert names() == ["ann", "bob"]
    assert one.do(leave(first)).news
    assert names() == ["bob"]


def test_name_in_use_is_refused_across_processes(processes: list[Process]):
    one, two = processes
    assert one.do(enter("ann")).error is None
    refused = two.do(enter("ANN")).error
    assert refused is not None
    assert refused.kind is DUPLICATE_USERNAME


def test_participant_in_two_processes_leaves_with_the_last_connection(processes: list[Process]):
    one, two = processes
    participant = Participant.objects.create().pk
    here, there = enter("ann", participant), enter("ann", participant)
    assert [one.do(here).news, two.do(there).news] == [True, False]
    assert names() == ["ann"]
    assert [one.do(leave(here)).news, two.do(leave(there)).news] == [False, True]


def test_activity_is_written_with_the_renewal(processes: list[Process]):
    move = enter("ann")
    processes[0].do(move)
    later = datetime.now(UTC) + timedelta(seconds=5)
    processes[0].presence.activity[move.member] = later
    processes[0].renew()
    assert Presence.objects.get().last_activity == later


def test_activity_is_written_for_each_member_whose_row_is_there(processes: list[Process]):
    here, gone = [enter(name) for name in ("ann", "bob")], enter("cid")
    for move in (*here, gone):
        processes[0].do(move)
    Presence.objects.filter(pk=gone.member).delete()
    later = {move.member: datetime.now(UTC) + timedelta(seconds=n) for n, move in enumerate((*here, gone), 5)}
    processes[0].presence.activity.update(later)
    processes[0].renew()
    del later[gone.member]
    assert dict(Presence.objects.values_list("pk", "last_activity")) == later


def test_members_of_a_dead_process_are_not_shown_and_are_swept(processes: list[Process]):
    one, two = processes
    one.do(enter("ann"))
    two.do(enter("bob"))
    expire(one)
    assert names() == ["bob"]
    assert two.do(enter("ann")).error is None  # the name is free again
    swept = two.presence.sweep_leases()
    assert swept == []  # another member has this name
    assert [row.name for row in Presence.objects.order_by("name")] == ["ann", "bob"]


def test_sweep_returns_the_departures(processes: list[Process]):
    one, two = processes
    one.do(enter("ann"))
    two.do(enter("bob"))
    expire(one)
    (gone,) = two.presence.sweep_leases()
    assert isinstance(gone, Left)
    assert (gone.room, gone.who.name) == (1, "ann")
    assert two.presence.sweep_leases() == []


def test_process_that_was_taken_for_dead_comes_back_with_its_members(processes: list[Process]):
    one, two = processes
    move = enter("ann")
    one.do(move)
    expire(one)
    two.presence.sweep_leases()
    assert names() == []
    one.renew()
    assert names() == ["ann"]
    assert one.do(leave(move)).news
    assert names() == []


def test_end_of_a_process_takes_its_members_along(processes: list[Process]):
    processes[0].do(enter("ann"))
    processes[0].presence.stop()
    assert names() == []
    assert not Lease.objects.filter(pk=processes[0].presence.lease).exists()


def addresses() -> list[tuple[int, str]]:
    return list(ParticipantAddress.objects.values_list("participant", "address"))


def test_addresses_of_participants_who_join_are_noted(processes: list[Process]):
    ann = Participant.objects.create().pk
    for who in (ann, None):
        processes[0].do(replace(enter("ann" if who else "label", who), address="192.0.2.7"))
    assert addresses() == [(ann, "192.0.2.7")]


def test_address_of_a_participant_who_leaves_is_noted_again(processes: list[Process]):
    ann = Participant.objects.create().pk
    move = replace(enter("ann", ann), address="192.0.2.7")
    processes[0].do(move)
    ParticipantAddress.objects.all().delete()  # it was kept for long enough
    address_book.forget_noted()
    processes[0].do(leave(move))
    assert addresses() == [(ann, "192.0.2.7")]


def test_address_of_who_is_refused_is_not_noted(processes: list[Process]):
    ann, eve = (Participant.objects.create().pk for _ in range(2))
    processes[0].do(enter("ann", ann))
    assert processes[0].do(replace(enter("ann", eve), address="192.0.2.7")).error
    assert addresses() == []
