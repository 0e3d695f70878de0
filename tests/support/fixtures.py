"""Fixtures: real servers, each started once a session and only when a test asks for it."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support import server
from tests.support.backup import Backup
from tests.support.postgres import PostgresServer, installed
from tests.support.processes import find_binary
from tests.support.redis import RedisServer
from tests.support.server import ROOT, ServerProcess

StartServer = Callable[..., ServerProcess]


def leave_out(reason: str) -> NoReturn:
    """Skip the test for want of a program; in CI, where nothing may be left out, fail it."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(reason)
    pytest.fail(reason, pytrace=False)


def pytest_configure() -> None:
    """Make the folder before processes of xdist begin, which use it too."""
    server.session_folder()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the session, with `.url`. Not emptied between tests: use keys of your own."""
    binary = find_binary("redis-server")
    if not binary:
        leave_out("redis-server is not installed")
    redis = RedisServer(binary, tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture(scope="session")
def postgres_bin() -> Path:
    """The folder of PostgreSQL's programs."""
    initdb = find_binary("initdb", *installed())
    if not initdb:
        leave_out("PostgreSQL is not installed")
    return Path(initdb).resolve().parent


@pytest.fixture(scope="session")
def postgres_server(postgres_bin: Path) -> Iterator[PostgresServer]:
    """One PostgreSQL for the session, with `.create_database()`."""
    postgres = PostgresServer(postgres_bin)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = postgres_server.create_database("migrated")
    server.ensure_migrated(server.environment(tmp_path_factory.mktemp("template"), {"DATABASE_URL": url}))
    return "migrated"


@pytest.fixture(scope="session")
def new_postgres_database(postgres_server: PostgresServer, _postgres_template: str) -> Callable[[], str]:
    """new_postgres_database() -> the URL of a new PostgreSQL database with all migrations."""

    def create() -> str:
        url = postgres_server.create_database(template=_postgres_template)
        server.mark_migrated(url)
        return url

    return create


@pytest.fixture
def postgres_url(new_postgres_database: Callable[[], str]) -> str:
    """The URL of a new PostgreSQL database with all migrations."""
    return new_postgres_database()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium that Playwright can drive (as root: with `--no-sandbox`)."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := find_binary(name):
            return path
    leave_out("Chromium is not installed")


@pytest.fixture(scope="session")
def firefox_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a Firefox that Playwright can drive over WebDriver BiDi."""
    for name in ("firefox-esr", "firefox"):
        if path := find_binary(name):
            script = tmp_path_factory.mktemp("firefox") / "firefox"
            command = shlex.join([sys.executable, str(ROOT / "tests/support/firefox.py"), path])
            script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            script.chmod(0o755)
            return str(script)
    leave_out("Firefox is not installed")


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """start_server({"REDIS_URL": ...}) -> ServerProcess, ready; it ends with the test.

    The servers of one test share a data folder, and so an SQLite file, unless `folder` or the environment
    say otherwise.
    """
    started: list[ServerProcess] = []

    def start(env: Mapping[str, str] | None = None, *, folder: Path = tmp_path, **options) -> ServerProcess:
        process = ServerProcess(folder, env, **options)
        started.append(process)
        return process.start()

    yield start
    for process in started:
        process.terminate()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def either_server(request: pytest.FixtureRequest, start_server: StartServer) -> ServerProcess:
    """A server on one database, then on the other."""
    if request.param == "SQLite":
        return start_server()
    return start_server({"DATABASE_URL": request.getfixturevalue("postgres_url")})


@pytest.fixture
def backup(request: pytest.FixtureRequest, either_server: ServerProcess, tmp_path: Path) -> Backup:
    """The backup of that server: make it, and restore it while the server is stopped."""
    on_postgres = either_server.env["DATABASE_URL"].startswith("postgres")
    postgres = request.getfixturevalue("postgres_server") if on_postgres else None
    return Backup(either_server, tmp_path, postgres)
