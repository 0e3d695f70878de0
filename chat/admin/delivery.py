"""Why a participant did not get a message: by log, read marks, presence and ended connections. Blocking."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.models import ConnectionEnd, Event, Participant, Presence, ReadMark, Room
from chat.validation import name_key

HOUR: Final = timedelta(hours=1)
MOST_ENDS: Final = 50


def explain_delivery(room: Room, seq: int, name: str) -> list[str]:
    """List what is known, in sentences: about the message, then about the participant with this name."""
    event = Event.objects.messages(room.pk).filter(seq=seq).select_related("sender").first()
    person = Participant.objects.named(name).first()
    return [
        *_explain_message(room, seq, event),
        *_explain_marks(room, seq, name, person),
        *_explain_presence(room, seq, name, person, event),
        *_explain_ends(name, person),
    ]


def _explain_message(room: Room, seq: int, event: Event | None) -> Iterator[str]:
    if room.deleted_at:
        yield _("The room was deleted on %(at)s.") % {"at": _tell(room.deleted_at)}
    if seq > room.last_seq or seq < 1:
        yield _("No such message: the latest number in this room is %(last)s.") % {"last": room.last_seq}
        return
    if event is None:
        if Event.objects.filter(room=room, seq=seq).exists():
            yield _("Number %(seq)s is not a message but a change, such as an edit or a pin.") % {"seq": seq}
        elif room.retention_days == 0:
            yield _("The room keeps no messages: only members who were connected got it.")
        else:
            yield _("The message is older than the time for which this room keeps messages.")
        return
    yield _("%(name)s sent it on %(at)s.") % {"name": event.name, "at": _tell(event.created_at)}
    if event.erased_at:
        yield _("It was deleted on %(at)s.") % {"at": _tell(event.erased_at)}


def _explain_marks(room: Room, seq: int, name: str, person: Participant | None) -> Iterator[str]:
    if person is None:
        yield _("No participant has the name %(name)s now, so there is no read mark.") % {"name": name}
        return
    mark = ReadMark.objects.filter(participant=person, room=room).first()
    if mark is None:
        yield _("%(name)s has no read mark in this room.") % {"name": name}
    elif mark.seq >= seq:
        told = {"name": name, "seq": mark.seq}
        yield _("%(name)s has read the room up to %(seq)s, so the message arrived.") % told
    else:
        yield _("%(name)s has read the room only up to %(seq)s.") % {"name": name, "seq": mark.seq}
    if mark is not None and mark.delivered:
        told = {"seq": mark.delivered}
        yield _("Messages up to %(seq)s were delivered to one of their connections.") % told


def _explain_presence(
    room: Room, seq: int, name: str, person: Participant | None, event: Event | None
) -> Iterator[str]:
    theirs = Q(name_key=name_key(name)) | (Q() if person is None else Q(participant=person))
    here = list(Presence.objects.current().filter(theirs, room=room).order_by("joined_at"))
    for row in here:
        told = {"since": _tell(row.joined_at), "dialect": row.dialect, "active": _tell(row.last_activity)}
        yield _("In the room since %(since)s over %(dialect)s, last active %(active)s.") % told
    if event is not None and here and all(row.joined_at > event.created_at for row in here):
        yield _("All of these connections began after the message was sent: they get it only from history.")
    if not here:
        yield _("%(name)s is not in the room now.") % {"name": name}
        if person is not None and person.seen_at < timezone.now():
            yield _("Last connected: %(at)s.") % {"at": _tell(person.seen_at)}


def _explain_ends(name: str, person: Participant | None) -> Iterator[str]:
    theirs = Q(name__iexact=name) | (Q() if person is None else Q(participant=person.pk))
    rows = ConnectionEnd.objects.filter(theirs, at__gt=timezone.now() - HOUR).order_by("-at")[:MOST_ENDS]
    ends = list(rows)
    if not ends:
        yield _("None of their connections ended in the last hour.")
    for end in ends:
        told = {"at": _tell(end.at), "dialect": end.dialect, "code": end.code, "reason": end.reason}
        if end.code:
            text = _("%(at)s: the server closed a connection (%(dialect)s) with %(code)s: %(reason)s.") % told
        else:
            text = _("%(at)s: the client or the network ended a connection (%(dialect)s).") % told
        if end.unsent:
            unsent = ngettext("%(n)s byte was not sent.", "%(n)s bytes were not sent.", end.unsent)
            text += " " + unsent % {"n": end.unsent}
        yield text
    most = {"s": settings.ENV.wschat_slow_reader_seconds}
    yield _("The server closes a connection that takes no data for %(s)g seconds.") % most


def _tell(at: datetime) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i:s")
