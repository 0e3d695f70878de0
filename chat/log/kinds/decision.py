"""Decisions about held messages: an approved one is sent as its sender's message, a rejected one is not."""

from dataclasses import dataclass

from chat.errors import CONFLICT, ChatError
from chat.events import Sender
from chat.log.bans import Client
from chat.log.drafts import Batch, Outcome
from chat.log.kinds.ban import find_addresses
from chat.log.kinds.message import MessageDraft
from chat.log.room_state import RoomState
from chat.models import HeldMessage, Participant
from chat.permissions import DECIDE_REPORTS


@dataclass(slots=True, kw_only=True)
class DecisionDraft(MessageDraft):
    """The message that was held under the number `held`, to be sent now; or, without `approve`, never.

    Its `sender` and `nonce` are those of the held message.
    """

    open_to_all = False

    text: str = ""
    held: int
    approve: bool = True

    @property
    def speaker(self) -> None:
        """The moderator decides under no name: the sender of the message may be banned."""

    @property
    def reaches_deleted(self) -> bool:
        """A message to a room that is gone can be rejected."""
        return not self.approve

    def find_earlier(self, batch: Batch) -> None:
        """A decision is none of the messages that were sent."""

    def check_guards(self, state: RoomState, batch: Batch) -> Outcome | None:
        """Decide. Raises 104; 914 for a message that waits no longer, or can be sent no longer.

        A room in which a message waits is always guarded.
        """
        batch.rights.check_permission(self, DECIDE_REPORTS)
        held = HeldMessage.objects.filter(pk=self.held).first()
        wanted = HeldMessage.State.APPROVED if self.approve else HeldMessage.State.REJECTED
        if held is None:
            raise _refuse("this message waits no longer")
        if held.state == wanted:
            return Outcome()
        if held.state != HeldMessage.State.WAITING:
            raise _refuse("this report has already been decided")
        if self.approve:
            if self.key in batch.sent:  # to a room in which nothing is held
                raise _refuse("the sender has sent this message in the meantime")
            self._check_sender(held, state)
            self.text, self.reply_to = held.text, held.reply_to
        HeldMessage.objects.filter(pk=held.pk).update(state=wanted, decided_at=self.at, text="")
        return None if self.approve else Outcome()

    def may_mention_all(self, batch: Batch) -> bool:
        """Not by the right of the moderator, who is not the sender."""
        return batch.mentionables.are_few(self.room)

    def check_calls(self, batch: Batch) -> None:
        """Nothing: whether the message calls too many, the moderator has just decided."""

    def check_target(self) -> None:
        """Nothing: the message is sent, whatever has become of the one that it replies to."""

    def _check_sender(self, held: HeldMessage, state: RoomState) -> None:
        """Raise 914 unless the sender is still here, and may be in the room and speak there.

        A message under a name that another user has taken meanwhile would look like theirs.
        """
        owner = Participant.objects.named(held.name).keeping_their_names().first()
        if len(held.poster) < _HASH:  # a participant
            person = Participant.objects.not_closed().filter(pk=held.sender_id or 0).first()
            if person is None or person.name_key is None:
                raise _refuse("the reported user no longer exists, or has lost the name")
            self.sender = Sender(person.name, person.color, person.pk)
        elif owner is not None:
            raise _refuse("the reported user no longer exists, or has lost the name")
        who = (self.sender.participant,), (self.sender.name,)
        clients = [Client(*who, network) for network in ("", *find_addresses(self.room, self.sender))]
        if any(bans.find(client, self.at) for bans in state.bans for client in clients):
            raise _refuse("the sender is banned; reject the message")
        if any(mute.covers(self.sender, self.at) for mute in state.mutes.values()):
            raise _refuse("the sender is muted; reject the message")


_HASH = 64  # digits of the hash of an anonymous client, in `HeldMessage.poster`


def _refuse(detail: str) -> ChatError:
    return ChatError(CONFLICT, detail=detail)
