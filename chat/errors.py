"""The error table: number, HTTP status, text, "may I try again"; and the reasons to close a connection.

The numbers up to 403 are the `rooms` protocol's own and never change their meaning; those from 902 are
ours and mean the same in each protocol. An edge turns a `ChatError` into the form of its protocol and
adds nothing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One line of the table.

    `status` is the HTTP answer; `retry` says whether the same request may succeed later without a change.
    """

    code: int
    status: int
    text: str
    retry: bool = False


class ChatError(Exception):
    """Something that the person at the other end is told.

    `field` names the input that is wrong, `detail` says more in words that help, `retry_after` is in seconds.
    """

    def __init__(
        self, kind: ErrorKind, *, field: str = "", detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(kind.text)
        self.kind = kind
        self.field = field
        self.detail = detail
        self.retry_after = retry_after
        self.command_id: int | None = None  # of a command that could be read so far

    def __str__(self) -> str:
        return f"{self.kind.text}: {self.detail}" if self.detail else self.kind.text

    def body(self) -> dict[str, object]:
        """The error as every answer over HTTP carries it, in the form of the `rooms` protocol."""
        return {
            "status": False,
            "error": {"code": self.kind.code, "error": self.kind.text, "field": self.field},
        }

    def headers(self) -> dict[str, str]:
        """What the fixed body cannot hold: the exact fault, and when to try again."""
        headers = {"X-Error-Detail": self.detail.encode("ascii", "replace").decode()} if self.detail else {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, round(self.retry_after)))
        return headers


def attempt(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | ChatError:
    """The function's result, or the ChatError that it raises: one failure must not affect others."""
    try:
        return function(*args, **kwargs)
    except ChatError as error:
        return error


class Malformed(ChatError):
    """A frame that has not the form of its protocol at all. `json`: it is JSON, at least."""

    def __init__(self, kind: ErrorKind, *, field: str = "", detail: str = "", json: bool = True) -> None:
        super().__init__(kind, field=field, detail=detail)
        self.json = json


ROOM_NOT_FOUND: Final = ErrorKind(101, 404, "Room error: Room not found")
DUPLICATE_ROOM: Final = ErrorKind(102, 400, "Room error: Duplicate room")
ROOM_INVALID_JSON: Final = ErrorKind(103, 400, "Room error: Invalid JSON")
ROOM_UNAUTHORIZED: Final = ErrorKind(104, 401, "Room error: Unauthorized operation")
INVALID_CONTENT: Final = ErrorKind(105, 400, "Room error: Invalid content")
ROOM_LOCKED: Final = ErrorKind(106, 403, "Room error: Room is locked")
MUTED: Final = ErrorKind(107, 403, "Room error: Muted")
# Not `retry`, nor is 115: SDKs would keep it, and all that is written after it, back for up to hours.
SLOW_MODE: Final = ErrorKind(108, 429, "Room error: Slow mode")
ACCOUNT_REQUIRED: Final = ErrorKind(109, 403, "Room error: Account required")
HELD: Final = ErrorKind(110, 403, "Room error: Message held")  # it is stored, and waits for a moderator
REJECTED: Final = ErrorKind(111, 403, "Room error: Message rejected")
FILTERED: Final = ErrorKind(112, 403, "Room error: Message filtered")
TOO_MANY_HELD: Final = ErrorKind(113, 429, "Room error: Too many held messages")
RULES_NOT_ACCEPTED: Final = ErrorKind(114, 403, "Room error: Rules not accepted")
CALLED_TOO_OFTEN: Final = ErrorKind(115, 429, "Room error: Everyone mentioned too often")
BLOCKED_BY_YOU: Final = ErrorKind(116, 403, "Room error: You have blocked this person")
NOT_ACCEPTED: Final = ErrorKind(117, 403, "Room error: This person accepts no messages from you")
NOT_APPROVED: Final = ErrorKind(118, 403, "Room error: Not approved yet")
LEFT: Final = ErrorKind(119, 403, "Room error: You have left the room")

USER_NOT_FOUND: Final = ErrorKind(201, 404, "Client error: User not found")
MESSAGE_NOT_FOUND: Final = ErrorKind(205, 404, "Client error: Message not found")
DUPLICATE_USERNAME: Final = ErrorKind(202, 400, "Client error: Duplicate username")
CLIENT_INVALID_JSON: Final = ErrorKind(203, 400, "Client error: Invalid JSON")
CLIENT_UNAUTHORIZED: Final = ErrorKind(204, 401, "Client error: Unauthorized operation")

NO_SESSION: Final = ErrorKind(301, 400, "Could not establish session")
INVALID_FIELD: Final = ErrorKind(303, 400, "Invalid JSON")
WRONG_SECRET: Final = ErrorKind(304, 401, "Unauthorized operation")
UNSUPPORTED_DEVICE: Final = ErrorKind(305, 400, "Unsupported client device")

INVALID_SIGNATURE: Final = ErrorKind(401, 401, "Token error: Invalid signature")
INVALID_ALGORITHM: Final = ErrorKind(402, 401, "Token error: Unauthorized signing method")
INVALID_TOKEN: Final = ErrorKind(403, 403, "Token error: Invalid token")

UNAVAILABLE: Final = ErrorKind(902, 503, "Service unavailable", retry=True)
INTERNAL: Final = ErrorKind(903, 500, "Internal error", retry=True)
METHOD_NOT_ALLOWED: Final = ErrorKind(904, 405, "Method not allowed")
BODY_TOO_LARGE: Final = ErrorKind(905, 413, "Request body too large")
PAGE_NOT_FOUND: Final = ErrorKind(906, 404, "No such address")
FORBIDDEN: Final = ErrorKind(907, 403, "Forbidden")
SIGN_IN_FAILED: Final = ErrorKind(908, 401, "Sign-in failed")
TOO_MANY_CONNECTIONS: Final = ErrorKind(909, 503, "Too many connections", retry=True)
TOO_MANY_REQUESTS: Final = ErrorKind(910, 429, "Too many requests", retry=True)
REQUEST_TIMEOUT: Final = ErrorKind(911, 408, "Request timeout", retry=True)
TOO_MANY_ROOMS: Final = ErrorKind(912, 403, "Too many rooms")
CURSOR_EXPIRED: Final = ErrorKind(913, 410, "Cursor expired")
CONFLICT: Final = ErrorKind(914, 409, "Conflict")
TOO_MANY_SAVED: Final = ErrorKind(915, 403, "Too many saved messages")
TOO_MANY_BLOCKED: Final = ErrorKind(916, 403, "Too many blocked people")
TOO_MANY_UNFINISHED: Final = ErrorKind(917, 403, "Too many unfinished texts")

KICKED: Final = ErrorKind(920, 403, "Kicked")
BANNED: Final = ErrorKind(921, 403, "Banned")
NO_NEWCOMERS: Final = ErrorKind(922, 403, "No newcomers")  # not `retry`: it lasts for hours, as a ban

TOO_FAST: Final = "too fast"

TABLE: Final[dict[int, ErrorKind]] = {
    kind.code: kind for kind in list(globals().values()) if isinstance(kind, ErrorKind)
}


FULL_SECONDS: Final = 5.0  # after which a client with too many connections may try again


def refuse_connection(whose: str) -> ChatError:
    """The refusal of a connection beyond a limit. `whose`: "from your address", for example."""
    detail = f"too many connections {whose} are open; close one, or try again later"
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=FULL_SECONDS)


