"""Slow mode: for how long a sender waits between two messages in a room.

`RoomState.slow_seconds` says so. `MessageDraft` asks `LastPosts.check_pace` while its batch is numbered, with
the room's row locked: so two processes agree, and of two messages in one batch the second is refused. When
each sender last posted stands in rows of its own (`LastPost`), and is not read from the log: a room may keep
no messages, and the log has no index by sender. In rooms without slow mode nothing is noted.

A participant is one sender, whatever protocol it uses. An anonymous client can change its name as it likes.
So all of them at one address (IPv6: its /64) are one sender, as in `chat.budgets`; without an address, those
of one name. A client can also become a new guest as it likes. So guests who are newer than the pause wait for
their address as well.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from django.db import transaction
from django.utils.crypto import salted_hmac

from chat import validation
from chat.budgets import network_of
from chat.errors import SLOW_MODE, ChatError
from chat.events import Sender
from chat.models import LastPost, Participant

Poster: TypeAlias = tuple[int, str]  # a room, and who posts there, as in `LastPost.sender`

_LONGEST_NUMBER: Final = 20  # digits of a participant's; the hash of an address is longer
LONGEST: Final = timedelta(seconds=validation.LONGEST_PAUSE)


def name_poster(room: int, who: Sender, address: str) -> Poster:
    """Name a sender, for its row. The addresses of anonymous clients are hashed: none is stored."""
    if who.participant is not None:
        return room, str(who.participant)
    return name_address(room, address) or (room, _hash(f"\x00{validation.name_key(who.name)}"))


def name_address(room: int, address: str) -> Poster | None:
    """Name all clients without an account at an address, if it is known."""
    network = network_of(address)
    return (room, _hash(network)) if network else None


def _hash(whose: str) -> str:
    return salted_hmac("chat.log.slow_mode", whose, algorithm="sha256").hexdigest()


@dataclass(slots=True)
class LastPosts:
    """When the senders of one batch last posted. `new`: those of the batch, which are to be stored.

    `_posters_in` names those who post in a room in this batch. They are read together, when first needed.
    """

    _posters_in: Callable[[int], Iterable[Poster]] = lambda room: ()
    new: dict[Poster, datetime] = field(default_factory=dict)
    _stored: dict[int, Mapping[Poster, datetime]] = field(default_factory=dict)  # by room
    _guests: dict[int, Mapping[str, datetime]] = field(default_factory=dict)  # by room: when they came

    def check_pace(self, posters: Iterable[Poster], slow_seconds: int, at: datetime) -> None:
        """Raise 108 if the last message of one of these there is less than `slow_seconds` old."""
        waits = [slow_seconds - (at - last).total_seconds() for last in map(self._find_last, posters) if last]
        # More than twice as long: the clock of the process that stored it was wrong, and holds up no one.
        wait = max((wait for wait in waits if wait < 2 * slow_seconds), default=0.0)
        if wait > 0:
            detail = f"slow mode: you can send one message every {slow_seconds} s in this room"
            raise ChatError(SLOW_MODE, detail=detail, retry_after=min(wait, slow_seconds))

    def is_new_guest(self, poster: Poster, since: datetime) -> bool:
        """Whether this is a guest who has come since then. One query for all who post in the room."""
        room, sender = poster
        if room not in self._guests:
            self._guests[room] = _read_guests(sender for _, sender in self._posters_in(room))
        came = self._guests[room].get(sender)
        return came is not None and came > since

    def _find_last(self, poster: Poster) -> datetime | None:
        room = poster[0]
        if poster in self.new:
            return self.new[poster]
        if room not in self._stored:
            self._stored[room] = _read_posts(room, {sender for _, sender in self._posters_in(room)})
        return self._stored[room].get(poster)


def _read_posts(room: int, senders: Set[str]) -> dict[Poster, datetime]:
    """When these last posted in the room: one query, with one look into the index for each."""
    rows = LastPost.objects.filter(room=room, sender__in=senders) if senders else LastPost.objects.none()
    return {(room, sender): at for sender, at in rows.values_list("sender", "at")}


def _read_guests(senders: Iterable[str]) -> Mapping[str, datetime]:
    """When those of these senders who are guests came."""
    numbers = {int(sender) for sender in senders if sender.isdecimal() and len(sender) < _LONGEST_NUMBER}
    guests = Participant.objects.filter(pk__in=numbers, user=None) if numbers else Participant.objects.none()
    return {str(number): came for number, came in guests.values_list("pk", "created_at")}


def write_last_posts(posts: Mapping[Poster, datetime]) -> None:
    """Store when these posted."""
    rows = [LastPost(room_id=room, sender=sender, at=at) for (room, sender), at in sorted(posts.items())]
    LastPost.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["room", "sender"], update_fields=["at"]
    )


def forget_last_posts(moment: datetime) -> None:
    """Delete those that are so old that no room waits for them."""
    old = LastPost.objects.filter(at__lt=moment - LONGEST)
    # Not those that a batch is about to store anew, which waits for the others in another order.
    free = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
    with transaction.atomic():
        LastPost.objects.filter(pk__in=list(free)).delete()
