"""The `envelope` dialect: typed messages with a body and a token.

Bodies are spelled in two ways, flat or tagged with the type; each client is answered in its own. So the
dialect has two forms, and for conversations of two one more for each who listens.
"""

from typing import Any, ClassVar, Final

from msgspec import Raw, Struct

from chat import answers, validation
from chat.answers import Answer
from chat.commands import Command, Direct, Join, Leave, Send, SignIn, Under
from chat.conf import SizeLimits
from chat.dialects.base import Dialect, check_fields, parse_frame, to_json
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD, ChatError, Malformed
from chat.events import Event, Expiring, Joined, Left, Message, Rejected, RoomDeleted, Sender


class _Spelling(Struct):
    message_type: str
    message_body: dict[str, Raw]


class _Input(Struct):
    message_type: str
    message_body: dict[str, Any]
    token: str | None = None


class _Named(Struct):
    sender_username: str


class _Auth(_Named):
    password: str


class _GroupChat(_Named):
    content: str


class _PrivateChat(_GroupChat):
    target_username: str


_BODIES: Final[dict[str, type[_Named]]] = {
    "Auth": _Auth,
    "Enter": _Named,
    "Leave": _Named,
    "GroupChat": _GroupChat,
    "PrivateChat": _PrivateChat,
}


class Envelope(Dialect):
    """Typed-envelope clients. `tagged`: how bodies are spelled."""

    name: ClassVar[str] = "envelope"
    strict: ClassVar[bool] = True
    has_forms: ClassVar[bool] = True
    entrusts: ClassVar[bool] = True
    # The original server sends none. Its clients' library passes pings on, and they fail to read them.
    pinged: ClassVar[bool] = False

    def __init__(self, *, tagged: bool = True) -> None:
        self._tagged = tagged

    def decode(self, frame: str | bytes, limits: SizeLimits) -> Command:
        given = parse_frame(frame, _Input, CLIENT_INVALID_JSON, INVALID_FIELD)
        kind = _BODIES.get(given.message_type)
        if kind is None:
            detail = f"message_type must be one of {', '.join(_BODIES)}"
            raise Malformed(INVALID_FIELD, field="message_type", detail=detail)
        inner = given.message_body.get(given.message_type)
        body = check_fields(inner if isinstance(inner, dict) else given.message_body, kind, INVALID_FIELD)
        if isinstance(body, _Auth):
            name = validation.clean_plain_text(body.sender_username, "sender_username")
            return SignIn(name, validation.clean_plain_text(body.password, "password"))
        command = _to_command(body, given.message_type, limits)
        token = None if given.token is None else validation.clean_token(given.token)
        return Under(validation.clean_name(body.sender_username, "sender_username"), token, command)

    def spoken(self, frame: str | bytes) -> Dialect:
        tagged = _is_tagged(frame)
        return self if tagged is None or tagged == self._tagged else FORMS[tagged]

    def private(self, listener: Sender) -> Dialect:
        return _Private(listener, tagged=self._tagged)

    def encode(self, event: Event) -> bytes | None:
        if isinstance(event, Message):
            if event.erased:
                return None
            return self._wrap("GroupChat", sender_username=event.sender.name, content=event.text)
        if isinstance(event, Joined):
            return self._wrap("GroupInfo", info=f"{event.who.name} entered the room")
        if isinstance(event, Left):
            return self._wrap("GroupInfo", info=f"{event.who.name} left the room")
        if isinstance(event, RoomDeleted):
            return self._wrap("PrivateInfo", info="the room was deleted")
        if isinstance(event, Rejected):
            return self._wrap("PrivateInfo", info="a moderator has rejected your message")
        if isinstance(event, Expiring):
            return self._wrap("PrivateInfo", info=f"your room token expires in {event.seconds:.0f} s")
        return None

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        return self._wrap("PrivateInfo", info=error.detail or error.kind.text)

    def accept(self, command: Command, answer: Answer) -> bytes | None:
        if isinstance(answer, answers.SignedIn):
            return self._wrap("PrivateInfo", answer.token, info="auth-success")
        if isinstance(answer, answers.Opened) and answer.away:
            info = f"{answer.other.name} is not online, and gets your message on coming back"
            return self._wrap("PrivateInfo", info=info)
        return None

    def _wrap(self, kind: str, token: str | None = None, **body: str) -> bytes:
        spelled = {kind: body} if self._tagged else body
        return to_json({"message_type": kind, "message_body": spelled, "token": token})


class _Private(Envelope):
    """A direct conversation as one of the two hears it: without the participant's own messages."""

    def __init__(self, listener: Sender, *, tagged: bool) -> None:
        super().__init__(tagged=tagged)
        self._listener = listener

    def encode(self, event: Event) -> bytes | None:
        if not isinstance(event, Message) or event.erased:
            return None
        if event.sender.participant == self._listener.participant:
            return None
        return self._wrap(
            "PrivateChat",
            target_username=self._listener.name,
            sender_username=event.sender.name,
            content=event.text,
        )


def _is_tagged(frame: str | bytes) -> bool | None:
    """How the body of a frame is spelled; None if that cannot be told."""
    given: _Spelling | _Input
    try:
        given = parse_frame(frame, _Spelling, CLIENT_INVALID_JSON, INVALID_FIELD)
        tagged = bytes(given.message_body.get(given.message_type, b"")).startswith(b"{")
    except Malformed:
        try:  # one with half a character is read in another way, in which there is nothing raw
            given = parse_frame(frame, _Input, CLIENT_INVALID_JSON, INVALID_FIELD)
        except Malformed:
            return None
        tagged = isinstance(given.message_body.get(given.message_type), dict)
    return True if tagged else False if "sender_username" in given.message_body else None


def _to_command(body: _Named, kind: str, limits: SizeLimits) -> Join | Leave | Send | Direct:
    """The command to do under the name."""
    if isinstance(body, _PrivateChat):
        to = validation.clean_known_name(body.target_username, "target_username")
        return Direct(to, validation.clean_text(body.content, limits.text, "content"))
    if isinstance(body, _GroupChat):
        return Send(validation.clean_text(body.content, limits.text, "content"))
    return Join() if kind == "Enter" else Leave()


FORMS: Final = {tagged: Envelope(tagged=tagged) for tagged in (True, False)}
