"""The log, presence and REST on PostgreSQL: the tests that ran on SQLite, once more."""

import os
import subprocess
import sys

import pytest

from tests.support.postgres import PostgresServer
from tests.support.server import ROOT


@pytest.mark.timeout(900)
@pytest.mark.parametrize("folder", ["tests/log", "tests/presence", "tests/api", "tests/services"])
def test_what_holds_on_sqlite_holds_on_postgres(postgres_server: PostgresServer, folder: str):
    environment = {**os.environ, "TEST_DATABASE_URL": postgres_server.create_database()}
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not real"]
    done = subprocess.run([*pytest_, folder], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
