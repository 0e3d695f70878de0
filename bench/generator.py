"""The load generator as a process: what it is told, and what it tells."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from bench.machine import started_on

Options: TypeAlias = Mapping[str, int | float | str]  # the program's, by their letters

BUSY: Final = 0.98  # from here on it is the load that sets the pace


class GeneratorFailed(Exception):
    """It ended without its figures; says what it printed."""


@dataclass(frozen=True, slots=True)
class Talk:
    """How clients talk to a server. bench/load/load.c explains the % signs.

    `steps`: frames that each client sends to begin with, and what is in the answer to each.
    """

    path: str
    publication: str = "%b"
    marker: str = "~b"
    steps: tuple[tuple[str, str], ...] = ()
    subprotocol: str = ""

    def arguments(self) -> list[str]:
        """As options of the program."""
        given = ["-u", self.path, "-P", self.publication, "-k", self.marker]
        for frame, answer in self.steps:
            given += ["-j", frame, "-a", answer]
        return [*given, "-S", self.subprotocol] if self.subprotocol else given


class _Phase(msgspec.Struct, frozen=True, tag_field="phase", kw_only=True):
    load_busy: float
    server_busy: float
    server_cpu_seconds: float
    closed: int


class Opened(_Phase, frozen=True, tag="open"):
    """How the clients came in."""

    clients: int
    ready: int
    refused: int
    seconds: float
    connects_per_second: float
    joins_per_second: float

    @property
    def server_microseconds(self) -> float:
        """Time on the processor that one client cost the server."""
        return 1e6 * self.server_cpu_seconds / max(self.ready, 1)


class Published(_Phase, frozen=True, tag="publish"):
    """How the broadcasts of one phase went. Delays are up to the last copy."""

    under_way: int
    broadcasts: int
    deliveries: int
    lost: int
    seconds: float
    broadcasts_per_second: float
    deliveries_per_second: float
    p50_ms: float
    p99_ms: float

    @property
    def limited_by_load(self) -> bool:
        """Whether a faster load might have got more out of the server."""
        return self.load_busy > BUSY > self.server_busy

    @property
    def server_microseconds(self) -> float:
        """Time on the processor that one delivery cost the server."""
        return 1e6 * self.server_cpu_seconds / max(self.deliveries, 1)


Phase: TypeAlias = Opened | Published


def parse(output: str) -> tuple[Opened, list[Published]]:
    """What the program printed. Raises GeneratorFailed."""
    try:
        phases = [msgspec.json.decode(line, type=Phase) for line in output.splitlines()]
    except msgspec.MsgspecError as error:
        raise GeneratorFailed(f"{error}: {output}") from None
    opened = [phase for phase in phases if isinstance(phase, Opened)]
    if len(opened) != 1:
        raise GeneratorFailed(f"no client could connect: {output or 'no output'}")
    return opened[0], [phase for phase in phases if isinstance(phase, Published)]


@dataclass(frozen=True, slots=True)
class Generator:
    """The program, and the core that it stays on."""

    program: Path
    core: int

    def open_only(self, talk: Talk, ports: Sequence[int], pid: int, options: Options) -> Opened:
        """Have clients come in, and go. Some may have been refused."""
        return parse(self._output(self._command(talk, ports, pid, {**options, "t": 0})))[0]

    def run(
        self,
        talk: Talk,
        ports: Sequence[int],
        pid: int,
        options: Options,
        under_way: Sequence[int] = (),
    ) -> list[Published]:
        """Have clients come in and publish. Raises GeneratorFailed.

        `under_way`: messages of all publishers together, one phase for each number; by default one of each.
        """
        phases = {"w": ",".join(map(str, under_way))} if under_way else {}
        opened, published = parse(self._output(self._command(talk, ports, pid, {**options, **phases})))
        _all_in(opened)
        if len(published) != (len(under_way) or 1) or not all(phase.deliveries for phase in published):
            raise GeneratorFailed("nothing was delivered")
        return published

    @contextlib.contextmanager
    def hold(self, talk: Talk, ports: Sequence[int], pid: int, options: Options) -> Iterator[Opened]:
        """Have clients come in and stay for as long as the block lasts. Raises GeneratorFailed."""
        command = [*self._command(talk, ports, pid, options), "-h"]
        with started_on(self.core):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdin
            assert process.stdout
            try:
                opened, _ = parse(process.stdout.readline())
                yield _all_in(opened)
            finally:
                process.stdin.close()

    def _command(self, talk: Talk, ports: Sequence[int], pid: int, options: Options) -> list[str]:
        command = [str(self.program), "-p", ",".join(map(str, ports)), "-s", str(pid), *talk.arguments()]
        for letter, value in options.items():
            command += [f"-{letter}", str(value)]
        return command

    def _output(self, command: list[str]) -> str:
        with started_on(self.core):
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode not in (0, 1):
            raise GeneratorFailed(f"status {done.returncode}")
        return done.stdout


def _all_in(opened: Opened) -> Opened:
    if opened.refused:
        raise GeneratorFailed(f"{opened.refused} of {opened.clients} clients did not get in")
    return opened
