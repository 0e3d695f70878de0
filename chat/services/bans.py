"""Bans and kicks from outside a connection, and who may not come in. Blocking."""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import Q, QuerySet
from msgspec.structs import asdict

from chat import commands, permissions, validation
from chat.answers import BanInfo, Bans
from chat.errors import (
    INVALID_FIELD,
    NOT_APPROVED,
    PAGE_NOT_FOUND,
    ROOM_NOT_FOUND,
    ROOM_UNAUTHORIZED,
    ChatError,
)
from chat.events import Sender
from chat.log import bans
from chat.log.audit import write_act
from chat.log.bans import ActiveBan, BanList, Client
from chat.log.current_rights import read_current_actors
from chat.log.drafts import Act
from chat.log.held import has_posted, is_approved_by_staff
from chat.log.kinds.ban import BanDraft, check_label
from chat.log.kinds.kick import KickDraft
from chat.log.log import log
from chat.log.used_names import find_used_addresses
from chat.models import Ban, Epoch, Participant, Presence, ReadMark, Room
from chat.models.epoch import new_value
from chat.permissions import Actor
from chat.services.revocations import announce_loss

# In a room


def kick_name(
    *, room: Room, name: object, actor: Actor, reason: object = "", verified: object = True
) -> None:
    """Remove a member from the room; not `verified`: see `check_label`. Raises 104, 201, 303."""
    permissions.check(actor, permissions.KICK, room.ownership())
    log.append_and_wait(
        KickDraft(
            room=room.pk,
            at=datetime.now(UTC),
            actor=actor,
            name=validation.clean_known_name(name),
            reason=validation.clean_reason(reason),
            verified=validation.clean_flag(verified, "verified", INVALID_FIELD),
        )
    )


def ban(*, room: Room, actor: Actor, fields: dict[str, Any]) -> None:
    """Ban a `name`, a `pattern` or a `network` from the room. Raises 104, 303.

    More fields: `seconds`, `reason`, `note`, and with a name `address` and `verified`. With `newcomers` and
    `seconds` in place of a name, those who were not there before cannot join for that time; with `hold` as
    well, they can, and their first messages are held.
    """
    permissions.check(actor, permissions.BAN, room.ownership())
    now = datetime.now(UTC)
    log.append_and_wait(BanDraft(room=room.pk, at=now, actor=actor, **_clean_fields(fields, now)))


def unban(*, room: Room, actor: Actor, number: int) -> None:
    """Lift a ban of the room. Raises 104, 906."""
    permissions.check(actor, permissions.BAN, room.ownership())
    found = Ban.objects.filter(room=room, origin="", kick=False, pk=number).first()
    if found is None:
        raise _refuse_unknown()
    draft = BanDraft(room=room.pk, at=datetime.now(UTC), actor=actor, on=False, number=number)
    if found.kind in (bans.NEWCOMERS, bans.WATCH):
        draft.newcomers, draft.hold = True, found.kind == bans.WATCH
    else:
        setattr(draft, found.kind, found.name)
    log.append_and_wait(draft)


def find_bans(number: int, actor: Actor) -> tuple[BanInfo, ...]:
    """The bans of a room, for those who may ban. Raises 101, 104."""
    room = Room.objects.prefetch_related("moderators").filter(pk=number).first()
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    current = read_current_actors([actor])[actor]
    permissions.check(current, permissions.BAN, room.ownership())
    return _show(Ban.objects.filter(room=room))


# Newcomers: a switch for raids

PAUSES: Final = (3600, 6 * 3600, 24 * 3600)  # to choose from: for how many seconds newcomers are kept out


def find_newcomers_ban(room: Room | None, actor: Actor) -> BanInfo | None:
    """The ban of newcomers to a room, or to the server, if there is one. Raises 101, 104."""
    found = find_server_bans(actor) if room is None else find_bans(room.pk, actor)
    return next((ban for ban in found if covers_newcomers(ban)), None)


def covers_newcomers(ban: BanInfo) -> bool:
    """Whether it keeps newcomers out, or holds their messages."""
    return ban.kind in (bans.NEWCOMERS, bans.WATCH)


def keep_newcomers_out(
    *, room: Room | None, actor: Actor, seconds: int, hold: bool = False, reason: str = ""
) -> None:
    """Keep newcomers out of a room, or off the server, or `hold` their first messages. Raises 104, 303."""
    fields = {"newcomers": True, "hold": hold, "seconds": seconds, "reason": reason}
    if room is None:
        ban_from_server(actor=actor, fields=fields)
    else:
        ban(room=room, actor=actor, fields=fields)


