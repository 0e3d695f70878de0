"""`wschat-cli ADDRESS [ROOM]`: talk in a room from a terminal, or from a pipe."""

import argparse
import asyncio
import contextlib
import getpass
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from wschat_client.address import Address
from wschat_client.client import Client
from wschat_client.cursor import log_seq
from wschat_client.errors import CommandError, TooLarge, WschatError
from wschat_client.event_stream import EventStream
from wschat_client.events import Event
from wschat_client.lines import read_lines
from wschat_client.link import State
from wschat_client.room import Room
from wschat_client.terminal import clean, show, who

HELP: Final = "* /who  /msg NAME TEXT  /quit  /help; anything else is said in the room (//… says /…)"
DONE, FAILED, WRONG = 0, 1, 2  # exit codes; argparse, too, exits with 2 for a wrong command line


class Talk:
    """One client in one room: what is typed goes out, what happens is printed."""

    def __init__(self, client: Client, room: Room, happening: EventStream) -> None:
        self._client = client
        self._room = room
        self._happening = happening
        self._refused = False
        self._said = 0  # the seq of our last message
        self._shown = 0
        self._progress = asyncio.Event()

    async def run(self) -> int:
        """Until the input ends, the user wants to go or the room is over. The exit code."""
        printing, typing = asyncio.create_task(self._print_all()), asyncio.create_task(self._type())
        tasks = (printing, typing)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            over = printing.done()
            for task in tasks:
                if task.done():
                    task.result()
            return FAILED if over or self._refused else DONE
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _type(self) -> None:
        """Run typed commands, then wait until our messages are printed: an event may come after its ok."""
        await self._obey_all()
        while self._shown < self._said:
            self._progress.clear()
            await self._progress.wait()

    async def _print_all(self) -> None:
        """Print what happens until the room is over."""
        async for event in self._happening:
            self._print(event)
            if event.room == self._room.id:
                self._shown = max(self._shown, log_seq(event))
                self._progress.set()
            if self._room.error is not None:
                return

    def _print(self, event: Event) -> None:
        line = show(event, private=event.room != self._room.id)
        if line is not None:
            say(line)

    async def _obey_all(self) -> None:
        async for line in read_lines(sys.stdin.fileno()):
            if line.strip() == "/quit":
                return
            try:
                await self._obey(line)
            except (CommandError, TooLarge, ValueError) as error:
                self._refused = True
                complain(explain(error))

    async def _obey(self, line: str) -> None:
        if not line.strip():
            return
        if line.startswith("/") and not line.startswith("//"):
            word, _, rest = line.strip().partition(" ")
            await self._command(word, rest)
        else:
            self._said = await self._room.send(line[1:] if line.startswith("//") else line)

    async def _command(self, word: str, rest: str) -> None:
        known: dict[str, Callable[[str], Awaitable[None]]] = {
            "/who": self._who,
            "/msg": self._msg,
            "/help": self._help,
        }
        if word not in known:
            raise ValueError(f"unknown command {word}; /help lists all commands")
        await known[word](rest)

    async def _who(self, rest: str) -> None:
        say(who(await self._room.members()))

    async def _msg(self, rest: str) -> None:
        name, _, text = rest.strip().partition(" ")
        if not text.strip():
            raise ValueError("usage: /msg NAME TEXT")
        await self._client.direct(name, text)

    async def _help(self, rest: str) -> None:
        say(HELP)


async def talk(options: argparse.Namespace) -> int:
    """Connect, talk, go. The exit code."""
    client = Client(options.address, name=options.name, token=options.token, on_state=tell)
    happening = client.events()
    async with client:
        room = await client.join(options.room, last=options.last, password=options.password)
        title = room.info.title if room.info else str(room.id)
        say(f"* you are {clean(client.name)} in {clean(title)}; /help for help")
        for message in room.messages:
            say(show(message) or "")
        return await Talk(client, room, happening).run()


async def talk_until_interrupted(options: argparse.Namespace) -> int:
    """As `talk`. Raises CancelledError if the user interrupts it."""
    talking = asyncio.create_task(talk(options))
    with contextlib.suppress(NotImplementedError):  # on Windows, where `asyncio.run` has to do
        # Its handler does not wake the loop when the kernel delivers the signal to the reading thread.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, talking.cancel)
    return await talking


def tell(state: State, reason: WschatError | None) -> None:
    """Print a change of the connection, if it matters to the user."""
    if state == "waiting":
        complain(f"{reason}; trying again")


def explain(error: Exception) -> str:
    """Why something failed, in words: the text of an error's number alone says little."""
    return error.detail or error.text if isinstance(error, CommandError) else str(error)


def say(line: str) -> None:
    """Print a line and flush it, because a pipe would buffer it."""
    print(line, flush=True)  # noqa: T201 (what a command is for)


def complain(line: str) -> None:
    """Print an error in one line."""
    print(f"wschat-cli: {clean(line)}", file=sys.stderr, flush=True)  # noqa: T201


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line. Exits with 2 if it is wrong."""
    parser = argparse.ArgumentParser(prog="wschat-cli", description="Talk in a room of a wschat server.")
    parser.add_argument("address", metavar="ADDRESS", help="http://127.0.0.1:8000, or just host:port")
    parser.add_argument("room", metavar="ROOM", nargs="?", default="1", help="number or title (1)")
    parser.add_argument("--name", help="as a guest; your user name if left out")
    parser.add_argument("--password", help="of a private or hidden room")
    parser.add_argument("--last", type=int, default=20, help="earlier messages to show, 100 at most (20)")
    parser.add_argument("--token", help="of an account, or a guest's session; better in WSCHAT_TOKEN")
    options = parser.parse_intermixed_args(arguments)  # ROOM may come after options
    options.token = options.token or os.environ.get("WSCHAT_TOKEN") or None
    if options.name is None and options.token is None:
        options.name = getpass.getuser()
    if options.room.isascii() and options.room.isdigit():
        options.room = int(options.room)
    try:
        Address.parse(options.address)
    except ValueError as error:
        complain(str(error))
        sys.exit(WRONG)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit code."""
    options = parse(arguments)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        return asyncio.run(talk_until_interrupted(options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return DONE
    except WschatError as error:
        complain(explain(error))
    except BrokenPipeError:
        with contextlib.suppress(OSError):  # Python flushes once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
