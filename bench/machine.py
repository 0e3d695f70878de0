"""What the benchmark needs of the machine: Linux, two cores, a C compiler, many open files."""

import contextlib
import os
import platform
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
_FLAGS: Final = ("-O2", "-Wall", "-Wextra", "-Werror")
_PROCESS_CLOCK: Final = 2  # the kernel's CPUCLOCK_SCHED, as clock_getcpuclockid() has it
_WATCHED, _IDLE = 0.3, 0.1  # seconds, and the share of a core


class Lacking(Exception):
    """A requirement of the benchmark is missing; says which."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The two C programs, compiled."""

    load: Path
    sendloop: Path


def compiled(folder: Path) -> Programs:
    """Compile them into the folder. Raises Lacking."""
    if not (cc := shutil.which("cc")):
        raise Lacking("a C compiler is needed (`cc`; on Debian: apt install gcc libc6-dev)")
    programs = Programs(folder / "load", folder / "sendloop")
    sources = {
        programs.load: ("load/load.c", "load/client.c"),
        programs.sendloop: ("peers/sendloop.c",),
    }
    for program, names in sources.items():
        command = [cc, *_FLAGS, "-o", str(program), *(str(HERE / name) for name in names)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Lacking(f"cc cannot compile {', '.join(names)}:\n{done.stderr}")
    return programs


@dataclass(frozen=True, slots=True)
class Cores:
    """One for the servers, one for the load, so that neither takes the other's time."""

    server: int
    load: int


def cores() -> Cores:
    """The first two that this process may use. Raises Lacking."""
    if not hasattr(os, "sched_getaffinity"):
        raise Lacking("Linux is needed: epoll, and processes that stay on a core")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise Lacking("two cores are needed, one for the server and one for the load")
    return Cores(allowed[0], allowed[1])


@contextlib.contextmanager
def started_on(core: int) -> Iterator[None]:
    """Processes started in here stay on this core, with all their threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_many_files() -> None:
    """Let servers started from here have as many connections as the system lets them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def described() -> str:
    """The machine in a line."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = names[0] if names else platform.machine()
    kernel = platform.release().partition("-")[0]
    return f"{os.cpu_count()} cores ({model}), Linux {kernel}, Python {platform.python_version()}"


def resident_bytes(pid: int) -> int:
    """The memory that a process has at the moment."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def processor_seconds(pid: int) -> float:
    """The time that a process and all its threads have used so far."""
    return time.clock_gettime((~pid << 3) | _PROCESS_CLOCK)


def wait_until_idle(pid: int, timeout: float) -> None:
    """Until a process does next to nothing, or the time is over."""
    deadline, used = time.monotonic() + timeout, processor_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(_WATCHED)
        before, used = used, processor_seconds(pid)
        if used - before < _IDLE * _WATCHED:
            return
