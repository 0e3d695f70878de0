"""`.ci/run`: its limit, and what it tells of its steps. The real script, with a `make` that does nothing."""

import os
import re
import subprocess
from pathlib import Path

from tests.support.server import ROOT

SCRIPT = ROOT / ".ci/run"
STEPS = ["install", "check", "test-quick", "test-slow", "faults"]
MAKE = """#!/bin/sh
[ "$1" != "$HANGING" ] || exec sleep 60
[ "$1" != "$BROKEN" ] || exit 7
"""


def run(folder: Path, limit: int | None = None, **how: str) -> tuple[int, str]:
    """Exit status and output of the script, with another limit if one is given."""
    text = SCRIPT.read_text("utf-8")
    if limit is not None:
        text, replaced = re.subn(r"^limit=5000\b", f"limit={limit}", text, flags=re.MULTILINE)
        assert replaced == 1
    script, make = folder / ".ci/run", folder / "bin/make"
    for file, content in ((script, text), (make, MAKE)):
        file.parent.mkdir()
        file.write_text(content, "utf-8")
        file.chmod(0o755)
    environment = {"PATH": f"{make.parent}:{os.environ['PATH']}", "HANGING": "", "BROKEN": ""}
    done = subprocess.run(
        ["bash", script], env=environment | how, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def table(output: str) -> list[str]:
    """The steps in the table at the end, each of which has the time that it took and the usual one."""
    return re.findall(r"^ +\d+ +\d+  make (.+)$", output, re.MULTILINE)


def test_steps_are_timed_and_quick_ones_come_first(tmp_path: Path):
    status, output = run(tmp_path)
    assert (status, table(output)) == (0, STEPS)
    assert "(limit 5000)" in output
    assert output.endswith("\nAll passed.\n")


def test_failed_step_ends_the_run_and_is_named(tmp_path: Path):
    status, output = run(tmp_path, BROKEN="test-quick")
    assert (status, table(output)) == (1, STEPS[:3])
    assert re.search(r"^=== make test-quick: FAILED \(status 7\) after ", output, re.MULTILINE)


def test_limit_ends_a_step_that_hangs_and_is_named(tmp_path: Path):
    status, output = run(tmp_path, limit=2, HANGING="install")
    assert (status, table(output)) == (1, STEPS[:1])
    assert re.search(r"^=== make install: FAILED \(the limit of 2 s for everything\) ", output, re.MULTILINE)


def test_no_step_begins_past_the_limit(tmp_path: Path):
    """For `timeout`, 0 is no limit, and a negative time an option that it does not have."""
    status, output = run(tmp_path, limit=0)
    assert (status, table(output)) == (1, STEPS[:1])
    assert re.search(r"^=== make install: FAILED \(the limit of 0 s for everything\) ", output, re.MULTILINE)
