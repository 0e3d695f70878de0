"""The channel layer between processes: by PUBLISH of Redis, in groups that Redis has confirmed.

The other layer of channels_redis keeps messages in lists for readers who are away, with six commands to Redis
for each. Here the database is that list. In the library's layer with PUBLISH, `group_add` returns before
Redis has seen SUBSCRIBE: a process that then read the members of a room would miss those who join in between.
"""

import asyncio
import uuid
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer, RedisSingleShardConnection
from redis.asyncio.client import PubSub


class ConfirmedPubSub(PubSub):
    """Knows which channels Redis has confirmed. Those that wait are woken."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._confirmed: dict[bytes, asyncio.Event] = {}

    async def handle_message(self, response: Any, ignore_subscribe_messages: bool = False) -> Any:
        """Note confirmations on their way; see `PubSub`."""
        if isinstance(response, list) and response[0] == b"subscribe":
            self._find(response[1]).set()
        return await super().handle_message(response, ignore_subscribe_messages)

    async def wait_confirmed(self, channel: str) -> None:
        """Until Redis has confirmed the channel."""
        await self._find(channel.encode()).wait()

    def forget_channel(self, channel: str) -> None:
        """The channel is left: the next time it is confirmed anew."""
        self._confirmed.pop(channel.encode(), None)

    def _find(self, channel: bytes) -> asyncio.Event:
        return self._confirmed.setdefault(channel, asyncio.Event())


class _Connection(RedisSingleShardConnection):
    _redis: Any
    _pubsub: Any

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = ConfirmedPubSub(self._redis.connection_pool)

    async def subscribe(self, channel: str) -> None:
        """Subscribe, and wait for the confirmation. If there was one: see whether Redis answers."""
        if channel in self._subscribed_to:
            await self._redis.ping()
        await super().subscribe(channel)
        await self._pubsub.wait_confirmed(channel)

    async def unsubscribe(self, channel: str) -> None:
        await super().unsubscribe(channel)
        self._pubsub.forget_channel(channel)


class PubSubLayer(RedisPubSubChannelLayer):
    """The layer, for `CHANNEL_LAYERS`. Its channels hear of groups only, and exist without Redis, too."""

    async def new_channel(self, prefix: str = "specific.") -> str:
        """The name of a new channel."""
        layer = self._get_layer()
        channel = f"{layer.prefix}{prefix}{uuid.uuid4().hex}"
        layer.channels[channel] = asyncio.Queue()
        return channel

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Always raises NotImplementedError: nobody listens to one channel."""
        raise NotImplementedError("this layer reaches groups only")

    def _get_layer(self) -> RedisPubSubLoopLayer:
        is_new = asyncio.get_running_loop() not in self._layers
        layer: RedisPubSubLoopLayer = super()._get_layer()
        if is_new:
            layer._shards = [_Connection(shard.host, layer) for shard in layer._shards]
        return layer
