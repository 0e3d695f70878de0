"""Room tokens: JWTs of simplejwt (HS256), signed for one room, one name and one generation of its password.

One function checks a token, for REST and for sockets alike.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

import jwt
from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from chat import validation
from chat.errors import INVALID_ALGORITHM, INVALID_SIGNATURE, INVALID_TOKEN, ChatError

T = TypeVar("T", bound=Token)

_LONGEST: Final = 4096  # characters; ours have about 300
_DAY: Final = 24 * 3600  # seconds
_LARGEST: Final = 2**63 - 1  # that the database can hold
_SIGNATURE_ALONE: Final[Any] = dict.fromkeys(
    ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub", "verify_jti"), False
)
# What PyJWT and simplejwt raise for claims that are of no use, such as an `exp` beyond the year 9999.
_MALFORMED: Final = (
    TokenError,
    jwt.InvalidTokenError,
    ValueError,
    TypeError,
    ArithmeticError,
    OSError,
    RecursionError,
)


class RoomToken(Token):
    """What lets a name into a room. Claims: `username`, `room_id`, `generation`, `line`, `exp`, `iat`, `jti`.

    `line` is the `jti` of the first token. Renewed tokens keep it: by it, a client that comes back is known
    to be the one that had the name.
    """

    token_type = "room"  # noqa: S105 (a kind of token, no secret)

    @property
    def lifetime(self) -> timedelta:  # type: ignore[override]
        """As the settings say."""
        return timedelta(seconds=settings.ENV.wschat_token_lifetime)


@dataclass(frozen=True, slots=True)
class RoomClaims:
    """The claims of a valid token. `until`: when it expires, in seconds of Unix time."""

    username: str
    room: int
    generation: int
    line: str
    until: float


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and the name that it is for."""

    username: str
    token: str


def read_bearer(authorization: str) -> str:
    """The token of an `Authorization` header with the prefix Bearer or Token; "" without one."""
    kind, _, token = authorization.strip().partition(" ")
    return token.strip() if kind.lower() in ("bearer", "token") else ""


def issue_token(room: int, generation: int, username: str, line: str = "") -> Issued:
    """A token for `username` in the room, in the `line` of the one that it renews."""
    token = RoomToken()
    token["line"] = line or token["jti"]
    token["username"] = username
    token["room_id"] = room
    token["generation"] = generation
    return Issued(username, str(token))


def check_token(text: str, room: int, generation: int) -> RoomClaims:
    """The claims of a token that is valid for this room and generation. Raises 401, 402 or 403."""
    claims = read_token(text)
    if claims.room != room:
        raise ChatError(INVALID_TOKEN, detail="the token is for another room")
    if claims.generation != generation:
        raise ChatError(INVALID_TOKEN, detail="the room's password has changed since the token was issued")
    return claims


def read_token(text: str) -> RoomClaims:
    """The claims of a token that we signed and that has not expired, for whichever room."""
    if not text:
        raise ChatError(INVALID_TOKEN, detail="a room token is required")
    token = open_token(RoomToken, text)
    return RoomClaims(
        _read_name(token),
        _read_number(token, "room_id"),
        _read_number(token, "generation"),
        _read_line(token),
        float(token["exp"]),
    )


def open_token(kind: type[T], text: str) -> T:
    """A token of this kind that we signed and that has not expired. Raises 401, 402, 403."""
    if len(text) > _LONGEST or not text.isascii():
        raise ChatError(INVALID_TOKEN, detail="the token is malformed")
    try:
        return kind(text)  # type: ignore[arg-type]
    except _MALFORMED as error:
        raise _explain_error(error) from None


def check_account(token: Token) -> None:
    """Raise 403 unless the token is for an account that there may be."""
    number = token.get("user_id")  # simplejwt writes it as a string
    digits = isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 20
    if not digits or int(number) > _LARGEST:
        raise _refuse_lacking()


def _read_number(token: Token, claim: str) -> int:
    """A number that the database can hold."""
    number = token.get(claim)
    if type(number) is not int or not 0 <= number <= _LARGEST:
        raise _refuse_lacking()
    return number


