"""The load generator, against the yardstick and against our own server."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import machine
from bench.contenders import ROOMS, V1
from bench.generator import Generator, GeneratorFailed, Published, Talk, parse
from bench.machine import Lacking, Programs
from tests.support.fixtures import StartServer, leave_out
from tests.support.processes import free_port, wait_until_ready

PUBLISHED = (
    '{"phase": "publish", "under_way": 1, "broadcasts": 2, "deliveries": 6, "lost": 0, "seconds": 1.0, '
    '"broadcasts_per_second": 2, "deliveries_per_second": 6, "p50_ms": 0.1, "p99_ms": 0.2, '
    '"load_busy": %s, "server_busy": %s, "server_cpu_seconds": 0.0006, "closed": 0}\n'
)
OPENED = (
    '{"phase": "open", "clients": 3, "ready": 3, "refused": 0, "seconds": 0.1, "connects_per_second": 30, '
    '"joins_per_second": 30, "load_busy": 0.1, "server_busy": 0.1, "server_cpu_seconds": 0.1, "closed": 0}\n'
)


def test_what_the_program_prints_is_read():
    opened, (published,) = parse(OPENED + PUBLISHED % (0.5, 1.0))
    assert opened.joins_per_second == 30
    assert published.server_microseconds == pytest.approx(100)


@pytest.mark.parametrize(
    ("load", "server", "limited"), [(0.99, 0.7, True), (0.99, 1, False), (0.5, 0.7, False)]
)
def test_load_bound_by_the_generator_is_detected(load: float, server: float, limited: bool):
    _, (published,) = parse(OPENED + PUBLISHED % (load, server))
    assert published.limited_by_load is limited


@pytest.mark.parametrize("output", ["", "nonsense\n", PUBLISHED % (0, 0)])
def test_program_without_figures_fails(output: str):
    with pytest.raises(GeneratorFailed):
        parse(output)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    try:
        machine.cores()
        return machine.compiled(tmp_path_factory.mktemp("bench"))
    except Lacking as lacking:
        leave_out(str(lacking))


@pytest.fixture
def generator(programs: Programs) -> Generator:
    return Generator(programs.load, machine.cores().load)


@pytest.fixture
def sendloop(programs: Programs, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Its port and process id."""
    port = free_port()
    process = subprocess.Popen([programs.sendloop, str(port)])
    try:
        wait_until_ready(process, lambda: connects(port), tmp_path / "log")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def connects(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_all_members_get_all_that_the_yardstick_sends(generator: Generator, sendloop: tuple[int, int]):
    port, pid = sendloop
    one, many = generator.run(Talk("/"), [port], pid, {"n": 20, "t": 0.1}, under_way=(1, 16))
    for phase in (one, many):
        assert phase.lost == phase.closed == 0
        assert phase.deliveries == 20 * phase.broadcasts
        assert 0 < phase.p50_ms <= phase.p99_ms
        assert phase.server_cpu_seconds > 0
    assert (one.under_way, many.under_way) == (1, 16)


def test_publishers_share_what_is_under_way(generator: Generator, sendloop: tuple[int, int]):
    port, pid = sendloop
    publishers = {"n": 4, "b": 4, "t": 0.1}
    phases = generator.run(Talk("/"), [port], pid, publishers, under_way=(1, 6))
    phases += generator.run(Talk("/"), [port], pid, publishers)
    assert [phase.under_way for phase in phases] == [1, 6, 4]
    assert all(phase.lost == 0 < phase.deliveries == 4 * phase.broadcasts for phase in phases)


def test_long_messages_come_whole(generator: Generator, sendloop: tuple[int, int]):
    port, pid = sendloop
    (phase,) = generator.run(Talk("/"), [port], pid, {"n": 3, "t": 0.1, "z": 5000})
    assert phase.deliveries == 3 * phase.broadcasts > 0


def test_clients_that_get_no_answer_are_refused(generator: Generator):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = f"import socket; s = socket.socket(fileno={listener.fileno()}); s.accept()[0].close()"
        with subprocess.Popen([sys.executable, "-c", code], pass_fds=[listener.fileno()]) as server:
            opened = generator.open_only(Talk("/"), [port], server.pid, {"n": 1})
    assert (opened.ready, opened.refused) == (0, 1)


def in_every_way(generator: Generator, port: int, pid: int) -> Iterator[tuple[Published, int]]:
    for talk in (ROOMS, V1):
        yield generator.run(talk, [port], pid, {"n": 5, "t": 0.1})[0], 5
    acknowledged = replace(V1, publication='{"type":"typing","id":%n,"room":1}', marker='"ok","id":')
    yield generator.run(acknowledged, [port], pid, {"n": 3, "b": 3, "x": 1, "t": 0.1})[0], 1


def test_generator_drives_every_protocol_of_our_server(generator: Generator, start_server: StartServer):
    server = start_server()
    for phase, copies in in_every_way(generator, server.port, server.pid):
        assert phase.lost == phase.closed == 0
        assert phase.deliveries == copies * phase.broadcasts > 0


def test_clients_stay_until_released(generator: Generator, sendloop: tuple[int, int]):
    port, pid = sendloop
    with generator.hold(Talk("/"), [port], pid, {"n": 4}) as opened:
        assert opened.ready == 4
        assert connections(pid) == 4
    wait_for(lambda: connections(pid) == 0)


def connections(pid: int) -> int:
    """Sockets of the process, but for the one that listens."""
    names = [entry.readlink().name for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return sum(name.startswith("socket:") for name in names) - 1


def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():  # pytest-timeout ends the wait
        time.sleep(0.01)
