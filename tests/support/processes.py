"""Child processes that are waited for by what they do, never by the clock."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    """A free TCP port on 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def find_binary(name: str, *folders: Path) -> str | None:
    """The path of `name` in the first of `folders` that has it, or else on PATH."""
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    return shutil.which(name)


class ProcessEnded(AssertionError):
    """A server ended, or did not get ready in time; the text says what it printed."""


def wait_until_ready(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], output: Path, timeout: float = 30
) -> None:
    """Ask `ready` again and again, until it is true.

    Raises ProcessEnded with what the process wrote to `output`, when it ends first or `timeout` seconds
    are over.
    """
    deadline = time.monotonic() + timeout
    while not ready():
        if ended_within(process, 0.02):
            what = f"ended with status {process.returncode}"
        elif time.monotonic() > deadline:
            what = f"was not ready after {timeout:g} s"
        else:
            continue
        raise ProcessEnded(f"{process.args!r} {what}:\n{output.read_text(errors='replace')}")


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def stop(process: subprocess.Popen[bytes], signal: int, timeout: float = 20) -> int:
    """Send `signal`, wait for the end, and return the exit status; kill what does not end in time."""
    if process.poll() is None:
        process.send_signal(signal)
        if not ended_within(process, timeout):
            process.kill()
    return process.wait()


def children(pid: int) -> list[int]:
    """The process ids of its children, those that have ended and were not yet waited for left out (Linux)."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed if alive(int(child))]


def alive(pid: int) -> bool:
    """Whether the process is there and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
