"""Clients that talk with each other."""

import httpx
import pytest

from tests.sdk.conftest import NewTalker
from tests.sdk.kit import Talker
from tests.support.rest import Rest
from tests.support.server import ServerProcess, give_room
from tests.support.short_tokens import short_token


@pytest.fixture
def ann(new_talker: NewTalker, place: int) -> Talker:
    return new_talker("ann").join(place)


@pytest.fixture
def bob(new_talker: NewTalker, place: int, ann: Talker) -> Talker:
    return new_talker("bob").join(place)


def test_both_get_the_same_events_in_order(ann: Talker, bob: Talker, place: int) -> None:
    texts = [f"ann {n}" for n in range(20)]
    assert ann.send(place, *texts) == list(range(1, 21))
    bob.send(place, "bob")
    for talker in (ann, bob):
        events = talker.waits_for(place, 21)
        assert [event["seq"] for event in events] == list(range(1, 22))
        assert [event["text"] for event in events] == [*texts, "bob"]


def test_the_join_brings_the_latest_messages_once(ann: Talker, new_talker: NewTalker, place: int) -> None:
    ann.send(place, "one", "two", "three")
    eve = new_talker("eve").join(place, last=2)
    assert [message["text"] for message in eve.do("(me, id) => me.logs[id].snapshot", place)] == [
        "two",
        "three",
    ]
    ann.send(place, "four")
    assert [event["text"] for event in eve.waits_for(place, 1)] == ["four"]
    assert eve.texts(place) == ["two", "three", "four"]


def test_a_client_goes_on_from_a_seq_that_it_kept(ann: Talker, new_talker: NewTalker, place: int) -> None:
    ann.send(place, "one", "two", "three")
    eve = new_talker("eve").join(place, since=1)
    assert [event["text"] for event in eve.waits_for(place, 2)] == ["two", "three"]


def test_changes_of_a_message_show_in_both(ann: Talker, bob: Talker, place: int) -> None:
    number = bob.do("me => me.client.me.participant")
    ann.send(place, "helo", "oops")
    bob.waits_for(place, 2)
    ann.do("(me, id) => me.rooms[id].edit(1, 'hello')", place)
    ann.do("(me, id) => me.rooms[id].delete(2)", place)
    bob.do("(me, id) => me.rooms[id].react(1, '👍')", place)
    bob.do("(me, id) => me.rooms[id].react(1, '🎉')", place)
    bob.do("(me, id) => me.rooms[id].react(1, '🎉', false)", place)
    for talker in (ann, bob):
        kinds = [event["type"] for event in talker.waits_for(place, 7)]
        assert kinds == ["message", "message", "edited", "erased", "reacted", "reacted", "reacted"]
        first, second = talker.do("(me, id) => me.rooms[id].messages", place)
        reaction = {"emoji": "👍", "who": ["bob"], "participants": [number]}
        assert (first["text"], first["reactions"]) == ("hello", [reaction])
        assert first["edited"]
        assert (second["text"], second["erased"]) == ("", True)


def test_what_is_refused_rejects_with_the_servers_error(ann: Talker, bob: Talker, place: int) -> None:
    ann.send(place, "mine")
    bob.waits_for(place, 1)
    attempt = "(me, id) => me.rooms[id].edit(1, 'yours').catch(({ name, code }) => [name, code])"
    assert bob.do(attempt, place) == ["CommandError", 204]
    attempt = "(me, id) => me.rooms[id].send(' ').catch(({ code, field }) => [code, field])"
    assert bob.do(attempt, place) == [303, "text"]
    bob.send(place, "and the next one is sent")


def test_description_of_a_room_that_belongs_to_all_is_changed(ann: Talker, bob: Talker, place: int) -> None:
    assert ann.do("(me, id) => me.rooms[id].describe('all about tea')", place) == 1
    (event,) = bob.waits_for(place, 1)
    assert (event["type"], event["description"]) == ("room", "all about tea")
    attempt = "(me, id) => me.rooms[id].describe('x'.repeat(71)).catch(({ code, field }) => [code, field])"
    assert bob.do(attempt, place) == [303, "description"]


