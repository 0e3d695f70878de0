"""The log of this process: drafts in, numbered events out, one group commit under it."""

import logging
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from chat.errors import ChatError
from chat.events import Logged, Message
from chat.log import effects, store
from chat.log.batch import Effect, RoomFacts, RoomState, Said, Unchanged, digest, number
from chat.log.drafts import Draft, NonceKey, Outcome, Say, reaches_deleted
from chat.log.rights import Rights
from chat.log.writer import GroupCommit, unavailable

Listener: TypeAlias = Callable[[Sequence[Draft], Sequence[Outcome]], None]

logger = logging.getLogger(__name__)

MOST_UNKEPT: Final = 10_000  # messages of rooms that keep nothing whose nonces are known
_ANSWER_SECONDS = 10.0


def answer(drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
    """Tell each sender what became of the draft."""
    for draft, outcome in zip(drafts, outcomes, strict=True):
        if draft.reply is not None:
            try:
                draft.reply(outcome)
            except Exception:
                logger.exception("a sender could not be answered")


class Log:
    """`append` for those who have an event loop, `append_and_wait` for those who have a thread."""

    def __init__(self) -> None:
        # Of rooms that keep nothing, the oldest first: the database has no nonces of theirs.
        self._unkept: dict[NonceKey, Said] = {}
        commit = partial(_commit, unkept=self._unkept)
        self._writer = GroupCommit[Draft, Outcome]("log", commit, self._committed)
        # Without a runtime (a management command) nobody is connected: answers go out as they are.
        self.listener: Listener = answer

    def append(self, draft: Draft, source: object = None) -> None:
        """Queue a draft; `draft.reply` hears of the outcome. Raises 902 when too much is waiting.

        `source`: where it comes from; see `GroupCommit.submit`.
        """
        self._writer.submit(draft, source)

    def append_and_wait(self, draft: Draft) -> Logged | None:
        """Append, in a thread that may block. The event, if anything changed. Raises the draft's refusal."""
        future: Future[Outcome] = Future()
        draft.reply = future.set_result
        self.append(draft)
        try:
            outcome = future.result(_ANSWER_SECONDS)
        except FutureTimeoutError:
            raise unavailable() from None
        return outcome.result()

    def stop(self) -> None:
        """Commit what is waiting and end the writer."""
        self._writer.stop()

    def _committed(self, drafts: Sequence[Draft], results: Sequence[Outcome] | ChatError) -> None:
        if isinstance(results, ChatError):
            results = [Outcome(error=results)] * len(drafts)
        for draft, outcome in zip(drafts, results, strict=True):
            if isinstance(draft, Say) and outcome.event is not None and not outcome.event.seq:
                self._note_unkept(draft, outcome.event)
        self.listener(drafts, results)

    def _note_unkept(self, draft: Say, event: Logged) -> None:
        """Know a message by its nonce if it is sent again to this process. Its text is not kept."""
        if draft.key is None or not isinstance(event, Message):
            return
        sent = digest(draft.key[1], draft.text)
        self._unkept[draft.key] = Said(msgspec.structs.replace(event, text=""), sent)
        if len(self._unkept) > MOST_UNKEPT:
            del self._unkept[next(iter(self._unkept))]


def _commit(drafts: Sequence[Draft], unkept: Mapping[NonceKey, Said] = MappingProxyType({})) -> list[Outcome]:
    """One batch, inside a transaction."""
    rooms = store.lock_rooms(draft.room for draft in drafts)
    keys = [key for draft in drafts if (key := getattr(draft, "key", None)) is not None]
    said = {key: unkept[key] for key in keys if key in unkept} | store.said_before(keys)
    found = _effects(drafts, rooms, said)
    before = {room: state.last_seq for room, state in rooms.items()}
    outcomes = number(drafts, rooms, said, found)
    fresh = [
        outcome.event
        for outcome in outcomes
        if outcome.fresh and outcome.event is not None and outcome.event.seq
    ]
    if fresh:
        store.write(fresh, _raised(rooms.values(), before))
    return outcomes


def _effects(
    drafts: Sequence[Draft], rooms: Mapping[int, RoomState], said: Mapping[NonceKey, Said]
) -> dict[int, Effect]:
    """What the database makes of each draft that is more than a message, by its position."""
    # Where a message may be refused. In all other rooms, that of somebody who answers nothing is only a row.
    strict = {draft.room for draft in drafts if not isinstance(draft, Say)}
    strict.update(room for room, state in rooms.items() if state.locked or state.silences)
    concerned = [(position, draft) for position, draft in enumerate(drafts) if _is_more(draft, strict, said)]
    rights = Rights([draft for _, draft in concerned])
    states: dict[int, RoomState] = {}  # copies: `number` walks through the batch once more
    found: dict[int, Effect] = {}
    for position, draft in concerned:
        if draft.room not in rooms:
            continue
        if (state := states.get(draft.room)) is None:
            state = states[draft.room] = rooms[draft.room].copy()
        if state.deleted and not reaches_deleted(draft):
            continue
        effect = found[position] = effects.apply(draft, state, rights)
        if not isinstance(effect, ChatError | Unchanged):
            state.follow(draft, effect)
        if isinstance(effect, RoomFacts):
            rights.forget(draft.room)
    return found


def _is_more(draft: Draft, strict: Container[int], said: Container[NonceKey | None]) -> bool:
    """Whether a draft is more than a row of the log."""
    if not isinstance(draft, Say):
        return True
    return bool(draft.reply_to or draft.room in strict) and draft.key not in said


def _raised(states: Iterable[RoomState], before: dict[int, int]) -> list[RoomState]:
    """The rooms that got an event."""
    return [state for state in states if state.last_seq != before[state.room]]


log = Log()
