"""The short form of the soak as a test: `make faults` plays it beside the other faults."""

import pytest

from tests.faults.cluster import Cluster
from tests.faults.soak import SHORT, soak


@pytest.mark.timeout(400)
async def test_nothing_piles_up(whole: Cluster):
    figures = await soak(whole, SHORT)
    print(*figures, sep="\n")  # noqa: T201 - pytest shows it if the test fails
    assert [figure for figure in figures if not figure.ok] == []
