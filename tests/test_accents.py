"""The accent color of a site."""

import re
from itertools import product

import pytest
from pydantic import ValidationError

from chat import accents
from tests.support.server import ROOT
from wschat_site.env import Env


@pytest.mark.parametrize("accent", ["#17609f", "#7a1fa2", "#b00020", "#1b5e20", "#000000", "#5d4037"])
@pytest.mark.parametrize("theme", [accents.LIGHT, accents.DARK], ids=["light", "dark"])
def test_palette_is_legible_in_each_theme(accent: str, theme: accents.Theme) -> None:
    colors = {name: accents.parse(value) for name, value in accents.build_palette(accent, theme).items()}
    grounds = [*map(accents.parse, theme.grounds), colors["--tint"]]
    assert all(accents.contrast(colors["--accent"], ground) >= 4.5 for ground in grounds)
    assert accents.contrast(colors["--on-accent"], colors["--accent"]) >= 4.5
    assert accents.contrast(accents.parse(theme.soft), colors["--tint"]) >= 4.5


def test_light_pages_have_the_accent_as_it_is_set() -> None:
    assert accents.build_palette("#7a1fa2", accents.LIGHT)["--accent"] == "#7a1fa2"


def test_grounds_are_those_of_the_style_sheet() -> None:
    css = (ROOT / "static/chat/base.css").read_text()
    light, dark = css[: css.index("@media")], css[css.index("@media") :]
    for (theme, sheet), name in product(((accents.LIGHT, light), (accents.DARK, dark)), ("card", "soft")):
        assert re.search(rf"--{name}: (\S+);", sheet)[1] == getattr(theme, name)  # type: ignore[index]
    for theme, sheet in ((accents.LIGHT, light), (accents.DARK, dark)):
        found = {re.search(rf"--{name}: (\S+);", sheet)[1] for name in ("card", "page", "shade")}  # type: ignore[index]
        assert found == set(theme.grounds)


@pytest.mark.parametrize(
    ("accent", "words"), [("#ffcc00", "too light"), ("#888888", "too light"), ("red", "is not a color")]
)
def test_site_does_not_start_with_an_accent_that_cannot_be_read(accent: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Env(_env_file=None, debug=True, wschat_accent=accent)
