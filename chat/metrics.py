"""Metrics. Everything dropped or refused is counted with its reason."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

DROPPED: Final = Counter("wschat_dropped_total", "Input or output that was dropped, by reason.", ["reason"])
REFUSED: Final = Counter("wschat_refused_total", "Commands refused, by error code.", ["code"])
CONNECTIONS: Final = Gauge(
    "wschat_connections",
    "Open WebSocket connections, by dialect.",
    ["dialect"],
    multiprocess_mode="livesum",  # of several workers: those that are alive, added up
)
LIVE_ROOMS: Final = Gauge(
    "wschat_live_rooms",
    "Rooms and conversations with members in this process, or left a moment ago.",
    multiprocess_mode="livesum",
)
BUS_GROUPS: Final = Gauge(
    "wschat_bus_groups", "Groups of the channel layer that this process hears.", multiprocess_mode="livesum"
)
TASKS: Final = Gauge(
    "wschat_tasks", "asyncio tasks of this process, looked at now and then.", multiprocess_mode="livesum"
)
COMMITTED: Final = Counter("wschat_committed_total", "Entries committed, by log.", ["log"])
BATCH: Final = Histogram(
    "wschat_commit_batch_size",
    "Entries in one commit, by log.",
    ["log"],
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000),
)
FAILED_COMMITS: Final = Counter("wschat_failed_commits_total", "Commits that failed, by log.", ["log"])
RECOVERED: Final = Counter(
    "wschat_recovered_total", "Events read from the database because the bus lost them."
)
