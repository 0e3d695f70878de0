"""The texts of refusals."""

import pytest

from tests.ui.kit import UiPage

REASON = "({ describeError }, error) => describeError(error)"


@pytest.mark.parametrize("message", ["no such message in this room", "an unknown error"])
def test_a_refusal_is_told_whether_it_is_known_or_not(ui: UiPage, message: str) -> None:
    assert ui.open().run("text/refusals", REASON, {"message": message, "code": 205}) == message


def test_who_is_muted_is_told_until_when_in_their_own_time(ui: UiPage) -> None:
    muted = {"message": "… until 2026-01-01 10:00 UTC", "code": 107, "retryAfter": 48 * 3_600_000}
    told = ui.open().run("text/refusals", REASON, muted)
    year = ui.page.evaluate("() => new Date(Date.now() + 48 * 3_600_000).getFullYear()")
    assert told.startswith("a moderator has muted you in this room until ")
    assert str(year) in told
    assert "UTC" not in told


def test_message_that_came_too_soon_is_told_when_it_can_be_sent(ui: UiPage) -> None:
    slow = {"message": "slow mode: you can send …", "code": 108, "retryAfter": 90_000}
    told = ui.open().run("text/refusals", REASON, slow)
    assert told.startswith("this room is in slow mode; you can send again at ")


def test_who_mentioned_everyone_too_often_is_told_when_they_can_again(ui: UiPage) -> None:
    refused = {"message": "you have just …", "code": 115, "retryAfter": 90_000}
    told = ui.open().run("text/refusals", REASON, refused)
    assert told.startswith("you have just mentioned everyone in this room; you can again at ")


@pytest.mark.parametrize(
    ("removal", "words"),
    [
        ({"reason": "spam", "until": None}, "Reason: spam"),
        ({"reason": "", "until": None}, ""),
        ({"code": 921, "message": "you are banned from this room: spam: ads"}, "Reason: spam: ads"),
        ({"code": 920, "message": "a moderator has removed you from this room", "retryAfter": 1500}, ""),
        ({"code": 921, "message": "Banned"}, ""),
        ({"code": 101, "message": "no: such room"}, ""),
        ({}, ""),
    ],
)
def test_removed_member_sees_the_reason(ui: UiPage, removal: dict[str, object], words: str) -> None:
    describe = "({ describeRemoval }, removal) => describeRemoval(removal)"
    assert ui.open().run("text/refusals", describe, removal) == words


def test_banned_member_is_told_until_when(ui: UiPage) -> None:
    describe = "({ describeRemoval }, removal) => describeRemoval(removal)"
    page = ui.open()
    heard = page.run("text/refusals", describe, {"until": "2026-01-01T10:00:00Z", "reason": "spam"})
    assert heard.startswith("Until ")
    assert "2026" in heard
    assert heard.endswith(". Reason: spam")
    refused = {"code": 921, "message": "you are banned from this room until …", "retryAfter": 3_600_000}
    assert page.run("text/refusals", describe, refused).startswith("Until ")
