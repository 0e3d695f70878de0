"""Simultaneous questions are answered together."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from chat.errors import DUPLICATE_USERNAME, INTERNAL, UNAVAILABLE, ChatError
from chat.log.threads import BatchLoader


class Slow:
    """Answers with the double, once it may; writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.begun, self.may = threading.Event(), threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int | ChatError]:
        self.asked.append(list(numbers))
        self.begun.set()
        assert self.may.wait(10)
        return [ChatError(DUPLICATE_USERNAME) if number < 0 else 2 * number for number in numbers]


async def test_question_during_a_query_is_answered_by_the_next_query():
    slow = Slow()
    loader = BatchLoader(slow)
    first = asyncio.create_task(loader.load(1))
    assert await asyncio.to_thread(slow.begun.wait, 10)
    others = [asyncio.create_task(loader.load(number)) for number in (2, -3, 4)]
    await asyncio.sleep(0)
    slow.may.set()
    answers = await asyncio.gather(first, *others, return_exceptions=True)
    assert slow.asked == [[1], [2, -3, 4]]
    assert [answer for answer in answers if not isinstance(answer, BaseException)] == [2, 4, 8]
    assert isinstance(answers[2], ChatError)
    assert answers[2].kind is DUPLICATE_USERNAME


async def test_many_at_once_are_answered_in_parts():
    slow = Slow()
    slow.may.set()
    loader = BatchLoader(slow)
    assert await asyncio.gather(*(loader.load(n) for n in range(600))) == [2 * n for n in range(600)]
    assert [len(asked) for asked in slow.asked] == [250, 250, 100]


async def test_cancelled_question_leaves_others_their_answers():
    slow = Slow()
    loader = BatchLoader(slow)
    asking = [asyncio.create_task(loader.load(number)) for number in (1, 2)]
    assert await asyncio.to_thread(slow.begun.wait, 10)
    asking[0].cancel()
    slow.may.set()
    assert await asking[1] == 4
    assert await loader.load(5) == 10


@pytest.mark.parametrize(
    ("failure", "answers"),
    [
        (OperationalError("away"), [UNAVAILABLE] * 3),
        (ZeroDivisionError(), [0, INTERNAL, 2]),  # a mistake of ours concerns those who hit upon it
    ],
)
async def test_failure_is_told_and_the_next_ones_are_answered(failure: Exception, answers: list[object]):
    def answer(numbers: Sequence[int]) -> list[int]:
        if 1 in numbers:
            raise failure
        return list(numbers)

    loader = BatchLoader[int, int](answer)
    told = await asyncio.gather(*(loader.load(n) for n in range(3)), return_exceptions=True)
    assert [one.kind if isinstance(one, ChatError) else one for one in told] == answers
    assert await loader.load(7) == 7
