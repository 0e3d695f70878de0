"""Slow mode beside the composer, with a clock that the test moves."""

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.kit import UiPage

MAKE = """({ Pace }) => { window.pace = new Pace(document.getElementById("pace")); }"""


class Paced:
    """A page with nothing but the line of slow mode."""

    def __init__(self, ui: UiPage) -> None:
        ui.page.clock.install(time="2026-01-01T00:00:00Z")
        ui.open('<p id="pace" hidden></p>')
        ui.page.clock.pause_at("2026-01-01T00:01:00Z")
        ui.run("compose/pace", MAKE)
        self.page = ui.page

    @property
    def line(self) -> Locator:
        return self.page.locator("#pace")

    def do(self, call: str) -> None:
        self.page.evaluate(f"() => pace.{call}")

    @property
    def waits(self) -> bool:
        return bool(self.page.evaluate("() => pace.waits"))


@pytest.fixture
def paced(ui: UiPage) -> Paced:
    return Paced(ui)


def test_room_without_slow_mode_shows_nothing(paced: Paced) -> None:
    paced.do("set(0)")
    paced.do("noteSent()")
    expect(paced.line).to_be_hidden()
    assert not paced.waits


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (90, "90 seconds"), (60, "1 minute"), (21600, "6 hours")],
)
def test_pause_is_shown_in_words(paced: Paced, seconds: int, words: str) -> None:
    paced.do(f"set({seconds})")
    expect(paced.line).to_have_text(f"Slow mode: {words} between messages")
    assert not paced.waits


def test_after_a_message_the_time_is_counted_down(paced: Paced) -> None:
    paced.do("set(3605)")
    paced.do("noteSent()")
    expect(paced.line).to_have_text("Slow mode: next message in 1:00:05")
    paced.page.clock.run_for(3_540_000)
    expect(paced.line).to_have_text("Slow mode: next message in 1:05")
    paced.page.clock.run_for(64_000)
    expect(paced.line).to_have_text("Slow mode: next message in 0:01")
    assert paced.waits
    paced.page.evaluate("() => { pace.onEnd = () => (window.ended = true); }")
    paced.page.clock.run_for(1_000)
    expect(paced.line).to_have_text("Slow mode: 3,605 seconds between messages")
    assert paced.page.evaluate("() => window.ended")
    assert not paced.waits


def test_refusal_sets_the_countdown_and_another_error_ends_it(paced: Paced) -> None:
    paced.do("set(30)")
    paced.do("noteSent()")
    paced.do("wait(12_000)")
    expect(paced.line).to_have_text("Slow mode: next message in 0:12")
    paced.do("reset()")
    expect(paced.line).to_have_text("Slow mode: 30 seconds between messages")


def test_change_of_the_pause_counts_from_the_last_message(paced: Paced) -> None:
    paced.do("noteSent()")
    paced.do("set(300)")
    assert not paced.waits, "it was sent before slow mode began"
    paced.do("noteSent()")
    paced.do("set(10)")
    expect(paced.line).to_have_text("Slow mode: next message in 0:10")
    paced.do("set(0)")
    expect(paced.line).to_be_hidden()
    assert not paced.waits


def test_clock_of_the_server_that_is_ahead_makes_no_longer_wait(paced: Paced) -> None:
    paced.do("set(30)")
    paced.do("noteSent(Date.now() + 3_600_000)")
    expect(paced.line).to_have_text("Slow mode: next message in 0:30")
