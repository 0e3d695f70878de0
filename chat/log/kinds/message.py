"""Messages: sent once under a nonce, and found by their number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

import msgspec
from django.utils.crypto import salted_hmac

from chat import commands
from chat.errors import MESSAGE_NOT_FOUND, NOT_APPROVED, ChatError
from chat.events import NO_SEQ, Message, Sender
from chat.filters import MUTE_SECONDS, TextFilter, refuse_filtered
from chat.log.drafts import (
    Batch,
    Columns,
    Draft,
    DraftHead,
    EventHead,
    EventRow,
    NonceKey,
    Outcome,
    SentMessage,
)
from chat.log.filtered_names import is_refused_sender, refuse_name
from chat.log.filters import find_filter
from chat.log.held import file_report, hold_message, is_approved_by_staff, refuse_held, refuse_nonce
from chat.log.kinds.mute import MuteDraft
from chat.log.room_state import RoomState
from chat.log.slow_mode import Poster, name_address, name_poster
from chat.mentions import find_words_for_all
from chat.models import Event, Participant, Presence, Room
from chat.permissions import MENTION_ALL, POST_ANYWAY, SITE
from chat.validation import AUTO

_MENTIONS: Final = "mentions"  # in the data of a row: the names
MOST_UNKEPT: Final = 10_000  # messages of rooms that keep nothing whose nonces are known


@dataclass(slots=True, kw_only=True)
class MessageDraft(Draft):
    """A message. With `nonce` (and a participant) it is stored once, however often it is sent.

    `token_line`: the line of room tokens that the sender came with, "" without one; None if the log need not
    note where the name comes from: it belongs to a participant, or was noted within the hour.
    """

    event = Message
    asked_by = (commands.Send,)
    open_to_all = True

    sender: Sender
    text: str
    nonce: str | None = None
    reply_to: int | None = None
    token_line: str | None = None

    def __post_init__(self) -> None:
        if self.nonce is not None and self.sender.participant is not None:
            self.key = self.sender.participant, self.nonce

    @classmethod
    def from_command(cls, command: commands.Send, who: Sender, head: DraftHead) -> Self:
        if command.color and command.color != who.color:
            who = Sender(who.name, command.color, who.participant)
        return cls(**head, sender=who, text=command.text, nonce=command.nonce, reply_to=command.reply_to)

    @property
    def poster(self) -> Poster:
        """Who posts, as slow mode sees it."""
        return name_poster(self.room, self.sender, self.actor.address)

    @property
    def may_need_right(self) -> bool:
        return not self.open_to_all or bool(find_words_for_all(self.text))

    def find_earlier(self, batch: Batch) -> Message | None:
        if self.key is None or (sent := batch.sent.get(self.key)) is None:
            return None
        if not self._was_sent_as(sent):
            raise refuse_nonce()
        return sent.message

    def check_guards(self, state: RoomState, batch: Batch) -> Outcome | None:
        if state.holds and (again := batch.held.find_again(self)) is not None:
            return Outcome(again, fresh=False)
        self.check_may_speak(self.sender, state, batch)
        if state.filters is not None and is_refused_sender(self.sender, self.room, state.filters):
            raise refuse_name()  # of a client that is no member, such as one of `plain`
        caught = self._find_filter(state, batch) if state.filters else None
        if caught is not None and caught.action != "refuse":
            self.check_target()  # nothing is changed by what is refused for another reason
        if caught is not None and caught.action in ("refuse", "mute"):
            return self._refuse_filtered(caught, state, batch)
        if caught is not None and caught.action == "hold":
            self._hold("filter", batch, state, note=f"filter {caught.id}: {caught.kind}")
        if state.approve_first and batch.held.is_newcomer(self.poster, self.sender):
            self._hold("newcomer", batch, state)
        if state.bans and (why := find_watch(self, self.poster, self.sender, state, batch)) is not None:
            if state.pair is not None:  # no moderator reads it there
                detail = "you can send direct messages when staff have approved a message of yours"
                raise ChatError(NOT_APPROVED, detail=detail)
            self._hold(why, batch, state)
        if state.slow_seconds:
            self.check_target()  # what is refused afterwards would hold up its sender
            check_pace(self, self.poster, state, batch)
        if caught is not None:
            batch.after.append(lambda event: self._report(caught, state, event.seq if state.keeps else None))
        return None

    def _find_filter(self, state: RoomState, batch: Batch) -> TextFilter | None:
        """The hardest filter that catches the text of a sender who does not run the room."""
        caught = find_filter(self, self.text, self.sender, state, batch.recent)
        return None if caught is None or batch.rights.has_permission(self, POST_ANYWAY) else caught

    def _refuse_filtered(self, caught: TextFilter, state: RoomState, batch: Batch) -> Outcome:
        """Refuse the text; if the filter says so, mute its sender in the same transaction.

        Not a sender who is no participant, but uses the name of one: that one would be muted.
        """
        if caught.action == "refuse":
            raise refuse_filtered()
        if self.sender.participant is None and Participant.objects.named(self.sender.name).exists():
            self._report(caught, state, None)
            return Outcome(None, error=refuse_filtered())
        mute = MuteDraft(
            room=self.room,
            at=self.at,
            actor=SITE,
            name=self.sender.name,
            until=self.at + timedelta(seconds=MUTE_SECONDS),
            reason=f"filter {caught.id}",
            tells=False,
            by_filter=True,
        )
        event = mute.decide(state, batch)
        if event is not None:
            state.last_seq = event.seq
            batch.events.append(event)
            batch.acts.append((mute, mute.describe_act(state)))
        self._report(caught, state, None)
        return Outcome(event, error=refuse_filtered())

    def _report(self, caught: TextFilter, state: RoomState, seq: int | None) -> None:
        note = f"filter {caught.id}: {caught.kind}, {caught.action}"
        file_report(self.room, self.sender, self.text, "filter", self.at, note=note, seq=seq)

    def _hold(self, reason: str, batch: Batch, state: RoomState, note: str = "") -> None:
        """Hold the message of a sender who does not run the room, and raise 110."""
        batch.noting = batch.noting or self.token_line is not None
        if batch.rights.has_permission(self, POST_ANYWAY):
            return
        self.check_target()
        batch.held.note_held(self.key, hold_message(self, reason, note))
        if not state.holds:
            Room.objects.filter(pk=self.room).update(holds=True)
            state.holds = True
        raise refuse_held()

    def check_target(self) -> None:
        """Raise 205 for a reply to a message that is not there."""
        if self.reply_to is not None and not Event.objects.not_erased(self.room, self.reply_to).exists():
            raise refuse_missing("reply_to")

    def decide(self, state: RoomState, batch: Batch) -> Message:
        if self.token_line is not None:
            batch.noting = True
        if self.reply_to is not None:
            self.check_target()
        seq = state.last_seq + 1 if state.keeps else NO_SEQ
        message = Message(self.room, seq, self.at, self.sender, self.text, self.nonce, reply_to=self.reply_to)
        if "@" in self.text and state.pair is None:
            message = self._mention(message, state, batch)
        if self.key is not None:
            batch.sent[self.key] = SentMessage(message)
        return message

    def _mention(self, message: Message, state: RoomState, batch: Batch) -> Message:
        """The message with the names that it mentions; they are called when it is stored."""
        mentionables, words = batch.mentionables, find_words_for_all(self.text)
        if words and not self.may_mention_all(batch):
            words = set()
        names, called = mentionables.find_mentioned(self.room, self.text, words)
        if not names:
            return message
        if not words.isdisjoint(names):
            self.check_calls(batch)
        mentionables.note_calls(message, called, state)
        return msgspec.structs.replace(message, mentions=tuple(names))

    def may_mention_all(self, batch: Batch) -> bool:
        """Whether @room and @here of this message call."""
        if batch.rights.has_permission(self, MENTION_ALL):
            return True
        return batch.rights.read_choice(self, MENTION_ALL) == AUTO and batch.mentionables.are_few(self.room)

    def check_calls(self, batch: Batch) -> None:
        """Raise 115 for a sender who has just mentioned all."""
        runs = batch.rights.has_permission(self, POST_ANYWAY)
        batch.mentionables.check_pace(self.poster, self.actor, runs=runs)

    @staticmethod
    def to_columns(event: Message) -> Columns:
        who = event.sender
        data = msgspec.json.encode({_MENTIONS: event.mentions}).decode() if event.mentions else None
        return who.participant, who.name, who.color, event.nonce, event.text, event.reply_to, data

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Message:
        edited = None if row.edited_at is None else row.edited_at.astimezone(UTC)
        sender, erased = Sender(row.name, row.color, row.sender_id), row.erased_at is not None
        names = tuple(row.data.get(_MENTIONS, ())) if row.data and not erased else ()
        return Message(*head, sender, row.text, row.nonce, erased, row.target, edited, mentions=names)

    def _was_sent_as(self, sent: SentMessage) -> bool:
        """Whether this draft is that message, sent again: the same text in the same place."""
        message = sent.message
        if (self.room, self.reply_to) != (message.room, message.reply_to):
            return False
        if sent.digest is not None:
            return sent.digest == digest_text(message.nonce or "", self.text)
        # Of one that was changed before digests were kept, nothing tells: rather not stored twice.
        return message.text == self.text or message.edited is not None or message.erased


def find_watch(draft: Draft, poster: Poster, who: Sender, state: RoomState, batch: Batch) -> str | None:
    """Why the message of a sender who is new to the room is held, if it is."""

    def was_here(moment: datetime | None) -> bool:
        """Whether someone of this name, from this address, has been in the room since before then."""
        here = Presence.objects.current().named(draft.room, who.name)
        mine = here.filter(participant=None, address=draft.actor.address)
        return moment is not None and mine.filter(joined_at__lt=moment).exists()

    asked = who, draft.actor.address, draft.at, was_here
    reasons = {each.site: why for each in state.bans if (why := each.find_watch(*asked))}
    if not reasons or (state.pair is None and not batch.held.is_newcomer(poster, who)):
        return None
    if reasons.get(True) and is_approved_by_staff(who):
        del reasons[True]
    return max(reasons.values(), default=None)


def check_pace(draft: Draft, poster: Poster, state: RoomState, batch: Batch) -> None:
    """Raise 108 for a sender who has just posted in a room with slow mode, unless they run it.

    It also notes that they post, once the draft has its event: in all other rooms there is nothing to ask.
    """
    posters = [poster]
    if (address := name_address(draft.room, draft.actor.address)) is not None and address != poster:
        since = draft.at - timedelta(seconds=state.slow_seconds)
        posters += [address] if batch.posts.is_new_guest(poster, since) else []
    try:
        batch.posts.check_pace(posters, state.slow_seconds, draft.at)
    except ChatError:
        if not batch.rights.has_permission(draft, POST_ANYWAY):
            raise
    batch.after.append(lambda event: batch.posts.new.update(dict.fromkeys(posters, draft.at)))


def digest_text(nonce: str, text: str) -> str:
    """What is kept of a text that is gone: enough to know it again; without our key it cannot be guessed."""
    return salted_hmac("chat.log.said", f"{nonce}\x00{text}", algorithm="sha256").hexdigest()


def keep_digest(message: Event, *, erased: bool = False) -> dict[str, Any]:
    """What to write to a message whose text goes, so that it is known again if its sender sends it again.

    `erased`: it is deleted, and whom it mentions is forgotten with its text.
    """
    before = message.data or {}
    data = {key: value for key, value in before.items() if not (erased and key == _MENTIONS)}
    if message.nonce is not None and message.edited_at is None:
        data["said"] = digest_text(message.nonce, message.text)
    return {"data": data or None} if data != before else {}


def find_standing(room: int, target: int) -> Event:
    """The message of this number. Raises 205 if there is none, or if it is deleted."""
    message = Event.objects.not_erased(room, target).first()
    if message is None:
        raise refuse_missing()
    return message


def refuse_missing(field: str = "target") -> ChatError:
    """The one error for a message that is not there, or no longer."""
    return ChatError(MESSAGE_NOT_FOUND, field=field, detail="no such message in this room")


def read_sent(rows: Iterable[Event]) -> dict[NonceKey, SentMessage]:
    """The messages in these rows, by their nonces."""
    return {
        (row.sender_id or 0, row.nonce or ""): SentMessage(
            MessageDraft.from_row((row.room_id, row.seq, row.created_at.astimezone(UTC)), row),
            (row.data or {}).get("said"),
        )
        for row in rows
    }


class UnkeptMessages:
    """The nonces of messages in rooms that keep nothing, the latest ones: the database has none of them."""

    def __init__(self) -> None:
        self._sent: dict[NonceKey, SentMessage] = {}  # the oldest first

    def find_sent(self, keys: Iterable[NonceKey]) -> dict[NonceKey, SentMessage]:
        """The messages that bear one of these nonces."""
        return {key: self._sent[key] for key in keys if key in self._sent}

    def note_sent(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """Know what was sent, to recognize it if it is sent again to this process. Its text is not kept."""
        for draft, outcome in zip(drafts, outcomes, strict=True):
            message = outcome.event
            if not isinstance(message, Message) or message.seq != NO_SEQ or not outcome.fresh:
                continue
            if (key := draft.key) is not None:
                sent = digest_text(key[1], message.text)
                self._sent[key] = SentMessage(msgspec.structs.replace(message, text=""), sent)
                if len(self._sent) > MOST_UNKEPT:
                    del self._sent[next(iter(self._sent))]
