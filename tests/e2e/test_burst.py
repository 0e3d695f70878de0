"""Two visitors send as fast as they can, through a reload, a restart and a slow network."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.support.fixtures import StartServer
from tests.support.proxy import FaultProxy, Link
from tests.support.server import ServerProcess

# A visitor who types and sends a line with each frame, one after the other.
SAY = """texts => {
    const typing = window.toSay?.length > 0;
    window.toSay = [...(window.toSay ?? []), ...texts];
    const field = document.getElementById("text");
    const next = () => {
        field.value = window.toSay[0];
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.form.requestSubmit();
        window.toSay.shift();
        if (window.toSay.length) requestAnimationFrame(next);
    };
    if (!typing) next();
}"""
# After each frame: what stands on the page twice, confirmed or not. Over a reload, too.
WATCH = """
    sessionStorage.twice ??= "";
    const look = () => {
        const shown = document.querySelectorAll("#rows .text, #pending .text");
        const texts = [...shown].map((each) => each.textContent);
        const again = (text) => texts.indexOf(text) !== texts.lastIndexOf(text);
        for (const text of texts) if (again(text)) sessionStorage.twice += text;
        requestAnimationFrame(look);
    };
    look();
"""
ON_THE_PAGE = """() => [...document.querySelectorAll("#rows [data-seq]")]
    .map((row) => [Number(row.dataset.seq), row.querySelector(".text").textContent])"""


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    return start_server()


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    """Between the browsers and the server."""
    with FaultProxy(server.port) as proxy:
        yield proxy


def lines(name: str, first: int, last: int) -> list[str]:
    return [f"{name} {number}" for number in range(first, last + 1)]


def row(visitor: Visitor, text: str) -> Locator:
    return visitor.page.locator("#rows .text").get_by_text(text, exact=True)


def pending(visitor: Visitor, text: str) -> Locator:
    return visitor.page.locator("#pending li", has=visitor.page.get_by_text(text, exact=True))


def only_the_sockets(proxy: FaultProxy, *visitors: Visitor) -> list[Link]:
    """Cut all connections: the sockets come back, those over which the pages were loaded do not."""
    before = proxy.links
    proxy.cut()
    while len(proxy.links) != len(visitors) or set(proxy.links) & set(before):
        visitors[0].page.wait_for_timeout(20)
    for visitor in visitors:
        visitor.is_connected()
    return proxy.links


def log(visitor: Visitor) -> list[str]:
    """All messages seen while scrolling from the end to the beginning; they are numbered without holes."""
    seen: dict[int, str] = {}
    visitor.page.locator("#messages").hover()
    for _ in range(200):
        rows = visitor.page.evaluate(ON_THE_PAGE)
        seqs = [seq for seq, _ in rows]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))  # none is missing, none is there twice
        assert all(seen.get(seq, text) == text for seq, text in rows)
        seen |= dict(rows)
        if seqs[0] == 1:
            break
        visitor.page.mouse.wheel(0, -400)
    assert sorted(seen) == list(range(1, len(seen) + 1))
    return [seen[seq] for seq in sorted(seen)]


@pytest.mark.timeout(120)
def test_a_reload_and_a_restart_in_a_burst_lose_and_double_nothing(
    server: ServerProcess, proxy: FaultProxy, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(proxy.url), new_visitor(proxy.url)
    both = {"Ann": ann, "Bob": bob}
    for name, visitor in both.items():
        visitor.page.add_init_script(WATCH)
        visitor.enter("/room/1", name)

    def talk(first: int, last: int) -> None:
        for name, visitor in both.items():
            visitor.page.evaluate(SAY, lines(name, first, last))

    # Ann reloads when some of hers are confirmed, and some are under way: these come long after her new page.
    held = only_the_sockets(proxy, *both.values())
    proxy.delay = 0.02
    talk(1, 15)
    expect(row(ann, "Ann 1")).to_be_visible()
    proxy.hold(*held)
    talk(16, 30)
    expect(pending(ann, "Ann 30")).to_be_visible()
    proxy.delay = 0
    ann.page.reload()
    ann.is_connected()
    proxy.release(*held)
    expect(row(bob, "Bob 30")).to_be_visible()

    # The server dies while both talk, and they talk on.
    proxy.delay = 0.02
    talk(31, 45)
    expect(row(ann, "Ann 31")).to_be_visible()
    server.kill()
    proxy.delay = 0
    for visitor in both.values():
        expect(visitor.page.locator("#state")).to_have_attribute("data-state", "waiting")
    talk(46, 50)
    for name, visitor in both.items():
        for text in lines(name, 46, 50):
            expect(pending(visitor, text).get_by_text("Sending")).to_be_visible()
        expect(visitor.page.locator("#state")).to_contain_text("messages waiting to be sent")

    server.start()
    for visitor in both.values():
        visitor.is_connected()
        expect(visitor.page.locator("#pending li")).to_have_count(0)
        expect(visitor.page.locator("#state")).to_have_text("Connected.")
    for visitor in both.values():  # not before: each page waits for its own time before it tries again
        visitor.go_to_end()
        expect(visitor.page.locator("[data-seq='100']")).to_be_in_viewport()
    read = log(ann)
    assert log(bob) == read
    for name, visitor in both.items():
        assert [text for text in read if text.startswith(name)] == lines(name, 1, 50)
        assert visitor.page.evaluate("sessionStorage.twice") == ""