def test_owner_limits_posting_and_clients_know_it(
    server: ServerProcess, ann: Talker, bob: Talker, place: int
) -> None:
    give_room(server, place, ann.do("me => me.client.me.name"))
    assert bob.do("(me, id) => me.rooms[id].info.slow_seconds", place) == 0
    ann.do("(me, id) => me.rooms[id].limitPosting({ slowSeconds: 300 })", place)
    event = bob.waits_for(place, 2)[-1]
    assert (event["type"], event["slow_seconds"], event["accounts_only"]) == ("room", 300, False)
    info = bob.do("(me, id) => me.rooms[id].info", place)
    assert (info["slow_seconds"], info["accounts_only"], info["locked"]) == (300, False, False)
    assert bob.do("(me, id) => me.rooms[id].send('one')", place)
    attempt = """(me, id) => me.rooms[id].send('two').catch(
        ({ code, retry, retryAfter }) => [code, retry, retryAfter > 0 && retryAfter <= 300_000])"""
    assert bob.do(attempt, place) == [108, False, True]
    ann.do("(me, id) => me.rooms[id].limitPosting({ slowSeconds: 0, accountsOnly: true })", place)
    assert bob.do("(me, id) => me.rooms[id].send('x').catch(({ code }) => code)", place) == 109


def test_owner_names_a_moderator_whose_client_knows_it(
    server: ServerProcess, ann: Talker, bob: Talker, place: int
) -> None:
    names = ann.do("me => me.client.me.name"), bob.do("me => me.client.me.name")
    give_room(server, place, names[0])
    seq = ann.do("(me, [id, name]) => me.rooms[id].setModerator(name)", [place, names[1]])
    event = bob.waits_for(place, 2)[-1]
    assert (event["type"], event["seq"], event["who"]["name"], event["on"]) == (
        "moderator",
        seq,
        names[1],
        True,
    )
    info = "(me, id) => [me.rooms[id].info.moderator, me.rooms[id].info.owner]"
    assert bob.do(info, place) == [True, False]
    run_by = bob.do("(me, id) => me.rooms[id].moderators()", place)
    assert (run_by["owner"]["name"], [one["name"] for one in run_by["moderators"]]) == (names[0], [names[1]])
    ann.do("(me, [id, name]) => me.rooms[id].setModerator(name, false)", [place, names[1]])
    bob.waits_for(place, 3)
    assert bob.do(info, place) == [False, False]
    attempt = "(me, [id, name]) => me.rooms[id].setModerator(name).catch(({ code }) => code)"
    assert bob.do(attempt, [place, names[1]]) == 104


def test_an_answer_names_the_message_that_it_is_to(ann: Talker, bob: Talker, place: int) -> None:
    ann.send(place, "who?")
    bob.waits_for(place, 1)
    bob.do("(me, id) => me.rooms[id].send('me', { replyTo: 1 })", place)
    assert ann.waits_for(place, 2)[1]["reply_to"] == 1


def test_members_come_and_go(ann: Talker, bob: Talker, place: int) -> None:
    ann.wait("(me, id) => me.logs[id].members.join() === 'ann,bob'", place)
    assert bob.do("(me, id) => me.logs[id].members", place) == ["ann", "bob"]
    assert [who["name"] for who in bob.do("(me, id) => me.rooms[id].members()", place)] == ["ann", "bob"]
    bob.do("(me, id) => me.rooms[id].leave()", place)
    ann.wait("(me, id) => me.logs[id].members.join() === 'ann'", place)


def test_client_can_join_again_after_leaving(ann: Talker, bob: Talker, place: int) -> None:
    bob.do("(me, id) => me.rooms[id].leave()", place)
    ann.send(place, "meanwhile")
    bob.join(place)
    assert bob.texts(place) == ["meanwhile"]


def test_typing_is_shown_until_the_message(ann: Talker, bob: Talker, place: int) -> None:
    bob.do("(me, id) => { for (let key = 0; key < 9; key += 1) me.rooms[id].typing(); }", place)
    ann.wait("(me, id) => me.logs[id].typing.length === 1", place)
    bob.send(place, "said")
    ann.waits_for(place, 1)
    assert ann.do("(me, id) => me.logs[id].typing", place) == [["bob"], []]
    assert bob.do("(me, id) => me.logs[id].typing", place) == []


