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

_Wish = TypeVar("_Wish")


class Together(Generic[_Wish]):
    """Does at once what is asked for while the lock is held. All who asked for it hear how it went."""

    def __init__(self, lock: asyncio.Lock, act: Callable[[list[_Wish]], Awaitable[None]]) -> None:
        self._lock = lock
        self._act = act
        self._wishes: list[_Wish] = []
        self._task: asyncio.Task[None] | None = None  # which has not begun

    async def do(self, wish: _Wish) -> None:
        """Raises what `act` raises, or TimeoutError."""
        self._wishes.append(wish)
        if self._task is None:
            self._task = asyncio.create_task(self._act_in_turn())
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._task)  # it does not end with one of those who wait

    async def _act_in_turn(self) -> None:
        async with self._lock:
            self._task = None
            wishes, self._wishes = self._wishes, []
            async with asyncio.timeout(_PATIENCE):
                await self._act(wishes)


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
        """The channel is left: nobody waits for it any more, and the next time it is confirmed anew."""
        if confirmed := self._confirmed.pop(channel.encode(), None):
            confirmed.set()

    def _find(self, channel: bytes) -> asyncio.Event:
        return self._confirmed.setdefault(channel, asyncio.Event())


class _Connection(RedisSingleShardConnection):
    _redis: Any
    _pubsub: Any

    def __init__(self, host: Any, channel_layer: RedisPubSubLoopLayer) -> None:
        super().__init__(host, channel_layer)
        self._publications = Together(self._lock, self._publish_all)
        self._subscriptions = Together(self._lock, self._subscribe_all)

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            self._pubsub = ConfirmedPubSub(self._redis.connection_pool)

    async def publish(self, channel: str, message: bytes) -> None:
        """Publish, in the order of the calls."""
        await self._publications.do((channel, message))

    async def subscribe(self, channel: str) -> None:
        """Subscribe, and wait for the confirmation. If there was one: see whether Redis answers."""
        await self._subscriptions.do(channel)
        await self._pubsub.wait_confirmed(channel)

    async def unsubscribe(self, channel: str) -> None:
        await super().unsubscribe(channel)
        self._pubsub.forget_channel(channel)

    async def _publish_all(self, publications: list[tuple[str, bytes]]) -> None:
        self._ensure_redis()
        async with self._redis.pipeline(transaction=False) as pipeline:
            for publication in publications:
                pipeline.publish(*publication)
            await pipeline.execute()

    async def _subscribe_all(self, channels: list[str]) -> None:
        self._ensure_redis()
        if new := set(channels) - self._subscribed_to:
            await self._pubsub.subscribe(*new)
            self._subscribed_to |= new
            self._ensure_receiver()  # without a subscription it would sleep first
        else:
            await self._redis.ping()


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
