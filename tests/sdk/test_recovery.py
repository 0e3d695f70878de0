"""After any failure, nothing is lost or repeated, and all is in order."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import WebSocketRoute

from tests.sdk.conftest import NewTalker, OpenPage
from tests.sdk.kit import Talker
from tests.support.fixtures import StartServer
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess

MESSAGES = 60
CUTS = 15


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


def start_saying(talker: Talker, room: int, count: int) -> list[str]:
    """Start to send this number of messages, without waiting. Returns their texts."""
    texts = [f"{talker.name} {n}" for n in range(count)]
    start = "(me, [room, texts]) => { me.done = null; me.say(room, texts).then((seqs) => (me.done = seqs)); }"
    talker.do(start, [room, texts])
    return texts


def test_both_clients_have_the_same_log_after_many_cuts(
    proxy: FaultProxy, new_talker: NewTalker, place: int
) -> None:
    ann = new_talker("ann", site=proxy.url).join(place)
    bob = new_talker("bob", site=proxy.url).join(place)
    proxy.cut_often(CUTS)
    said = {talker.name: start_saying(talker, place, MESSAGES) for talker in (ann, bob)}
    for talker in (ann, bob):
        talker.wait("me => me.done")
        events = talker.waits_for(place, 2 * MESSAGES)
        assert [event["seq"] for event in events] == list(range(1, 2 * MESSAGES + 1))
        by_name: dict[str, list[str]] = {"ann": [], "bob": []}
        for event in events:
            by_name[event["sender"]["name"]].append(event["text"])
        assert by_name == said
        own = [event["seq"] for event in events if event["sender"]["name"] == talker.name]
        assert talker.do("me => me.done") == own
        assert talker.do("(me, id) => [me.logs[id].unsent, me.rooms[id].unsent]", place) == [0, []]
    assert ann.events(place) == bob.events(place)
    assert proxy.cuts == CUTS


def test_changes_are_not_lost_by_cuts_either(proxy: FaultProxy, new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann", site=proxy.url).join(place)
    bob = new_talker("bob", site=proxy.url).join(place)
    ann.send(place, "one", "two", "three")
    proxy.cut_often(CUTS)
    ann.do(
        """(me, id) => {
            const room = me.rooms[id];
            const work = [];
            for (let n = 0; n < 20; n += 1) {
                work.push(room.edit(1, `edit ${n}`), room.react(2, "👍", n % 2 === 0));
            }
            work.push(room.delete(3));
            Promise.all(work).then(() => (me.done = true));
        }""",
        place,
    )
    ann.wait("me => me.done")
    for talker in (ann, bob):
        talker.wait("(me, id) => me.rooms[id].message(3).erased", place)
        first, second, third = talker.do("(me, id) => me.rooms[id].messages", place)
        assert (first["text"], second.get("reactions"), third["text"]) == ("edit 19", None, "")
        seqs = [event["seq"] for event in talker.events(place)]
        assert seqs == list(range(1, len(seqs) + 1))


def test_a_guest_stays_the_same_one_with_every_connection(
    proxy: FaultProxy, new_talker: NewTalker, place: int
) -> None:
    ann = new_talker("ann", site=proxy.url).join(place)
    before = ann.do("me => me.client.me")
    proxy.cut()
    ann.wait("(me, id) => me.logs[id].joined === 2", place)
    assert ann.do("me => me.client.me") == before
    assert ann.do("me => me.states.map(([state]) => state)") == [
        "connecting",
        "connected",
        "waiting",
        "connecting",
        "connected",
    ]


def test_a_client_that_comes_back_takes_the_name_that_it_has_been_given(
    proxy: FaultProxy, new_talker: NewTalker
) -> None:
    ann = new_talker("ann", site=proxy.url)
    ann.wait("me => me.client.me")
    new_talker("anna", session=ann.do("me => me.client.session")).wait("me => me.client.me?.name === 'anna'")
    proxy.cut()
    ann.wait("me => me.states.length === 5 && me.client.me")
    assert ann.do("me => [me.states.at(-1)[0], me.client.me.name]") == ["connected", "anna"]


def test_a_later_client_with_the_session_is_the_same_guest(new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann").join(place)
    ann.send(place, "mine")
    me, session = ann.do("me => [me.client.me, me.client.session]")
    ann.do("me => me.client.stop()")
    again = new_talker("ann", session=session).join(place)
    assert again.do("me => me.client.me") == me
    again.do("(me, id) => me.rooms[id].edit(1, 'still mine')", place)
    assert again.waits_for(place, 1)[0]["text"] == "still mine"


def test_a_server_that_restarts_is_found_again(start_server: StartServer, new_talker: NewTalker) -> None:
    server = start_server()
    ann, bob = (new_talker(name, site=server.url).join(1) for name in ("ann", "bob"))
    ann.send(1, "before")
    server.kill()
    ann.wait("me => me.states.at(-1)[0] !== 'connected'")
    texts = start_saying(ann, 1, 3)
    assert ann.do("me => me.logs[1].unsent") == 3
    server.start()
    for talker in (ann, bob):
        assert [event["text"] for event in talker.waits_for(1, 4)] == ["before", *texts]
    ann.wait("me => me.done")
    server.terminate()
    server.start()
    bob.send(1, "after")
    assert [event["text"] for event in ann.waits_for(1, 5)] == ["before", *texts, "after"]


def test_going_online_ends_the_wait(proxy: FaultProxy, new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann", site=proxy.url, first=10**9, most=10**9).join(place)
    proxy.cut()
    ann.wait("me => me.states.at(-1)[0] === 'waiting'")
    ann.do("() => dispatchEvent(new Event('online'))")
    ann.wait("(me, id) => me.logs[id].joined === 2", place)


def test_a_message_too_large_is_refused_and_the_next_one_is_sent(new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann").join(place)
    attempt = "(me, id) => me.rooms[id].send('x'.repeat(100_000)).catch(({ code }) => code)"
    assert ann.do(attempt, place) == 1009
    assert ann.send(place, "small") == [1]


def test_first_hello_is_repeated_after_a_retry_refusal(
    open_page: OpenPage, server: ServerProcess, place: int
) -> None:
    """As a server does whose database is away."""
    page = open_page(server.url)
    hellos: list[object] = []

    def put_off(socket: WebSocketRoute, text: str | bytes) -> None:
        hello = json.loads(text)
        hellos.append(hello["type"])
        told = {"type": "error", "id": hello["id"], "code": 902, "error": "Service unavailable"}
        socket.send(json.dumps({**told, "field": "", "detail": "", "retry": True}))

    def connected(socket: WebSocketRoute) -> None:
        if hellos:
            socket.connect_to_server()
        else:
            socket.on_message(lambda text: put_off(socket, text))

    page.route_web_socket("**/ws", connected)
    Talker(page, "ann", {}).join(place)
    assert hellos == ["hello"]
