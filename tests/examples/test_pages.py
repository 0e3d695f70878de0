"""The example pages in a real Chromium, against a real server."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.examples.pages import Guest
from tests.support.fixtures import StartServer

Invite = Callable[..., Guest]


@pytest.fixture
def invite(chromium: Browser) -> Iterator[Invite]:
    """invite("plain", address, "ann") -> Guest, who is connected. What a page throws fails the test."""
    guests: list[Guest] = []

    def invite(dialect: str, address: str, name: str = "") -> Guest:
        guests.append(Guest(chromium, dialect, address, name))
        return guests[-1]

    yield invite
    for guest in guests:
        guest.page.context.close()
    assert [fault for guest in guests for fault in guest.faults] == []


def test_messages_are_shown_to_the_other_members(invite: Invite, addresses: dict[str, str]):
    here = [invite(dialect, address) for dialect, address in addresses.items()]
    here[0].say("is it open?")  # its dialect does not confirm the join
    here[0].sees("is it open?")
    for speaker in here:
        speaker.say(f"hello from {speaker.name} ☃ 👩‍🚀")
        for reader in here:
            reader.sees(f"{speaker.name}: hello from {speaker.name} ☃ 👩‍🚀")


def test_message_is_shown_as_text(invite: Invite, addresses: dict[str, str]):
    here = [invite(dialect, address) for dialect, address in addresses.items()]
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    here[-1].say(markup)
    for reader in here:
        reader.sees(markup)
        expect(reader.page.locator("#messages li *")).to_have_count(0)


def test_private_message_reaches_only_its_recipient(invite: Invite, addresses: dict[str, str]):
    ann, bob, eve = [invite("envelope", addresses["envelope"], name) for name in ("ann", "bob", "eve")]
    ann.say("@bob psst")
    bob.sees("ann, to you: psst")
    ann.say("that was all")
    eve.sees("ann: that was all")
    expect(eve.lines.filter(has_text="psst")).to_have_count(0)


def test_the_end_of_the_connection_is_shown(invite: Invite, start_server: StartServer):
    server = start_server()
    here = [
        invite(dialect, f"{server.ws_url}/dialects/{dialect}/")
        for dialect in ("plain", "uuid", "envelope", "rooms")
    ]
    server.terminate()
    for guest in here:
        guest.sees("* not connected (1012")
        guest.say("anybody?")
        guest.sees("! connect first")


def test_a_phone_is_wide_enough(invite: Invite, addresses: dict[str, str]):
    for dialect, address in addresses.items():
        guest = invite(dialect, address)
        guest.page.set_viewport_size({"width": 320, "height": 568})
        guest.say("x" * 500)
        guest.sees("x" * 500)
        assert guest.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
