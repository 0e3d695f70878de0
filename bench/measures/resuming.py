"""1,000 clients come back with their sessions, each of them 100 messages behind."""

import asyncio
from dataclasses import replace
from typing import Final

from bench.contenders import V1
from bench.generator import Options
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand
from tests.support.sockets import open_socket

CLIENTS: Final = 1000
BEHIND: Final = 100
_SECONDS: Final = 5


def measure(stand: Stand) -> Outcome:
    """Row 9."""
    server = stand.wschat()
    sessions = server.folder / "sessions"
    tokens, seq = asyncio.run(_prepare(server))
    sessions.write_text("".join(f"{token}\n" for token in tokens))
    hello = '{"type":"hello","id":1,"token":"%w"}', '"ok","id":1,'
    join = f'{{"type":"join","id":2,"room":1,"since":{seq - BEHIND}}}', f'"text":"{_text(BEHIND - 1)}"'
    talk = replace(V1, steps=(hello, join))
    options: Options = {"n": CLIENTS, "c": CLIENTS, "f": str(sessions)}
    runs = [stand.generator.open_only(talk, [server.port], server.pid, options) for _ in range(stand.rounds)]
    seconds, refused = spread(run.seconds for run in runs), sum(run.refused for run in runs)
    work = f"{CLIENTS:,} clients resume, each {BEHIND} messages behind"
    reached = seconds.median <= _SECONDS and not refused
    return Outcome([Line(work, f"{_SECONDS} s for all", f"{seconds.shown(2)} s; {refused} refused", reached)])


async def _prepare(server: Running) -> tuple[list[str], int]:
    """Make the sessions, and say what they miss. The sessions, and the seq of the last message."""
    url = server.url.replace("http", "ws", 1) + "/ws"
    tokens = []
    for number in range(CLIENTS):
        async with open_socket(url, subprotocols=["wschat.v1"]) as guest:
            tokens.append((await guest.hello(f"guest {number}"))["session"])
    async with open_socket(url, subprotocols=["wschat.v1"]) as speaker:
        await speaker.hello("speaker")
        await speaker.ask(type="join", room=1)
        answers = [await speaker.ask(type="send", room=1, text=_text(i)) for i in range(BEHIND)]
    return tokens, answers[-1]["seq"]


def _text(number: int) -> str:
    return f"message {number} " + "x" * 64
