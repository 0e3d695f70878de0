"""Held messages: they wait outside the log until a moderator approves or rejects them.

`MessageDraft` asks while its batch is numbered, with the room's row locked: so two processes agree, and a
message that is sent again is held once. The row has what the message needs, and no seq. The server files a
report, which puts it into the moderators' queue. The sender gets error 110, again for the same nonce while it
waits, and 111 after it is rejected. When it is approved it goes through the log, under its nonce
(`chat.log.kinds.decision`). In a room where nothing was ever held, nothing is asked.

A newcomer has posted nothing in the room that the log knows, and no moderator has approved a message of
theirs there. For the server as a whole only the approval of staff counts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from chat import metrics, validation
from chat.errors import HELD, INVALID_FIELD, REJECTED, TOO_MANY_HELD, ChatError
from chat.events import NO_SEQ, Message, Sender
from chat.log.slow_mode import Poster
from chat.models import Event, FirstMessage, HeldMessage, Report, Room

if TYPE_CHECKING:
    from chat.log.drafts import NonceKey
    from chat.log.kinds.message import MessageDraft

# Of the process, if it serves connections: hears in the log's thread of each report that the server files.
listener: Callable[[int], None] | None = None

SERVER: Final = 0  # as the reporter
MOST_OF_SENDER: Final = 5  # waiting in a room
MOST_IN_ROOM: Final = 500
WAITS: Final = timedelta(days=7)
KEPT: Final = timedelta(days=365)  # once decided, without its text

Asked: TypeAlias = tuple[Poster, "NonceKey | None"]


@dataclass(slots=True)
class HeldMessages:
    """What is known of held messages while a batch is numbered.

    `_asked_in` names those who post in a room in this batch, and under which nonces. All are read together,
    when first needed.
    """

    _asked_in: Callable[[int], Iterable[Asked]] = lambda room: ()
    _known: dict[int, Mapping["NonceKey", HeldMessage]] = field(default_factory=dict)  # by room
    _approved: dict[int, set[str]] = field(default_factory=dict)

    def find_again(self, draft: "MessageDraft") -> Message | None:
        """Find a message that was held and approved, and is not in the log.

        Raises 110 for one that waits, 111 for a rejected one, 303 for another one of this nonce.
        """
        if (key := draft.key) is None:
            return None
        if draft.room not in self._known:
            self._known[draft.room] = _read_held({key for _, key in self._asked_in(draft.room) if key})
        if (held := self._known[draft.room].get(key)) is None:
            return None
        same = held.room_id == draft.room and held.reply_to == draft.reply_to
        if not same or (held.state == HeldMessage.State.WAITING and held.text != draft.text):
            raise refuse_nonce()
        if held.state == HeldMessage.State.REJECTED:
            raise ChatError(REJECTED, detail="a moderator has rejected this message")
        if held.state == HeldMessage.State.WAITING:
            raise refuse_held()
        at = (held.decided_at or held.at).astimezone(UTC)
        return Message(draft.room, NO_SEQ, at, draft.sender, draft.text, draft.nonce)

    def is_newcomer(self, poster: Poster, who: Sender) -> bool:
        """Whether the sender is new to the room."""
        room, sender = poster
        if room not in self._approved:
            posters = {poster for (_, poster), _ in self._asked_in(room)}
            found = HeldMessage.objects.approved().filter(room=room, poster__in=posters)
            self._approved[room] = set(found.values_list("poster", flat=True))
        if sender in self._approved[room]:
            return False
        return who.participant is None or not has_posted(room, who.participant)

    def note_held(self, key: "NonceKey | None", held: HeldMessage) -> None:
        """Know what this batch has held."""
        if key is not None:
            self._known[held.room_id] = {**self._known.get(held.room_id, {}), key: held}


def _read_held(keys: Iterable["NonceKey"]) -> dict["NonceKey", HeldMessage]:
    senders, nonces = {sender for sender, _ in keys}, {nonce for _, nonce in keys}
    if not nonces:
        return {}
    found = HeldMessage.objects.filter(sender__in=senders, nonce__in=nonces)
    return {(held.sender_id or 0, held.nonce or ""): held for held in found}


def has_posted(room: int, participant: int) -> bool:
    """Whether the log has a message of the participant in the room: one look into an index each for the row
    that says where theirs begin, and for that message.

    If that one is deleted, it is looked for the next one once, and the row says from then on where to begin.
    """
    row = FirstMessage.objects.filter(room=room, participant=participant)
    if (first := row.values_list("seq", flat=True).first()) is None:
        return False
    later = Event.objects.latest_messages(room).filter(seq__gte=first, sender=participant).order_by("seq")
    found = later.values_list("seq", flat=True).first()
    if found != first:
        last = Room.objects.values_list("last_seq", flat=True).get(pk=room)
        row.filter(seq=first).update(seq=last if found is None else found)
    return found is not None


def is_approved_by_staff(who: Sender) -> bool:
    """Whether someone who is staff now has approved a message of the sender, in any room.

    Only that clears a newcomer to the server. What they post in a room, and what its moderators approve, does
    not: anyone can have a room, and another account to run it with.
    """
    approved = HeldMessage.objects.approved().filter(sender=who.participant)
    places = [] if who.participant is None else list(approved.values_list("pk", "room"))
    decided = Report.objects.decided_by_staff().filter(
        decision="approve", room__in={room for _, room in places}
    )
    return bool(places) and decided.filter(held__in=[pk for pk, _ in places]).exists()


def note_restored(room: int, participant: int | None, seq: int) -> None:
    """Note that this message of the participant is there again."""
    if participant is None or Room.objects.filter(pk=room, low__isnull=False).exists():
        return
    row, new = FirstMessage.objects.get_or_create(
        room_id=room, participant_id=participant, defaults={"seq": seq}
    )
    if not new and row.seq > seq:
        FirstMessage.objects.filter(pk=row.pk).update(seq=seq)


def hold_message(draft: "MessageDraft", reason: str, note: str = "") -> HeldMessage:
    """Store a message that waits, and put it into the queue. Raises 113 if too many wait."""
    room, sender = draft.poster
    if draft.key is not None and _read_held([draft.key]):  # in a room that `find_again` did not ask about
        raise refuse_nonce()
    waiting = HeldMessage.objects.waiting().filter(room=room)
    if waiting.filter(poster=sender).count() >= MOST_OF_SENDER:
        raise ChatError(TOO_MANY_HELD, detail="a moderator has to look at your earlier messages first")
    if waiting.count() >= MOST_IN_ROOM:
        raise ChatError(TOO_MANY_HELD, detail="too many messages wait for the moderators of this room")
    held = HeldMessage.objects.create(
        room_id=room,
        poster=sender,
        sender_id=draft.sender.participant,
        name=draft.sender.name,
        color=draft.sender.color,
        nonce=draft.nonce,
        text=draft.text,
        reply_to=draft.reply_to,
        reason=reason,
        at=draft.at,
    )
    file_report(room, draft.sender, draft.text, reason, draft.at, note=note, held=held.pk)
    return held


def file_report(
    room: int,
    who: Sender,
    text: str,
    reason: str,
    at: datetime,
    *,
    note: str = "",
    seq: int | None = None,
    held: int | None = None,
) -> None:
    """Put a message into the queue on behalf of the server, unless it is full."""
    waiting = Report.objects.waiting().filter(room=room, reporter=SERVER)
    if held is None and waiting.count() >= MOST_IN_ROOM:
        metrics.DROPPED.labels("report_queue_full").inc()
        return
    copy = {"seq": seq or 0, "at": at.isoformat(), "name": who.name, "text": text[: validation.LONGEST_COPY]}
    report = Report.objects.create(
        at=at,
        reporter=SERVER,
        room=room,
        room_title=Room.objects.values_list("title", flat=True).get(pk=room),
        direct=False,
        seq=seq,
        held=held,
        subject=who.participant,
        subject_name=who.name,
        subject_key=validation.name_key(who.name),
        reason=reason,
        note=note,
        messages=[copy],
    )
    if listener is not None:
        transaction.on_commit(partial(listener, report.pk), robust=True)


def refuse_nonce() -> ChatError:
    """The answer to the sender of another message under the nonce of an earlier one."""
    detail = "another of your messages has this nonce; each message needs its own"
    return ChatError(INVALID_FIELD, field="nonce", detail=detail)


def refuse_held() -> ChatError:
    """The answer to the sender of a message that waits."""
    return ChatError(HELD, detail="your message waits for a moderator")


def forget_held(moment: datetime, default_days: int | None) -> None:
    """Drop the messages that waited too long, or longer than their room keeps messages; count them.

    Of those that were decided long ago, the row goes, too.
    """
    old = Q(at__lte=moment - WAITS)
    for days in range(1, WAITS.days):
        own = Q(room__retention_days=days)
        if days == default_days:
            own |= Q(room__retention_days=None)
        old |= own & Q(at__lte=moment - timedelta(days=days))
    dropped = list(HeldMessage.objects.waiting().filter(old).values_list("pk", flat=True))
    for pk in dropped:
        # One by one, since a decision may come first.
        if HeldMessage.objects.waiting().filter(pk=pk).delete()[0]:
            metrics.DROPPED.labels("held_too_long").inc()
            report = Report.objects.waiting().filter(held=pk)
            number = report.values_list("pk", flat=True).first()
            report.update(state=Report.State.DONE, decision="expired", decided_at=moment, messages=[])
            if number is not None and listener is not None:
                listener(number)
    HeldMessage.objects.filter(decided_at__lte=moment - KEPT).delete()
    known = HeldMessage.objects.filter(room=OuterRef("pk"))
    for pk in Room.objects.filter(~Exists(known), holds=True).values_list("pk", flat=True):
        _reset_holds(pk)


def _reset_holds(room: int) -> None:
    """Have the log look no more whether a message to the room was held, if it knows of none."""
    with transaction.atomic():
        list(Room.objects.select_for_update().filter(pk=room))  # else one could be held meanwhile
        if not HeldMessage.objects.filter(room=room).exists():
            Room.objects.filter(pk=room).update(holds=False)
