"""One cluster for all faults: what one of them breaks, the next one would find."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster, cluster
from tests.support.fixtures import leave_out
from tests.support.processes import find_binary
from tests.support.server import ServerProcess

StartCluster = Callable[[type[ServerProcess]], Cluster]


@pytest.fixture(scope="module")
def start_cluster(postgres_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartCluster]:
    """start_cluster(ServerProcess) -> Cluster, which ends with the module."""
    redis = find_binary("redis-server") or leave_out("redis-server is not installed")
    with ExitStack() as stack:

        def start(kind: type[ServerProcess]) -> Cluster:
            folder = tmp_path_factory.mktemp("cluster")
            return stack.enter_context(cluster(postgres_bin, redis, folder, kind))

        yield start


@pytest.fixture(scope="module")
def whole(start_cluster: StartCluster) -> Cluster:
    """A cluster as it is run."""
    return start_cluster(ServerProcess)
