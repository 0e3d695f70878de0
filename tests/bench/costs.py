"""The cost of a piece of work, counted rather than timed: the same on every machine, under any load."""

import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Cost:
    """Instructions of Python's virtual machine, and bytes that were needed at the same time."""

    instructions: float
    memory: float

    def per(self, count: int) -> "Cost":
        """The cost of one of this number of steps."""
        return Cost(self.instructions / count, self.memory / count)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.instructions - other.instructions, self.memory - other.memory)


# At most so much: what was counted (on Python 3.11; later ones count a little less), and a fifth more.
LIMITS: Final = {
    "one more member of a room": Cost(18, 8),
    "one more event for a room": Cost(520, 1400),
    "one act that is charged": Cost(275, 140),
    "one message of a batch of 200, on SQLite": Cost(425, 340),
    "one frame that is read": Cost(177, 390),
    "one more event for another process": Cost(5, 800),
    "one handshake": Cost(6700, 19900),
}
# Statements for any number of clients that come in at the same time.
STATEMENTS: Final = {
    "hello": 3,
    "admission to an address": 2,
    "admission to a number": 3,
    "entrance": 5,
}
_TOOL: Final = 4  # of sys.monitoring: a free one


def cost(work: Callable[[], Any]) -> Cost:
    """The cost of work that was done once before: first-time work is not counted."""
    return Cost(_instructions(work), _memory(work))


def assert_within_limit(name: str, counted: Cost) -> None:
    """Fail on a clear regression, and say what to do."""
    most = LIMITS[name]
    assert counted.instructions <= most.instructions and counted.memory <= most.memory, (  # noqa: PT018
        f"{name} now costs {counted.instructions:.1f} instructions and {counted.memory:.0f} bytes; at most "
        f"{most.instructions:.1f} and {most.memory:.0f} are allowed. This is what speed hangs on: see what "
        "`make bench-quick` says. If the cost is worth it, raise the limit in tests/bench/costs.py and write "
        "down why in docs/performance.md."
    )


def _traced(work: Callable[[], Any]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _monitored(work: Callable[[], Any]) -> int:
    count = 0

    def instruction(*place: Any) -> None:
        nonlocal count
        count += 1

    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    monitoring.use_tool_id(_TOOL, "costs")
    monitoring.register_callback(_TOOL, monitoring.events.INSTRUCTION, instruction)
    monitoring.set_events(_TOOL, monitoring.events.INSTRUCTION)
    try:
        work()
    finally:
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)
    return count


_instructions = _monitored if hasattr(sys, "monitoring") else _traced  # from 3.12 on tracing misses frames


def _memory(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before