def let_newcomers_in(*, room: Room | None, actor: Actor) -> None:
    """Lift the ban of newcomers, if there is one. Raises 101, 104."""
    if (found := find_newcomers_ban(room, actor)) is None:
        return
    if room is None:
        unban_from_server(actor=actor, number=found.id)
    else:
        unban(room=room, actor=actor, number=found.id)


# From the server


def ban_from_server(*, actor: Actor, fields: dict[str, Any]) -> None:
    """Ban from the whole server, with the fields of `ban`. For staff. Raises 104, 303.

    With `newcomers` and `seconds` in place of a name, new people cannot join for that time, and only staff
    can create rooms; with `hold` as well, guests can still join, and the first messages of new ones are held.
    """
    _check_staff(actor)
    now = datetime.now(UTC)
    given = _clean_fields(fields, now)
    if given.pop("address"):
        raise ChatError(INVALID_FIELD, field="address", detail="address is for bans from a room")
    draft = BanDraft(room=0, at=now, actor=actor, **given)
    if not draft.verified:
        check_label(draft.name)
    name = draft.network or draft.pattern or draft.name
    known = Participant.objects.named(draft.name) if draft.name else Participant.objects.none()
    participant = known.values_list("pk", flat=True).first()
    if participant is not None and read_current_actors([Actor(participant)])[Actor(participant)].staff:
        raise ChatError(ROOM_UNAUTHORIZED, field="name", detail="staff cannot be banned")
    if Ban.objects.of_server().filter(origin="").count() >= validation.MOST_BANS:
        detail = f"there can be at most {validation.MOST_BANS} bans; lift one first"
        raise ChatError(INVALID_FIELD, field="name", detail=detail)
    by = Participant.objects.filter(pk=actor.participant or 0).values_list("name", flat=True).first()
    values = {
        "name": name,
        "participant_id": participant,
        "rank": permissions.RANKS[permissions.Role.STAFF],
        "until": draft.until,
        "reason": draft.reason,
        "note": draft.note,
        "by": by or "",
        "at": now,
    }
    details: dict[str, Any] = {} if draft.until is None else {"until": draft.until.isoformat()}
    if draft.newcomers:
        details |= {"newcomers": True} | ({"hold": True} if draft.hold else {})
    with transaction.atomic():
        _raise_version()
        if draft.newcomers:
            Ban.objects.of_server().of_newcomers().delete()
        key = draft.ban_key
        bans.store_ban(None, key, values)
        if draft.name:
            _watch_networks(key, Sender(name, "", participant), values)
        subject = Sender(name, "", participant)
        act = Act(
            name="ban_from_server", subject=subject, reason=draft.reason, note=draft.note, details=details
        )
        write_act(actor, act)
        announce_loss([])


def unban_from_server(*, actor: Actor, number: int) -> None:
    """Lift a ban from the server. Raises 104, 906."""
    _check_staff(actor)
    with transaction.atomic():
        _raise_version()
        found = Ban.objects.of_server().filter(pk=number).first()
        if found is None:
            raise _refuse_unknown()
        same = Ban.objects.of_server().filter(participant=found.participant_id)
        same.with_origin(found.key).delete()
        write_act(actor, Act(name="unban_from_server", subject=Sender(found.name, "", found.participant_id)))


def find_server_bans(actor: Actor) -> tuple[BanInfo, ...]:
    """The bans from the server. Raises 104."""
    _check_staff(actor)
    return _show(Ban.objects.of_server())


OfServer: TypeAlias = commands.BanFromServer | commands.UnbanFromServer | commands.GetServerBans


def answer_bans(command: OfServer, actor: Actor) -> Bans:
    """Answer a command of `wschat.v1` about the server. Raises what the function for the command raises."""
    if isinstance(command, commands.BanFromServer):
        ban_from_server(actor=actor, fields=asdict(command))
    elif isinstance(command, commands.UnbanFromServer):
        unban_from_server(actor=actor, number=command.ban)
    return Bans(find_server_bans(actor))


# Who may not come in


def check_client(
    room: Room | None, client: Client, actor: Actor, site: BanList | None = None, *, enters: bool = False
) -> None:
    """Raise 920, 921 for a client that may not be in the room, or on the server; 922 if it `enters`.

    `site`: the bans from the server, if they are read already.
    """
    lists = [bans.read_site_bans() if site is None else site]
    if room is not None and room.bans:
        lists.append(bans.load_room_bans([room.pk]).get(room.pk, BanList()))
    now = datetime.now(UTC)
    for each in lists:
        found = each.find(client, now, enters=enters)
        if (
            room is not None
            and found is not None
            and found.asks_room
            and _find_known([(room.pk, client, found.since)])
        ):
            found = each.find(client, now)
        if found is not None and _rank_in(room, actor) < found.rank:
            raise found.make_error(now)


