"""Why something was not possible, in words."""

import pytest

from tests.ui.kit import UiPage

REASON = "({ describeError }, error) => describeError(error)"


@pytest.mark.parametrize("message", ["no such message in this room", "what nobody foresaw"])
def test_a_refusal_is_told_whether_it_is_known_or_not(ui: UiPage, message: str) -> None:
    assert ui.open().run("text/refusals", REASON, {"message": message, "code": 205}) == message


def test_who_is_muted_is_told_until_when_in_their_own_time(ui: UiPage) -> None:
    muted = {"message": "… until 2026-01-01 10:00 UTC", "code": 107, "retryAfter": 48 * 3_600_000}
    told = ui.open().run("text/refusals", REASON, muted)
    year = ui.page.evaluate("() => new Date(Date.now() + 48 * 3_600_000).getFullYear()")
    assert told.startswith("a moderator has muted you in this room until ")
    assert str(year) in told
    assert "UTC" not in told