def refuse_for(seconds: float) -> ChatError:
    """The refusal of an act that comes too fast, with the time after which the client may try again."""
    wait = math.ceil(seconds * 100) / 100
    return ChatError(TOO_MANY_REQUESTS, detail=f"{TOO_FAST}: try again in {wait:g} s", retry_after=wait)


@dataclass(frozen=True, slots=True)
class CloseReason:
    """Why the server ends a connection. From 4000 on the code is its own contract: see docs/protocol.md.

    `kind`: the same as an error, for a connection that goes on without the room. `told`: the detail
    with which one that ends gets that error first, in the form of its protocol.
    """

    code: int
    text: str
    come_back: bool
    kind: ErrorKind | None = None
    told: str = ""


CLOSE_NO_JSON: Final = CloseReason(1007, "not JSON", come_back=False)
CLOSE_MALFORMED: Final = CloseReason(1008, "malformed message", come_back=False)
CLOSE_TOO_LARGE: Final = CloseReason(1009, "message too large", come_back=False)  # not with that message
CLOSE_NO_HELLO: Final = CloseReason(4401, "no hello", come_back=False)
CLOSE_ROOM_DELETED: Final = CloseReason(4404, "room deleted", come_back=False, kind=ROOM_NOT_FOUND)
CLOSE_TOKEN_VOID: Final = CloseReason(4403, "token no longer valid", come_back=False, kind=INVALID_TOKEN)
CLOSE_TOKEN_EXPIRED: Final = CloseReason(4403, "token expired", come_back=False, kind=INVALID_TOKEN)
CLOSE_SIGNED_OUT: Final = CloseReason(4403, "signed out", come_back=False, kind=INVALID_TOKEN)
CLOSE_NOT_ALLOWED: Final = CloseReason(4403, "no longer allowed in", come_back=False, kind=ROOM_UNAUTHORIZED)
CLOSE_LEFT: Final = CloseReason(4403, "you have left the room", come_back=False, kind=LEFT)
CLOSE_KICKED: Final = CloseReason(
    4403, "kicked", come_back=False, kind=KICKED, told="a moderator has removed you from this room"
)
CLOSE_BANNED: Final = CloseReason(4403, "banned", come_back=False, kind=BANNED, told="you are banned")
CLOSE_SLOW_READER: Final = CloseReason(4408, "reading too slowly", come_back=True)
CLOSE_SLOW_SENDER: Final = CloseReason(4408, "sending too slowly", come_back=True)
CLOSE_NEW_EPOCH: Final = CloseReason(4410, "the log begins anew", come_back=True)
CLOSE_RENAMED: Final = CloseReason(4412, "your name has changed", come_back=True)
CLOSE_TOO_FAST: Final = CloseReason(4429, "too fast", come_back=True)  # the text goes on: after how long
CLOSE_INTERNAL: Final = CloseReason(1011, "internal error", come_back=True)