def check_caller(actor: Actor) -> None:
    """Raise 921, 922 for a caller who is banned from the server."""
    site = bans.read_site_bans()
    if site:
        check_client(None, client_of(actor), actor, site, enters=True)


def check_rooms_open(actor: Actor) -> None:
    """Raise 922 while only staff can create rooms; 118 for those whose first messages are held everywhere.

    Anyone reads the title of a room in the list, and no message of its owner is held there.
    """
    now, site = datetime.now(UTC), bans.read_site_bans()
    found = site.find_newcomers_ban(now)
    if found is not None and _rank_in(None, actor) < found.rank:
        raise found.make_error(now)
    who = Sender("", "", actor.participant)
    watched = site.find_watch(who, actor.address, now, lambda _: False) is not None
    if watched and not is_approved_by_staff(who) and not _rank_in(None, actor):
        detail = "you can create rooms when staff have approved a message of yours"
        raise ChatError(NOT_APPROVED, detail=detail)


def client_of(actor: Actor, *names: str, line: str = "") -> Client:
    """An actor as bans see it; with the name of its participant."""
    own = Participant.objects.filter(pk=actor.participant or 0).values_list("name", flat=True).first()
    return Client((actor.participant,), (*names, *([own] if own else [])), actor.address, line)


def check_entries(asked: Sequence[tuple[int, Client, Actor]]) -> list[ChatError | None]:
    """For each of these who come into a room under a name: the refusal if they are banned."""
    found = find_covering([(room, client, actor) for room, client, actor in asked], enters=True)
    now = datetime.now(UTC)
    return [None if ban is None else ban.make_error(now) for ban in found]


def find_covering(
    asked: Sequence[tuple[int, Client, Actor]], *, enters: bool = False
) -> list[ActiveBan | None]:
    """For each of these who are in a room (0: on the server alone): the ban that covers them, if any.

    `enters`: they are about to come in.
    """
    now = datetime.now(UTC)
    numbers = {room for room, _, _ in asked if room}
    banning = list(Room.objects.filter(pk__in=numbers, bans=True).values_list("pk", flat=True))
    site, own = bans.read_site_bans(), bans.load_room_bans(banning) if banning else {}
    if not site and not own:
        return [None] * len(asked)
    covered: list[tuple[int, ActiveBan]] = []
    for position, (room, client, _) in enumerate(asked):
        for each in (site, own.get(room)):
            if each is not None and (ban := each.find(client, now, enters=enters)) is not None:
                covered.append((position, ban))
    covered = _spare_known(asked, covered, own, now)
    result: list[ActiveBan | None] = [None] * len(asked)
    if not covered:
        return result
    rooms = Room.objects.prefetch_related("moderators").in_bulk(
        {asked[position][0] for position, _ in covered}
    )
    actors = read_current_actors(asked[position][2] for position, _ in covered)
    for position, ban in covered:
        room, _, actor = asked[position]
        here = rooms.get(room)
        ownership = permissions.NOWHERE if here is None else here.ownership()
        if permissions.rank_of(actors[actor], ownership) < ban.rank:
            result[position] = ban
    return result


def _spare_known(
    asked: Sequence[tuple[int, Client, Actor]],
    covered: list[tuple[int, ActiveBan]],
    own: Mapping[int, BanList],
    now: datetime,
) -> list[tuple[int, ActiveBan]]:
    """Leave out those whom a ban of newcomers to a room covers though they were there before."""
    doubted = [
        (asked[position][0], asked[position][1], ban.since) for position, ban in covered if ban.asks_room
    ]
    known = _find_known(doubted) if doubted else frozenset()
    spared: list[tuple[int, ActiveBan]] = []
    for position, ban in covered:
        room, client, _ = asked[position]
        found = own[room].find(client, now) if ban.asks_room and (room, client) in known else ban
        if found is not None:
            spared.append((position, found))
    return spared


def _find_known(asked: Sequence[tuple[int, Client, int]]) -> Set[tuple[int, Client]]:
    """Those of these clients who were in the room before: they are there now, have a read mark that is not
    later than this one, or have posted there.
    """
    rooms = {room for room, _, _ in asked}
    people = {who for _, client, _ in asked for who in client.participants if who is not None}
    if not people:
        return frozenset()
    here = Presence.objects.current().filter(room__in=rooms, participant__in=people)
    present = set(here.values_list("room", "participant"))
    marks = ReadMark.objects.filter(room__in=rooms, participant__in=people)
    read = {(room, who): number for room, who, number in marks.values_list("room", "participant", "pk")}
    return {
        (room, client)
        for room, client, since in asked
        for who in client.participants
        if who is not None
        and ((room, who) in present or read.get((room, who), since + 1) <= since or has_posted(room, who))
    }


