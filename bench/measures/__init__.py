"""All measurements, by the name that chooses them and that their place in docs/performance.md has."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bench.measures import (
    acknowledged,
    admin,
    crossing,
    crowd,
    delay,
    door,
    door_tls,
    fan_out,
    filters,
    flood,
    history,
    idle,
    joining,
    memory,
    processes,
    resuming,
    rooms,
    servers,
    sizes,
    ui,
    workers,
)
from bench.report import Outcome
from bench.stand import Stand

Measure: TypeAlias = Callable[[Stand], Outcome]

MEASURES: Final[Mapping[str, Measure]] = {
    "fan-out": fan_out.measure,
    "acknowledged": acknowledged.measure,
    "delay": delay.measure,
    "flood": flood.measure,
    "crowd": crowd.measure,
    "memory": memory.measure,
    "idle": idle.measure,
    "crossing": crossing.measure,
    "processes": processes.measure,
    "workers": workers.measure,
    "sizes": sizes.measure,
    "rooms": rooms.measure,
    "door": door.measure,
    "door-tls": door_tls.measure,
    "joining": joining.measure,
    "resuming": resuming.measure,
    "servers": servers.measure,
    "history": history.measure,
    "ui": ui.measure,
    "admin": admin.measure,
    "filters": filters.measure,
}
QUICK: Final = ("fan-out", "acknowledged")  # the first three goals
