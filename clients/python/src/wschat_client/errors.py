"""The errors, one class for each that a caller may want to distinguish."""

from typing import Any


class WschatError(Exception):
    """Everything that this package raises on purpose."""


class CommandError(WschatError):
    """The server refused a command. `code` is from the table in docs/rooms.md, `field` the input at fault.

    `retry`: the same may succeed later, after `retry_after` seconds if that is known. A client tries such
    commands again by itself, so that what a caller gets to see is final.
    """

    def __init__(
        self,
        code: int,
        text: str,
        *,
        field: str = "",
        detail: str = "",
        retry: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{text}: {detail}" if detail else text)
        self.code = code
        self.text = text
        self.field = field
        self.detail = detail
        self.retry = retry
        self.retry_after = retry_after

    @classmethod
    def from_frame(cls, frame: dict[str, Any]) -> "CommandError":
        """The error that an answer of the server tells."""
        return cls(
            int(frame.get("code", 0)),
            str(frame.get("error", "refused")),
            field=str(frame.get("field", "")),
            detail=str(frame.get("detail", "")),
            retry=frame.get("retry") is True,
            retry_after=frame.get("retry_after"),
        )


class CannotConnect(WschatError):
    """The server cannot be reached, or is no wschat server."""


class ConnectionLost(WschatError):
    """A connection ended with this close code. The client comes back by itself; `on_state` is told.

    `retry_after`: seconds after which the server, which was about to stop, wanted it back.
    """

    def __init__(self, code: int, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"the connection was closed ({code}{': ' + reason if reason else ''})")
        self.code = code
        self.reason = reason
        self.retry_after = retry_after


class ProtocolError(WschatError):
    """The server sent something that is not wschat.v1."""


class ClientEnded(WschatError):
    """The client was closed, or the server forbade it to reconnect."""


class RoomEnded(WschatError):
    """The room has ended for the client: deleted, password changed, left, or rejoin refused."""

    def __init__(self, room: int, code: int, text: str) -> None:
        super().__init__(f"room {room}: {text}")
        self.room = room
        self.code = code
        self.text = text


class TooLarge(CommandError):
    """A command in more bytes than the server takes. It was not sent, or is not sent again."""

    def __init__(self, size: int) -> None:
        super().__init__(1009, "too large", detail=f"the server takes no frame of {size} bytes")


class Overflow(WschatError):
    """Events were not read from an iterator for so long that those that follow could not be kept."""
