"""The log: what happened in each room, numbered without holes."""

from collections.abc import Collection
from typing import Final, Self

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection, models
from django.db.models import F, Func, Q, TextField, Value

from chat.events import Edited, Message, tag_of

_MESSAGE: Final = tag_of(Message)
_EDITED: Final = tag_of(Edited)
# PostgreSQL would take an address, a path or a number for one word. What stands here is in the index, too.
BETWEEN_WORDS = "@./:-_~=?&#+"


class EventQuerySet(models.QuerySet["Event"]):
    """The words in which the log is asked."""

    def in_rooms(self) -> Self:
        """Events of rooms, deleted ones included, without those of the conversations of two."""
        return self.filter(room__low__isnull=True)

    def after(self, room_id: int, seq: int) -> Self:
        """Events of the room with a greater seq, oldest first: the query of every recovery."""
        return self.filter(room_id=room_id, seq__gt=seq).order_by("seq")

    def latest_messages(self, room_id: int) -> Self:
        """Messages of the room that are not erased, latest first."""
        return self.messages(room_id).filter(erased_at__isnull=True).order_by("-seq")

    def messages(self, room_id: int) -> Self:
        """All messages of the room, erased ones included."""
        return self.filter(room_id=room_id, kind=_MESSAGE)

    def all_messages(self) -> Self:
        """All messages of all rooms, erased ones included."""
        return self.filter(kind=_MESSAGE)

    def edits(self, room_id: int, target: int) -> Self:
        """The edits of a message."""
        return self.filter(room_id=room_id, seq__gt=target, kind=_EDITED, target=target)

    def with_words(self, words: Collection[str]) -> Self:
        """Those in whose text each of the words begins a word; on SQLite, is anywhere in it.

        PostgreSQL has an index for it (migration 0006), in which there is nothing but words.
        """
        if connection.vendor == "postgresql" and all(word.isalnum() for word in words):
            query = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
            spaces = Value(" " * len(BETWEEN_WORDS))
            text = Func(
                F("text"), Value(BETWEEN_WORDS), spaces, function="translate", output_field=TextField()
            )
            return self.annotate(words=SearchVector(text, config="simple")).filter(words=query)
        return self.filter(*(Q(text__icontains=word) for word in words))

    def by_index_of_words(self) -> Self:
        """As they are ordered, but so that PostgreSQL does not walk through them in this order."""
        if connection.vendor != "postgresql":
            return self
        return self.order_by((F("seq") + 0).desc())

    def pinned(self, room_id: int) -> Self:
        """The messages that are pinned to the room, the latest pin first."""
        return self.filter(room_id=room_id, pinned_at__isnull=False).order_by("-pinned_at", "-seq")

    def standing(self, room_id: int, seq: int) -> Self:
        """The message of this number, unless it is erased."""
        return self.messages(room_id).filter(seq=seq, erased_at__isnull=True)


class Event(models.Model):
    """One entry of a room's log. Written by `chat.log` alone, in bulk."""

    # The unique constraint's index begins with the room: one of its own would only cost writes.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="events", db_index=False)
    seq = models.PositiveBigIntegerField()
    # `tag_of` its event. The choices stand in `chat.log.kinds`: a new one is no migration.
    kind = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    sender = models.ForeignKey(
        "chat.Participant", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(max_length=50, blank=True, help_text="The name it was said under.")
    color = models.CharField(max_length=32, blank=True)
    nonce = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 (two NULLs may be, two "" not)
    text = models.TextField(blank=True)
    target = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The seq of the message that it is about, or that it answers."
    )
    data = models.JSONField(
        null=True, blank=True, help_text="The room's properties after a change; what a reaction was."
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "message"  # what people see of the log: the admin site shows nothing else of it
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="event_room_seq_unique"),
            models.UniqueConstraint(
                fields=["sender", "nonce"], condition=Q(nonce__isnull=False), name="event_sender_nonce_unique"
            ),
        ]
        indexes = [  # of the few that are pinned: to others it costs nothing
            models.Index(
                fields=["room", "pinned_at"], condition=Q(pinned_at__isnull=False), name="event_pinned"
            ),
            models.Index(  # what is counted as unread, and by whom
                fields=["room", "seq", "sender"],
                condition=Q(kind=_MESSAGE, erased_at__isnull=True),
                name="event_messages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq} {self.kind}"


class Reaction(models.Model):
    """An emoji that a participant has under a message now. The log says how it came there."""

    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.PositiveBigIntegerField()
    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    emoji = models.CharField(max_length=16)
    name = models.CharField(max_length=50)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "target", "emoji", "participant"], name="reaction_once_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.emoji} of {self.name} under {self.room_id}#{self.target}"
