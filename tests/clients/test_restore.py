"""A backup is restored while clients are away: each has what a new one has, and sends what was unsent."""

import asyncio

import pytest
from wschat_client import Backoff, Client, CommandError, Message, Reset, Room

from tests.support.backup import Backup
from tests.support.server import ServerProcess

PATIENCE = 45.0


def soon() -> Backoff:
    return Backoff(first=0.01, most=0.2)


async def until_texts(room: Room, *texts: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while [message.text for message in room.messages] != list(texts):  # noqa: ASYNC110 (no event tells)
            await asyncio.sleep(0.02)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("telling", [True, False], ids=["told", "not told"])
async def test_clients_begin_anew(either_server: ServerProcess, backup: Backup, telling: bool):
    server = either_server
    async with (
        Client(server.url, name="ann", backoff=soon()) as ann,
        Client(server.url, name="bob", backoff=soon()) as bob,
    ):
        room = await ann.join(1, last=50)
        seen = await bob.join(1, since=0)
        heard = seen.events()
        talk = await ann.direct("bob", "psst")
        await room.send("one")
        backup.make()
        for number in range(5):
            await room.send(f"lost {number}")
            await talk.send("lost")
        participant = bob.participant
        await asyncio.to_thread(server.terminate)
        edit = asyncio.create_task(room.edit(3, "another's words"))
        unsent = asyncio.create_task(room.send("unsent"))
        await asyncio.to_thread(backup.restore, telling=telling)
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(PATIENCE):
            assert await unsent == 2
            with pytest.raises(CommandError):
                await edit
        await until_texts(room, "one", "unsent")
        await until_texts(seen, "one", "unsent")
        assert bob.participant == participant
        async with asyncio.timeout(PATIENCE):
            async for event in heard:
                if isinstance(event, Reset):
                    break
        await room.send("new")
        async with asyncio.timeout(PATIENCE):
            async for event in heard:
                if isinstance(event, Message) and event.text == "new":
                    break
        with_ann = await bob.direct("ann")
        told = with_ann.events()
        assert await talk.send("newer") == 2
        async with asyncio.timeout(PATIENCE):
            async for event in told:
                if isinstance(event, Message) and event.text == "newer":
                    break
        assert [message.text for message in (await with_ann.history()).messages] == ["psst", "newer"]


@pytest.mark.timeout(120)
async def test_guest_whom_the_backup_does_not_have_is_a_new_one(either_server: ServerProcess, backup: Backup):
    server = either_server
    backup.make()
    async with Client(server.url, name="late", backoff=soon()) as late:
        room = await late.join(1, last=50)
        await room.send("lost")
        session = late.session
        await asyncio.to_thread(server.terminate)
        unsent = asyncio.create_task(room.send("unsent"))
        await asyncio.to_thread(backup.restore)
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(PATIENCE):
            assert await unsent == 1
        await until_texts(room, "unsent")
        assert late.session != session
        # Its number is given out again. The old session is of no use to whoever has it.
        with pytest.raises(CommandError):
            async with Client(server.url, token=session):
                pass
