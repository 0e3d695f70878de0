"""`wschat-cli` as a process: its output and exit codes."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import wschat_client
from wschat_client import Client

from tests.clients.test_talk import private_room
from tests.support.fixtures import StartServer
from tests.support.processes import free_port
from tests.support.server import ServerProcess

SOURCE = Path(wschat_client.__file__).parents[1]
PATIENCE = 20.0


class Terminal:
    """One CLI, with its input and outputs."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def type(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self.process.stdin.drain()

    async def see(self, part: str, *, complaint: bool = False) -> str:
        """The next line with this in it; those before it are dropped."""
        source = self.process.stderr if complaint else self.process.stdout
        assert source
        async with asyncio.timeout(PATIENCE):
            while line := (await source.readline()).decode().rstrip("\n"):
                if part in line:
                    return line
        raise AssertionError(f"the output ended without {part!r}")

    async def end(self) -> tuple[int, str, str]:
        """Close its input, and wait: the exit code, and what else it printed."""
        assert self.process.stdin
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            output, complaints = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, output.decode(), complaints.decode()


@contextlib.asynccontextmanager
async def cli(*arguments: str, **env: str) -> AsyncIterator[Terminal]:
    inherited = {name: value for name, value in os.environ.items() if name != "WSCHAT_TOKEN"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wschat_client.cli",
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**inherited, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", **env},
    )
    try:
        yield Terminal(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run(*arguments: str, text: str = "", **env: str) -> tuple[int, str, str]:
    async with cli(*arguments, **env) as terminal:
        if text:
            await terminal.type(*text.splitlines())
        return await terminal.end()


async def test_two_people_talk(start_server: StartServer):
    server = start_server()
    async with contextlib.AsyncExitStack() as stack:
        ann = await stack.enter_async_context(cli(server.url, "--name", "ann"))
        await ann.see("you are ann in Public Chat")
        bob = await stack.enter_async_context(cli(server.url, "Public Chat", "--name", "bob"))
        await bob.see("you are bob in Public Chat")
        await ann.type("hello, bob")
        assert (await bob.see("hello, bob")).endswith(" ann: hello, bob")
        assert await ann.see("hello, bob")
        await bob.type("/who", "/msg ann psst", "//etc")
        assert await bob.see("here:") == "* here: ann, bob"
        assert (await ann.see("psst")).endswith(" [private] bob: psst")
        assert (await ann.see("/etc")).endswith(" bob: /etc")
        await bob.type("/quit")
        assert (await bob.end())[0] == 0
        assert await ann.see("left") == "* bob left"


async def test_piped_lines_are_sent_and_shown(start_server: StartServer):
    server = start_server()
    code, output, complaints = await run(server.url.removeprefix("http://"), text="one\ntwo\nthree")
    assert (code, complaints) == (0, "")
    said = [line.split(": ")[1] for line in output.splitlines() if ": " in line and "*" not in line]
    assert said == ["one", "two", "three"]
    async with Client(server.url, name="witness") as witness:
        page = await (await witness.join(1)).history()
        assert [message.text for message in page.messages] == ["one", "two", "three"]


async def test_earlier_messages_are_shown(start_server: StartServer):
    server = start_server()
    await run(server.url, "--name", "ann", text="from before")
    code, output, complaints = await run(server.url, "--name", "bob", "1")
    assert (code, complaints) == (0, "")
    assert "ann: from before" in output


async def test_message_cannot_control_the_terminal(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="mallory") as mallory:
        room = await mallory.join(1)
        await room.send("one\n12:00 ann: I agree\u202e")
        _, output, _ = await run(server.url, "--name", "bob")
        assert "mallory: one\n    | 12:00 ann: I agree\n" in output


async def test_unreachable_server_is_reported():
    port = free_port()
    code, output, complaints = await run(f"127.0.0.1:{port}")
    assert (code, output) == (1, "")
    assert complaints.startswith(f"wschat-cli: cannot connect to ws://127.0.0.1:{port}/ws: ")
    assert complaints.count("\n") == 1


@pytest.mark.parametrize("address", ["ftp://host", "host:port"])
async def test_invalid_address_is_not_found(address: str):
    code, output, complaints = await run(address)
    assert (code, output, complaints.count("\n")) == (2, "", 1)


async def test_wrong_command_line():
    assert (await run())[0] == 2


async def test_missing_room_is_not_found(start_server: StartServer):
    code, _, complaints = await run(start_server().url, "No Such Room")
    assert code == 1
    assert complaints.count("\n") == 1
    assert "Room not found" in complaints or "no such room" in complaints.lower()


async def test_private_room(start_server: StartServer):
    server = start_server()
    number = private_room(server)
    code, _, complaints = await run(server.url, str(number), "--password", "wrong horse")
    assert (code, complaints.count("\n")) == (1, 1)
    code, output, _ = await run(server.url, "Team Blue", "--password", "correct horse", text="hello, team")
    assert code == 0
    assert "hello, team" in output


async def test_token_from_the_environment(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        session = ann.session
    assert session
    code, output, _ = await run(server.url, WSCHAT_TOKEN=session)
    assert code == 0
    assert "you are ann in" in output


async def test_refused_line_is_told_and_counts(start_server: StartServer):
    code, output, complaints = await run(start_server().url, text="x" * 5000 + "\n/nonsense\nfine")
    assert code == 1
    assert complaints.count("\n") == 2
    assert "fine" in output


async def test_interrupt_ends_cleanly(start_server: StartServer):
    async with cli(start_server().url) as terminal:
        await terminal.see("you are")
        terminal.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(terminal.process.wait(), PATIENCE) == 0
        assert (await terminal.end())[2] == ""


def interrupt_reader(process: int) -> None:
    """Send SIGINT to the one thread of the process that is not its first."""
    (thread,) = {int(each.name) for each in Path(f"/proc/{process}/task").iterdir()} - {process}
    ctypes.CDLL(None).tgkill(process, thread, signal.SIGINT)


async def test_interrupt_that_another_thread_takes_ends_at_once(start_server: StartServer):
    """The kernel chooses the thread. A loop that is not woken would go on until the next ping."""
    async with cli(start_server().url) as terminal:
        await terminal.see("you are")
        await terminal.type("/help")  # after its answer the thread exists, and the server sends nothing more
        await terminal.see("/quit")
        interrupt_reader(terminal.process.pid)
        assert await asyncio.wait_for(terminal.process.wait(), PATIENCE / 2) == 0
        assert (await terminal.end())[2] == ""


async def test_closed_output_ends_the_program(start_server: StartServer):
    async with cli(start_server().url) as terminal:
        await terminal.see("you are")
        terminal.process.stdout._transport.close()
        await terminal.type("into the void", "and again")
        code, _, complaints = await terminal.end()
        assert (code, complaints) == (1, "")


async def test_client_survives_a_restart(start_server: StartServer):
    server = start_server()
    async with cli(server.url) as terminal:
        await terminal.see("you are")
        await asyncio.to_thread(restart, server)
        await terminal.type("still here")
        await terminal.see("still here")
        assert "trying again" in (await terminal.end())[2]


def restart(server: ServerProcess) -> None:
    server.terminate()
    server.start()
