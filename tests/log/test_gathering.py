"""In a storm, questions and moves are gathered between batches."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from chat.errors import ChatError
from chat.log import gathering
from chat.log.gathering import LONGEST_WAIT, SHARE, Gathering
from chat.log.threads import BatchLoader
from chat.log.writer import GroupCommit
from tests.support.marks import whole_db


class Clock:
    """Says the time that it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(gathering, "monotonic", clock)
    return clock


def work(pauses: Gathering, clock: Clock, count: int, seconds: float) -> None:
    with pauses.answering(count):
        clock.now += seconds


def test_next_batch_waits_in_proportion_to_the_last_one(clock: Clock):
    pauses = Gathering()
    assert pauses.read_wait() == 0
    work(pauses, clock, 2, 0.002)
    assert pauses.read_wait() == pytest.approx(SHARE * 0.002)
    clock.now += SHARE * 0.002
    assert pauses.read_wait() == pytest.approx(0)


def test_pause_after_a_long_batch_is_bounded(clock: Clock):
    pauses = Gathering()
    work(pauses, clock, 2, 60)
    assert pauses.read_wait() == pytest.approx(LONGEST_WAIT)


def test_single_client_does_not_wait_for_others(clock: Clock):
    pauses = Gathering()
    work(pauses, clock, 1, 1)
    assert pauses.read_wait() == 0


async def test_questions_after_a_batch_of_several_are_answered_together(clock: Clock):
    asked: list[list[int]] = []

    def answer(numbers: Sequence[int]) -> list[int]:
        asked.append(list(numbers))
        clock.now += 0.002
        return list(numbers)

    loader = BatchLoader[int, int](answer)
    await asyncio.gather(loader.load(1), loader.load(2))
    third = asyncio.create_task(loader.load(3))
    await asyncio.sleep(0)  # it has asked, and would be answered by now
    await asyncio.sleep(0)
    assert [*await asyncio.gather(third, loader.load(4))] == [3, 4]
    assert asked == [[1, 2], [3, 4]]


@whole_db
def test_writer_that_gathers_commits_all_that_came_meanwhile_when_it_stops(clock: Clock):
    batches: list[list[int]] = []
    begun, may = threading.Event(), threading.Event()

    def commit(drafts: Sequence[int]) -> list[int]:
        batches.append(list(drafts))
        begun.set()
        assert may.wait(10)
        clock.now += 0.002
        return list(drafts)

    def fail(error: ChatError) -> int:
        raise AssertionError(error)

    writer = GroupCommit[int, int]("test", commit, fail, lambda drafts, results: None, gathers=True)
    writer.submit(1)
    assert begun.wait(10)
    for number in (2, 3):
        writer.submit(number)
    may.set()
    writer.stop()
    assert batches == [[1], [2, 3]]
