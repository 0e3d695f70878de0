"""The SDK in a network that lets no WebSocket through.

Each test has names of its own: a page that is closed keeps its polled connection for half a minute.
"""

from collections.abc import Iterator

import pytest

from tests.sdk.conftest import NewTalker
from tests.sdk.kit import Talker
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess

IS_CONNECTED = "(me) => me.states.at(-1)[0] === 'connected'"
TEXTS = "(me, room) => me.logs[room].events.filter(({ type }) => type === 'message').map(({ text }) => text)"


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


def has_texts(talker: Talker, room: int, *texts: str) -> None:
    talker.wait(f"(me, [room, texts]) => String(({TEXTS})(me, room)) === String(texts)", [room, list(texts)])


def test_client_without_websockets_talks_by_polling(
    server: ServerProcess, proxy: FaultProxy, new_talker: NewTalker, place: int
) -> None:
    proxy.without_websockets = True
    ann, bob = new_talker("ann", site=proxy.url).join(place), new_talker("bob").join(place)
    ann.wait(IS_CONNECTED)
    said = [f"ann {number}" for number in range(30)]
    ann.do("(me, [room, texts]) => me.say(room, texts)", [place, said])
    has_texts(bob, place, *said)
    bob.do("(me, room) => me.say(room, ['from bob'])", place)
    has_texts(ann, place, *said, "from bob")


def test_lost_polls_lose_and_double_nothing(proxy: FaultProxy, new_talker: NewTalker, place: int) -> None:
    proxy.without_websockets = True
    ann, bob = new_talker("cat", site=proxy.url).join(place), new_talker("dan").join(place)
    ann.wait(IS_CONNECTED)
    proxy.cut_often(10)
    said = [f"ann {number}" for number in range(30)]
    for text in said:
        ann.do("(me, [room, text]) => me.say(room, [text])", [place, text])
    has_texts(bob, place, *said)
    has_texts(ann, place, *said)
    assert proxy.cuts > 0


def test_websocket_is_used_again_when_it_gets_through(
    proxy: FaultProxy, new_talker: NewTalker, place: int
) -> None:
    proxy.without_websockets = True
    ann = new_talker("eve", site=proxy.url).join(place)
    ann.wait(IS_CONNECTED)
    proxy.without_websockets = False
    with ann.page.expect_websocket() as websocket:
        proxy.refusing = True
        proxy.cut()
        ann.wait("(me) => me.states.at(-1)[0] !== 'connected'")
        proxy.refusing = False
    assert websocket.value.url.endswith("/ws")
    ann.wait(IS_CONNECTED)
    ann.do("(me, room) => me.say(room, ['back'])", place)
    has_texts(ann, place, "back")


def test_client_that_stops_leaves_at_once(proxy: FaultProxy, new_talker: NewTalker, place: int) -> None:
    proxy.without_websockets = True
    ann, bob = new_talker("gus", site=proxy.url).join(place), new_talker("hal").join(place)
    bob.wait("(me, room) => me.logs[room].members.includes('gus')", place)
    ann.do("(me) => me.client.stop()")
    bob.wait("(me, room) => !me.logs[room].members.includes('gus')", place)
