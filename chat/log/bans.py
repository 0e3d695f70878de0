"""Bans: whom they cover, and how they are read and stored."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final, TypeAlias

from django.db.models import QuerySet

from chat import validation
from chat.errors import BANNED, CLOSE_BANNED, CLOSE_KICKED, KICKED, NO_NEWCOMERS, ChatError, CloseReason
from chat.events import Banned, Kicked, Sender
from chat.log.name_patterns import prepare_patterns
from chat.models import Ban, Epoch, Participant, ParticipantAddress, ReadMark, Room
from chat.models.ban import BanQuerySet

Address: TypeAlias = IPv4Address | IPv6Address

NAME: Final = "name"
PATTERN: Final = "pattern"
NETWORK: Final = "network"
TOKEN: Final = "token"  # noqa: S105 (a kind of ban)
KICK: Final = "kick"
NEWCOMERS: Final = "newcomers"
WATCH: Final = "watch"
WATCHED_FOR: Final = timedelta(days=7)
_ABOVE_ALL: Final = 9
_NO_END: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Client:
    """What bans match in a client: its participants, names and address, and the line of its room token."""

    participants: tuple[int | None, ...] = ()
    names: tuple[str, ...] = ()
    address: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class ActiveBan:
    """A ban that holds until then, for those of a lower rank. `site`: from the server as a whole.

    `newcomers`: it covers all who were not there before. It refuses joins, and removes no one. `since`: the
    last participant before it, or in a room the last read mark, by number.
    """

    rank: int
    until: datetime | None = None
    reason: str = ""
    kick: bool = False
    site: bool = False
    newcomers: bool = False
    since: int = 0
    made_at: datetime | None = None

    def lasts(self, at: datetime) -> bool:
        """Whether it still holds then."""
        return self.until is None or self.until > at

    def make_error(self, at: datetime) -> ChatError:
        """The error for those whom it covers."""
        why = f": {self.reason}" if self.reason else ""
        wait = None if self.until is None else max(0.0, (self.until - at).total_seconds())
        if self.kick:
            return ChatError(
                KICKED, detail=f"a moderator has removed you from this room{why}", retry_after=wait
            )
        end = "" if self.until is None else f" until {self.until:%Y-%m-%d %H:%M} UTC"
        if self.newcomers:
            return ChatError(
                NO_NEWCOMERS,
                detail=f"this {'server' if self.site else 'room'} takes no newcomers{end}{why}",
                retry_after=wait,
            )
        detail = f"you are banned from this {'server' if self.site else 'room'}{end}{why}"
        return ChatError(BANNED, detail=detail, retry_after=wait)

    @property
    def asks_room(self) -> bool:
        """Whether those who were in the room before have to be found out yet."""
        return self.newcomers and not self.site

    @property
    def close_reason(self) -> CloseReason:
        """Why a connection ends by it."""
        return CLOSE_KICKED if self.kick else CLOSE_BANNED


class BanList:
    """The bans of a room, or of the server, so that it takes little to find the one that covers a client."""

    def __init__(self, *, site: bool = False) -> None:
        self.site = site  # of the server as a whole
        self._participants: dict[int, list[ActiveBan]] = {}
        self._names: dict[str, list[ActiveBan]] = {}
        self._lines: dict[str, list[ActiveBan]] = {}
        self._patterns: list[tuple[str, ActiveBan]] = []
        self._networks: list[tuple[str, ActiveBan]] = []
        self._newcomers: list[ActiveBan] = []
        self._watched: list[tuple[int, str, ActiveBan]] = []  # after which participant, in which network

    def add(self, key: str, participant: int | None, ban: ActiveBan) -> None:
        """Take a ban in. The key is as `Ban` has it."""
        kind, _, value = key.partition(":")
        if participant is not None and kind in (NAME, KICK):  # not what came with these, which ends otherwise
            self._participants.setdefault(participant, []).append(ban)
        if kind in (NAME, KICK):
            self._names.setdefault(value, []).append(ban)
        elif kind == TOKEN:
            self._lines.setdefault(value, []).append(ban)
        elif kind == PATTERN:
            self._patterns.append((value, ban))
        elif kind == NETWORK:
            self._networks.append((value, ban))
        elif kind == NEWCOMERS:
            self._newcomers.append(ban)
        elif kind == WATCH:
            latest, _, network = value.partition(":")
            self._watched.append((int(latest), network, ban))

    def __bool__(self) -> bool:
        of_clients = self._participants, self._names, self._lines, self._patterns, self._networks
        return any(of_clients) or bool(self._newcomers or self._watched)

    def find(self, client: Client, at: datetime, *, enters: bool = False) -> ActiveBan | None:
        """The ban that covers the client then: of several, the longest one of the highest rank.

        `enters`: the client is about to join, so that a ban of newcomers counts, too. Who is no newcomer to a
        room the list does not know: the caller asks, and if so, again without `enters`.
        """
        found: list[ActiveBan] = []
        if enters and not client.line:  # the holder of a room token was invited
            known = min((each for each in client.participants if each is not None), default=math.inf)
            found += [ban for ban in self._newcomers if not self.site or known > ban.since]
        for participant in client.participants:
            found += self._participants.get(participant or 0, ())
        if client.names and (self._names or self._patterns):
            keys = [validation.name_key(name) for name in client.names]
            for key in keys:
                found += self._names.get(key, ())
            if self._patterns:
                patterns = prepare_patterns(tuple(pattern for pattern, _ in self._patterns))
                found += [self._patterns[number][1] for key in keys for number in patterns.find(key)]
        if client.line:
            found += self._lines.get(client.line, ())
        if self._networks and client.address:
            found += [ban for network, ban in self._networks if is_within(client.address, network)]
        lasting = [ban for ban in found if ban.lasts(at)]
        return max(lasting, key=lambda ban: (ban.rank, not ban.kick, ban.until or _NO_END), default=None)

    def find_watch(
        self,
        who: Sender,
        address: str,
        at: datetime,
        was_here: Callable[[datetime | None], bool],
    ) -> str | None:
        """Why the first messages of this client are held: it came after a user from its network was banned
        (`evasion`), or while those of all newcomers are held (`newcomer`). None if they are not. An account
        that was made since then is one, too: anyone can sign up.

        `was_here`: whether a client without an identity was in the room before then.
        """
        reasons = [
            "evasion" if network else "newcomer"
            for latest, network, ban in self._watched
            if (who.participant is None or who.participant > latest)
            and ban.lasts(at)
            and (not network or is_within(address, network))
            and not (who.participant is None and was_here(ban.made_at))
        ]
        return max(reasons, default=None)

    def find_newcomers_ban(self, at: datetime) -> ActiveBan | None:
        """The ban of all newcomers, if there is one."""
        return next((ban for ban in self._newcomers if ban.lasts(at)), None)


def _read_lists(rows: BanQuerySet, *, site: bool = False) -> dict[int, BanList]:
    """The lists of what these rows say, by room; 0 is the server. The log's thread waits for it."""
    lists: dict[int, BanList] = {}
    columns = rows.values_list("room", "key", "participant", "rank", "until", "reason", "kick", "at")
    for room, key, participant, rank, until, reason, kick, at in columns:
        active = ActiveBan(rank, until, reason, kick, site=site, made_at=at)
        kind, _, value = key.partition(":")
        if kind == NEWCOMERS:
            active = replace(active, newcomers=True, since=int(value))
        lists.setdefault(room or 0, BanList(site=site)).add(key, participant, active)
    return lists


