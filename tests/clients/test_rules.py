"""Rules of a room with the Python client, against the real server."""

import pytest
from wschat_client import Client, CommandError

from tests.support.fixtures import StartServer
from tests.support.server import give_room

LOBBY = 1


async def test_rules_are_set_accepted_and_asked_for_again(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann, Client(server.url, name="olga") as olga:
        give_room(server, LOBBY, "olga")
        runs = await olga.join(LOBBY, last=0)
        seq = await runs.limit_posting(rules="Be kind.")
        room = await ann.join(LOBBY, last=0)
        assert room.info is not None
        assert (room.info.rules, room.info.rules_version, room.info.rules_accepted) == (
            "Be kind.",
            seq,
            False,
        )
        with pytest.raises(CommandError) as refused:
            await room.send("x")
        assert refused.value.code == 114
        await room.accept_rules()
        assert room.info.rules_accepted
        await room.send("x")
        events = room.events()
        await runs.limit_posting(rules="Be kinder.")
        await anext(events)
        assert (room.info.rules, room.info.rules_accepted) == ("Be kinder.", False)
