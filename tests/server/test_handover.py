"""Frames that bypass the application: one after the other, then the end."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import pytest

from chat.server.handover import Handover

END = {"type": "websocket.disconnect", "code": 1000}


class Guest:
    """Works on what begins with "slow" until it is told to go on; raises at "bad" and at "slow bad"."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.go_on = asyncio.Event()
        self.resumed = 0
        self.tasks: list[asyncio.Task[None]] = []
        self.handover = Handover(self, self._resume, self._spawn)

    def receive(self, frame: str | bytes) -> Awaitable[None] | None:
        if frame == "bad":
            raise ZeroDivisionError
        if str(frame).startswith("slow"):
            return self._work(str(frame))
        self.done.append(str(frame))
        return None

    async def _work(self, frame: str) -> None:
        await self.go_on.wait()
        if frame == "slow bad":
            raise ZeroDivisionError
        self.done.append(frame)

    def on_failed(self) -> None:
        self.done.append("failed")

    def on_ended(self) -> None:
        self.done.append("ended")

    def _resume(self) -> None:
        self.resumed += 1

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        self.tasks.append(asyncio.get_running_loop().create_task(work))
        return self.tasks[-1]

    async def finish(self) -> list[str]:
        self.go_on.set()
        while self.tasks:
            await asyncio.gather(self.tasks.pop(0), return_exceptions=True)
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return self.done


async def test_frames_are_taken_at_once_while_nothing_is_worked_on():
    guest = Guest()
    guest.handover.take_frame("a")
    guest.handover.put_nowait({"type": "websocket.receive", "text": "b"})
    guest.handover.put_nowait({"type": "websocket.receive", "bytes": b"c"})
    assert guest.done == ["a", "b", "b'c'"]
    assert guest.tasks == []


async def test_frames_wait_for_the_one_before_them():
    guest = Guest()
    for frame in ("slow 1", "a", "slow 2", "b"):
        guest.handover.take_frame(frame)
    assert (guest.done, guest.handover.qsize()) == ([], 3)
    assert await guest.finish() == ["slow 1", "a", "slow 2", "b"]
    assert (guest.handover.qsize(), guest.resumed) == (0, 1)
    guest.handover.take_frame("c")
    assert guest.done[-1] == "c"


async def test_frame_that_comes_when_the_work_has_just_ended_is_done():
    guest = Guest()
    guest.handover.take_frame("slow")
    guest.tasks[0].add_done_callback(lambda _: guest.handover.take_frame("late"))
    guest.go_on.set()
    await asyncio.wait(guest.tasks)
    guest.handover.take_frame("later")
    assert await guest.finish() == ["slow", "late", "later"]


async def test_end_comes_once_after_all_frames():
    guest = Guest()
    guest.handover.take_frame("slow")
    guest.handover.take_frame("a")
    guest.handover.put_nowait(END)
    guest.handover.put_nowait(END)
    await asyncio.sleep(0)
    assert guest.done == []
    assert await guest.finish() == ["slow", "a", "ended"]


async def test_end_does_not_interrupt_the_closing_call():
    guest = Guest()
    guest.handover.put_nowait(END)
    assert guest.done == []
    assert await guest.finish() == ["ended"]


@pytest.mark.parametrize("wrong", ["bad", "slow bad"])
async def test_frames_after_a_failure_are_dropped(wrong: str):
    guest = Guest()
    for frame in (wrong, "a", "slow"):
        guest.handover.take_frame(frame)
    guest.handover.put_nowait(END)
    assert await guest.finish() == ["failed", "ended"]


async def test_end_comes_when_work_is_cancelled():
    guest = Guest()
    guest.handover.take_frame("slow")
    guest.handover.put_nowait(END)
    await asyncio.sleep(0)
    guest.tasks[0].cancel()
    assert await guest.finish() == ["ended"]
