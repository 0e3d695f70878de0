"""A real PostgreSQL cluster, as fast and as forgetful as it can be."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.processes import free_port, stop, wait_until_ready

FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def installed() -> list[Path]:
    """Debian's folders of PostgreSQL's programs, newest version first."""
    return sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )


def unprivileged_user() -> str | None:
    """Whom PostgreSQL runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class PostgresServer:
    """A cluster on a free port, with one superuser: trusted without a password, if no file holds one."""

    bin: Path
    user: str = "wschat"
    password_file: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)  # beside, or instead of, the forgetful ones

    def __post_init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="wschat-postgres-"))
        self.output = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.run_as = unprivileged_user()
        self.password = self.password_file.read_text().strip() if self.password_file else None
        self.base_url = f"postgres://{self.user}@127.0.0.1:{self.port}"

    def start(self) -> None:
        password_copy = self.folder / "password"
        password_copy.write_text(self.password or "")
        self.output.touch()
        if self.run_as:
            for path in (self.folder, password_copy, self.output):
                shutil.chown(path, self.run_as)
        auth = [f"--pwfile={password_copy}", "--auth=scram-sha-256"] if self.password else ["--auth=trust"]
        initdb = self.launch(
            "initdb",
            f"--pgdata={self.folder / 'data'}",
            f"--username={self.user}",
            *auth,
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )
        if initdb.wait() != 0:
            raise AssertionError(f"initdb failed:\n{self.output.read_text()}")
        self.run()

    def run(self) -> None:
        """Serve, with the data that is there: again, after a crash."""
        settings = {
            **FORGETFUL,
            **self.settings,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = self.launch(
            "postgres", "-D", f"{self.folder / 'data'}", "-p", str(self.port), *options
        )
        wait_until_ready(self.process, self.answers, self.output)

    def launch(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with self.output.open("ab") as log:
            return subprocess.Popen(
                [str(self.bin / program), *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment,
                user=self.run_as,
                group=pwd.getpwnam(self.run_as).pw_gid if self.run_as else None,
                extra_groups=[] if self.run_as else None,
            )

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(f"{self.base_url}/{database}", password=self.password, autocommit=True)

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str | None = None, template: str = "template1") -> str:
        """A new database, a copy of `template` (without connections). Returns its URL."""
        name = name or f"test_{uuid.uuid4().hex[:12]}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.connect() as connection:
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return f"{self.base_url}/{name}"

    def halt(self) -> None:
        """Stop in order ("fast"), to `run` again."""
        if self.process:
            stop(self.process, signal.SIGINT)

    def crash(self) -> None:
        """As `pg_ctl stop -m immediate` does: without a checkpoint, and without a word to clients."""
        if self.process:
            stop(self.process, signal.SIGQUIT)

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)
