"""Unsent messages survive a reload of the page: none is lost, and none is sent twice."""

from collections.abc import Iterator

import pytest

from tests.sdk.conftest import NewTalker
from tests.sdk.kit import Talker
from tests.sdk.test_recovery import start_saying
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess

JOIN = "(me, room) => { me.join(room); return me.rooms[room].unsent.map(({ text }) => text); }"
SENT = "(me, room) => me.rooms[room]?.unsent.length === 0"


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    """Between a client and the server; pages come past it."""
    with FaultProxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def ann(new_talker: NewTalker, proxy: FaultProxy, place: int) -> Talker:
    return new_talker("ann", url=f"ws://127.0.0.1:{proxy.port}/ws", kept=True).join(place)


@pytest.fixture
def bob(new_talker: NewTalker, place: int) -> Talker:
    """A member who sees all messages."""
    return new_talker("bob").join(place)


def heard(talker: Talker, room: int, count: int) -> list[str]:
    return [event["text"] for event in talker.waits_for(room, count)]


def come_again(talker: Talker, place: int) -> list[str]:
    """Load the page again; what is unsent before there can be an answer to the join."""
    talker.reload()
    found: list[str] = talker.do(JOIN, place)
    return found


def test_next_page_sends_unsent_messages(ann: Talker, bob: Talker, proxy: FaultProxy, place: int) -> None:
    proxy.refusing = True
    proxy.cut()
    texts = start_saying(ann, place, 5)
    assert come_again(ann, place) == texts
    assert come_again(ann, place) == texts
    texts += start_saying(ann, place, 1)
    proxy.refusing = False
    assert heard(bob, place, 6) == texts
    ann.wait(SENT, place)
    assert ann.texts(place) == texts
    assert come_again(ann, place) == []


def test_message_stored_without_an_answer_is_not_repeated(ann: Talker, bob: Talker, place: int) -> None:
    """The page is left between the commit and the answer: its place does not learn that it was sent."""
    ann.do("() => { Storage.prototype.removeItem = () => {}; }")
    ann.send(place, "once")
    ann.reload()
    look = """(me, id) => {
        me.join(id);
        const room = me.rooms[id];
        const look = () => [room.unsent, room.messages].map((some) => some.map(({ text }) => text));
        me.before = look();
        room.listen({ onJoined: () => queueMicrotask(() => (me.after = look())) });
    }"""
    ann.do(look, place)
    ann.wait("me => me.after")
    assert ann.do("me => [me.before, me.after]") == [[["once"], []], [[], ["once"]]]
    ann.send(place, "the next one")
    assert heard(bob, place, 2) == ["once", "the next one"]
    assert ann.texts(place) == ["once", "the next one"]


def test_reloads_and_cuts_in_the_middle_of_a_burst_lose_nothing(
    ann: Talker, bob: Talker, proxy: FaultProxy, place: int
) -> None:
    said: list[str] = []
    some_are_sent = "(me, id) => me.rooms[id].unsent.length < 18"
    say = "(me, [id, texts]) => { me.say(id, texts).catch(() => {}); }"
    proxy.delay = 0.01
    proxy.cut_often(20)
    for turn in range(5):
        texts = [f"{turn}.{number}" for number in range(20)]
        said += texts
        ann.do(say, [place, texts])
        ann.wait(some_are_sent, place)
        assert come_again(ann, place)  # it was in the middle
    assert heard(bob, place, len(said)) == said
    ann.wait(SENT, place)
    assert bob.do("(me, id) => me.rooms[id].cursor", place) == len(said)


def test_refused_message_is_reported_and_removed(ann: Talker, proxy: FaultProxy, place: int) -> None:
    proxy.refusing = True
    proxy.cut()
    ann.do("(me, id) => { me.rooms[id].send(' '); me.rooms[id].send('fine'); }", place)
    assert come_again(ann, place) == [" ", "fine"]
    proxy.refusing = False
    ann.wait(SENT, place)
    assert ann.do("(me, id) => me.logs[id].refused", place) == [[" ", 303]]
    assert come_again(ann, place) == []
    ann.wait("(me, id) => me.logs[id].joined === 1", place)
    assert ann.texts(place) == ["fine"]


def test_messages_of_conversations_are_kept(ann: Talker, bob: Talker, proxy: FaultProxy, place: int) -> None:
    talk = ann.do("async (me) => (await me.client.direct('bob')).id")
    ann.send(talk, "psst")
    proxy.refusing = True
    proxy.cut()
    ann.do("(me, id) => { me.rooms[id].send('are you there?'); }", talk)
    ann.reload()
    proxy.refusing = False
    assert heard(bob, talk, 2) == ["psst", "are you there?"]
    ann.wait(SENT, talk)


def test_two_tabs_keep_their_own_messages(ann: Talker, bob: Talker, proxy: FaultProxy, place: int) -> None:
    page = ann.page.context.new_page()
    page.goto(ann.page.url)
    session, url = ann.do("me => [me.client.session, `ws://${location.host}/ws`]")
    tab = Talker(page, "ann", {"session": session, "url": url, "kept": True}).join(place)
    tab.do("me => me.client.stop()")
    tab.do("(me, id) => { me.rooms[id].send('there'); }", place)
    proxy.refusing = True
    proxy.cut()
    ann.do("(me, id) => { me.rooms[id].send('here'); }", place)
    assert come_again(ann, place) == ["here"]
    proxy.refusing = False
    assert heard(bob, place, 1) == ["here"]
    assert come_again(tab, place) == ["there"]
    assert heard(bob, place, 2) == ["here", "there"]


def test_message_retried_under_its_nonce_is_stored_once(ann: Talker, bob: Talker, place: int) -> None:
    twice = """async (me, id) => {
        const nonce = me.sdk.newNonce();
        return [await me.rooms[id].send("once", { nonce }), await me.rooms[id].send("once", { nonce })];
    }"""
    assert ann.do(twice, place) == [1, 1]
    ann.send(place, "and on")
    assert heard(bob, place, 2) == ["once", "and on"]