def find_banning(rooms: QuerySet[Room], actor: Actor) -> list[int]:
    """Those of these rooms that the actor is banned from."""
    client, now = client_of(actor), datetime.now(UTC)
    lists = bans.load_room_bans(rooms.filter(bans=True).values("pk"))
    asked = [(room, client, actor) for room, own in lists.items() if own.find(client, now)]
    return [room for (room, *_), ban in zip(asked, find_covering(asked), strict=True) if ban is not None]


def forget_ended_bans(moment: datetime) -> None:
    """Delete the bans that are over. `Room.bans` is the log's to change, with the room locked."""
    Ban.objects.filter(until__lte=moment).delete()


def _rank_in(room: Room | None, actor: Actor) -> int:
    current = read_current_actors([actor])[actor]
    return permissions.rank_of(current, permissions.NOWHERE if room is None else room.ownership())


def _check_staff(actor: Actor) -> None:
    current = read_current_actors([actor])[actor]
    permissions.check(current, permissions.BAN_FROM_SERVER, permissions.NOWHERE)


def _clean_fields(fields: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The fields of a ban, checked. Raises 303."""
    cleaners = {
        "name": validation.clean_known_name,
        "pattern": validation.clean_pattern,
        "network": validation.clean_network,
    }
    given: dict[str, Any] = {
        name: clean(fields[name]) for name, clean in cleaners.items() if fields.get(name) is not None
    }
    if (newcomers := fields.get("newcomers", False)) is not False:
        if newcomers is not True:
            raise ChatError(INVALID_FIELD, field="newcomers", detail="newcomers must be true or false")
        given["newcomers"] = True
    if len(given) != 1:
        raise ChatError(INVALID_FIELD, field="name", detail="give a name, a pattern or a network")
    hold = fields.get("hold", False)
    if type(hold) is not bool or (hold and "newcomers" not in given):
        detail = "hold goes with newcomers, and is true or false"
        raise ChatError(INVALID_FIELD, field="hold", detail=detail)
    seconds, address = fields.get("seconds"), fields.get("address", False)
    if type(address) is not bool or (address and "name" not in given):
        raise ChatError(
            INVALID_FIELD, field="address", detail="address goes with a name, and is true or false"
        )
    if seconds is None and "newcomers" in given:
        raise ChatError(INVALID_FIELD, field="seconds", detail="say for how many seconds")
    return given | {
        "hold": hold,
        "verified": validation.clean_flag(fields.get("verified", True), "verified", INVALID_FIELD),
        "until": None if seconds is None else now + timedelta(seconds=validation.clean_mute_seconds(seconds)),
        "address": address,
        "reason": validation.clean_reason(fields.get("reason", "")),
        "note": validation.clean_reason(fields.get("note", ""), "note"),
    }


def _watch_networks(origin: str, who: Sender, values: dict[str, Any]) -> None:
    """Watch those who come from where this person is connected from, or else came from lately: their first
    messages are held.
    """
    mine = Q(name_key=validation.name_key(who.name))
    if who.participant is not None:
        mine |= Q(participant=who.participant)
    addresses = Presence.objects.current().filter(mine).values_list("address", flat=True)
    known = {address for address in addresses if bans.read_address(address) is not None}
    if who.participant is None:
        known |= find_used_addresses(who.name)
    known = known or bans.read_latest_addresses(who.participant)
    for network in {validation.clean_network(address) for address in known}:
        until = bans.end_watch(values["at"], values["until"])
        came = {"origin": origin, "name": network, "until": until}
        bans.store_ban(None, bans.watch_key(network), values | came)


def _raise_version() -> None:
    """Have all processes read the bans from the server anew. It locks the row: one comes after another."""
    Epoch.objects.get_or_create()
    Epoch.objects.update(bans=new_value())


def _refuse_unknown() -> ChatError:
    return ChatError(PAGE_NOT_FOUND, detail="there is no such ban")


def _show(rows: Any) -> tuple[BanInfo, ...]:
    shown = rows.to_show(datetime.now(UTC))
    return tuple(
        BanInfo(row.pk, row.kind, row.name, row.until, row.reason, row.note, row.by, row.at) for row in shown
    )
