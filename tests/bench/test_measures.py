"""The measurements with a yardstick, in a small form: both sides do the work. No time is promised."""

import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from bench import machine
from bench.generator import GeneratorFailed
from bench.machine import Lacking
from bench.measures import (
    acknowledged,
    crossing,
    door_tls,
    history,
    idle,
    joining,
    memory,
    processes,
    rooms,
    sizes,
    workers,
)
from bench.stand import Stand
from tests.support.fixtures import leave_out

# The sizes that are made small, and how many lines there are then.
SMALL: dict[ModuleType, tuple[dict[str, object], int]] = {
    acknowledged: ({"ROOMS": 5}, 4),
    crossing: ({}, 1),
    memory: ({"FEW": 20, "MORE": 200}, 1),
    idle: ({"CONNECTIONS": 60, "ROOMS": 5, "WORKERS": 2}, 1),
    processes: ({"PROCESSES": (2, 3)}, 1),
    workers: ({"_CLIENTS": 20, "_ROOMS": 5}, 2),
    door_tls: ({"CLIENTS": 20}, 1),
    sizes: ({"SIZES": (2, 4, 8)}, 1),
    rooms: ({"ROOMS": (3, 6), "PUBLISHERS": 3}, 1),
    joining: ({"CROWDS": (10, 20), "_GOALS": {20: 1}}, 1),
    history: ({"LENGTHS": (1000, 2000)}, 9),
}


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    made = Stand(seconds=0.2, rounds=1)
    try:
        with made as stand:
            machine.cores()
            yield stand
    except Lacking as lacking:
        leave_out(str(lacking))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("measure", SMALL, ids=lambda module: module.__name__.rpartition(".")[2])
def test_ours_and_the_yardstick_do_the_work(
    stand: Stand, measure: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, count = SMALL[measure]
    for name, size in sizes.items():
        monkeypatch.setattr(measure, name, size)
    try:
        outcome = measure.measure(stand)
    except GeneratorFailed as failed:  # as in tests/bench/test_servers.py: what only benchmarks install
        pytest.skip(str(failed))
    if outcome.left_out:
        leave_out(", ".join(outcome.left_out))
    assert len(outcome.lines) == count
    for line in outcome.lines:
        assert float(re.findall(r"[\d.]+", line.measured)[0]) > 0
        assert "0 refused" in line.measured or "refused" not in line.measured
    assert "| 0 |" not in outcome.table
