"""`wschat.v1`: one socket, many rooms. Each command has an id and gets one `ok` or `error` with that id."""

from typing import ClassVar, Final

from msgspec import UNSET, Struct

from chat.conf import Limits
from chat.dialects import v1_in, v1_out
from chat.dialects.base import Dialect, parse, to_json
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Answer, Command, Event

SUBPROTOCOL: Final = "wschat.v1"
TOKEN_PREFIX: Final = "wschat.token."  # noqa: S105 (what a token among the subprotocols begins with)


class V1(Dialect):
    """The protocol of the web UI, the SDKs and bots."""

    name: ClassVar[str] = "wschat.v1"
    greets: ClassVar[bool] = True

    def decode(self, frame: str | bytes, limits: Limits) -> Command:
        try:
            return v1_in.command(parse(frame, v1_in.CommandIn, INVALID_FIELD, INVALID_FIELD), limits)  # type: ignore[arg-type]
        except ChatError as error:
            error.command_id = _id_of(frame)
            raise

    def encode(self, event: Event) -> bytes | None:
        return to_json(v1_out.shown(event))

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        wait = UNSET if error.retry_after is None else error.retry_after
        kind = error.kind
        command_id = error.command_id if command is None else command.id
        return to_json(
            v1_out.ErrorOut(command_id, kind.code, kind.text, error.field, error.detail, kind.retry, wait)
        )

    def accept(self, command: Command, answer: Answer) -> bytes | None:
        return to_json(v1_out.answered(command.id, answer))


class _OnlyId(Struct):
    id: int | None = None


def _id_of(frame: str | bytes) -> int | None:
    """The id of a command that is refused, as far as it can be read: its sender waits for the answer."""
    try:
        return parse(frame, _OnlyId, INVALID_FIELD, INVALID_FIELD).id
    except ChatError:
        return None
