"""The rules of a room, which each participant accepts before their first message there.

`RoomState.rules_version` names the rules that hold. `Draft.check_may_speak` asks `Acceptances` while a batch
is numbered, with the room's row locked: no message, edit or reaction is stored under rules that its sender
did not accept. In rooms without rules nothing is asked. Anonymous clients cannot accept rules, and so cannot
post; those who run the room need not accept them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from chat.errors import RULES_NOT_ACCEPTED, ChatError
from chat.models import Room, RulesAcceptance


@dataclass(slots=True)
class Acceptances:
    """What the senders of one batch have accepted. `_senders_in` names those who act in a room in it.

    They are read together, when first needed.
    """

    _senders_in: Callable[[int], Iterable[int]] = lambda room: ()
    _stored: dict[int, Mapping[int, int]] = field(default_factory=dict)  # by room: participant -> version

    def check_accepted(self, room: int, participant: int | None, version: int) -> None:
        """Raise 114 for a participant who has not accepted the rules of this version."""
        if not self.has_accepted(room, participant, version):
            raise refuse_without_rules(room)

    def has_accepted(self, room: int, participant: int | None, version: int) -> bool:
        """Whether the participant has accepted the rules of this version."""
        if participant is None:
            return False
        if room not in self._stored:
            rows = RulesAcceptance.objects.filter(room=room, participant__in=set(self._senders_in(room)))
            self._stored[room] = dict(rows.values_list("participant", "version"))
        return self._stored[room].get(participant) == version


def refuse_without_rules(room: int) -> ChatError:
    """The refusal of a message, with the rules: clients of most protocols know them from nowhere else."""
    rules = Room.objects.values_list("rules", flat=True).get(pk=room)
    detail = f"accept the rules of this room before you post: {' '.join(rules.split())}"
    return ChatError(RULES_NOT_ACCEPTED, detail=detail)
