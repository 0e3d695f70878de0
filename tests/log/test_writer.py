"""Group commit, of any kind of entries."""

import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from chat.errors import UNAVAILABLE, ChatError
from chat.log.writer import MOST_AT_ONCE, MOST_OF_ONE, MOST_WAITING, GroupCommit
from tests.support.marks import whole_db

pytestmark = whole_db
PATIENCE = 10.0  # seconds


class Writer(GroupCommit[int, int | ChatError]):
    """Numbers in, the same numbers out; while `away`, the database fails as soon as `fail` is set."""

    def __init__(self) -> None:
        super().__init__("test", self._commit_numbers, lambda error: error, self._note)
        self.away = False
        self.begun, self.fail = threading.Event(), threading.Event()
        self.batches: list[list[int]] = []
        self.answers: dict[int, int | ChatError] = {}
        self.answered = threading.Semaphore(0)

    def _commit_numbers(self, drafts: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(drafts))
        if self.away:
            self.begun.set()
            assert self.fail.wait(PATIENCE)
            raise OperationalError("the database is away")
        return drafts

    def _note(self, drafts: Sequence[int], results: Sequence[int | ChatError]) -> None:
        for draft, result in zip(drafts, results, strict=True):
            self.answers[draft] = result
            self.answered.release()

    def wait_for(self, count: int) -> None:
        """Wait for this number of further answers."""
        for _ in range(count):
            assert self.answered.acquire(timeout=PATIENCE)


@pytest.fixture
def writer():
    writer = Writer()
    yield writer
    writer.stop()


def test_waiting_senders_are_refused_at_once_when_the_database_fails(writer: Writer):
    writer.away = True
    writer.submit(1)
    assert writer.begun.wait(PATIENCE)
    for number in (2, 3):
        writer.submit(number)
    writer.fail.set()
    writer.wait_for(3)
    assert writer.batches == [[1]]
    for answer in writer.answers.values():
        assert isinstance(answer, ChatError)
        assert (answer.kind, answer.retry_after) == (UNAVAILABLE, 1.0)
    writer.away = False
    writer.submit(4)
    writer.wait_for(1)
    assert writer.answers[4] == 4


class HeldWriter(Writer):
    """Whose first commit waits until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.held, self.go_on = threading.Event(), threading.Event()

    def _commit_numbers(self, drafts: Sequence[int]) -> Sequence[int]:
        self.held.set()
        assert self.go_on.wait(PATIENCE)
        return super()._commit_numbers(drafts)

    def hold(self) -> None:
        """Begin a commit, so that what is submitted next waits."""
        self.submit(0)
        assert self.held.wait(PATIENCE)


@pytest.fixture
def held_writer():
    writer = HeldWriter()
    yield writer
    writer.go_on.set()
    writer.stop()


def test_sender_with_thousands_waiting_leaves_room_for_the_others(held_writer: HeldWriter):
    held_writer.hold()
    for number in range(1, 5001):
        held_writer.submit(number, "flooder")
    for number in range(5001, 5004):
        held_writer.submit(number, "other")
    held_writer.submit(5004)  # of no sender that is known: one of its own
    held_writer.go_on.set()
    held_writer.wait_for(5005)
    _, following, *later = held_writer.batches
    assert following[:4] == [1, 5001, 5004, 2]
    assert [number for number in following if number > 5000] == [5001, 5004, 5002, 5003]
    assert len(following) == MOST_OF_ONE + 4
    assert all(len(batch) <= MOST_OF_ONE for batch in later)
    flooded = [number for batch in held_writer.batches for number in batch if 0 < number <= 5000]
    assert flooded == list(range(1, 5001))


def test_senders_take_turns_where_more_wait_than_a_batch_holds(held_writer: HeldWriter):
    senders = range(2 * MOST_AT_ONCE)
    held_writer.hold()
    for sender in senders:  # each has two waiting, and those of one come before those of the next
        for number in (1, 2):
            held_writer.submit(10 * sender + number, f"sender {sender}")
    held_writer.go_on.set()
    held_writer.wait_for(1 + 2 * len(senders))
    assert [len(batch) for batch in held_writer.batches] == [1] + [MOST_AT_ONCE] * 4
    firsts = {number for batch in held_writer.batches[1:3] for number in batch}
    assert firsts == {10 * sender + 1 for sender in senders}


def test_queue_is_bounded(held_writer: HeldWriter):
    held_writer.hold()
    for number in range(1, MOST_WAITING + 1):
        held_writer.submit(number, "flooder")
    with pytest.raises(ChatError) as error:
        held_writer.submit(MOST_WAITING + 1, "flooder")
    assert error.value.kind == UNAVAILABLE
    held_writer.go_on.set()
    held_writer.stop(60)  # what waits is committed first
    assert len(held_writer.answers) == MOST_WAITING + 1


def test_stop_commits_what_waits_and_a_later_draft_starts_anew(writer: Writer):
    for number in range(5):
        writer.submit(number)
    writer.stop()
    assert sorted(writer.answers) == [0, 1, 2, 3, 4]
    writer.submit(5)
    writer.wait_for(6)
    assert writer.answers[5] == 5


def test_drafts_of_many_threads_are_answered_once_while_the_writer_stops_and_starts(writer: Writer):
    def submit_all(first: int) -> None:
        for number in range(first, first + 100):
            writer.submit(number, first)

    threads = [threading.Thread(target=submit_all, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        writer.stop()
    writer.wait_for(400)
    assert sorted(n for batch in writer.batches for n in batch) == list(range(400))
