"""Messages: sent once under a nonce, and found by their number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final, Self

import msgspec
from django.utils.crypto import salted_hmac

from chat import commands
from chat.errors import INVALID_FIELD, MESSAGE_NOT_FOUND, ChatError
from chat.events import Message, Sender
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
from chat.log.room_state import RoomState
from chat.models import Event

MOST_UNKEPT: Final = 10_000  # messages of rooms that keep nothing whose nonces are known


@dataclass(slots=True, kw_only=True)
class MessageDraft(Draft):
    """A message. With `nonce` (and a participant) it is stored once, however often it is sent."""

    event = Message
    asked_by = (commands.Send,)
    plain = True

    sender: Sender
    text: str
    nonce: str | None = None
    reply_to: int | None = None

    @classmethod
    def from_command(cls, command: commands.Send, who: Sender, head: DraftHead) -> Self:
        if command.color and command.color != who.color:
            who = Sender(who.name, command.color, who.participant)
        return cls(**head, sender=who, text=command.text, nonce=command.nonce, reply_to=command.reply_to)

    @property
    def key(self) -> NonceKey | None:
        if self.nonce is None or self.sender.participant is None:
            return None
        return self.sender.participant, self.nonce

    def find_earlier(self, batch: Batch) -> Message | None:
        key = self.key
        if key is None or (sent := batch.sent.get(key)) is None:
            return None
        if not self._was_sent_as(sent):
            detail = "another of your messages has this nonce; each message needs its own"
            raise ChatError(INVALID_FIELD, field="nonce", detail=detail)
        return sent.message

    def decide(self, state: RoomState, batch: Batch) -> Message:
        # Asked here, as almost all drafts are messages in open rooms, and need no further call.
        if state.locked or state.mutes:
            self.check_may_speak(self.sender, state, batch)
        if self.reply_to is not None and not Event.objects.standing(self.room, self.reply_to).exists():
            raise refuse_missing("reply_to")
        seq = state.last_seq + 1 if state.keeps else 0
        message = Message(self.room, seq, self.at, self.sender, self.text, self.nonce, reply_to=self.reply_to)
        if (key := self.key) is not None:
            batch.sent[key] = SentMessage(message)
        return message

    @staticmethod
    def to_columns(event: Message) -> Columns:
        who = event.sender
        return who.participant, who.name, who.color, event.nonce, event.text, event.reply_to, None

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Message:
        edited = None if row.edited_at is None else row.edited_at.astimezone(UTC)
        sender = Sender(row.name, row.color, row.sender_id)
        return Message(*head, sender, row.text, row.nonce, row.erased_at is not None, row.target, edited)

    def _was_sent_as(self, sent: SentMessage) -> bool:
        """Whether this draft is that message, sent again: the same text in the same place."""
        message = sent.message
        if (self.room, self.reply_to) != (message.room, message.reply_to):
            return False
        if sent.digest is not None:
            return sent.digest == digest_text(message.nonce or "", self.text)
        # Of one that was changed before digests were kept, nothing tells: rather not stored twice.
        return message.text == self.text or message.edited is not None or message.erased


def digest_text(nonce: str, text: str) -> str:
    """What is kept of a text that is gone: enough to know it again; without our key it cannot be guessed."""
    return salted_hmac("chat.log.said", f"{nonce}\x00{text}", algorithm="sha256").hexdigest()


def keep_digest(message: Event) -> dict[str, Any]:
    """What to write to a message whose text goes, so that it is known again if its sender sends it again."""
    if message.nonce is None or message.edited_at is not None:
        return {}
    return {"data": {"said": digest_text(message.nonce, message.text)}}


def find_standing(room: int, target: int) -> Event:
    """The message of this number. Raises 205 if there is none, or if it is deleted."""
    message = Event.objects.standing(room, target).first()
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
            if message is None or message.seq or not isinstance(message, Message):
                continue
            if isinstance(draft, MessageDraft) and (key := draft.key) is not None:
                sent = digest_text(key[1], draft.text)
                self._sent[key] = SentMessage(msgspec.structs.replace(message, text=""), sent)
                if len(self._sent) > MOST_UNKEPT:
                    del self._sent[next(iter(self._sent))]
