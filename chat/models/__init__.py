"""The data: fields, constraints, and querysets that read. Nothing here publishes or encodes."""

from chat.models.audit import AuditEntry
from chat.models.ban import Ban
from chat.models.block import Block
from chat.models.deletion import BulkDeletion, KeptText
from chat.models.epoch import Epoch
from chat.models.event import Event, Reaction
from chat.models.figures import ConnectionEnd, MinuteFigures
from chat.models.first_message import FirstMessage
from chat.models.held import Filter, HeldMessage
from chat.models.joined_room import JoinedRoom
from chat.models.last_post import LastPost
from chat.models.mark import ReadMark
from chat.models.mention import Mention
from chat.models.mute import Mute
from chat.models.participant import Participant
from chat.models.participant_address import ParticipantAddress
from chat.models.presence import Lease, Presence
from chat.models.report import Report
from chat.models.room import Room
from chat.models.rules import RulesAcceptance
from chat.models.saved import SavedMessage
from chat.models.staff_note import StaffNote
from chat.models.unfinished import UnfinishedText
from chat.models.used_name import UsedName
from chat.models.window_count import WindowCount

__all__ = [
    "AuditEntry",
    "Ban",
    "Block",
    "BulkDeletion",
    "ConnectionEnd",
    "Epoch",
    "Event",
    "Filter",
    "FirstMessage",
    "HeldMessage",
    "JoinedRoom",
    "KeptText",
    "LastPost",
    "Lease",
    "Mention",
    "MinuteFigures",
    "Mute",
    "Participant",
    "ParticipantAddress",
    "Presence",
    "Reaction",
    "ReadMark",
    "Report",
    "Room",
    "RulesAcceptance",
    "SavedMessage",
    "StaffNote",
    "UnfinishedText",
    "UsedName",
    "WindowCount",
]
