"""The log of this process: drafts in, numbered events out, one group commit under it."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import TypeAlias

from chat.errors import ChatError
from chat.events import Logged
from chat.log import store
from chat.log.drafts import Batch, Draft, NonceKey, Outcome, SentMessage
from chat.log.kinds.message import UnkeptMessages, read_sent
from chat.log.numbering import number_drafts
from chat.log.rights import CurrentRights
from chat.log.writer import GroupCommit, refuse_unavailable

Listener: TypeAlias = Callable[[Sequence[Draft], Sequence[Outcome]], None]

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 10.0


def answer_drafts(drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
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
        self._unkept = UnkeptMessages()
        commit = partial(_commit_batch, unkept=self._unkept)
        self._writer = GroupCommit[Draft, Outcome]("log", commit, self._hand_on_committed)
        # Without a runtime (a management command) no client is connected: answers go out as they are.
        self.listener: Listener = answer_drafts

    def append_draft(self, draft: Draft, source: object = None) -> None:
        """Queue a draft; `draft.reply` hears of the outcome. Raises 902 when too much is waiting.

        `source`: where it comes from; see `GroupCommit.submit`.
        """
        self._writer.submit(draft, source)

    def append_and_wait(self, draft: Draft) -> Logged | None:
        """Append, in a thread that may block. The event, if anything changed. Raises the draft's refusal."""
        future: Future[Outcome] = Future()
        draft.reply = future.set_result
        self.append_draft(draft)
        try:
            outcome = future.result(_ANSWER_SECONDS)
        except FutureTimeoutError:
            raise refuse_unavailable() from None
        return outcome.result()

    def stop(self) -> None:
        """Commit what is waiting and end the writer."""
        self._writer.stop()

    def _hand_on_committed(self, drafts: Sequence[Draft], results: Sequence[Outcome] | ChatError) -> None:
        if isinstance(results, ChatError):
            results = [Outcome(error=results)] * len(drafts)
        self._unkept.note_sent(drafts, results)
        self.listener(drafts, results)


def _commit_batch(drafts: Sequence[Draft], unkept: UnkeptMessages) -> list[Outcome]:
    """Number and store one batch, inside a transaction."""
    # The lock comes first: no other process can give out a seq of these rooms before this commit.
    rooms = store.lock_rooms(draft.room for draft in drafts)
    events: list[Logged] = []
    rights = CurrentRights(drafts, rooms)
    # Nothing else holds the batch: its nonces are let go before the rows, which take as much, are made.
    outcomes = number_drafts(drafts, Batch(rooms, rights, _find_sent(drafts, unkept), events))
    if events:
        raised = {event.room for event in events}
        store.write_events(events, [rooms[room] for room in sorted(raised)])
    return outcomes


def _find_sent(drafts: Sequence[Draft], unkept: UnkeptMessages) -> dict[NonceKey, SentMessage]:
    """The messages that were sent before under one of the nonces of these drafts."""
    keys = [key for draft in drafts if (key := draft.key) is not None]
    return unkept.find_sent(keys) | read_sent(store.read_bearing(keys))


log = Log()
