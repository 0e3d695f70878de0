"""The log of this process: drafts in, numbered events out, one group commit under it.

The order of a room is the order of the drafts in a batch, and of the batches. Within a batch senders take
turns (`GroupCommit` in `chat.log.writer`), each with its own drafts in order. Of two processes the one that
locks the room's row first comes first (`chat.log.store.lock_rooms`). Every member then gets the events by
`seq` (`chat.delivery.feed`).

A draft is decided by the room as it is after the drafts before it (`number_draft`): a message after a lock or
a mute is refused and one before it is not, whatever the batch that both fell into.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Protocol

from django.db import DatabaseError, transaction

from chat.errors import HELD, ROOM_NOT_FOUND, ChatError
from chat.events import NO_SEQ, Logged
from chat.log import filters, store
from chat.log.audit import write_acts
from chat.log.bans import Client
from chat.log.current_rights import CurrentRights
from chat.log.drafts import Act, Batch, Draft, NonceKey, Outcome, SentMessage
from chat.log.held import Asked, HeldMessages
from chat.log.kinds.message import MessageDraft, UnkeptMessages, read_sent
from chat.log.mentions import Mentionables, store_calls
from chat.log.room_state import RoomState
from chat.log.rules import Acceptances
from chat.log.slow_mode import LastPosts, Poster, name_address, write_last_posts
from chat.log.used_names import Use, write_uses
from chat.log.writer import GroupCommit, refuse_unavailable
from chat.validation import name_key

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 10.0


class Delivered(Protocol):
    """A room with clients in this process, which have its events up to `seq`."""

    seq: int


def answer_drafts(drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
    """Tell each sender what became of the draft."""
    for draft, outcome in zip(drafts, outcomes, strict=True):
        if draft.reply is not None:
            try:
                draft.reply(outcome)
            except Exception:
                logger.exception("a sender could not be answered")


class Log(GroupCommit[Draft, Outcome]):
    """`submit` for those who have an event loop, `append_and_wait` for those who have a thread.

    `draft.reply` hears of the outcome.
    """

    def __init__(self) -> None:
        # Without a runtime (a management command) no client is connected: answers go out as they are.
        self._unkept = UnkeptMessages()
        super().__init__("log", partial(_commit_batch, unkept=self._unkept), _fail_draft, answer_drafts)

    def watch_rooms(self, live: Mapping[int, Delivered]) -> None:
        """Give out no number again that clients of this process have. Read in the log's thread."""
        self._commit = partial(_commit_batch, unkept=self._unkept, live=live)

    def append_and_wait(self, draft: Draft) -> Logged | None:
        """Append, in a thread that may block. The event, if anything changed. Raises the draft's refusal."""
        future: Future[Outcome] = Future()
        draft.reply = future.set_result
        self.submit(draft)
        try:
            outcome = future.result(_ANSWER_SECONDS)
        except FutureTimeoutError:
            raise refuse_unavailable() from None
        return outcome.result()

    def _commit_in_transaction(self, batch: list[Draft]) -> Sequence[Outcome]:
        if filters.known:  # to be done before anything is locked
            filters.judge_texts(batch)
        return super()._commit_in_transaction(batch)


def _fail_draft(error: ChatError) -> Outcome:
    return Outcome(error=error)


def _commit_batch(
    drafts: Sequence[Draft], unkept: UnkeptMessages, live: Mapping[int, Delivered] = MappingProxyType({})
) -> list[Outcome]:
    """Number and store one batch, inside a transaction. DatabaseError if the database has gone back."""
    # The lock comes first: no other process can give out a seq of these rooms before this commit.
    rooms = store.lock_rooms(draft.room for draft in drafts)
    # Clients would take new events for the old ones with their numbers. `chat.engine.upkeep.Poll` notices the
    # same within a second, and begins a new epoch.
    for room, state in rooms.items():
        if (known := live.get(room)) is not None and known.seq > state.last_seq:
            raise DatabaseError(f"the database has gone back: room {room} ends with {state.last_seq}")
    events: list[Logged] = []
    acts: list[tuple[Draft, Act]] = []
    rights = CurrentRights(drafts, rooms)
    posts, held = LastPosts(partial(_find_posters, drafts)), HeldMessages(partial(_find_asked, drafts))
    # Nothing else holds the batch: its nonces are let go before the rows, which take as much, are made.
    accepted = Acceptances(partial(_find_senders, drafts))
    mentionables = Mentionables(partial(_find_texts, drafts), partial(_find_mentioners, drafts))
    sent = _find_sent(drafts, unkept) if any(draft.key for draft in drafts) else {}
    batch = Batch(rooms, rights, sent, events, acts, posts, held, accepted, mentionables=mentionables)
    outcomes = [number_draft(draft, batch) for draft in drafts]
    uses = _find_uses(drafts, outcomes) if batch.noting else {}
    del batch, sent
    if events:
        raised = {event.room for event in events}
        store.write_events(events, [rooms[room] for room in sorted(raised)])
    if acts:
        write_acts(acts)
    if uses:
        write_uses(uses)
    if posts.new:
        write_last_posts(posts.new)
    if mentionables.calls:
        store_calls(mentionables.calls)
    if not all(room.keeps for room in rooms.values()):
        transaction.on_commit(partial(unkept.note_sent, drafts, outcomes))
    return outcomes


