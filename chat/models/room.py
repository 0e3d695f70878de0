"""Rooms: their titles, access, and latest seq."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from chat import permissions, validation
from chat.models.event import Event
from chat.models.presence import Presence

DEFAULT_ROOM_ID = 1
LARGEST_ID = 2**63 - 1
# Rooms are counted up to here. Above, up to what JavaScript keeps exactly, are the random numbers of rooms
# that were created hidden, and of conversations: they cannot be guessed.
LARGEST_COUNTED = 2**32
LARGEST_RANDOM = 2**53 - 1
_YEAR_2026 = 1_767_225_600
PACE_EVENTS = 1000  # from which it is told how much is said in a room
_ATTEMPTS = 100  # to be the first with a number; each that fails is another room's success


def new_generation(at: datetime) -> int:
    """The generation of a password that is set then: the seconds since 2026.

    A count would give out the same number twice after a backup was restored, and tokens of a password, or of
    a whole room, that the backup does not have would be valid for another one.
    """
    return max(1, int(at.timestamp()) - _YEAR_2026)


def is_number(ref: str) -> bool:
    """Whether an address names a room by its number: as numbers are written, and never as a title.

    `75` is a number, whether or not there is such a room; `075` and `７５` are titles.
    """
    plain = ref.isascii() and ref.isdigit() and ref[0] != "0"
    return plain and len(ref) <= len(str(LARGEST_ID)) and int(ref) <= LARGEST_ID


def pair_of(one: int, other: int) -> tuple[int, int]:
    """Two participants, in the order in which their direct conversation has them."""
    return (one, other) if one < other else (other, one)


class RoomQuerySet(models.QuerySet["Room"]):
    """Queries for rooms."""

    def existing(self) -> Self:
        """Rooms that can be found: not deleted, and no conversations of two."""
        return self.rooms().filter(deleted_at__isnull=True)

    def rooms(self) -> Self:
        """Rooms, deleted ones included, without the conversations of two."""
        return self.filter(low__isnull=True)

    def conversations(self, participants: Collection[int]) -> Self:
        """The conversations of these participants in which anything was said, the latest first."""
        theirs = self.filter(Q(low__in=participants) | Q(high__in=participants), last_seq__gt=0)
        return theirs.order_by("-updated_at")

    def conversations_since(self, moment: datetime) -> Self:
        """All conversations that something happened in since then."""
        return self.filter(low__isnull=False, updated_at__gte=moment)

    def readable(self, participant: int | None, *, staff: bool, also: Collection[int] = ()) -> Self:
        """The rooms whose messages a participant may read: public ones, those that they run, and their
        conversations; all rooms for staff; and those of these numbers.
        """
        mine = Q(pk__in=also)
        if participant is not None:
            mine |= Q(low=participant) | Q(high=participant)
        ours = Q(visibility=Room.Visibility.PUBLIC)
        if participant is not None:
            moderated = Room.moderators.through.objects.filter(participant=participant).values("room")
            ours |= Q(owner=participant) | Q(pk__in=moderated)
        if staff:
            ours = Q()
        return self.filter(mine | (Q(low__isnull=True) & ours), deleted_at__isnull=True)

    def listed(self) -> Self:
        """Public and private rooms, of which every client may know."""
        return self.existing().exclude(visibility=Room.Visibility.HIDDEN)

    def with_member_count(self) -> Self:
        """Each room with `member_count`: how many names are in it now."""
        here = Presence.objects.current().filter(room=OuterRef("pk")).order_by().values("room")
        count = here.annotate(member_count=Count("name_key", distinct=True)).values("member_count")
        return self.annotate(member_count=Coalesce(Subquery(count), 0))

    def sorted_by(self, what: str) -> Self:
        """The rooms with `member_count` and `active_at`: first those with most "people", with the latest
        "activity", or the "newest".
        """
        if what == "newest":
            return self.order_by("-pk")
        if what == "activity":
            return self.order_by(F("active_at").desc(nulls_last=True), "pk")
        return self.order_by("-member_count", "pk")

    def with_activity(self) -> Self:
        """Each room with `active_at`: when its latest event came, which one step in an index finds."""
        latest = Event.objects.filter(room=OuterRef("pk"), seq=OuterRef("last_seq")).values("created_at")
        return self.annotate(active_at=Subquery(latest[:1]))

    def with_pace(self) -> Self:
        """Each room with `pace_from` and `pace_since`: seq and time of the first of its latest events.

        Of as many as `PACE_EVENTS`, or as it keeps. Two steps in an index for a room: nothing is counted.
        """
        recent = Event.objects.filter(room=OuterRef("pk"), seq__gt=OuterRef("last_seq") - PACE_EVENTS)
        first = recent.order_by("seq")
        return self.annotate(
            pace_from=Subquery(first.values("seq")[:1]), pace_since=Subquery(first.values("created_at")[:1])
        )

    def telling_of(self, text: str) -> Self:
        """Those that have the text in their title or description, compared as titles are."""
        return self.filter(
            Q(title_key__contains=validation.fold_label(text)) | Q(description__icontains=text)
        )

    def titled(self, title: str) -> Self:
        """The existing room of this title, compared as titles are."""
        # PostgreSQL refuses null characters; and no title is longer than this, in any Unicode form.
        if "\x00" in title or len(title) > validation.SPELLED * validation.TITLE[1]:
            return self.none()
        return self.existing().filter(title_key=validation.fold_label(title))

    def looking_like(self, title: str) -> Self:
        """The existing rooms whose titles are, or look like, this one."""
        look = validation.title_look(title)
        return self.existing().filter(Q(title_key=validation.fold_label(title)) | Q(title_look=look))

    def addressed(self, ref: str) -> Self:
        """The existing room that an address names: by number if it is one (`is_number`), else by title."""
        return self.numbered(ref) if is_number(ref) else self.titled(ref)

    def next_number(self) -> int:
        """The number of the next room. Rooms are never deleted for good, so no number is used twice."""
        latest = self.filter(pk__lte=LARGEST_COUNTED).aggregate(latest=Max("pk"))["latest"]
        return (latest or 0) + 1

    def with_number(self, text: str) -> Self:
        """The one of this number; none if the text is no number."""
        return self.filter(pk=int(text)) if is_number(text) else self.none()

    def numbered(self, text: str) -> Self:
        """The existing room of this number; none if the text is no number."""
        return self.existing().with_number(text)


class Room(models.Model):
    """One room, whatever protocol its members speak."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", "public: listed, open to all"
        PRIVATE = "private", "private: listed, needs the password"
        HIDDEN = "hidden", "hidden: not listed, needs title and password"

    title = models.CharField(max_length=70)
    title_key = models.CharField(
        max_length=280, editable=False, help_text="The form in which titles are compared."
    )
    title_look = models.CharField(  # noqa: DJ001 (two NULLs may be, two "" not)
        max_length=validation.LONGEST_LOOK,
        null=True,
        editable=False,
        help_text="The same for titles that look alike. NULL for older rooms whose title has a look-alike.",
    )
    description = models.CharField(max_length=70, blank=True)
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.PUBLIC)
    password = models.CharField(
        max_length=128, blank=True, editable=False, help_text="Argon2id hash; empty for public rooms."
    )
    generation = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised with each new password, which voids earlier tokens."
    )
    owner = models.ForeignKey(
        "chat.Participant", on_delete=models.SET_NULL, null=True, blank=True, related_name="owned_rooms"
    )
    commons = models.BooleanField(default=False, help_text="Created by an anonymous client; has no owner.")
    moderators = models.ManyToManyField("chat.Participant", blank=True, related_name="moderated_rooms")
    low = models.ForeignKey(
        "chat.Participant",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="In a direct conversation: the participant with the lower number.",
    )
    high = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, null=True, blank=True, editable=False, related_name="+"
    )
    locked = models.BooleanField(default=False, help_text="Only moderators can post.")
    slow_seconds = models.PositiveIntegerField(
        "slow mode",
        default=0,
        db_default=0,
        help_text="Seconds between two messages of a sender. 0: any number. Moderators can post anyway.",
    )
    accounts_only = models.BooleanField(
        default=False, db_default=False, help_text="Only users with an account, and moderators, can post."
    )
    approve_first = models.BooleanField(
        "approve first",
        default=False,
        db_default=False,
        help_text="Newcomers' messages wait until a moderator approves one.",
    )
    who_can_pin = models.CharField(
        "who can pin messages",
        max_length=10,
        choices=[
            ("everyone", "Everyone who can post"),
            ("moderators", "Moderators"),
            ("owner", "Only the owner"),
        ],
        default=validation.MODERATORS,
        db_default=validation.MODERATORS,
    )
    who_can_mention_all = models.CharField(
        "who can mention everyone",
        max_length=10,
        choices=[
            ("auto", "Moderators; everyone in a small room"),
            ("everyone", "Everyone"),
            ("moderators", "Moderators"),
            ("owner", "Only the owner"),
        ],
        default=validation.AUTO,
        db_default=validation.AUTO,
        help_text="With @room and @here.",
    )
    filters = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Another value with each change of the room's filters; empty if it has none.",
    )
    holds = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Messages were held here: the log has to look whether one is sent again.",
    )
    rules = models.TextField(
        blank=True,
        default="",
        db_default="",
        max_length=validation.RULES[1],
        help_text="What members accept before their first message. Moderators can post anyway.",
    )
    rules_version = models.PositiveBigIntegerField(
        default=0, db_default=0, editable=False, help_text="The seq of the change to these rules. 0: none."
    )
    mutes = models.BooleanField(
        db_default=False, editable=False, help_text="The room has mutes, which the log has to check."
    )
    bans = models.BooleanField(
        db_default=False, editable=False, help_text="Bans were made here: the log has to look who is banned."
    )
    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Days to keep messages. Empty: the default of the site. 0: keep none, live delivery only.",
    )
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["title_key"],
                condition=Q(deleted_at__isnull=True, low__isnull=True),
                name="room_title_unique",
            ),
            models.UniqueConstraint(
                fields=["title_look"],
                condition=Q(deleted_at__isnull=True, low__isnull=True),
                name="room_title_look_unique",
            ),
            models.UniqueConstraint(fields=["low", "high"], name="room_conversation_unique"),
            models.CheckConstraint(
                condition=Q(visibility="public", password="")
                | (~Q(visibility="public") & ~Q(password=""))
                | Q(low__isnull=False),
                name="room_password_iff_protected",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True) | Q(low__lt=F("high")),
                name="room_conversation_in_order",
            ),
        ]
        indexes = [
            # For the poll, which asks each second in each process. Rooms of many are left out of it.
            models.Index(
                fields=["updated_at"], condition=Q(low__isnull=False), name="room_conversation_latest"
            )
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new room gets its number here, and not from the database: that of SQLite would count on from the
        largest random one, as would that of PostgreSQL after a restore, and so tell it.
        """
        if self.pk or not self._state.adding:
            super().save(*args, **kwargs)
            return
        for last in (*(False,) * _ATTEMPTS, True):
            number = _random_number() if self.hidden else Room.objects.next_number()
            self.pk = number
            try:
                with transaction.atomic():
                    super().save(**kwargs | {"force_insert": True})
                return
            except IntegrityError:
                self.pk = None
                if last or not Room.objects.filter(pk=number).exists():
                    raise

    @property
    def told_by_number(self) -> bool:
        """Whether its number alone may tell that it is there: not that of a room that became hidden later."""
        return not self.hidden or self.pk > LARGEST_COUNTED

    @property
    def pair(self) -> tuple[int, int] | None:
        """The participants of a conversation of two; None for a room."""
        return None if self.low_id is None or self.high_id is None else (self.low_id, self.high_id)

    @property
    def public(self) -> bool:
        return self.visibility == self.Visibility.PUBLIC

    @property
    def hidden(self) -> bool:
        return self.visibility == self.Visibility.HIDDEN

    def ownership(self, *, with_banned: bool = False) -> permissions.Ownership:
        """What `permissions.may` needs to know; one query for the moderators unless prefetched.

        A moderator or owner who is banned from the room does not run it until the ban is over, and is named
        only `with_banned`. In a room with bans that is one more query.
        """
        moderators = frozenset(participant.pk for participant in self.moderators.all())
        owner = self.owner_id
        if self.bans and not with_banned:
            ranks = permissions.RANKS
            lasting = self.banned.lasting(timezone.now()).filter(kick=False)
            higher = lasting.filter(participant__in=moderators, rank__gt=ranks[permissions.Role.MODERATOR])
            if owner is not None:
                higher |= lasting.filter(participant=owner, rank__gt=ranks[permissions.Role.OWNER])
            banned = set(higher.values_list("participant", flat=True))
            moderators, owner = moderators - banned, None if owner in banned else owner
        return permissions.Ownership(
            self.visibility,
            owner,
            self.commons,
            moderators,
            self.generation,
            self.pair,
            who_can_pin=self.who_can_pin,
            who_can_mention_all=self.who_can_mention_all,
        )


def _random_number() -> int:
    return LARGEST_COUNTED + 1 + secrets.randbelow(LARGEST_RANDOM - LARGEST_COUNTED)
