"""A layer that is silent holds nobody up for long."""

import asyncio

import pytest
from channels.layers import BaseChannelLayer

from chat.realtime import bus


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


async def test_rejoin_asks_a_silent_layer_once_and_not_for_each_group(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bus, "_RETRY_SECONDS", 0.001)
    layer = SilentLayer()
    silent = bus.Bus(layer, lambda events, whom: None)
    for room in range(3):
        await silent.join(bus.room_group(room))
    layer.asked = 0
    await silent.rejoin()
    assert silent.failing
    assert layer.asked == 1


async def test_who_comes_while_the_layer_fails_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bus, "_RETRY_SECONDS", 0.001)
    layer = SilentLayer()
    silent = bus.Bus(layer, lambda events, whom: None)
    for room in range(3):
        await silent.join(bus.room_group(room))
    assert layer.asked == 1
    await silent.leave(bus.room_group(0))
    monkeypatch.setattr(layer, "group_add", layer.answer)
    await silent.rejoin()
    assert not silent.failing
    assert layer.joined == {bus.room_group(1), bus.room_group(2)}
