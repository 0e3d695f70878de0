"""Numbering: the one walk through a batch that decides each draft and gives it its `seq`. Pure.

It goes in order, so that a message after a lock or a mute is refused and one before it is not, whatever the
batch that both fell into.
"""

from collections.abc import Sequence

from chat.errors import ROOM_NOT_FOUND, ChatError
from chat.log.drafts import Batch, Draft, Outcome


def number_drafts(drafts: Sequence[Draft], batch: Batch) -> list[Outcome]:
    """What became of each draft, in order. The states of the rooms follow."""
    outcomes = []
    for draft in drafts:
        try:
            outcomes.append(_number_draft(draft, batch))
        except ChatError as error:
            outcomes.append(Outcome(error=error))
    return outcomes


def _number_draft(draft: Draft, batch: Batch) -> Outcome:
    # First of all, so that a message that is sent again is found even if its room is gone meanwhile.
    if (earlier := draft.find_earlier(batch)) is not None:
        return Outcome(earlier, fresh=False)
    state = batch.rooms.get(draft.room)
    if state is None or (state.deleted and not draft.reaches_deleted):
        raise ChatError(ROOM_NOT_FOUND)
    event = draft.decide(state, batch)
    if event is None:
        return Outcome()
    if event.seq:  # else the room keeps no messages
        state.last_seq = event.seq
        batch.events.append(event)
    return Outcome(event, pair=state.pair)
