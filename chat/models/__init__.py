"""The data: fields, constraints, and querysets that read. Nothing here publishes or encodes."""

from chat.models.event import Event, Reaction
from chat.models.hourly_count import HourlyCount
from chat.models.mark import ReadMark
from chat.models.mute import Mute
from chat.models.participant import Participant
from chat.models.presence import Lease, Presence
from chat.models.room import Room
from chat.models.sign_in import SignInTries

__all__ = [
    "Event",
    "HourlyCount",
    "Lease",
    "Mute",
    "Participant",
    "Presence",
    "Reaction",
    "ReadMark",
    "Room",
    "SignInTries",
]
