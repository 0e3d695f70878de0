"""Which commands are sent again, and in which order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from wschat_client.errors import RoomEnded, WschatError
from wschat_client.events import Frame
from wschat_client.outbox import Entry, Outbox, new_nonce

LANES = st.integers(1, 3)


class Outcomes:
    """The outcomes of the messages of a test."""

    def __init__(self) -> None:
        self.of: dict[str, Frame | WschatError] = {}

    def entry(self, lane: int, nonce: str) -> Entry:
        def outcome(result: Frame | WschatError) -> None:
            assert nonce not in self.of, "settled twice"
            self.of[nonce] = result

        return Entry(lane, {"type": "send", "nonce": nonce}, outcome)


def nonces(entries: list[Entry]) -> list[str | None]:
    return [entry.nonce for entry in entries]


def filled(count: int = 3) -> tuple[Outbox, Outcomes, list[Entry]]:
    outbox, outcomes = Outbox(), Outcomes()
    entries = [outcomes.entry(1, str(number)) for number in range(count)]
    for entry in entries:
        outbox.add(entry)
    return outbox, outcomes, entries


def test_nothing_goes_before_the_room_is_joined():
    outbox, _, _ = filled()
    assert outbox.ready(1) == []
    outbox.open(1)
    assert nonces(outbox.ready(1)) == ["0", "1", "2"]


def test_what_was_not_answered_goes_again_in_the_first_order():
    outbox, _, entries = filled()
    outbox.open(1)
    for entry in entries:
        outbox.sent(entry, 10)
    outbox.settle(entries[1], {"seq": 2})
    outbox.lost()
    outbox.open(1)
    assert nonces(outbox.ready(1)) == ["0", "2"]


def test_event_confirms_a_command_like_its_answer():
    outbox, outcomes, entries = filled()
    outbox.seen("1", 1, 7)
    outbox.settle(entries[1], {"seq": 9})
    assert outcomes.of == {"1": {"seq": 7}}


def test_event_of_another_room_says_nothing():
    outbox, outcomes, _ = filled()
    outbox.seen("1", 2, 7)
    assert outcomes.of == {}


def test_message_that_waits_holds_back_the_later_ones():
    outbox, outcomes, entries = filled(1)
    outbox.open(1)
    outbox.sent(entries[0], 10)
    outbox.postpone(entries[0])
    outbox.add(outcomes.entry(1, "later"))
    assert outbox.ready(1) == []
    outbox.resume(1)
    assert nonces(outbox.ready(1)) == ["0", "later"]


def test_ended_room_fails_only_its_own_messages():
    outbox, outcomes, _ = filled(1)
    outbox.add(outcomes.entry(2, "other"))
    error = RoomEnded(1, 101, "gone")
    outbox.end(1, error)
    assert outcomes.of == {"0": error}
    assert len(outbox) == 1


def test_largest_frame_in_flight_is_the_one_that_was_too_large():
    outbox, _, entries = filled()
    outbox.sent(entries[0], 10)
    outbox.sent(entries[1], 99)
    assert outbox.largest_in_flight() is entries[1]


def test_nonces_are_never_the_same():
    made = {new_nonce() for _ in range(100)}
    assert len(made) == 100
    assert all(1 <= len(nonce) <= 64 for nonce in made)


class Server(RuleBasedStateMachine):
    """A server that loses connections and answers, and stores each nonce once, in the order of arrival."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox, self.outcomes = Outbox(), Outcomes()
        self.given: list[tuple[int, str]] = []
        self.stored: dict[int, list[str]] = {}
        self.wire: list[Entry] = []

    @rule(lane=LANES)
    def say(self, lane: int) -> None:
        nonce = str(len(self.given))
        self.given.append((lane, nonce))
        self.outbox.add(self.outcomes.entry(lane, nonce))
        self.flush(lane)

    @rule(lane=LANES)
    def join(self, lane: int) -> None:
        self.outbox.open(lane)
        self.flush(lane)

    def flush(self, lane: int) -> None:
        for entry in self.outbox.ready(lane):
            self.outbox.sent(entry, 1)
            self.wire.append(entry)

    @rule(answered=st.booleans(), shown=st.booleans())
    def store(self, answered: bool, shown: bool) -> None:
        if not self.wire:
            return
        entry = self.wire.pop(0)
        log = self.stored.setdefault(entry.lane, [])
        assert entry.nonce is not None
        if entry.nonce not in log:
            log.append(entry.nonce)
        if shown:
            self.outbox.seen(entry.nonce, entry.lane, log.index(entry.nonce) + 1)
        if answered:
            self.outbox.settle(entry, {"seq": log.index(entry.nonce) + 1})

    @rule()
    def refuse_for_now(self) -> None:
        if self.wire:
            entry = self.wire[0]
            self.wire = [other for other in self.wire if other.lane != entry.lane]
            self.outbox.postpone(entry)
            self.outbox.resume(entry.lane)
            self.outbox.lost()

    @rule(arrives=st.integers(0, 5))
    def lose_connection(self, arrives: int) -> None:
        for _ in range(min(arrives, len(self.wire))):
            self.store(answered=False, shown=False)
        self.wire.clear()
        self.outbox.lost()

    @invariant()
    def each_is_stored_once_and_in_order(self) -> None:
        for lane, log in self.stored.items():
            said = [nonce for at, nonce in self.given if at == lane]
            assert log == said[: len(log)]

    @invariant()
    def what_is_settled_is_stored(self) -> None:
        everything = {nonce for log in self.stored.values() for nonce in log}
        assert set(self.outcomes.of) <= everything

    def teardown(self) -> None:
        """A connection that lasts brings all of it."""
        self.wire.clear()
        self.outbox.lost()
        for lane in (1, 2, 3):
            self.join(lane)
        while self.wire:
            self.store(answered=True, shown=False)
        assert set(self.outcomes.of) == {nonce for _, nonce in self.given}


TestServer = Server.TestCase
TestServer.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
