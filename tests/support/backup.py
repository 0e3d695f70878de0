"""Backups made and restored by the very commands of docs/operations.md."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.postgres import PostgresServer
from tests.support.server import ROOT, ServerProcess

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


class Backup:
    """Runs the commands of the chapters Backup and Restore, for one server."""

    def __init__(self, server: ServerProcess, folder: Path, postgres: PostgresServer | None) -> None:
        self.server = server
        self.folder = folder
        self._kind = "PostgreSQL" if postgres else "SQLite"
        self._env = dict(server.env)
        if postgres is not None:
            url = urlsplit(server.env["DATABASE_URL"])
            self._env |= {"PGHOST": "127.0.0.1", "PGPORT": str(url.port), "PGUSER": url.username or ""}
            self._env["PATH"] = f"{postgres.bin}{os.pathsep}{self._env['PATH']}"

    def make(self) -> None:
        self._play(commands("Backup", self._kind))

    def restore(self, *, telling: bool = True) -> None:
        """Restore it; without `telling`, forget to say so."""
        steps = commands("Restore", self._kind)
        assert steps[-1].endswith(" manage.py restored")
        self._play(steps if telling else steps[:-1])

    def _play(self, steps: list[str]) -> None:
        for command in steps:
            subprocess.run(
                ["bash", "-c", self._here(command)], cwd=self.folder, env=self._env, check=True, timeout=60
            )

    def _here(self, command: str) -> str:
        """The command, with the places of this test."""
        database = urlsplit(self.server.env["DATABASE_URL"]).path.lstrip("/")
        command = command.replace(".venv/bin/python", sys.executable)
        command = command.replace("manage.py", str(ROOT / "manage.py"))
        command = command.replace("data/", f"{self.server.env['WSCHAT_DATA_DIR']}/")
        if self._kind == "SQLite":
            return command
        return re.sub(r"(pg_dump|dropdb|createdb|--quiet) wschat", rf"\1 {database}", command)


def commands(chapter: str, kind: str) -> list[str]:
    """What the chapter has one do for this kind of database."""
    text = OPERATIONS.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    block = re.search(rf"^{kind}\b[^\n]*:\n\n((?:    .*\n)+)", text, re.MULTILINE)
    assert block is not None, f"{chapter} says nothing about {kind}"
    return [line.strip() for line in block[1].splitlines()]
