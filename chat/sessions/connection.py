"""One connection: its ways in and out, and who it is."""

import hmac
from dataclasses import dataclass

from chat import events, validation
from chat.delivery.outbox import Outbox
from chat.delivery.people import Listener
from chat.dialects.base import Dialect
from chat.errors import CLIENT_UNAUTHORIZED, NO_SESSION, ChatError
from chat.events import Sender
from chat.permissions import Actor
from chat.services.people import Greeting
from chat.sessions.backend import Backend


@dataclass(slots=True)
class Connection:
    """`who` is None until that is known. `token`: what it got when it signed in, under the name `alias`."""

    backend: Backend
    outbox: Outbox
    dialect: Dialect
    actor: Actor
    who: Sender | None = None
    listener: Listener | None = None
    token: str | None = None
    alias: str = ""

    def known(self) -> Listener:
        """The participant behind it. Raises 301 before hello."""
        if self.listener is None:
            raise ChatError(NO_SESSION, detail="say hello first")
        return self.listener

    def become(self, greeting: Greeting, *, returns: bool = True) -> None:
        """Be somebody from now on. `returns`: who can come back as the same one."""
        self.actor, self.who = greeting.actor, greeting.welcome.who
        got = None
        if self.dialect.entrusts:
            got = greeting.known | {talk.room: talk.got for talk in greeting.welcome.conversations}
        self.listener = Listener(
            greeting.participant, self.who, self.outbox, self.dialect, returns=returns, got=got
        )
        self.backend.listen(self.listener, greeting)

    def be_nobody(self) -> None:
        """Be nobody known from now on."""
        if self.listener is not None:
            self.backend.unlisten(self.listener)
            self.listener = self.who = None

    def check_name(self, name: str) -> None:
        """Raise 204 for another name than the one that it goes by."""
        if self.who is None or name == self.who.name:
            return
        if validation.name_key(name) not in (
            validation.name_key(self.who.name),
            validation.name_key(self.alias),
        ):
            detail = f"you go by the name {self.who.name} here"
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail=detail)

    def check_token(self, token: str | None) -> None:
        """Raise 204 without the token that it was given when it signed in, where that is necessary."""
        if not self.backend.auth_required:
            return
        if self.token is None or not hmac.compare_digest(self.token.encode(), (token or "").encode()):
            detail = "sign in first, and show the token that you get with each message"
            raise ChatError(CLIENT_UNAUTHORIZED, detail=detail)

    def tell(self, event: events.Event) -> None:
        """An event for this connection alone, before what is corked."""
        if (payload := self.dialect.encode(event)) is not None:
            self.outbox.send(payload)

    def speak(self, dialect: Dialect) -> None:
        """Be written to in another form of the dialect from now on."""
        self.dialect = dialect
        if self.listener is not None:
            self.listener.dialect = dialect
        self.backend.respell(self.outbox, dialect)