def _read_name(token: Token) -> str:
    try:
        return validation.clean_known_name(token.get("username"))
    except ChatError:
        raise _refuse_lacking() from None


def _read_line(token: Token) -> str:
    line = token.get("line", token.get("jti"))  # tokens issued by earlier versions have no line
    if not isinstance(line, str) or not (line.isascii() and line.isprintable() and 0 < len(line) <= 64):
        raise _refuse_lacking()
    return line


def _refuse_lacking() -> ChatError:
    return ChatError(INVALID_TOKEN, detail="the token lacks a claim")


def _explain_error(error: BaseException) -> ChatError:
    """simplejwt's error as one of ours, by what PyJWT raised beneath it."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__
    for kind, known in (
        (jwt.InvalidSignatureError, ChatError(INVALID_SIGNATURE)),
        (jwt.InvalidAlgorithmError, ChatError(INVALID_ALGORITHM)),
        (jwt.ExpiredSignatureError, ChatError(INVALID_TOKEN, detail="the token has expired")),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return known
    return ChatError(INVALID_TOKEN, detail="the token is malformed")


class GuestToken(Token):
    """What a guest comes back with as the same one. Claims: `participant`, `exp`, `iat`, `jti`."""

    token_type = "guest"  # noqa: S105 (a kind of token, no secret)
    lifetime = timedelta()  # simplejwt wants one; `guest_session` writes them


def guest_session(participant: int) -> str:
    """A token for the guest. Each newcomer gets one: simplejwt takes twice as long to write one."""
    now = int(time.time())
    claims = {
        "token_type": GuestToken.token_type,
        "exp": now + settings.ENV.wschat_guest_session_days * _DAY,
        "iat": now,
        "jti": secrets.token_hex(16),
        "participant": participant,
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


def kind_of(text: str) -> str:
    """What a token says that it is; "" if it says nothing. Whether that is so is checked with its content."""
    if len(text) > _LONGEST or not text.isascii():
        return ""
    try:
        kind = jwt.decode(text, options={"verify_signature": False}).get("token_type")
    except _MALFORMED:
        return ""
    return kind if isinstance(kind, str) else ""


def guest_of(text: str) -> tuple[int, int]:
    """The participant that a guest's session is for, and when it was issued, in seconds since 1970.

    Raises 401, 402 or 403.
    """
    token = open_token(GuestToken, text)
    return _read_number(token, "participant"), _read_number(token, "iat")


def check_proof(text: str) -> None:
    """Raise 401, 402 or 403 unless the JWT is signed with the server's JWT_SECRET, if it has one.

    Whether it has expired, and what it says, is none of our business: see the `plain` dialect.
    """
    secret = settings.ENV.jwt_secret
    if not secret:
        return
    if not text or len(text) > _LONGEST:
        raise ChatError(INVALID_TOKEN, detail="a jwt is required to send messages here")
    try:
        jwt.decode(text, secret, algorithms=["HS256", "HS384", "HS512"], options=_SIGNATURE_ALONE)
    except _MALFORMED as error:
        raise _explain_error(error) from None


def names_room(text: str, room: int) -> bool:
    """Whether we signed the token for this room, be it still valid or not: its holder knows of the room."""
    number = _ever_signed(text).get("room_id")
    return type(number) is int and number == room


def let_in(text: str, room: int, generation: int) -> bool:
    """Whether we signed the token for this room, and it still would be valid but for its age."""
    return names_room(text, room) and _ever_signed(text).get("generation") == generation


def _ever_signed(text: str) -> dict[str, Any]:
    """What a room token of ours says, expired or not; nothing if it is none."""
    if not text or len(text) > _LONGEST or not text.isascii():
        return {}
    try:
        payload = jwt.decode(text, settings.SECRET_KEY, algorithms=["HS256"], options={"verify_exp": False})
    except _MALFORMED:
        return {}
    return dict(payload) if payload.get("token_type") == RoomToken.token_type else {}
