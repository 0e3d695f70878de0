"""The accent color of a site: the colors of the pages that follow from it, legible in both themes. Pure.

The grounds are those of `static/chat/base.css`; contrasts are as WCAG 2.2 has them.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

Color: TypeAlias = tuple[float, ...]

ENOUGH: Final = 4.5  # for text
_STEPS: Final = 40
_WHITE: Final = (255.0, 255.0, 255.0)
_INK: Final = (12.0, 26.0, 39.0)  # on a light accent
_HEX: Final = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Theme:
    """`card`, `grounds` (all that text stands on) and `soft` (text of less importance) of a theme."""

    card: str
    grounds: tuple[str, ...]
    soft: str
    tint: float  # the share of the accent in what is selected, at most


LIGHT: Final = Theme("#ffffff", ("#ffffff", "#f6f7f9", "#eef1f5"), "#56616e", 0.12)
DARK: Final = Theme("#1c2026", ("#1c2026", "#14171b", "#262c34"), "#a9b3bf", 0.22)


def check_accent(text: str) -> str:
    """The accent in small letters; "" for none. Raises ValueError if it cannot be read on light pages."""
    if not text:
        return ""
    if not _HEX.fullmatch(text):
        raise ValueError(f"{text!r} is not a color such as #17609f")
    least = min(contrast(parse(text), parse(ground)) for ground in LIGHT.grounds)
    if least < ENOUGH:
        raise ValueError(f"{text} is too light: a contrast of {least:.1f} with the pages, and 4.5 is needed")
    return text.lower()


def build_palette(accent: str, theme: Theme) -> dict[str, str]:
    """The colors of a theme by their names in the style sheets. For dark pages the accent is made lighter."""
    color, grounds = parse(accent), [parse(ground) for ground in theme.grounds]
    for step in range(_STEPS + 1):
        shown = _mix(color, _WHITE, step / _STEPS)
        tint = _find_tint(shown, theme)
        if tint and all(contrast(shown, ground) >= ENOUGH for ground in grounds):
            on_accent = max((_WHITE, _INK), key=lambda ink: contrast(ink, shown))
            return {"--accent": _hex(shown), "--on-accent": _hex(on_accent), "--tint": _hex(tint)}
    raise ValueError(f"no form of {accent} can be read")


def contrast(one: Color, other: Color) -> float:
    """From 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def parse(text: str) -> Color:
    """Red, green and blue of `#rrggbb`."""
    return tuple(float(int(text[at : at + 2], 16)) for at in (1, 3, 5))


def _find_tint(accent: Color, theme: Theme) -> Color | None:
    """The strongest tint on which both the accent and soft text can be read."""
    for step in range(_STEPS):
        tint = _mix(parse(theme.card), accent, theme.tint * (1 - step / _STEPS))
        if min(contrast(accent, tint), contrast(parse(theme.soft), tint)) >= ENOUGH:
            return tint
    return None


def _mix(one: Color, other: Color, share: float) -> Color:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def _luminance(color: Color) -> float:
    shares = [part / 255 for part in color]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(color: Color) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in color)
