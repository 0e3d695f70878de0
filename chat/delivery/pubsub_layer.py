"""The channel layer between processes: by PUBLISH of Redis, in groups that Redis has confirmed.

The other layer of channels_redis keeps messages in lists for readers who are away, with six commands to Redis
for each. Here the database is that list. In the library's layer with PUBLISH, `group_add` returns before
Redis has seen SUBSCRIBE: a process that then read the members of a room would miss those who join in between.
And each call waits for the one before it. Here what is asked for meanwhile goes to Redis together: while
thousands come in, each with a group of their own, the event loop takes long to get to each answer.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer, RedisSingleShardConnection
from redis.asyncio.client import PubSub

_PATIENCE: Final = 1.0  # seconds for an answer of Redis

_Item = TypeVar("_Item")


class Batcher(Generic[_Item]):
    """Handles items together that were submitted while the lock was held."""

    def __init__(self, lock: asyncio.Lock, handle: Callable[[list[_Item]], Awaitable[None]]) -> None:
        self._lock = lock
        self._handle = handle
        self._items: list[_Item] = []
        self._waiting: asyncio.Task[None] | None = None  # for the lock

    async def submit_and_wait(self, item: _Item) -> None:
        """Until the item is handled. Raises what `handle` raises, or TimeoutError."""
        self._items.append(item)
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._handle_batch())
            self._waiting.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Shielded, as a caller that is cancelled must not end the batch of the others.
        await asyncio.shield(self._waiting)

    async def _handle_batch(self) -> None:
        async with self._lock:
            self._waiting = None
            items, self._items = self._items, []
            async with asyncio.timeout(_PATIENCE):
                await self._handle(items)


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
        """Wake those who wait for the channel, which is left. The next time it needs a new confirmation."""
        if confirmed := self._confirmed.pop(channel.encode(), None):
            confirmed.set()

    def _find(self, channel: bytes) -> asyncio.Event:
        return self._confirmed.setdefault(channel, asyncio.Event())


class _Connection(RedisSingleShardConnection):
    _redis: Any
    _pubsub: Any

    def __init__(self, host: Any, channel_layer: RedisPubSubLoopLayer) -> None:
        super().__init__(host, channel_layer)
        self._publications = Batcher(self._lock, self._publish_all)
        # Both ways in one line: a channel that is left and joined again must end up joined.
        self._changes = Batcher(self._lock, self._change_subscriptions)

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = ConfirmedPubSub(self._redis.connection_pool)

    async def publish(self, channel: str, message: bytes) -> None:
        """Publish, in the order of the calls."""
        await self._publications.submit_and_wait((channel, message))

    async def subscribe(self, channel: str) -> None:
        """Subscribe, and wait for the confirmation. If there was one: see whether Redis answers."""
        await self._changes.submit_and_wait((channel, True))
        if channel in self._subscribed_to:  # else it was left meanwhile
            await self._pubsub.wait_confirmed(channel)

    async def unsubscribe(self, channel: str) -> None:
        """Unsubscribe, if there is a subscription."""
        await self._changes.submit_and_wait((channel, False))

    async def _publish_all(self, publications: list[tuple[str, bytes]]) -> None:
        self._ensure_redis()
        async with self._redis.pipeline(transaction=False) as pipeline:
            for publication in publications:
                pipeline.publish(*publication)
            await pipeline.execute()

    async def _change_subscriptions(self, changes: list[tuple[str, bool]]) -> None:
        self._ensure_redis()
        latest = dict(changes)
        joined = {channel for channel, on in latest.items() if on}
        if new := joined - self._subscribed_to:
            await self._pubsub.subscribe(*new)
            self._subscribed_to |= new
            self._ensure_receiver()  # without a subscription it would sleep first
        elif joined:
            await self._redis.ping()
        if left := (latest.keys() - joined) & self._subscribed_to:
            await self._pubsub.unsubscribe(*left)
            self._subscribed_to -= left
            for channel in left:
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
        """Raise NotImplementedError: this layer has no messages to a single channel."""
        raise NotImplementedError("this layer reaches groups only")

    def _get_layer(self) -> RedisPubSubLoopLayer:
        is_new = asyncio.get_running_loop() not in self._layers
        layer: RedisPubSubLoopLayer = super()._get_layer()
        if is_new:
            layer._shards = [_Connection(shard.host, layer) for shard in layer._shards]
        return layer
