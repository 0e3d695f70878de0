"""Group commit, whatever it is that is committed."""

import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from chat.errors import UNAVAILABLE, ChatError
from chat.log.writer import GroupCommit
from tests.support.marks import whole_db

pytestmark = whole_db
PATIENCE = 10.0  # seconds


class Writer(GroupCommit[int, int]):
    """Numbers in, the same numbers out; while `away`, the database fails as soon as `fail` is set."""

    def __init__(self) -> None:
        super().__init__("test", self._commit_numbers, self._note)
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

    def _note(self, drafts: Sequence[int], results: Sequence[int] | ChatError) -> None:
        for n, draft in enumerate(drafts):
            self.answers[draft] = results if isinstance(results, ChatError) else results[n]
            self.answered.release()

    def wait_for(self, count: int) -> None:
        """Until there are so many more answers."""
        for _ in range(count):
            assert self.answered.acquire(timeout=PATIENCE)


@pytest.fixture
def writer():
    writer = Writer()
    yield writer
    writer.stop()


def test_whoever_waited_while_the_database_was_away_is_told_at_once(writer: Writer):
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
