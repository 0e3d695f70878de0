"""The short form of each fault as tests: `make faults`. `make chaos` plays the long one."""

from dataclasses import replace

import pytest

from tests.faults.bus import redis_killed
from tests.faults.cluster import Cluster
from tests.faults.conftest import StartCluster
from tests.faults.deaf import DeafServer
from tests.faults.scenarios import SCENARIOS
from tests.faults.stage import SHORT, stage


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SCENARIOS)
async def test_nothing_is_lost(name: str, whole: Cluster):
    async with stage(whole, SHORT, print) as here:
        figures = await SCENARIOS[name](here)
    print(*figures, sep="\n")  # noqa: T201 - pytest shows it if the test fails
    assert [figure for figure in figures if not figure.ok] == []


@pytest.mark.timeout(120)
async def test_harness_notices_losses(start_cluster: StartCluster):
    """Without the recovery that these tests check, this must fail."""
    async with stage(start_cluster(DeafServer), replace(SHORT, times=1), print) as here:
        complete, in_time = await redis_killed(here)
    assert not complete.ok
    assert "lost" in complete.measured
    assert not in_time.ok