def number_draft(draft: Draft, batch: Batch) -> Outcome:
    """Decide one draft by its room as it is now, and give its event the next `seq` of the room.

    This updates the room's state, and asks no database; a kind may.
    """
    try:
        # First of all, so that a message that is sent again is found even if its room is gone meanwhile.
        if batch.sent and (earlier := draft.find_earlier(batch)) is not None:
            return Outcome(earlier, fresh=False)
        state = batch.rooms.get(draft.room)
        if state is None or (state.deleted and not draft.reaches_deleted):
            raise ChatError(ROOM_NOT_FOUND)
        if state.guarded:
            _check_not_banned(draft, state, batch)
            if (ruled := draft.check_guards(state, batch)) is not None:
                return ruled
        event = draft.decide(state, batch)
    except ChatError as error:
        batch.after.clear()
        return Outcome(error=error)
    if event is None:
        batch.after.clear()
        return Outcome()
    if batch.after:
        for note in batch.after:
            note(event)
        batch.after.clear()
    if event.seq != NO_SEQ:
        state.last_seq = event.seq
        batch.events.append(event)
    if draft.acts and (act := draft.describe_act(state)) is not None:
        batch.acts.append((draft, act))
    return Outcome(event, pair=state.pair)


def _check_not_banned(draft: Draft, state: RoomState, batch: Batch) -> None:
    """Raise 920, 921 for a draft of a client that is banned from the room or the server."""
    actor, sender = draft.actor, draft.speaker
    client = Client((actor.participant,), (), actor.address)
    if sender is not None:
        client = Client((actor.participant, sender.participant), (sender.name,), actor.address)
    for bans in state.bans:
        ban = bans.find(client, draft.at)
        if ban is not None and batch.rights.read_rank(draft) < ban.rank:
            raise ban.make_error(draft.at)


def _find_sent(drafts: Sequence[Draft], unkept: UnkeptMessages) -> dict[NonceKey, SentMessage]:
    """The messages that were sent before under one of the nonces of these drafts."""
    keys = [key for draft in drafts if (key := draft.key) is not None]
    return unkept.find_sent(keys) | read_sent(store.read_bearing(keys))


def _find_posters(drafts: Sequence[Draft], room: int) -> list[Poster]:
    """Who posts in the room, and from where."""
    here = [
        (poster, draft.actor.address)
        for draft in drafts
        if draft.room == room and (poster := draft.poster) is not None
    ]
    networks = {name_address(room, address) for address in {address for _, address in here}}
    return [poster for poster, _ in here] + [network for network in networks if network is not None]


def _find_asked(drafts: Sequence[Draft], room: int) -> list[Asked]:
    """Who posts in the room, and under which nonces."""
    return [
        (poster, draft.key) for draft in drafts if draft.room == room and (poster := draft.poster) is not None
    ]


def _find_texts(drafts: Sequence[Draft]) -> list[tuple[int, str]]:
    """The texts of messages, each with its room."""
    return [(draft.room, draft.text) for draft in drafts if isinstance(draft, MessageDraft)]


def _find_mentioners(drafts: Sequence[Draft]) -> list[int]:
    """The participants who send messages that may have mentions."""
    said = [draft for draft in drafts if isinstance(draft, MessageDraft) and "@" in draft.text]
    return [draft.sender.participant for draft in said if draft.sender.participant is not None]


def _find_uses(drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> dict[Use, datetime]:
    """The names without an identity that these messages are to be noted for, also of those that are held."""
    return {
        (draft.room, name_key(draft.sender.name), draft.token_line, draft.actor.address): draft.at
        for draft, outcome in zip(drafts, outcomes, strict=True)
        if isinstance(draft, MessageDraft)
        and draft.token_line is not None
        and (outcome.error is None or outcome.error.kind is HELD)
    }


def _find_senders(drafts: Sequence[Draft], room: int) -> list[int]:
    """The participants who do something in the room under their name."""
    senders = [draft.speaker for draft in drafts if draft.room == room]
    return [who.participant for who in senders if who is not None and who.participant is not None]


log = Log()
