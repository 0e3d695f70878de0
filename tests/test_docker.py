"""`docker compose up` without containers: its commands, in its environment, on real servers."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.support.postgres import PostgresServer
from tests.support.processes import free_port, stop, wait_until_ready
from tests.support.redis import RedisServer
from tests.support.server import ROOT, collected_static


class Composition:
    """The services of docker-compose.yml, with each path and host of theirs replaced by one of ours."""

    def __init__(self, services: dict[str, Any], dockerfile: str, stands_for: dict[str, str]) -> None:
        self.services = services
        self.dockerfile = dockerfile
        self.stands_for = stands_for

    def here(self, word: str) -> str:
        for theirs, ours in self.stands_for.items():
            word = word.replace(theirs, ours)
        return sys.executable if word == "python" else word

    def image_command(self, instruction: str) -> list[str]:
        """The words of CMD, or of HEALTHCHECK's CMD, in the last stage of the Dockerfile."""
        (words,) = re.findall(rf"^{instruction} (\[.*\])$", self.dockerfile, re.MULTILINE)
        return [self.here(word) for word in json.loads(words)]

    def command(self, name: str) -> list[str]:
        words = self.services[name].get("command")
        return [self.here(word) for word in words] if words else self.image_command("CMD")

    def environment(self, name: str) -> dict[str, str]:
        """What the service gets, and nothing of the environment of the tests but where programs are."""
        theirs = self.services[name].get("environment", {})
        return {"PATH": os.environ["PATH"], **{key: self.here(value) for key, value in theirs.items()}}

    def run(self, name: str) -> None:
        done = subprocess.run(
            self.command(name), cwd=ROOT, env=self.environment(name), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{name}:\n{done.stdout}{done.stderr}"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def composition(tmp_path: Path, port: int, redis_server: RedisServer) -> Composition:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for folder in ("secrets", "data"):
        (tmp_path / folder).mkdir()
    stands_for = {
        "/app/staticfiles": str(collected_static()),
        "/secrets": str(tmp_path / "secrets"),
        "/data": str(tmp_path / "data"),
        "redis:6379": f"127.0.0.1:{redis_server.port}",
        "0.0.0.0:8000": f"127.0.0.1:{port}",
        "127.0.0.1:8000": f"127.0.0.1:{port}",
    }
    return Composition(services, (ROOT / "Dockerfile").read_text(), stands_for)


@pytest.fixture
def composed_postgres(composition: Composition, postgres_bin: Path) -> Iterator[PostgresServer]:
    """PostgreSQL as the `postgres` service is configured, with the password that `secrets` has made."""
    composition.run("secrets")
    settings = composition.environment("postgres")
    password_file = Path(settings["POSTGRES_PASSWORD_FILE"])
    postgres = PostgresServer(postgres_bin, user=settings["POSTGRES_USER"], password_file=password_file)
    try:
        postgres.start()
        postgres.create_database(settings["POSTGRES_DB"])
        composition.stands_for["postgres:5432"] = f"127.0.0.1:{postgres.port}"
        yield postgres
    finally:
        postgres.stop()


def test_secrets_are_random_private_and_kept(composition: Composition, tmp_path: Path):
    folder = tmp_path / "secrets"
    composition.run("secrets")
    first = {file.name: file.read_text() for file in folder.iterdir()}
    composition.run("secrets")
    assert {file.name: file.read_text() for file in folder.iterdir()} == first
    assert set(first) == {"secret_key", "postgres_password", "pgpass"}
    assert len({first["secret_key"], first["postgres_password"]}) == 2
    assert first["pgpass"] == f"*:*:*:*:{first['postgres_password']}\n"
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text()) >= 96


@pytest.mark.usefixtures("composed_postgres")
def test_composed_site_creates_a_room_and_ends_when_told(composition: Composition, port: int, tmp_path: Path):
    composition.run("migrate")
    output = tmp_path / "output"
    with output.open("wb") as file:
        web = subprocess.Popen(
            composition.command("web"), cwd=ROOT, env=composition.environment("web"), stdout=file, stderr=file
        )
    check = composition.image_command(r"HEALTHCHECK .*\\\n\s+CMD")
    try:
        wait_until_ready(web, lambda: subprocess.run(check, capture_output=True).returncode == 0, output)
        room = httpx.post(
            f"http://127.0.0.1:{port}/chats",
            json={"title": "Composed", "visibility": "public"},
            trust_env=False,
        )
        assert room.status_code == 201, output.read_text()
        assert room.json()["title"] == "Composed"
    finally:
        grace = int(composition.services["web"]["stop_grace_period"].removesuffix("s"))
        status = stop(web, signal.SIGTERM, timeout=grace)
    assert status == 0, output.read_text()


def test_only_the_site_is_published_and_on_this_machine_alone(composition: Composition):
    published = {
        name: service["ports"] for name, service in composition.services.items() if "ports" in service
    }
    assert published == {"web": ["${WSCHAT_BIND:-127.0.0.1}:${PORT:-8000}:8000"]}


def test_no_secret_stands_in_the_compose_file(composition: Composition):
    for service in composition.services.values():
        for name in service.get("environment", {}):
            assert name not in ("SECRET_KEY", "POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD")
