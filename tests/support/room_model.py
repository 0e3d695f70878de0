"""A room as a small pure model: what a member should see after any sequence of events."""

from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]


@dataclass
class Seen:
    """One message as a member sees it."""

    sender: str
    text: str
    reply_to: int | None = None
    edited: bool = False
    erased: bool = False
    reactions: dict[str, dict[int, str]] = field(
        default_factory=dict
    )  # the names of participants, as they were


class RoomModel:
    """The messages of a room by seq, as of `seq`."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.messages: dict[int, Seen] = {}

    def take_snapshot(self, messages: list[Frame]) -> None:
        """Messages of an answer: as they are now."""
        for frame in messages:
            self.messages[frame["seq"]] = _seen(frame)

    def apply(self, frame: Frame) -> None:
        """An event of the log, which has to be the next one."""
        assert frame["seq"] == self.seq + 1, f"{frame['seq']} after {self.seq}"
        self.seq = frame["seq"]
        if frame["type"] == "message":
            self.messages[self.seq] = _seen(frame)
        elif (message := self.messages.get(frame["target"])) is not None:
            change(message, frame)


def change(message: Seen, frame: Frame) -> None:
    """What an edit, a deletion, a restoration or a reaction does to a message."""
    if frame["type"] == "edited" and not message.erased:
        message.text, message.edited = frame["text"], True
    elif frame["type"] == "erased":
        message.text, message.erased = "", True
        message.reactions.clear()
    elif frame["type"] == "restored":
        message.text, message.erased, message.edited = frame["text"], False, frame["edited"] is not None
    elif frame["type"] == "reacted" and not message.erased:
        people = message.reactions.setdefault(frame["emoji"], {})
        if frame["on"]:
            people.setdefault(frame["participant"], frame["who"]["name"])
        else:
            people.pop(frame["participant"], None)
        if not people:
            del message.reactions[frame["emoji"]]


def _seen(frame: Frame) -> Seen:
    return Seen(
        sender=frame["sender"]["name"],
        text=frame["text"],
        reply_to=frame.get("reply_to"),
        edited="edited" in frame,
        erased=frame.get("erased", False),
        reactions={
            one["emoji"]: dict(zip(one["participants"], one["who"], strict=True))
            for one in frame.get("reactions", ())
        },
    )