def test_pages_go_back_to_the_beginning(ann: Talker, new_talker: NewTalker, place: int) -> None:
    ann.send(place, *(str(n) for n in range(1, 11)))
    eve = new_talker("eve").join(place, last=3)
    page = eve.do("(me, id) => me.rooms[id].history({ before: 8, limit: 4 })", place)
    assert ([message["text"] for message in page["messages"]], page["more"]) == (["4", "5", "6", "7"], True)
    page = eve.do("(me, id) => me.rooms[id].history({ before: 4, limit: 4 })", place)
    assert ([message["text"] for message in page["messages"]], page["more"]) == (["1", "2", "3"], False)
    assert eve.texts(place) == [str(n) for n in range(1, 11)]
    ann.do("(me, id) => me.rooms[id].edit(5, 'five')", place)
    eve.wait("(me, id) => me.rooms[id].message(5).text === 'five'", place)


def test_search_finds_words_outside_the_loaded_messages(
    ann: Talker, new_talker: NewTalker, place: int
) -> None:
    ann.send(place, "a fox", "a wolf", "foxes", "else")
    eve = new_talker("eve").join(place, last=1)
    page = eve.do("(me, id) => me.rooms[id].search('fox', { limit: 1 })", place)
    assert ([message["text"] for message in page["messages"]], page["more"]) == (["foxes"], True)
    page = eve.do("(me, id) => me.rooms[id].search('fox', { before: 3 })", place)
    assert ([message["text"] for message in page["messages"]], page["more"]) == (["a fox"], False)
    assert eve.texts(place) == ["else"]


def test_a_read_mark_moves_in_the_other_tab_too(ann: Talker, new_talker: NewTalker, place: int) -> None:
    ann.send(place, "one", "two")
    tab = new_talker("ann", session=ann.do("me => me.client.session")).join(place)
    ann.do("(me, id) => me.rooms[id].read(2)", place)
    tab.wait("(me, id) => me.rooms[id].readMark === 2", place)
    assert tab.do("(me, id) => me.logs[id].marks", place) == [2]


def test_a_deleted_room_ends_that_room_alone(
    server: ServerProcess, ann: Talker, bob: Talker, place: int
) -> None:
    ann.join(1)
    bob.join(1)
    ann.do("(me, id) => { me.lost = me.rooms[id].history().then(() => me.rooms[id]) }", place)
    httpx.delete(f"{server.url}/chats/{place}", trust_env=False).raise_for_status()
    for talker in (ann, bob):
        talker.wait("(me, id) => me.logs[id].end === 101", place)
    assert ann.do("(me, id) => me.rooms[id].send('late').catch(({ code }) => code)", place) == 101
    ann.send(1, "the other room goes on")
    assert bob.waits_for(1, 1)[-1]["text"] == "the other room goes on"
    assert bob.do("me => me.states.map(([state]) => state)") == ["connecting", "connected"]


def test_a_room_that_refuses_us_ends_and_the_client_goes_on(server: ServerProcess, bob: Talker) -> None:
    fields = {"title": f"Secret {bob.page.url}"[:70], "visibility": "private", "password": "correct horse"}
    secret = httpx.post(f"{server.url}/chats", json=fields, trust_env=False).json()["id"]
    bob.do("(me, id) => me.join(id)", secret)
    bob.wait("(me, id) => me.logs[id].end === 403", secret)
    bob.join(1)


def test_a_name_that_is_taken_ends_the_client(bob: Talker, new_talker: NewTalker) -> None:
    impostor = new_talker("Bob")
    impostor.wait("me => me.states.at(-1)[0] === 'ended'")
    assert impostor.do("me => me.states.at(-1)") == ["ended", 202]
    assert impostor.do("me => me.client.direct('bob').catch(({ code }) => code)") == 202


def test_renewed_token_keeps_a_room_that_would_end(server: ServerProcess, new_talker: NewTalker) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        place = Rest(client).room("closed", "private")["id"]
        long, other = Rest(client).token(place, "ann"), Rest(client).token(place, "bob")
    ann = new_talker("ann").join(place, token=short_token(server, long, 3))
    ann.wait("(me, id) => me.logs[id].expiring > 0", place)
    ann.do("(me, [id, token]) => me.rooms[id].renew(token)", [place, long])
    bob = new_talker("bob").join(place, token=short_token(server, other, 2))
    bob.wait("(me, id) => me.logs[id].end === 403", place)
    assert ann.send(place, "still here") == [1]