def list_of_event(event: Kicked | Banned) -> BanList:
    """Whom this event expels. A pattern or an address does not cover those who run the room: rank 1."""
    bans = BanList()
    if isinstance(event, Kicked):
        kick = ActiveBan(_ABOVE_ALL, None, event.reason, kick=True)
        bans.add(name_ban_key(event.who.name), event.who.participant, kick)
    elif event.on:
        named = ActiveBan(_ABOVE_ALL, event.until, event.reason)
        broad = ActiveBan(1, event.until, event.reason)
        if event.name:
            key, ban = (
                (pattern_key(event.name), broad) if event.pattern else (name_ban_key(event.name), named)
            )
            bans.add(key, event.participant, ban)
        for network in event.networks:
            bans.add(f"{NETWORK}:{network}", None, broad)
    return bans


def load_room_bans(rooms: Collection[int] | QuerySet[Room, Any]) -> dict[int, BanList]:
    """The bans of each of these rooms that has any."""
    return _read_lists(Ban.objects.filter(room__in=rooms))


_site: tuple[str, BanList] = ("", BanList(site=True))


def load_site_bans(version: str) -> BanList:
    """The bans from the server as a whole, of this version (`Epoch.bans`); read once for each."""
    global _site
    if not version:
        return BanList(site=True)
    known, bans = _site
    if known != version:
        bans = _read_lists(Ban.objects.of_server(), site=True).get(0, BanList(site=True))
        _site = (version, bans)
    return bans


