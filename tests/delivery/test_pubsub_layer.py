"""The layer over a real Redis: a group that was joined hears everything from then on."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from chat.delivery import pubsub_layer
from chat.delivery.pubsub_layer import PubSubLayer
from tests.support.proxy import FaultProxy
from tests.support.redis import RedisServer

MANY = 500
TURNS = 100  # of the event loop, in which all happens that waits for nothing outside


@pytest.fixture
async def near(redis_server: RedisServer) -> AsyncIterator[PubSubLayer]:
    layer = PubSubLayer(hosts=[redis_server.url])
    yield layer
    await layer.flush()


@pytest.fixture
def far_off(redis_server: RedisServer) -> Iterator[FaultProxy]:
    """The way to Redis of another process, which can be held."""
    with FaultProxy(int(redis_server.url.rpartition(":")[2].partition("/")[0])) as proxy:
        yield proxy


@pytest.fixture
async def layer(far_off: FaultProxy) -> AsyncIterator[PubSubLayer]:
    """That of the other process."""
    layer = PubSubLayer(hosts=[far_off.url.replace("http", "redis")])
    yield layer
    far_off.refusing = False
    far_off.release()
    await layer.flush()


async def let_wait() -> None:
    """Until all that can go on has come to where it waits for Redis."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def join_with_held_link(layer: RedisPubSubChannelLayer, proxy: FaultProxy) -> "asyncio.Task[None]":
    """Join a second group while what is sent to Redis does not get there."""
    channel = await layer.new_channel()
    await layer.group_add("first", channel)
    proxy.hold()
    joining = asyncio.create_task(layer.group_add("second", channel))
    await let_wait()
    return joining


async def test_group_is_joined_when_redis_has_confirmed_it(
    layer: PubSubLayer, near: PubSubLayer, far_off: FaultProxy
):
    joining = await join_with_held_link(layer, far_off)
    assert not joining.done()
    far_off.release()
    await joining
    (channel,) = layer.channels
    await near.group_send("second", {"type": "at once"})
    assert await layer.receive(channel) == {"type": "at once"}


async def test_layer_of_the_library_does_not_wait(far_off: FaultProxy):
    """If this fails, ours is not needed any more."""
    layer = RedisPubSubChannelLayer(hosts=[far_off.url.replace("http", "redis")])
    try:
        assert (await join_with_held_link(layer, far_off)).done()
        far_off.release()
    finally:
        await layer.flush()


async def test_group_is_confirmed_anew_after_it_was_left(near: PubSubLayer, redis_server: RedisServer):
    layer = PubSubLayer(hosts=[redis_server.url])
    try:
        channel = await layer.new_channel()
        for round_ in range(3):
            await layer.group_add("room", channel)
            await near.group_send("room", {"type": "round", "round": round_})
            assert await layer.receive(channel) == {"type": "round", "round": round_}
            await layer.group_discard("room", channel)
            await near.group_send("room", {"type": "not heard"})
    finally:
        await layer.flush()


async def test_joining_again_tells_that_redis_is_away(layer: PubSubLayer, far_off: FaultProxy):
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    far_off.refusing = True
    far_off.cut()
    with pytest.raises(RedisConnectionError):
        await layer.group_add("room", channel)
    far_off.refusing = False
    await layer.group_add("room", channel)


async def test_channel_is_there_while_redis_is_away_and_joins_groups_later(
    layer: PubSubLayer, far_off: FaultProxy
):
    far_off.refusing = True
    channel = await layer.new_channel()
    with pytest.raises(RedisConnectionError):
        await layer.group_add("room", channel)
    far_off.refusing = False
    await layer.group_add("room", channel)
    await layer.group_send("room", {"type": "heard"})
    assert await layer.receive(channel) == {"type": "heard"}
    with pytest.raises(NotImplementedError):
        await layer.send(channel, {"type": "not heard"})


def count_calls(redis_server: RedisServer, command: str) -> tuple[int, int]:
    """How often Redis was sent the command, and how many clients it has."""
    with Redis.from_url(redis_server.url) as redis:
        calls = redis.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0)
        return calls, redis.info("clients")["connected_clients"]


async def test_what_is_asked_for_at_the_same_time_goes_to_redis_together(
    near: PubSubLayer, redis_server: RedisServer
):
    channel = await near.new_channel()
    groups = [f"person-{number}" for number in range(MANY)]
    subscribed, _ = count_calls(redis_server, "subscribe")
    pinged, clients = count_calls(redis_server, "ping")
    for _ in range(2):
        await asyncio.gather(*(near.group_add(group, channel) for group in groups))
    await asyncio.gather(*(near.group_send(group, {"to": group}) for group in groups))
    assert [(await near.receive(channel))["to"] for _ in groups] == groups
    assert count_calls(redis_server, "subscribe")[0] - subscribed <= 2
    pings, more_clients = count_calls(redis_server, "ping")
    assert (pings - pinged <= 2, more_clients - clients <= 2) == (True, True)


async def test_all_who_asked_together_hear_that_redis_is_away(
    layer: PubSubLayer, near: PubSubLayer, far_off: FaultProxy
):
    channel = await layer.new_channel()
    await layer.group_add("first", channel)
    far_off.refusing = True
    far_off.cut()
    calls = [layer.group_send("first", {"number": number}) for number in range(3)]
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(failure) for failure in failures] == [RedisConnectionError] * 3


async def test_silent_redis_holds_up_nobody_for_long(
    layer: PubSubLayer, far_off: FaultProxy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pubsub_layer, "_PATIENCE", 0.05)
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    far_off.hold()
    with pytest.raises(TimeoutError):
        await layer.group_send("room", {"type": "not heard in time"})
    far_off.release()
    await layer.group_send("room", {"type": "heard"})
    heard = await layer.receive(channel)
    while heard != {"type": "heard"}:  # the other one may come, too
        heard = await layer.receive(channel)


async def test_group_that_is_left_meanwhile_is_not_waited_for(layer: PubSubLayer, far_off: FaultProxy):
    joining = await join_with_held_link(layer, far_off)
    (channel,) = layer.channels
    await layer.group_discard("second", channel)
    await joining


async def test_group_that_is_left_and_joined_at_once_is_joined(
    layer: PubSubLayer, near: PubSubLayer, far_off: FaultProxy
):
    """Also if the call to join it waits in line before the one to leave it."""
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    far_off.hold()
    calls = [layer.group_send("elsewhere", {}), layer.group_add("other", channel)]
    calls += [layer.group_discard("room", channel), layer.group_add("room", channel)]
    under_way = []
    for call in calls:
        under_way.append(asyncio.create_task(call))
        await let_wait()
    far_off.release()
    await asyncio.gather(*under_way)
    await near.group_send("room", {"type": "heard"})
    assert await layer.receive(channel) == {"type": "heard"}


async def test_group_that_is_joined_and_left_at_once_is_left(layer: PubSubLayer, far_off: FaultProxy):
    channel = await layer.new_channel()
    await layer.group_add("first", channel)
    far_off.hold()
    under_way = [asyncio.create_task(layer.group_send("elsewhere", {}))]
    await let_wait()
    under_way.append(asyncio.create_task(layer.group_add("room", channel)))
    await let_wait()
    under_way.append(asyncio.create_task(layer.group_discard("room", channel)))
    await let_wait()
    far_off.release()
    await asyncio.gather(*under_way)
    await layer.group_send("room", {"type": "not heard"})
    await layer.group_send("first", {"type": "heard"})
    assert await layer.receive(channel) == {"type": "heard"}
