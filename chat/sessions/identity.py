"""Identity of a connection: its actor, its name, and its recipient."""

import contextlib
import hmac
from collections.abc import Mapping

from chat.delivery.outbox import Outbox
from chat.delivery.recipients import Recipient
from chat.dialects.base import Dialect
from chat.errors import CLIENT_UNAUTHORIZED, NO_SESSION, ChatError
from chat.events import Sender
from chat.log.threads import run_in_thread
from chat.permissions import Actor
from chat.services import marks
from chat.services.greetings import Greeting
from chat.sessions.collaborators import Collaborators
from chat.validation import name_key


class Identity:
    """`sender` is None until it is known. `token`: what it got when it signed in, under the name `alias`.

    `epoch`: the one in which it said hello. `known_as`: its latest name, which
    stays when the session has ended.
    """

    __slots__ = ("_outbox", "_with", "actor", "alias", "epoch", "known_as", "recipient", "sender", "token")

    def __init__(self, collaborators: Collaborators, outbox: Outbox, actor: Actor) -> None:
        self._with = collaborators
        self._outbox = outbox
        self.actor = actor
        self.sender: Sender | None = None
        self.known_as: Sender | None = None
        self.recipient: Recipient | None = None
        self.token: str | None = None
        self.alias = ""
        self.epoch = ""

    def require_recipient(self) -> Recipient:
        """The recipient of this connection. Raises 301 before hello."""
        if self.recipient is None:
            raise ChatError(NO_SESSION, detail="send hello first")
        return self.recipient

    def is_participant(self, participant: int) -> bool:
        """Whether this connection is known as the participant, and may come back as the same one."""
        recipient = self.recipient
        return recipient is not None and recipient.participant == participant and recipient.returns

    def adopt_greeting(self, greeting: Greeting, dialect: Dialect, *, returns: bool = True) -> None:
        """Take on the identity of a greeting. `returns`: the participant can come back as the same one."""
        self.actor = greeting.actor
        self.sender = self.known_as = greeting.welcome.who
        self.epoch = greeting.welcome.epoch
        talks = greeting.welcome.conversations
        got = greeting.known | {talk.room: talk.got for talk in talks} if dialect.entrusts else None
        self.recipient = Recipient(
            greeting.participant, self.sender, self._outbox, dialect, returns=returns, got=got
        )
        heard = [(talk.room, talk.other.participant or 0, talk.seq) for talk in talks]
        self._with.recipients.add_recipient(self.recipient, greeting.known, heard)

    def forget_participant(self) -> None:
        """Have no identity from now on."""
        if (recipient := self.recipient) is None:
            return
        if recipient.got is not None and recipient.returns:
            got = self._with.recipients.delivered_to(recipient)
            self._with.tasks.start_task(_note_delivered(recipient.participant, got))
        self._with.recipients.remove_recipient(recipient)
        self.recipient = self.sender = None

    def forget_history(self) -> None:
        """How far it has got in its conversations is not to be noted: the seqs are of another history."""
        if self.recipient is not None:
            self.recipient.got = None

    def check_name(self, name: str) -> None:
        """Raise 204 for another name than the one of this connection."""
        if self.sender is None or name == self.sender.name:
            return
        if name_key(name) not in (name_key(self.sender.name), name_key(self.alias)):
            detail = f"your name here is {self.sender.name}"
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail=detail)

    def check_token(self, token: str | None) -> None:
        """Raise 204 without the token that it got when it signed in, where that is required."""
        if not self._with.auth_required:
            return
        if self.token is None or not hmac.compare_digest(self.token.encode(), (token or "").encode()):
            detail = "sign in first, then send the token with each message"
            raise ChatError(CLIENT_UNAUTHORIZED, detail=detail)


async def _note_delivered(participant: int, got: Mapping[int, int]) -> None:
    with contextlib.suppress(ChatError):
        await run_in_thread(marks.note_delivered, participant, got)
