"""Blocking database work off the event loop, in threads, and questions answered in batches."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final, Generic, ParamSpec, TypeAlias, TypeVar

from django.db import DatabaseError, InterfaceError, connection

from chat.errors import INTERNAL, ChatError
from chat.log.gathering import Gathering
from chat.log.writer import refuse_unavailable

P = ParamSpec("P")
T = TypeVar("T")
Question = TypeVar("Question")
Answer = TypeVar("Answer")
Answers: TypeAlias = Sequence[Answer | ChatError]

logger = logging.getLogger(__name__)

_THREADS: Final = 4
# Answered one by one, 1,000 clients that come back took 13 statements each and 18 s; together 0.6 and 4.6 s.
_MOST_TOGETHER: Final = 250
_pool: Final = ThreadPoolExecutor(_THREADS, thread_name_prefix="database")  # their connections stay open
# A password waits for its turn, and a thread of the pool would wait with it.
_apart: Final = ThreadPoolExecutor(64, thread_name_prefix="apart")  # started as they are needed
# One thread: on SQLite a search scans the room, and must not occupy the pool.
_slow: Final = ThreadPoolExecutor(1, thread_name_prefix="long-job")


async def run_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that reads or writes the database. Raises its ChatError, or 902 if that fails."""
    return await _call_in_pool(_pool, function, *args, **kwargs)


async def run_long_job(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like `run_in_thread`, for what takes long: one at a time, so that the other threads stay free."""
    return await _call_in_pool(_slow, function, *args, **kwargs)


async def run_in_own_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like `run_in_thread`, for what may wait for more than the database; the connection is then closed."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return await _call_in_pool(_apart, call)


async def _call_in_pool(pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    def call() -> T:
        try:
            return function(*args, **kwargs)
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            logger.error("the database failed: %s", error)
            raise refuse_unavailable() from None

    return await asyncio.get_running_loop().run_in_executor(pool, call)


class BatchLoader(Generic[Question, Answer]):
    """Answers those together who ask while others are being answered, as group commit writes together.

    When a thousand clients come back at once, each asks the same few things. Most of what an answer costs is
    the same for one as for many, so that those who ask in a storm are gathered for a while after the last
    answer (`chat.log.gathering`). `answer` is a blocking function: questions in, as many answers out, each of
    which may be a ChatError for that question alone.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Answers[Answer]]) -> None:
        self._answer = answer
        self._waiting: list[tuple[Question, asyncio.Future[Answer | ChatError]]] = []
        self._task: asyncio.Task[None] | None = None
        self._gathering = Gathering()

    async def load(self, question: Question) -> Answer:
        """The answer, which is read after the question was asked. Raises ChatError."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer | ChatError] = loop.create_future()
        self._waiting.append((question, future))
        if self._task is None:
            self._task = loop.create_task(self._answer_all())
        answer = await future
        if isinstance(answer, ChatError):
            raise answer.with_traceback(None)  # others may be told the same
        return answer

    async def _answer_all(self) -> None:
        while self._waiting:
            if wait := self._gathering.read_wait():
                await asyncio.sleep(wait)
            asked, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            with self._gathering.answering(len(asked)):
                answers = await self._load_batch([question for question, _ in asked])
            for (_, future), answer in zip(asked, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        self._task = None

    async def _load_batch(self, questions: Sequence[Question]) -> Answers[Answer]:
        try:
            return await run_in_thread(self._answer, questions)
        except ChatError as error:
            return [error] * len(questions)
        except Exception:
            if len(questions) > 1:  # one question is at fault: the others are answered without it
                return [answer for question in questions for answer in await self._load_batch([question])]
            logger.exception("a question could not be answered")
            return [ChatError(INTERNAL)]
