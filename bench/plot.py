"""A bar chart as SVG. Pure; by hand, as no library would make it shorter."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Final

_WIDTH: Final = 820
_LABELS: Final = 260  # pixels for the names
_SCALE: Final = 440  # ... and from 0.01 to 100: servers differ that much
_BAR: Final = 14
_LOWEST, _HIGHEST = 0.01, 100
_COLORS: Final = (("#8fa8c8", "#4f6f9f"), ("#f0b060", "#d07010"))  # others, ours: first and second bar


@dataclass(frozen=True, slots=True)
class Bar:
    """One name and its values; `ours` stands out."""

    name: str
    values: tuple[float, ...]
    ours: bool = False


def bars(title: str, series: Sequence[str], shown: Sequence[Bar]) -> str:
    """The chart: a group of bars for each name, on a logarithmic scale."""
    group = _BAR * len(series) + 14
    height = 70 + group * len(shown) + 30
    parts = [_text(10, 24, title, "bold"), _text(10, 44, f"Upper bar: {'; lower bar: '.join(series)}.")]
    for mark in (0.01, 0.1, 1, 10, 100):
        x = _LABELS + _position(mark)
        parts.append(f'<line x1="{x}" y1="60" x2="{x}" y2="{height - 28}" stroke="#ccc"/>')
        parts.append(_text(x - 8, height - 10, f"{mark:g}"))
    for place, bar in enumerate(shown):
        parts += _group(bar, 66 + place * group)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="13" aria-label="{escape(title)}">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{chr(10).join(parts)}\n</svg>\n'
    )


def _group(bar: Bar, y: int) -> list[str]:
    parts = [_text(10, y + _BAR + 4, bar.name, "bold" if bar.ours else "normal")]
    for line, (value, color) in enumerate(zip(bar.values, _COLORS[bar.ours], strict=True)):
        top, width = y + line * _BAR, _position(value)
        parts.append(f'<rect x="{_LABELS}" y="{top}" width="{width}" height="{_BAR - 2}" fill="{color}"/>')
        parts.append(_text(_LABELS + width + 5, top + 11, f"{value:.2f}"))
    return parts


def _position(value: float) -> int:
    inside = min(max(value, _LOWEST), _HIGHEST)
    return round(_SCALE * log10(inside / _LOWEST) / log10(_HIGHEST / _LOWEST))


def _text(x: int, y: int, words: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}">{escape(words)}</text>'
