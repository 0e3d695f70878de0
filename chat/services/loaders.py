"""Questions that many connections ask at once: each kind is answered for all who wait with few queries."""

from chat.log import recovery
from chat.log.threads import BatchLoader
from chat.services import access, bans, entrances, greetings, moderation


class Loaders:
    """The batch loaders of one process."""

    def __init__(self) -> None:
        self.greetings = BatchLoader(greetings.greet_and_count)
        self.departures = BatchLoader(greetings.note_gone)
        self.admissions_by_address = BatchLoader(access.admit_to_addresses)
        self.admissions = BatchLoader(access.admit_to_numbers)
        self.members = BatchLoader(recovery.read_members)
        self.entrances = BatchLoader(entrances.enter_rooms)
        self.entry_checks = BatchLoader(bans.check_entries)
        self.typing_checks = BatchLoader(moderation.check_may_type)
