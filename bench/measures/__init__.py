"""All measurements, by the name that chooses them and that their place in docs/performance.md has."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bench.measures import (
    acknowledged,
    crossing,
    delay,
    fan_out,
    flood,
    history,
    joining,
    memory,
    resuming,
    sizes,
    ui,
)
from bench.report import Outcome
from bench.stand import Stand

Measure: TypeAlias = Callable[[Stand], Outcome]

MEASURES: Final[Mapping[str, Measure]] = {
    "fan-out": fan_out.measure,
    "acknowledged": acknowledged.measure,
    "delay": delay.measure,
    "flood": flood.measure,
    "memory": memory.measure,
    "crossing": crossing.measure,
    "sizes": sizes.measure,
    "joining": joining.measure,
    "resuming": resuming.measure,
    "history": history.measure,
    "ui": ui.measure,
}
QUICK: Final = ("fan-out", "acknowledged")  # the first three goals
