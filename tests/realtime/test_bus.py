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

    async def group_add(self, group: str, channel: str) -> None:
        self.asked += 1
        await asyncio.Event().wait()


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
