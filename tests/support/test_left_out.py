"""The last lines of a test run."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT

NEEDS_REDIS = "def test_with_redis(redis_server): pass\n"


PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
PYTEST += [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}"]
PYTEST += ["-p", "tests.support.fixtures", "-p", "tests.support.left_out"]


def run_without_programs(folder: Path, **env: str) -> list[str]:
    """Run a test that needs Redis where there is none; the lines of the output."""
    test = folder / "test_needing.py"
    test.write_text(NEEDS_REDIS)
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    env = {**clean, "PATH": str(folder), **env}
    done = subprocess.run([*PYTEST, str(test)], cwd=ROOT, env=env, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_test_left_out_is_named_with_its_reason_in_the_last_line(tmp_path):
    last = run_without_programs(tmp_path)[-1]
    assert last.startswith("Left out: ")
    assert last.endswith("::test_with_redis: redis-server is not installed")


def test_nothing_is_left_out_in_ci(tmp_path):
    lines = run_without_programs(tmp_path, CI="true")
    assert "redis-server is not installed" in lines
    assert "1 error" in lines[-1]
