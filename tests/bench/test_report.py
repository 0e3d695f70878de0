"""The report: medians, ratios, tables."""

import xml.etree.ElementTree as ElementTree

import pytest

from bench import report
from bench.measures import MEASURES, QUICK
from bench.plot import Bar, bars
from bench.report import Line, Outcome
from tests.support.server import ROOT


def test_spread_shows_the_median_and_its_range():
    assert report.spread([3000, 1000, 2000]).shown() == "2,000 (1,000–3,000)"
    assert report.spread([0.123]).shown(2) == "0.12"
    assert report.spread([1, 2]).median == 1.5


def test_ratios_are_taken_round_by_round():
    slow_round_for_both = report.ratios([200, 100], [100, 50])
    assert slow_round_for_both.values == (2, 2)


def test_report_says_which_goals_are_reached():
    lines = [Line("a", "1", "2", True), Line("b", "1", "0", False), Line("c", "", "3")]
    assert report.goals(lines).splitlines() == [
        "| work | goal | measured | reached |",
        "| --- | --- | --- | --- |",
        "| a | 1 | 2 | yes |",
        "| b | 1 | 0 | **no** |",
        "| c |  | 3 |  |",
    ]


def test_block_has_the_results_and_names_what_was_left_out():
    outcome = Outcome([Line("a", "1", "2", True)], "| t |", ["node (not installed)"])
    parts = report.block(outcome, "Measured.").split("\n\n")
    assert parts[0] == "| t |"
    assert parts[2:] == ["Left out: node (not installed).", "Measured."]


def test_only_what_stands_between_the_marks_is_written():
    (begin, end), (other, _) = report.marks("delay"), report.marks("memory")
    document = f"before\n{begin}\nold\n{end}\nbetween\n{other}\nkept\n{end}\nafter\n"
    written = report.with_blocks(document, {"delay": r"new \1"})
    assert written == document.replace("old", "\nnew \\1\n")
    assert report.with_blocks(written, {"delay": r"new \1"}) == written


def test_document_without_marks_is_reported():
    with pytest.raises(ValueError, match="no marks for 'delay'"):
        report.with_blocks("", {"delay": "new"})


def test_every_measurement_has_its_place_in_the_document():
    document = (ROOT / "docs/performance.md").read_text("utf-8")
    for name in MEASURES:
        begin, end = report.marks(name)
        assert document.count(begin) == 1
        assert end in document.partition(begin)[2]
        assert f"`{name}`" in document
    assert set(QUICK) < set(MEASURES)


def test_bars_grow_with_the_logarithm_and_stay_inside():
    chart = ElementTree.fromstring(bars("a < b", ["1", "64"], [Bar("ours", (1, 10_000), ours=True)]))  # noqa: S314
    rectangles = chart.findall("{http://www.w3.org/2000/svg}rect")[1:]
    widths = [int(each.attrib["width"]) for each in rectangles]
    assert widths[0] * 2 == widths[1]