def read_site_bans() -> BanList:
    """The bans from the server as a whole, as of now."""
    return load_site_bans(Epoch.objects.values_list("bans", flat=True).first() or "")


def store_ban(room: int | None, key: str, values: dict[str, Any]) -> None:
    """Store a ban, from the server without a room, in place of an earlier one of the same.

    `values`: the other columns. The ban of another participant under the same name stays.
    """
    fresh: dict[str, Any] = {"origin": "", "participant_id": None, "name": "", "note": "", "by": ""}
    given = fresh | values
    same = {"room": room, "key": key, "origin": given["origin"], "participant": given["participant_id"]}
    if not Ban.objects.filter(**same).update(**given):
        Ban.objects.create(room_id=room, key=key, **given)


def renew_room_bans(room: int, present: tuple[BanList, ...]) -> tuple[BanList, ...]:
    """The bans that hold in the room after a change of its own ones; the server's stay as they are."""
    own = load_room_bans([room]).get(room)
    site = tuple(each for each in present if each.site)
    return site if own is None else (own, *site)


def name_ban_key(name: str) -> str:
    """The key of a ban of a name."""
    return f"{NAME}:{validation.name_key(name)}"


def end_watch(at: datetime, until: datetime | None) -> datetime:
    """Until when those are watched who come from where someone was banned then: no longer than the ban."""
    return at + WATCHED_FOR if until is None else min(until, at + WATCHED_FOR)


def watch_key(network: str) -> str:
    """The key under which those are watched who come from this network, or ("") at all, from now on."""
    return f"{WATCH}:{_find_latest(Participant)}:{network}"


def newcomers_key(room: int | None, *, hold: bool) -> str:
    """The key of a ban of newcomers to the room, or to the server, from now on; or, to `hold` their messages.

    New to the server is a participant who came later. New to a room is one who has neither read nor posted
    there before (`chat.services.bans`); for `hold`, one who has not posted, whenever they came.
    """
    if hold:
        return watch_key("") if room is None else f"{WATCH}:0:"
    return f"{NEWCOMERS}:{_find_latest(Participant if room is None else ReadMark)}"


def _find_latest(model: type[Participant] | type[ReadMark]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def pattern_key(pattern: str) -> str:
    """The key of a ban of all names of this pattern, in which * is any number of characters."""
    return f"{PATTERN}:{'*'.join(map(validation.name_key, pattern.split('*')))}"


@lru_cache(maxsize=4096)
def is_within(address: str, network: str) -> bool:
    """Whether the address is in the network, an IPv4 address in whichever form."""
    parsed = read_address(address)
    return parsed is not None and parsed in ip_network(network)


def read_latest_addresses(participant: int | None) -> set[str]:
    """The addresses that a participant came from lately, as far as they are kept."""
    if participant is None:
        return set()
    return set(ParticipantAddress.objects.recent(participant).values_list("address", flat=True))


def read_address(address: str) -> Address | None:
    """The address of a client; None if it has none, as over a Unix socket."""
    try:
        parsed = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
