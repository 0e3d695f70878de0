"""The log: what happened in each room, numbered without holes."""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Final, Self

from django.db import connection, models
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from chat.commands import SearchFilters
from chat.events import Edited, Message, Restored, tag_of
from chat.validation import name_key
from chat.words import fold_word

_MESSAGE: Final = tag_of(Message)
_EDIT, _RESTORATION = tag_of(Edited), tag_of(Restored)
_LINKS: Final = ("http://", "https://", "www.")  # what the web page shows as a link


class _HasWords(Func):
    """Whether a column has all words of a tsquery, in the words of PostgreSQL's index."""

    template = "array_to_tsvector(array_remove(string_to_array(%(expressions)s)::tsquery"
    arg_joiner = ", ' '), '')) @@ ("  # closed by the template
    output_field = BooleanField()


class EventQuerySet(models.QuerySet["Event"]):
    """Queries of the log."""

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

    def texts_of(self, room_id: int, target: int) -> tuple[Self, Self]:
        """The edits and the restorations of a message, which have its later texts.

        Apart: SQLite uses a partial index for `kind = ?`, and not for `kind IN (?, ?)`.
        """
        here = self.filter(room_id=room_id, target=target)
        return here.filter(kind=_EDIT), here.filter(kind=_RESTORATION)

    def texts_until(self, room_id: int, target: int) -> tuple[Self, Self]:
        """The same of all messages up to this one."""
        here = self.filter(room_id=room_id, target__lte=target)
        return here.filter(kind=_EDIT), here.filter(kind=_RESTORATION)

    def said_by(self, sender: int | None) -> Self:
        """Messages that are not erased: of the participant, or else of none.

        In a room the index of messages finds them; one by sender would cost each message a third.
        """
        return self.all_messages().filter(erased_at__isnull=True, sender=sender)

    def under_name(self, name: str) -> Self:
        """Those under this name, or one that counts as the same. For a bounded part of the log: it reads all
        names there, as rows of the log have no name key."""
        key = name_key(name)
        names = self.order_by().values_list("name", flat=True).distinct()
        return self.filter(name__in=[each for each in names if name_key(each) == key])

    def replies(self, room_id: int, target: int) -> Self:
        """The messages that reply to this one, erased ones included."""
        return self.messages(room_id).filter(target=target)

    def with_words(self, words: Collection[str]) -> Self:
        """Those in whose text each of the words begins a word: the same ones in each database."""
        return self.filter(*(GreaterThan(StrIndex("words", Value(fold_word(word))), 0) for word in words))

    def by_index_of_words(self, words: Collection[str], key: str = "seq") -> Self:
        """Those that may have these words, in the same order, which is by `key`: PostgreSQL asks its index
        (migration 0016) for them, and does not walk through all messages.
        """
        folded = [fold_word(word) for word in words]
        begins = [begin for word in folded if word.startswith(" ") for begin in word.split()]
        if connection.vendor != "postgresql" or not begins:
            return self
        return self.filter(_HasWords(F("words"), Value(_to_tsquery(begins)))).order_by((F(key) + 0).desc())

    def passing(self, filters: SearchFilters) -> Self:
        """Those of the sender, from the time and with what the filters ask for."""
        found = self
        if filters.sender is not None:
            name = filters.sender
            by_name = Q(name=name) | Q(sender__name_key=name_key(name))
            found = found.filter(by_name)
        if filters.since is not None:
            found = found.filter(created_at__gte=filters.since)
        if filters.until is not None:
            found = found.filter(created_at__lt=filters.until)
        if filters.link:
            links = (GreaterThan(StrIndex("words", Value(fold_word(begin))), 0) for begin in _LINKS)
            found = found.filter(reduce(or_, (Q(link) for link in links)))
        return found

    def standing_messages(self) -> Self:
        """Messages of all rooms that are not erased, latest first."""
        return self.all_messages().filter(erased_at__isnull=True).order_by("-pk")

    def pinned(self, room_id: int) -> Self:
        """The messages that are pinned to the room, the latest pin first."""
        return self.filter(room_id=room_id, pinned_at__isnull=False).order_by("-pinned_at", "-seq")

    def is_standing_at(self, room: str, seq: str) -> Exists:
        """Whether the event of these columns of another query is neither erased nor forgotten."""
        return Exists(self.filter(room=OuterRef(room), seq=OuterRef(seq), erased_at=None))

    def not_erased(self, room_id: int, seq: int) -> Self:
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
    name = models.CharField(max_length=50, blank=True, help_text="The name that the sender had.")
    color = models.CharField(max_length=32, blank=True)
    nonce = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 (two NULLs may be, two "" not)
    text = models.TextField(blank=True)
    words = models.TextField(
        blank=True, db_default="", editable=False, help_text="Of a message: its text as search compares it."
    )
    target = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The seq of the message that the event changes, or replies to."
    )
    data = models.JSONField(
        null=True,
        blank=True,
        help_text="Data of the kind: the room's properties after a change, the emoji of a reaction.",
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "message"  # the admin site shows only the messages of the log
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
            models.Index(  # of the few that were deleted: the admin site lists them, the latest first
                fields=["id"], condition=Q(kind=_MESSAGE, erased_at__isnull=False), name="event_erased"
            ),
            models.Index(  # what is counted as unread, and for which participant
                fields=["room", "seq", "sender"],
                condition=Q(kind=_MESSAGE, erased_at__isnull=True),
                name="event_messages",
            ),
            models.Index(  # the replies to a message; other messages have no `target`
                fields=["room", "target", "seq"],
                condition=Q(kind=_MESSAGE, target__isnull=False),
                name="event_replies",
            ),
            # What a deletion has to empty, too.
            models.Index(fields=["room", "target"], condition=Q(kind=_EDIT), name="event_edits"),
            models.Index(
                fields=["room", "target"], condition=Q(kind=_RESTORATION), name="event_restorations"
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
        # For a bulk deletion, and for a participant who is deleted.
        indexes = [models.Index(fields=["participant", "room"], name="reaction_of_whom")]

    def __str__(self) -> str:
        return f"{self.emoji} of {self.name} under {self.room_id}#{self.target}"


def _to_tsquery(words: Iterable[str]) -> str:
    """Each of these begins a word, whatever characters it has."""
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words)
    return " & ".join(f"'{word}':*" for word in quoted)
