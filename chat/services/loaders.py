"""Questions that many connections ask at once: each kind is answered for all who wait with few queries."""

from chat.log import recovery
from chat.log.reader import BatchLoader
from chat.services import access, counts, marks, moderation, people


class Loaders:
    """The batch loaders of one process."""

    def __init__(self) -> None:
        self.greetings = BatchLoader(people.greet_all)
        self.new_guests = BatchLoader(counts.count_guests)
        self.departures = BatchLoader(people.note_gone)
        self.admissions_by_address = BatchLoader(access.admit_to_addresses)
        self.admissions = BatchLoader(access.admit_to_numbers)
        self.members = BatchLoader(recovery.read_members)
        self.read_markers = BatchLoader(marks.read_marks)
        self.write_checks = BatchLoader(moderation.check_may_write)
