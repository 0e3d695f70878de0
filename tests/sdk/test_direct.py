"""Conversations of two."""

from collections.abc import Iterator

import pytest

from tests.sdk.conftest import NewTalker
from tests.sdk.kit import Talker
from tests.sdk.test_recovery import start_saying
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess

OPEN = "async (me, name) => (await me.client.direct(name)).id"


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def ann(new_talker: NewTalker) -> Talker:
    return new_talker("ann")


@pytest.fixture
def bob(new_talker: NewTalker, proxy: FaultProxy) -> Talker:
    bob = new_talker("bob", site=proxy.url)
    bob.wait("me => me.client.me")
    return bob


def tab_of(talker: Talker, new_talker: NewTalker) -> Talker:
    """Another page of the same person."""
    tab = new_talker(talker.name, session=talker.do("me => me.client.session"))
    tab.wait("me => me.client.me")
    return tab


def test_both_tabs_of_one_person_get_it_once_and_in_order(
    ann: Talker, bob: Talker, new_talker: NewTalker
) -> None:
    tab = tab_of(bob, new_talker)
    talk = ann.do(OPEN, "bob")
    texts = [f"psst {n}" for n in range(10)]
    ann.send(talk, *texts)
    for talker in (ann, bob, tab):
        assert [event["text"] for event in talker.waits_for(talk, 10)] == texts
    assert bob.do("(me, id) => me.rooms[id].other.name", talk) == "ann"
    tab.send(talk, "yes?")
    for talker in (ann, bob, tab):
        events = talker.waits_for(talk, 11)
        assert [event["seq"] for event in events] == list(range(1, 12))
        assert events[-1]["text"] == "yes?"


def test_a_tab_learns_with_whom_another_tab_talks(ann: Talker, bob: Talker, new_talker: NewTalker) -> None:
    tab = tab_of(ann, new_talker)
    talk = ann.do(OPEN, "bob")
    ann.send(talk, "psst")
    tab.waits_for(talk, 1)
    bob.waits_for(talk, 1)
    bob.send(talk, "yes?")
    tab.waits_for(talk, 2)
    assert tab.do("(me, id) => me.rooms[id].other.name", talk) == "bob"


def test_what_was_said_before_is_listed_and_paged(ann: Talker, bob: Talker, new_talker: NewTalker) -> None:
    talk = ann.do(OPEN, "bob")
    ann.send(talk, "one", "two")
    bob.waits_for(talk, 2)
    bob.do("(me, id) => me.rooms[id].read(1)", talk)
    tab = tab_of(bob, new_talker)
    assert tab.do("(me, id) => [me.rooms[id].other.name, me.rooms[id].readMark]", talk) == ["ann", 1]
    page = tab.do("(me, id) => me.rooms[id].history()", talk)
    assert [message["text"] for message in page["messages"]] == ["one", "two"]
    assert tab.events(talk) == []


def test_what_was_missed_comes_with_the_next_connection(ann: Talker, bob: Talker, proxy: FaultProxy) -> None:
    old = ann.do(OPEN, "bob")
    ann.send(old, "before")
    bob.waits_for(old, 1)
    bob.do("me => me.client.stop()")
    ann.send(old, "while away", "and more")
    bob.do("me => me.client.start()")
    ann.send(old, "after")
    events = bob.waits_for(old, 4)
    assert [event["text"] for event in events] == ["before", "while away", "and more", "after"]


def test_a_conversation_that_began_while_one_was_away_is_found(ann: Talker, bob: Talker) -> None:
    bob.do("me => me.client.stop()")
    talk = ann.do(OPEN, "bob")
    ann.send(talk, "psst", "hello?")
    bob.do("me => me.client.start()")
    assert [event["text"] for event in bob.waits_for(talk, 2)] == ["psst", "hello?"]
    assert bob.do("(me, id) => me.rooms[id].other.name", talk) == "ann"


def test_cuts_lose_nothing_of_a_conversation(ann: Talker, bob: Talker, proxy: FaultProxy) -> None:
    talk = ann.do(OPEN, "bob")
    assert bob.do(OPEN, "ann") == talk
    proxy.cut_often(25)
    texts = start_saying(ann, talk, 50)
    answers = start_saying(bob, talk, 20)
    for talker in (ann, bob):
        talker.wait("me => me.done")
        events = talker.waits_for(talk, 70)
        assert [event["seq"] for event in events] == list(range(1, 71))
        assert [event["text"] for event in events if event["sender"]["name"] == "ann"] == texts
        assert [event["text"] for event in events if event["sender"]["name"] == "bob"] == answers


def test_both_pin_in_a_conversation(ann: Talker, bob: Talker, new_talker: NewTalker) -> None:
    talk = ann.do(OPEN, "bob")
    ann.send(talk, "one", "two", "three")
    bob.waits_for(talk, 3)
    pins = "async (me, id) => (await me.rooms[id].pins()).map(({ text, pinned }) => [text, pinned])"
    for target in (1, 3, 2):
        bob.do("(me, [id, target]) => me.rooms[id].pin(target)", [talk, target])
    assert ann.do("(me, id) => me.rooms[id].pin(2)", talk) is None  # it is
    assert ann.do(pins, talk) == [["two", True], ["three", True], ["one", True]]
    events = ann.waits_for(talk, 6)
    assert [(event["type"], event["target"], event["on"]) for event in events[3:]] == [
        ("pinned", 1, True),
        ("pinned", 3, True),
        ("pinned", 2, True),
    ]
    ann.do("(me, id) => me.rooms[id].pin(1, false)", talk)
    ann.do("(me, id) => me.rooms[id].delete(2)", talk)
    bob.waits_for(talk, 8)
    shown = "(me, id) => me.rooms[id].messages.map(({ pinned }) => pinned ?? false)"
    for talker in (ann, bob):
        assert talker.do(shown, talk) == [False, False, True]
        assert talker.do(pins, talk) == [["three", True]]
    tab = tab_of(bob, new_talker)
    page = tab.do("(me, id) => me.rooms[id].history()", talk)
    assert [message.get("pinned") for message in page["messages"]] == [None, None, True]


def test_typing_shows_in_a_conversation(ann: Talker, bob: Talker) -> None:
    talk = ann.do(OPEN, "bob")
    ann.send(talk, "psst")
    bob.waits_for(talk, 1)
    in_it = "async (me, id) => { await me.rooms[id].members(); me.rooms[id].typing(); }"
    bob.do(in_it, talk)  # what is typed before one is in the room is not told
    ann.wait("(me, id) => me.logs[id].typing.at(-1)?.[0] === 'bob'", talk)
