"""Bans from a room. Numbering refuses every draft of a banned client (`chat.log.log`)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

import msgspec
from django.db.models import Q

from chat import commands, validation
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Banned, Sender
from chat.log import bans
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow, Rights
from chat.log.room_state import RoomState
from chat.log.used_names import find_used_addresses
from chat.models import Ban, Event, Participant, Presence, Room
from chat.permissions import BAN, check_may_change, check_outranks

_LOOKED_AT: Final = 100  # latest messages, for a name that is not in the room


@dataclass(slots=True, kw_only=True)
class BanDraft(Draft):
    """Keep out a name, or the names of a pattern, or a network `until` then; with `on` false, no longer.

    `address`: and the addresses that the name is connected from, or else came from lately. `note` is for
    moderators alone. `verified`: see `check_label`. `number`, with `on` false: of which ban; else all of the
    name are lifted. `newcomers`: in place of a name, all who are new to the room, until an end; with `hold`
    they may come in, and their first messages wait.
    """

    event = Banned
    asked_by = (commands.Ban,)
    acts = ("ban", "unban")

    name: str = ""
    pattern: str = ""
    network: str = ""
    until: datetime | None = None
    on: bool = True
    address: bool = False
    reason: str = ""
    note: str = ""
    verified: bool = True
    newcomers: bool = False
    hold: bool = False
    number: int | None = None
    _subject: Sender | None = field(default=None, init=False)

    @classmethod
    def from_command(cls, command: commands.Ban, who: Sender, head: DraftHead) -> Self:
        seconds = command.seconds
        return cls(
            **head,
            name=command.name or "",
            pattern=command.pattern or "",
            network=command.network or "",
            until=None if seconds is None else head["at"] + timedelta(seconds=seconds),
            on=command.on,
            address=command.address,
            reason=command.reason,
            note=command.note,
            verified=command.verified,
            newcomers=command.newcomers,
            hold=command.hold,
        )

    @property
    def ban_key(self) -> str:
        """The key of the ban."""
        if self.newcomers:
            return bans.newcomers_key(self.room or None, hold=self.hold)
        if self.network:
            return f"{bans.NETWORK}:{self.network}"
        return bans.pattern_key(self.pattern) if self.pattern else bans.name_ban_key(self.name)

    def decide(self, state: RoomState, batch: Batch) -> Banned | None:
        batch.rights.check_permission(self, BAN)
        if self.on and not self.verified:
            check_label(self.name)
        who = find_person(self.room, self.name) if self.name else Sender("")
        self._subject = Sender(self.network or self.pattern or self.name, "", who.participant)
        networks: tuple[str, ...] = ()
        rank = batch.rights.read_rank(self)
        if self.on:
            check_rank(batch.rights, self.room, who, rank)
            networks = self._store_bans(who, rank)
        elif (lifted := self._delete_bans(rank)) is None:
            return None
        elif self.number is not None:
            who = self._subject = Sender(self._subject.name, "", lifted.participant_id)
        state.bans = bans.renew_room_bans(self.room, state.bans)
        state.update_guard()
        return Banned(
            self.room,
            state.next_seq,
            self.at,
            self.pattern or self.name,
            self.until if self.on else None,
            self.reason,
            self.on,
            who.participant,
            bool(self.pattern),
            networks,
            self._find_spared() if networks or self.pattern else (),
            self.newcomers,
            self.hold,
        )

    def _store_bans(self, who: Sender, rank: int) -> tuple[str, ...]:
        """Store the ban, and those of the addresses that come with it. Returns the banned networks.

        Raises 104 for a ban of someone of a higher rank, in whose place it would be.
        """
        here, key = Ban.objects.filter(room=self.room), self.ban_key
        same = here.filter(key=key, origin="", participant=who.participant)
        replaced = here.of_newcomers() if self.newcomers else same
        check_may_change(rank, replaced.lasting(self.at).values_list("rank", flat=True))
        own = [here.filter(kick=False, origin=""), here.filter(kick=False).exclude(origin="")]
        count, count_networks = (some.lasting(self.at).count() for some in own)
        if count >= validation.MOST_BANS or (self.address and count_networks >= validation.MOST_BANS):
            detail = f"a room can have at most {validation.MOST_BANS} bans; lift one first"
            raise ChatError(INVALID_FIELD, field="name", detail=detail)
        delete_ended(self.room, self.at)
        by = Participant.objects.filter(pk=self.actor.participant or 0).values_list("name", flat=True).first()
        common: dict[str, Any] = {
            "kick": False,
            "rank": rank,
            "until": self.until,
            "reason": self.reason,
            "note": self.note,
            "by": by or "",
            "at": self.at,
        }
        if self.newcomers:
            replaced.delete()
        networks = [self.network] if self.network else []
        common["participant_id"] = who.participant
        store_ban(self.room, key, common | {"name": self._subject.name if self._subject else ""})
        known = find_networks(self.room, who, verified=self.verified) if self.name else []
        watched = bans.end_watch(self.at, self.until)
        for network in known[: max(0, validation.MOST_BANS - count_networks)]:
            values = common | {"name": network, "origin": key, "until": watched}
            store_ban(self.room, bans.watch_key(network), values)
        if self.address:
            networks = known
            for network in networks:
                store_ban(self.room, f"{bans.NETWORK}:{network}", common | {"name": network, "origin": key})
        return tuple(networks)

    def _find_spared(self) -> tuple[int, ...]:
        """Those who run the room, but for staff."""
        room = Room.objects.prefetch_related("moderators").get(pk=self.room)
        owner = [] if room.owner_id is None else [room.owner_id]
        return (*owner, *(one.pk for one in room.moderators.all()))

    def _delete_bans(self, rank: int) -> Ban | None:
        """Lift the ban, with what came with it. Returns it, or one of several; None if there was none.

        Raises 104 for that of someone of a higher rank. Kicks of a higher rank are left out.
        """
        here = Ban.objects.filter(room=self.room)
        if self.newcomers:
            found = here.of_newcomers()
        else:
            keys = [self.ban_key]
            if self.name:
                keys.append(f"{bans.KICK}:{validation.name_key(self.name)}")
            found = here.with_origin(*keys)
            if self.number is not None:
                numbered = here.filter(pk=self.number).values_list("participant", flat=True)
                found = found.filter(participant=numbered[0]) if numbered else found.none()
        higher = found.lasting(self.at).filter(rank__gt=rank)
        theirs = found.exclude(kick=True, pk__in=higher)
        check_may_change(rank, (theirs if theirs else higher).lasting(self.at).values_list("rank", flat=True))
        if (lifted := theirs.order_by("origin").first()) is not None:
            theirs.delete()
            Room.objects.filter(pk=self.room).update(bans=here.exists())
        return lifted

    def describe_act(self, state: RoomState) -> Act:
        details: dict[str, Any] = {} if self.until is None else {"until": self.until.isoformat()}
        if self.address:
            details["address"] = True
        if self.newcomers:
            details |= {"newcomers": True} | ({"hold": True} if self.hold else {})
        name = "ban" if self.on else "unban"
        return Act(name=name, subject=self._subject, reason=self.reason, note=self.note, details=details)

    @staticmethod
    def to_columns(event: Banned) -> Columns:
        what = {
            "until": event.until,
            "reason": event.reason,
            "on": event.on,
            "pattern": event.pattern,
            "networks": event.networks,
            "spared": event.spared,
        }
        if event.newcomers:
            what |= {"newcomers": True, "hold": event.hold}
        return event.participant, event.name, "", None, "", None, msgspec.json.encode(what).decode()

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Banned:
        what = row.data
        until = what["until"] and datetime.fromisoformat(what["until"])
        return Banned(
            *head,
            row.name,
            until,
            what["reason"],
            what["on"],
            row.sender_id,
            what["pattern"],
            tuple(what["networks"]),
            tuple(what["spared"]),
            what.get("newcomers", False),
            what.get("hold", False),
        )


def check_label(name: str) -> None:
    """Raise 303 if the name of an unverified message belongs to a participant, who has not sent it."""
    if Participant.objects.named(name).exists():
        detail = "this is unverified: the name belongs to someone else, who did not use it here"
        raise ChatError(INVALID_FIELD, field="name", detail=detail)


def find_person(room: int, name: str) -> Sender:
    """Who has the name in the room now, or else on the server."""
    here = Presence.objects.current().named(room, name).exclude(participant=None)
    participant = here.values_list("participant", flat=True).first()
    if participant is None:
        participant = Participant.objects.named(name).values_list("pk", flat=True).first()
    return Sender(name, "", participant)


def find_here(room: int, who: Sender) -> list[Presence]:
    """The connections in the room that are this person's."""
    here = Presence.objects.current().filter(room_id=room)
    mine = Q(name_key=validation.name_key(who.name))
    if who.participant is not None:
        mine |= Q(participant=who.participant)
    return list(here.filter(mine))


