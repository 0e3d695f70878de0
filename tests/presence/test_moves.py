"""Presence rules: names in a room, arrivals and departures."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from chat.errors import DUPLICATE_USERNAME
from chat.events import Sender
from chat.presence.moves import Arrival, Departure, decide_moves

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def enter(
    name: str, participant: int | None = None, member: UUID | None = None, silent: bool = False
) -> Arrival:
    return Arrival(member or uuid4(), 1, Sender(name, "", participant), "rooms", NOW, silent)


def leave(move: Arrival) -> Departure:
    return Departure(move.member, move.room, move.who, NOW)


def test_first_connection_is_an_arrival():
    assert [result.news for result in decide_moves([enter("ann")], {}, {})] == [True]


def test_name_in_use_is_refused_in_any_spelling():
    first, second = decide_moves([enter("ann"), enter("ANN")], {}, {})
    assert first.error is None
    assert second.error is not None
    assert second.error.kind is DUPLICATE_USERNAME


def test_second_connection_of_a_participant_is_no_arrival():
    one, two = enter("ann", 7), enter("ann", 7)
    assert [result.news for result in decide_moves([one, two, leave(one), leave(two)], {}, {})] == [
        True,
        False,
        False,
        True,
    ]


def test_holder_of_a_token_may_come_twice_and_others_with_the_name_may_not():
    one, two, other, nobody = (
        Arrival(uuid4(), 1, Sender("ann"), "rooms", NOW, token=t) for t in ("a", "a", "b", "")
    )
    results = decide_moves([one, two, other, nobody, leave(one), leave(two), other], {}, {})
    assert [result.error is None for result in results] == [True, True, False, False, True, True, True]
    assert [result.news for result in results] == [True, False, False, False, False, True, True]


def test_name_of_a_participant_is_refused_to_others():
    assert decide_moves([enter("ann")], {(1, "ann"): {uuid4(): 7}}, {})[0].error is not None
    assert decide_moves([enter("ann", 8)], {(1, "ann"): {uuid4(): 7}}, {})[0].error is not None


def test_owned_name_is_refused_to_others():
    owners = {"ann": 7}
    assert decide_moves([enter("ann")], {}, owners)[0].error is not None
    assert decide_moves([enter("\u0430nn", 8)], {}, owners)[0].error is not None  # with a Cyrillic a
    assert decide_moves([enter("ann", 7)], {}, owners)[0].error is None


def test_name_is_free_again_after_its_holder_has_left():
    first = enter("ann")
    assert [result.error for result in decide_moves([first, leave(first), enter("ann")], {}, {})] == [
        None,
        None,
        None,
    ]


def test_silent_entry_is_no_arrival_but_its_end_is_a_departure():
    move = enter("ann", silent=True)
    assert [result.news for result in decide_moves([move, leave(move)], {}, {})] == [False, True]


def test_leaving_without_being_in_the_room_is_no_departure():
    assert not decide_moves([leave(enter("ann"))], {}, {})[0].news


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([None, 1, 2]), st.booleans()), max_size=30))
def test_announced_arrivals_and_departures_alternate(steps):
    inside: dict[str, list[Arrival]] = {"a": [], "b": []}
    moves: list[Arrival | Departure] = []
    for name, participant, leaves in steps:
        if leaves and inside[name]:
            moves.append(leave(inside[name].pop()))
        else:
            move = enter(name, participant)
            moves.append(move)
            inside[name].append(move)
    told = {"a": False, "b": False}
    for each, result in zip(moves, decide_moves(moves, {}, {}), strict=True):
        if result.news:
            assert told[each.who.name] is isinstance(each, Departure)
            told[each.who.name] = isinstance(each, Arrival)
