"""Networks that let no WebSocket through, or nothing at all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.test_drafts import Line
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


def test_page_works_without_websockets_also_after_a_reload(
    server: ServerProcess, proxy: FaultProxy, room: str, new_visitor: NewVisitor
) -> None:
    proxy.without_websockets = True
    ann, bob = new_visitor(proxy.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    ann.say("no WebSocket here")
    bob.say("but here")
    bob.reads("no WebSocket here", "but here")
    ann.page.reload()
    ann.is_connected()
    ann.reads("no WebSocket here", "but here")
    bob.sees_people("Ann", "Bob")
    ann.go("/")
    bob.sees_people("Bob")


def test_page_says_after_a_while_what_may_be_wrong(
    proxy: FaultProxy, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(proxy.url)
    ann.enter(room, "Ann")
    ann.page.clock.install()
    state = ann.page.locator("#state")
    proxy.refusing = True
    proxy.cut()
    expect(state).to_have_text("Offline. Trying again…")
    ann.say("soon")
    ann.page.clock.run_for(21_000)
    expect(state).to_contain_text("The server can't be reached. If other sites open, it may be down")
    expect(state).to_contain_text("1 message waiting to be sent")
    proxy.refusing = False
    # Once would not do: an attempt may be under way, for which this time does not pass.
    while state.get_attribute("data-state") != "connected":
        ann.page.clock.run_for(1_000)
    expect(state).to_have_text("Connected.")
    ann.reads("soon")


def test_page_tells_a_blocked_connection_from_a_lost_network_and_a_sign_out(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    line = Line(ann)
    ann.enter(room, "Ann")
    ann.page.clock.install()
    state = ann.page.locator("#state")
    line.cut()
    ann.page.clock.run_for(21_000)
    expect(state).to_contain_text("something on the way blocks the chat")
    expect(state).to_contain_text("Try another network")
    ann.page.context.set_offline(True)
    ann.page.clock.run_for(21_000)
    expect(state).to_contain_text("Check its Wi-Fi or mobile data.")
    ann.page.context.set_offline(False)
    ann.page.context.clear_cookies()
    ann.page.clock.run_for(21_000)
    expect(state).to_contain_text("Reload the page to sign in or join again.")
