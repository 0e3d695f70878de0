"""A client of the chat server wschat. Begin with `Client`."""

from wschat_client.backoff import Backoff
from wschat_client.client import Client
from wschat_client.errors import (
    CannotConnect,
    ClientEnded,
    CommandError,
    ConnectionLost,
    Overflow,
    ProtocolError,
    RoomEnded,
    TooLarge,
    WschatError,
)
from wschat_client.events import (
    Edited,
    Erased,
    Event,
    Joined,
    Left,
    Logged,
    Message,
    ModeratorSet,
    Muted,
    Person,
    Pinned,
    Reacted,
    Reaction,
    ReadMoved,
    Removed,
    RoomChanged,
    RoomDeleted,
    Typing,
)
from wschat_client.feed import Feed
from wschat_client.identity import Conversation
from wschat_client.link import State
from wschat_client.room import Moderators, Page, Room
from wschat_client.seat import RoomInfo
from wschat_client.state import RoomState

__all__ = [
    "Backoff",
    "CannotConnect",
    "Client",
    "ClientEnded",
    "CommandError",
    "ConnectionLost",
    "Conversation",
    "Edited",
    "Erased",
    "Event",
    "Feed",
    "Joined",
    "Left",
    "Logged",
    "Message",
    "ModeratorSet",
    "Moderators",
    "Muted",
    "Overflow",
    "Page",
    "Person",
    "Pinned",
    "ProtocolError",
    "Reacted",
    "Reaction",
    "ReadMoved",
    "Removed",
    "Room",
    "RoomChanged",
    "RoomDeleted",
    "RoomEnded",
    "RoomInfo",
    "RoomState",
    "State",
    "TooLarge",
    "Typing",
    "WschatError",
]
