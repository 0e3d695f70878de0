"""Which slow readers are closed. The test moves the clock."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chat.delivery.catchup import CatchUp
from chat.delivery.hub import Hub, LiveRoom
from chat.errors import CLOSE_SLOW_READER
from chat.events import Logged
from tests.delivery.fakes import RecordingOutbox, message, subscription


class Timer:
    """Timers."""

    def __init__(self, act: Callable[..., None], *arguments: Any) -> None:
        self.cancelled = False
        self._act, self._arguments = act, arguments

    def cancel(self) -> None:
        self.cancelled = True

    def fire(self) -> None:
        """The time has come."""
        if not self.cancelled:
            self._act(*self._arguments)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Timer]:
    """All that were set, in order."""
    found: list[Timer] = []

    class Loop:
        def call_later(self, seconds: float, act: Callable[..., None], *arguments: Any) -> Timer:
            found.append(Timer(act, *arguments))
            return found[-1]

    monkeypatch.setattr(asyncio, "get_running_loop", Loop)
    return found


@pytest.fixture
def hub(timers: list[Timer], monkeypatch: pytest.MonkeyPatch) -> Hub:
    """With a catch-up that feeds no subscription."""

    async def read(room: int, seq: int) -> list[Logged]:
        raise AssertionError("no subscription is fed here")

    hub = Hub()
    catch_up = CatchUp(hub, read, stuck_seconds=60)
    monkeypatch.setattr(catch_up, "feed_subscription", hub.resume_live)
    hub.open_room(LiveRoom(1, 0))
    return hub


@pytest.fixture
def reader(hub: Hub) -> RecordingOutbox:
    """A subscription whose buffer one message fills."""
    outbox = RecordingOutbox(room_for=1)
    hub.add_subscription(subscription(outbox))
    return outbox


def test_reader_who_takes_no_byte_is_closed(hub: Hub, reader: RecordingOutbox, timers: list[Timer]):
    hub.deliver(1, [message(1)])
    assert reader.reasons == []
    timers[0].fire()
    assert reader.reasons == [CLOSE_SLOW_READER]


def test_reader_that_lags_again_gets_the_full_time_again(
    hub: Hub, reader: RecordingOutbox, timers: list[Timer]
):
    hub.deliver(1, [message(1)])
    reader.drain(room_for=1)
    hub.deliver(1, [message(2)])
    timers[0].fire()
    assert reader.reasons == []
    timers[1].fire()
    assert reader.reasons == [CLOSE_SLOW_READER]