def find_addresses(room: int, who: Sender) -> set[str]:
    """The addresses that this person is connected to the room from, as far as they are known."""
    return {row.address for row in find_here(room, who) if bans.read_address(row.address) is not None}


def find_networks(room: int, who: Sender, *, verified: bool = True) -> list[str]:
    """The networks that this person is connected to the room from, or else those that they came from lately.

    A guest whose name is free again is found by their messages, if the name is `verified`. A name without
    an identity has those that it was used from.
    """
    found = find_addresses(room, who)
    if who.participant is None:
        found |= find_used_addresses(who.name, room)
    if not found:
        person = who.participant
        if person is None and verified:
            person = next(iter(find_senders(room, who.name)), None)
        found = bans.read_latest_addresses(person)
    return sorted({validation.clean_network(address) for address in found})


def find_senders(room: int, name: str) -> list[int | None]:
    """The senders of the messages under this name, of the latest in the room; that of the last one first."""
    key = validation.name_key(name)
    latest = Event.objects.latest_messages(room).values_list("name", "sender")[:_LOOKED_AT]
    return [sender for spoken, sender in latest if validation.name_key(spoken) == key]


def check_rank(rights: Rights, room: int, who: Sender, rank: int) -> None:
    """Raise 104 unless the person is of a lower rank than that."""
    if who.participant is not None:
        check_outranks(rank, rights.read_rank_of(room, who.participant))


def delete_ended(room: int, at: datetime) -> None:
    """Delete the bans of the room that are over, and its kicks: all are read for each message to it."""
    Ban.objects.filter(room=room, until__lte=at).delete()


def store_ban(room: int, key: str, values: dict[str, Any]) -> None:
    """Store a ban as `bans.store_ban` does, and note in the room that there are bans."""
    bans.store_ban(room, key, values)
    Room.objects.filter(pk=room, bans=False).update(bans=True)
