"""A real Redis that keeps nothing."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.support.processes import free_port, stop, wait_until_ready


@dataclass
class RedisServer:
    """Redis on a free port. It may be stopped and started again: on the same port, and empty."""

    binary: str
    folder: Path

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        output = self.folder / "redis.log"
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        arguments += ["--save", "", "--appendonly", "no"]
        with output.open("ab") as log:
            self.process = subprocess.Popen([self.binary, *arguments], stdout=log, stderr=log)
        wait_until_ready(self.process, self.answers, output)

    def answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process:
            stop(self.process, how)
