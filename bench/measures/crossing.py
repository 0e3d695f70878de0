"""Two members on two processes: how long from the message to its delivery by the other process."""

from bench.machine import Lacking
from bench.measures.delay import line
from bench.report import Outcome
from bench.stand import Stand


def measure(stand: Stand) -> Outcome:
    """Row 6. Both processes share the servers' core."""
    try:
        url = stand.postgres_database()
        servers = [stand.wschat(url, redis=True) for _ in range(2)]
    except Lacking as lacking:
        return Outcome([], left_out=[f"two processes ({lacking})"])
    return Outcome([line(stand, "two processes over Redis, PostgreSQL", servers, (3, 15))])
