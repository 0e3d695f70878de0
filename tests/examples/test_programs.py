"""The examples in Python, against a real server."""

from contextlib import AsyncExitStack

import pytest

from tests.examples.programs import Program, program
from tests.support.fixtures import StartServer
from tests.support.processes import free_port

DIALECTS = ("plain", "uuid", "envelope", "rooms")


async def arrive(stack: AsyncExitStack, dialect: str, address: str, name: str = "") -> tuple[Program, str]:
    """A client that is in the room for certain, and the name that others see."""
    if dialect == "uuid":
        someone = await stack.enter_async_context(program(dialect, address))
        return someone, (await someone.see("* you are ")).removeprefix("* you are ")
    name = name or f"{dialect} client"
    someone = await stack.enter_async_context(program(dialect, address, name))
    if dialect == "plain":
        await someone.type("here")
    await someone.see(f"{name}: here" if dialect == "plain" else f"* {name} entered the room")
    return someone, name


async def test_messages_reach_the_other_members(addresses: dict[str, str]):
    async with AsyncExitStack() as stack:
        here = [await arrive(stack, dialect, address) for dialect, address in addresses.items()]
        for speaker, name in here:
            text = f"hello from {name} ☃ 👩‍🚀"
            await speaker.type(text)
            for hearer, _ in here:
                assert await hearer.see(text) == f"{name}: {text}"
        for speaker, _ in here:
            assert await speaker.end() == 0


async def test_arrivals_and_departures_are_shown(addresses: dict[str, str]):
    async with AsyncExitStack() as stack:
        here = [await arrive(stack, dialect, addresses[dialect]) for dialect in DIALECTS[1:]]
        for dialect in DIALECTS[1:]:
            someone, name = await arrive(stack, dialect, addresses[dialect], f"another {dialect}")
            for (watcher, _), came in zip(
                here, ("is here", "entered the room", "entered the room."), strict=True
            ):
                assert await watcher.see(f"* {name}") == f"* {name} {came}"
            assert await someone.end() == 0
            for (watcher, _), went in zip(
                here, ("has gone", "left the room", "has left the room."), strict=True
            ):
                assert await watcher.see(f"* {name}") == f"* {name} {went}"


async def test_private_message_reaches_only_its_recipient(addresses: dict[str, str]):
    address = addresses["envelope"]
    async with AsyncExitStack() as stack:
        ann, bob, eve = [
            (await arrive(stack, "envelope", address, name))[0] for name in ("ann", "bob", "eve")
        ]
        await ann.type("@bob psst")
        assert await bob.see("psst") == "ann, to you: psst"
        await ann.type("that was all")
        await eve.see("ann: that was all")
        assert "psst" not in "".join(eve.seen)


async def test_refusal_is_shown(addresses: dict[str, str]):
    async with AsyncExitStack() as stack:
        for dialect, text, told in (
            ("uuid", "x" * 9000, "characters"),  # it drops what is empty
            ("envelope", "", "must not be empty"),
            ("rooms", "", "msg"),
        ):
            someone, _ = await arrive(stack, dialect, addresses[dialect])
            await someone.type(text)
            assert told in await someone.see("! ")


async def test_the_end_of_the_connection_ends_the_program(start_server: StartServer):
    server = start_server()
    async with AsyncExitStack() as stack:
        here = [
            (await arrive(stack, dialect, f"{server.ws_url}/dialects/{dialect}/"))[0] for dialect in DIALECTS
        ]
        server.terminate()
        for someone in here:
            assert "1012" in await someone.see(server.ws_url)
            assert await someone.process.wait() == 1


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_one_line_says_that_there_is_no_server(dialect: str):
    address = f"ws://127.0.0.1:{free_port()}/"
    async with program(dialect, address) as someone:
        assert "refused" in await someone.see(address)
        assert len(someone.seen) == 1
        assert await someone.end() == 1
