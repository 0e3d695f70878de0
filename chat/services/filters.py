"""Filters of rooms and of the server: list, add, change, remove and try them. Blocking."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from time import monotonic
from typing import Any, Final, TypeAlias

from django.db import DatabaseError, transaction
from msgspec.structs import asdict

from chat import commands, permissions, validation
from chat.answers import Answer, Caught, ChangedFilter, Done, FilterInfo, Filters, QuoteInfo
from chat.errors import INVALID_FIELD, PAGE_NOT_FOUND, ROOM_NOT_FOUND, ChatError
from chat.filters import (
    LATEST,
    MOST_FILTERS,
    TextFilter,
    check_costs,
    clean_filter,
    compile_filter,
    is_repeated,
    make_text_key,
)
from chat.log.audit import write_act
from chat.log.current_rights import read_current_actors
from chat.log.drafts import Act
from chat.log.filters import to_text_filter
from chat.models import Epoch, Event, Filter, Participant, Room
from chat.models.epoch import new_value
from chat.permissions import FILTER_EVERYWHERE, FILTER_TEXTS, NOWHERE, Actor

PERMISSION: Final = "chat.change_filter"  # of staff, for the filters of the server
TRIED: Final = 1000  # messages
LONGEST_TRY: Final = 2.0  # seconds
MOST_SHOWN: Final = 50
_LONGEST_NOTE: Final = 200


def list_filters(*, room: Room | None, actor: Actor) -> list[Filter]:
    """The filters of the room, or of the server. Raises 104."""
    _check(room, actor)
    return list(Filter.objects.filter(room=room))


def add_filter(*, room: Room | None, actor: Actor, fields: Mapping[str, Any]) -> Filter:
    """Add a filter to the room, or to the server. Raises 104, 303.

    Fields: `kind`, `action`, `pattern`, `amount` (see `chat.filters`), and a `note` for moderators.
    """
    current = _check(room, actor)
    filter_, note = clean_filter(fields), _clean_note(fields)
    with transaction.atomic():
        _lock(room)
        others = list(Filter.objects.filter(room=room))
        if len(others) >= MOST_FILTERS:
            detail = f"there can be at most {MOST_FILTERS} filters; remove one first"
            raise ChatError(INVALID_FIELD, field="kind", detail=detail)
        check_costs([filter_, *map(to_text_filter, others)])
        by = Participant.objects.filter(pk=current.participant or 0).values_list("name", flat=True).first()
        added = Filter.objects.create(
            room=room,
            kind=filter_.kind,
            action=filter_.action,
            pattern=filter_.pattern,
            amount=filter_.amount,
            note=note,
            by=by or "",
            at=datetime.now(UTC),
        )
        _change_version(room)
        _write_act(actor, "add_filter", added)
    return added


def change_filter(
    *, actor: Actor, number: int, fields: Mapping[str, Any], room: Room | None = None
) -> Filter:
    """Give a filter these fields, as of `add_filter`, in place of all that it has. Raises 104, 303, 906.

    `room`: only if it is one of this room.
    """
    found = _find_filter(number, actor, room)
    filter_, note = clean_filter(fields), _clean_note(fields)
    with transaction.atomic():
        _lock(found.room)
        others = Filter.objects.filter(room=found.room).exclude(pk=found.pk)
        check_costs([filter_, *map(to_text_filter, others)])
        for name in ("kind", "action", "pattern", "amount"):
            setattr(found, name, getattr(filter_, name))
        found.note = note
        try:
            found.save(force_update=True)
        except DatabaseError:  # removed meanwhile
            raise _refuse_missing() from None
        _change_version(found.room)
        _write_act(actor, "change_filter", found)
    return found


def remove_filter(*, actor: Actor, number: int, room: Room | None = None) -> None:
    """Remove a filter. Raises 104, 906. `room`: only if it is one of this room."""
    found = _find_filter(number, actor, room)
    with transaction.atomic():
        _write_act(actor, "remove_filter", found)
        Filter.objects.filter(pk=found.pk).delete()
        _change_version(found.room)


def _find_filter(number: int, actor: Actor, room: Room | None = None) -> Filter:
    """The filter, for those who may change it. Raises 104, 906."""
    found = Filter.objects.filter(pk=number).select_related("room").first()
    if found is None or (room is not None and found.room_id != room.pk):
        raise _refuse_missing()
    try:
        _check(found.room, actor)
    except ChatError as error:
        raise (_refuse_missing() if error.kind is ROOM_NOT_FOUND else error) from None
    return found


def _refuse_missing() -> ChatError:
    return ChatError(PAGE_NOT_FOUND, detail="there is no such filter")


def try_filter(*, room: Room | None, actor: Actor, fields: Mapping[str, Any]) -> Caught:
    """What the filter would have caught among the latest messages of the room, or of all rooms.

    After some seconds it stops, with what it has tried. Raises 104, 303.
    """
    _check(room, actor)
    filter_, _ = clean_filter(fields), _clean_note(fields)
    if room is None:
        latest = Event.objects.in_rooms().standing_messages()
    else:
        latest = Event.objects.latest_messages(room.pk)
    rows = list(latest[:TRIED])
    found, tried, end = [], 0, monotonic() + LONGEST_TRY
    for row, is_caught in zip(rows, _judge(filter_, rows), strict=True):
        tried += 1
        if is_caught:
            found.append(row)
        if monotonic() >= end:
            break
    shown = tuple(QuoteInfo(row.seq, row.created_at, row.name, row.text) for row in found[:MOST_SHOWN])
    return Caught(tried, len(found), shown)


Asking: TypeAlias = (
    commands.GetFilters
    | commands.AddFilter
    | commands.ChangeFilter
    | commands.RemoveFilter
    | commands.TryFilter
)


def answer_filters(command: Asking, actor: Actor) -> Answer:
    """Answer a command of `wschat.v1` about filters. Raises what the function for the command raises."""
    if isinstance(command, commands.RemoveFilter):
        remove_filter(actor=actor, number=command.filter)
        return Done()
    if isinstance(command, commands.ChangeFilter):
        return ChangedFilter(
            show_filter(change_filter(actor=actor, number=command.filter, fields=asdict(command)))
        )
    room = None if command.room is None else find_filtered_room(command.room)
    if isinstance(command, commands.GetFilters):
        return Filters(tuple(map(show_filter, list_filters(room=room, actor=actor))))
    if isinstance(command, commands.TryFilter):
        return try_filter(room=room, actor=actor, fields=asdict(command))
    return ChangedFilter(show_filter(add_filter(room=room, actor=actor, fields=asdict(command))))


def show_filter(row: Filter) -> FilterInfo:
    """The filter as moderators see it."""
    what = row.kind, row.action, row.pattern, row.amount, row.note
    return FilterInfo(row.pk, row.room_id, *what, row.by, row.at)


def find_filtered_room(number: int) -> Room:
    """The room of this number. Raises 101."""
    room = Room.objects.existing().filter(pk=number).first()
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    return room


def _clean_note(fields: Mapping[str, Any]) -> str:
    note = validation.clean_reason("" if fields.get("note") is None else fields["note"], "note")
    if len(note) > _LONGEST_NOTE:
        detail = f"note must have at most {_LONGEST_NOTE} characters"
        raise ChatError(INVALID_FIELD, field="note", detail=detail)
    return note


def _check(room: Room | None, actor: Actor) -> Actor:
    """Return the actor with current rights. Raises 104 if they may not filter there; 101 if it is hidden."""
    asked = actor if room is not None else replace(actor, permission=PERMISSION)
    current = read_current_actors([asked])[asked]
    if room is None:
        permissions.check(current, FILTER_EVERYWHERE, NOWHERE)
    else:
        if room.hidden and not permissions.may(current, FILTER_TEXTS, room.ownership()):
            raise ChatError(ROOM_NOT_FOUND)  # numbers can be walked
        permissions.check(current, FILTER_TEXTS, room.ownership())
    return current


def _judge(filter_: TextFilter, rows: list[Event]) -> Iterator[bool]:
    """Whether it catches each of these messages, which are the latest first."""
    if filter_.kind != "repeated":
        check = compile_filter(filter_)
        yield from (check(row.text) for row in rows)
        return
    said = [(make_text_key(row.text), row.sender_id or row.name) for row in rows]
    for place, row in enumerate(rows):
        earlier = (later for later in range(place + 1, len(rows)) if rows[later].room_id == row.room_id)
        yield is_repeated(*said[place], [said[each] for each in islice(earlier, LATEST)], filter_.amount or 2)


def _lock(room: Room | None) -> None:
    """Have other changes of these filters wait for the end of the transaction."""
    if room is None:
        Epoch.objects.get_or_create()
        list(Epoch.objects.select_for_update())
    else:
        list(Room.objects.select_for_update().filter(pk=room.pk))


def _change_version(room: Room | None) -> None:
    """Have every process reload the filters. Without filters, no text is checked."""
    version = new_value() if Filter.objects.filter(room=room).exists() else ""
    if room is None:
        Epoch.objects.get_or_create()
        Epoch.objects.update(filters=version)
    else:
        Room.objects.filter(pk=room.pk).update(filters=version)


def _write_act(actor: Actor, name: str, row: Filter) -> None:
    details = {"filter": row.pk, "kind": row.kind, "action": row.action, "pattern": row.pattern[:200]}
    act = Act(name=name, note=row.note, details=details)
    write_act(actor, act, row.room_id, row.room.title if row.room is not None else "")
