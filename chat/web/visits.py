"""What a browser's session remembers: who its person is, and which rooms they have entered as whom."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

_LATEST: Final = "me"
_ROOMS: Final = "rooms"
_MOST: Final = 50  # rooms remembered; the one entered longest ago goes first


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor in a room: the name and colour there, and the token that let them in, if one did."""

    name: str
    color: str
    token: str = ""


def find_visit(session: SessionBase, room: int) -> Visit | None:
    """The visit to the room, if it was entered and not left since."""
    return _read_visit(session.get(_ROOMS, {}).get(str(room)))


def latest_visit(session: SessionBase) -> Visit | None:
    """Who the person was when they last entered a room."""
    return _read_visit(session.get(_LATEST))


def latest_first(session: SessionBase) -> list[int]:
    """The numbers of the rooms that were entered and not left."""
    return [int(ref) for ref in reversed(session.get(_ROOMS, {}))]


def token_of_visit(session: SessionBase, ref: str) -> str:
    """The token kept for the room of this number; "" without one."""
    visit = _read_visit(session.get(_ROOMS, {}).get(ref))
    return "" if visit is None else visit.token


def begin_visit(session: SessionBase, room: int, visit: Visit) -> None:
    """Remember that the room was entered."""
    rooms = {ref: kept for ref, kept in session.get(_ROOMS, {}).items() if ref != str(room)}
    newest = list(rooms.items())[-(_MOST - 1) :]
    session[_ROOMS] = dict(newest) | {str(room): asdict(visit)}
    remember_visitor(session, visit.name, visit.color)


def end_visit(session: SessionBase, ref: str) -> None:
    """Forget the visit to the room of this number."""
    session[_ROOMS] = {key: kept for key, kept in session.get(_ROOMS, {}).items() if key != ref}


def rename_visitor(session: SessionBase, name: str) -> None:
    """Change the visitor's name. Room tokens are for one name alone, so those rooms are left."""
    rooms: dict[str, dict[str, str]] = session.get(_ROOMS, {})
    kept = {ref: visit for ref, visit in rooms.items() if visit["name"] == name or not visit["token"]}
    session[_ROOMS] = {ref: visit | {"name": name} for ref, visit in kept.items()}
    if _LATEST in session:
        session[_LATEST] = session[_LATEST] | {"name": name}


def remember_visitor(session: SessionBase, name: str, color: str) -> None:
    """Remember the name and colour of a visitor who has entered no room yet."""
    session[_LATEST] = {"name": name, "color": color}


def _read_visit(kept: dict[str, Any] | None) -> Visit | None:
    return None if kept is None else Visit(**kept)
