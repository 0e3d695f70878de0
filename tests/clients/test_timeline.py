"""State and events: the rule of docs/ordering.md, against a log that is kept in the plainest way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from wschat_client.events import Edited, Erased, Logged, Message, Person, Pinned, Reacted, Reaction, Restored
from wschat_client.timeline import PendingPage, Timeline

START = datetime(2026, 11, 21, tzinfo=UTC)
NAMES, EMOJI = ["ann", "bob", "cy"], ["👍", "🎉"]


class Log:
    """A room's log, and what its messages are after each event."""

    def __init__(self) -> None:
        self.events: list[Logged] = []
        self.states: list[dict[int, Message]] = [{}]

    def add(self, event: Logged, messages: dict[int, Message]) -> None:
        self.events.append(event)
        self.states.append(messages)

    def page(self, seq: int, after: int = 0, before: int = 1 << 60) -> list[Message]:
        return [message for at, message in sorted(self.states[seq].items()) if after < at < before]

    def after(self, seq: int, known: int) -> list[Logged]:
        """What a join with `since` brings when the room is at `known`: messages with their present text."""
        return [self._present(event, known) for event in self.events[seq:known]]

    def _present(self, event: Logged, known: int) -> Logged:
        if isinstance(event, Message):
            return replace(self.states[known][event.seq], reactions=(), pinned=False, replies=0)
        if isinstance(event, Edited | Restored) and self.states[known][event.target].erased:
            return replace(event, text="")
        return event


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """A log in which only what the server accepts has happened."""
    log = Log()
    for seq in range(1, draw(st.integers(1, 25)) + 1):
        at = START + timedelta(seconds=seq)
        messages = dict(log.states[-1])
        standing = [message for message in messages.values() if not message.erased]
        erased = [message for message in messages.values() if message.erased]
        kind = draw(st.sampled_from(["say", "edit", "erase", "react", "pin"])) if standing else "say"
        if erased and draw(st.integers(0, 3)) == 0:
            old = draw(st.sampled_from(erased))
            text, edited = f"back {seq}", draw(st.sampled_from([None, at]))
            messages[old.seq] = replace(old, erased=False, text=text, edited=edited)
            log.add(Restored(1, at, seq, old.seq, text, edited), messages)
            continue
        if kind == "say":
            target = draw(st.sampled_from([None, *messages]))
            said = Message(1, at, seq, Person(draw(st.sampled_from(NAMES))), f"text {seq}", reply_to=target)
            if target is not None:
                messages[target] = replace(messages[target], replies=messages[target].replies + 1)
            messages[seq] = said
            log.add(said, messages)
            continue
        old = draw(st.sampled_from(standing))
        if kind == "edit":
            messages[old.seq] = replace(old, text=f"new {seq}", edited=at)
            log.add(Edited(1, at, seq, old.seq, f"new {seq}"), messages)
        elif kind == "erase":
            messages[old.seq] = replace(old, text="", erased=True, reactions=(), pinned=False)
            log.add(Erased(1, at, seq, old.seq), messages)
        elif kind == "pin":
            messages[old.seq] = replace(old, pinned=not old.pinned)
            log.add(Pinned(1, at, seq, old.seq, Person("ann"), not old.pinned), messages)
        else:
            name, emoji = draw(st.sampled_from(NAMES)), draw(st.sampled_from(EMOJI))
            pairs = {(r.emoji, who) for r in old.reactions for who in r.who} ^ {(emoji, name)}
            kept = {e: tuple(sorted(n for em, n in pairs if em == e)) for e in EMOJI}
            reactions = tuple(Reaction(emoji, who) for emoji, who in kept.items() if who)
            messages[old.seq] = replace(old, reactions=reactions)
            on = (emoji, name) in pairs
            log.add(Reacted(1, at, seq, old.seq, Person(name), emoji, on), messages)
    return log


def same(messages: list[Message]) -> list[Message]:
    """The messages, with reactions in an order of their own: the protocol promises none."""
    return [
        replace(
            message,
            reactions=tuple(
                sorted((Reaction(r.emoji, tuple(sorted(r.who))) for r in message.reactions), key=str)
            ),
        )
        for message in messages
    ]


@settings(deadline=None)
@given(log=logs(), data=st.data())
def test_state_and_then_events_is_the_later_state(log: Log, data: st.DataObject):
    end = len(log.events)
    seq = data.draw(st.integers(0, end))
    state = Timeline()
    state.load(log.page(seq), seq)
    for event in log.events[seq:]:
        state.apply(event)
    assert same(state.messages) == same(log.page(end))


@settings(deadline=None)
@given(log=logs(), data=st.data())
def test_recovered_state_equals_the_live_state(log: Log, data: st.DataObject):
    """`since`: messages come with their present text, and their edits again after them."""
    end = len(log.events)
    left, back = sorted(data.draw(st.tuples(st.integers(0, end), st.integers(0, end))))
    state = Timeline()
    for event in [*log.after(0, left), *log.after(left, back), *log.events[back:]]:
        state.apply(event)
    assert same(state.messages) == same(log.page(end))


@settings(deadline=None)
@given(log=logs(), data=st.data())
def test_page_that_arrives_among_events_is_brought_up_to_date(log: Log, data: st.DataObject):
    end = len(log.events)
    asked, read = sorted(data.draw(st.tuples(st.integers(0, end), st.integers(0, end))))
    arrived = data.draw(st.integers(asked, end))
    page = PendingPage()
    for event in log.events[asked:arrived]:
        page.note(event)
    expected = [log.states[max(read, arrived)][message.seq] for message in log.page(read)]
    assert same(page.settle(log.page(read), read)) == same(expected)


@settings(deadline=None)
@given(log=logs(), data=st.data())
def test_page_can_be_loaded_among_events(log: Log, data: st.DataObject):
    """One that is newer than the last event here: events that it has in it change nothing."""
    end = len(log.events)
    now, read = sorted(data.draw(st.tuples(st.integers(0, end), st.integers(0, end))))
    state = Timeline()
    for event in log.events[:now]:
        state.apply(event)
    state.load(log.page(read), read)
    for event in log.events[now:]:
        state.apply(event)
    assert same(state.messages) == same(log.page(end))


@settings(deadline=None)
@given(log=logs())
def test_each_change_twice_is_the_same_as_once(log: Log):
    once, twice = Timeline(), Timeline()
    for event in log.events:
        once.apply(event)
        twice.apply(event)
        twice.apply(event)
    assert once.messages == twice.messages


@settings(deadline=None)
@given(log=logs(), keep=st.integers(1, 5))
def test_only_the_latest_messages_are_kept(log: Log, keep: int):
    state = Timeline(keep)
    for event in log.events:
        state.apply(event)
    assert same(state.messages) == same(log.page(len(log.events))[-keep:])


def test_message_of_a_room_that_keeps_nothing_is_not_kept():
    state = Timeline()
    state.apply(Message(1, START, 0, Person("ann"), "gone"))
    assert state.messages == []
