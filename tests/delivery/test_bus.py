"""A channel layer that does not answer delays no client for long."""

import asyncio

import pytest
from channels.layers import BaseChannelLayer

from chat.delivery import bus


class SilentLayer(BaseChannelLayer):
    """Never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.joined: set[str] = set()

    async def group_add(self, group: str, channel: str) -> None:
        self.asked += 1
        await asyncio.Event().wait()

    async def answer(self, group: str, channel: str) -> None:
        """For when it is not silent any more."""
        self.joined.add(group)


class DeafLayer(BaseChannelLayer):
    """Swallows a cancellation, as the core Redis layer may."""

    deaf = True

    async def new_channel(self, prefix: str = "specific.") -> str:
        return prefix

    async def receive(self, channel: str) -> dict[str, object]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not self.deaf:
                raise
            self.deaf = False
        return {"from": channel}


async def test_stop_ends_a_layer_that_swallows_the_cancellation():
    deaf = bus.Bus(DeafLayer(), lambda events, whom: None)
    await deaf.start()
    await asyncio.sleep(0)  # it begins to listen
    async with asyncio.timeout(20):
        await deaf.stop()


async def test_rejoin_stops_at_a_layer_that_is_silent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bus, "_RETRY_SECONDS", 0.001)
    monkeypatch.setattr(bus, "_TOGETHER", 2)
    layer = SilentLayer()
    silent = bus.Bus(layer, lambda events, whom: None)
    for room in range(5):
        await silent.join_group(bus.room_group(room))
    layer.asked = 0
    await silent.rejoin_groups()
    assert silent.failing
    assert layer.asked == 2


async def test_join_does_not_wait_for_a_failing_layer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bus, "_RETRY_SECONDS", 0.001)
    layer = SilentLayer()
    silent = bus.Bus(layer, lambda events, whom: None)
    for room in range(3):
        await silent.join_group(bus.room_group(room))
    assert layer.asked == 1
    await silent.leave_group(bus.room_group(0))
    monkeypatch.setattr(layer, "group_add", layer.answer)
    await silent.rejoin_groups()
    assert not silent.failing
    assert layer.joined == {bus.room_group(1), bus.room_group(2)}
