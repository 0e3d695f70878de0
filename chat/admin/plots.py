"""Plots of the start page: points and bars of SVG, which a template draws. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 120


@dataclass(frozen=True, slots=True)
class Plot:
    """A line over the last day. `points` for a polyline in a box of WIDTH by HEIGHT; `most`: its top."""

    title: str
    unit: str
    points: str
    most: float
    latest: float


def draw_line(title: str, unit: str, values: Sequence[float]) -> Plot:
    """The line through these values, evenly apart, the latest one last."""
    most = max(values, default=0)
    step, scale = WIDTH / max(1, len(values) - 1), HEIGHT / (most or 1)
    points = (f"{place * step:.1f},{HEIGHT - value * scale:.1f}" for place, value in enumerate(values))
    return Plot(title, unit, " ".join(points), most, values[-1] if values else 0)
