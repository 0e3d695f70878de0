"""What one message asks of Redis and PostgreSQL, as more processes have members of its room: counted."""

import time
from typing import Final, NamedTuple

import redis

from bench.contenders import V1
from bench.machine import Lacking
from bench.report import Line, Outcome, table
from bench.stand import Running, Stand

PROCESSES: tuple[int, ...] = (2, 4, 8)
_GROWTH: Final = 1.1
_SHORT, _LONG = 1, 3  # of the stand's seconds
# How PostgreSQL's log begins what a client asks: in the simple and in the extended protocol.
_ASKED: Final = (b"LOG:  statement: ", b"LOG:  execute ")


class _Counts(NamedTuple):
    messages: float
    seconds: float
    commands: float
    input_bytes: float
    output_bytes: float
    statements: float

    def minus(self, other: "_Counts", times: float = 1.0) -> "_Counts":
        return _Counts(*(mine - times * its for mine, its in zip(self, other, strict=True)))


def measure(stand: Stand) -> Outcome:
    """One member on each process; one of them sends the next message when all have the last one."""
    try:
        found = {count: _of_one_message(stand, count) for count in PROCESSES}
    except Lacking as lacking:
        return Outcome([], left_out=[f"all of it ({lacking})"])
    few, most = PROCESSES[0], PROCESSES[-1]
    grown = found[most].statements / found[few].statements
    work = f"statements of PostgreSQL for a message, {most} processes"
    line = Line(work, f"at most {_GROWTH} times that of {few}", f"{grown:.2f}", grown <= _GROWTH)
    head = [
        "processes",
        "commands of Redis",
        "bytes to Redis",
        "bytes from Redis",
        "statements of PostgreSQL",
    ]
    rows = [
        [
            str(count),
            f"{each.commands:.1f}",
            f"{each.input_bytes:,.0f}",
            f"{each.output_bytes:,.0f}",
            f"{each.statements:.1f}",
        ]
        for count, each in found.items()
    ]
    return Outcome([line], table(head, rows))


def _of_one_message(stand: Stand, count: int) -> _Counts:
    """A long run less a short one: who comes in is in both. Then less what the processes ask anyway."""
    url = stand.postgres_database()
    with stand.postgres.connect(url.rpartition("/")[2]) as database:
        database.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET log_statement = 'all'")
    with stand.several(count, url) as servers, redis.Redis.from_url(stand.redis.url) as client:
        before = _read(stand, client)
        time.sleep(_LONG * stand.seconds)
        idle = _read(stand, client).minus(before)
        short, times = _publish(stand, client, servers, _SHORT), _LONG
        while (more := _publish(stand, client, servers, times).minus(short)).messages <= 0:
            times *= _LONG  # a machine that stalls may deliver nothing in so short a time
    rest = more.minus(idle, more.seconds / idle.seconds)
    return _Counts(*(value / more.messages for value in rest))


def _publish(stand: Stand, client: redis.Redis, servers: list[Running], times: float) -> _Counts:
    before, ports = _read(stand, client), [server.port for server in servers]
    options = {"n": len(servers), "t": times * stand.seconds}
    (phase,) = stand.generator.run(V1, ports, servers[0].pid, options)
    return _read(stand, client).minus(before)._replace(messages=phase.broadcasts)


def _read(stand: Stand, client: redis.Redis) -> _Counts:
    """What there was so far; of messages, none."""
    stats = client.info("stats")
    asked = sum(stand.postgres.output.read_bytes().count(begin) for begin in _ASKED)
    fields = "total_commands_processed", "total_net_input_bytes", "total_net_output_bytes"
    commands, input_bytes, output_bytes = (float(stats[field]) for field in fields)
    return _Counts(0, time.monotonic(), commands, input_bytes, output_bytes, asked)
