"""Blocks with the Python client, against a real server."""

import pytest
from wschat_client import Blocked, BlockedPerson, Client, CommandError, Message

from tests.clients.test_talk import until
from tests.support.fixtures import StartServer


async def test_person_is_blocked_and_unblocked(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann, Client(server.url, name="bob") as bob:
        await ann.join(1)
        events = ann.events()
        await (await bob.join(1)).send("hi")
        said = await until(events, Message)
        assert isinstance(said, Message)
        assert said.participant == bob.participant
        await ann.block(bob.participant)
        told = await until(events, Blocked)
        assert told == Blocked(0, told.at, bob.participant, "bob", True)
        assert await ann.blocked() == (BlockedPerson(bob.participant, "bob", ""),)
        for one, other, code in ((bob, "ann", 117), (ann, "bob", 116)):
            with pytest.raises(CommandError) as refused:
                await one.direct(other, text="hi")
            assert refused.value.code == code
        await ann.block(bob.participant, on=False)
        assert await ann.blocked() == ()
        assert (await bob.direct("ann", text="hi")).other is not None
