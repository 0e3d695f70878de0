"""Questions that many connections ask at once: each kind is answered for all who wait with few queries."""

from chat.log import recovery
from chat.log.reader import BatchLoader
from chat.services import access, marks, moderation, people


class Loaders:
    """The batch loaders of one process."""

    def __init__(self) -> None:
        self.greetings = BatchLoader(people.greet)
        self.departures = BatchLoader(people.gone)
        self.admissions_by_address = BatchLoader(access.admit_all)
        self.admissions = BatchLoader(access.admit_to_numbers)
        self.members = BatchLoader(recovery.members)
        self.read_markers = BatchLoader(marks.of)
        self.write_checks = BatchLoader(moderation.check_may_write)
