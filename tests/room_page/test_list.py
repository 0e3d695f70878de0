"""The list alone, with far more messages than a page should load."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.room_page.kit import Modules
from tests.sdk.conftest import OpenPage
from tests.support.server import ServerProcess

# A list of the room's own elements, and a log of as many messages as one likes.
MAKE = """
    const make = (tag, ...classes) => {
        const element = document.createElement(tag);
        element.classList.add(...classes);
        return element;
    };
    document.body.replaceChildren();
    const template = make("template");
    const article = make("article", "message");
    const parts = "day news person unverified at pinned quote whose words text edited".split(" ");
    article.append(...parts.map((part) => make("div", part)), make("ul", "reactions"));
    const replies = make("div", "replies");
    replies.append(make("span", "many"));
    article.append(replies);
    article.querySelector(".person").append(make("span", "avatar"), make("bdi", "name"));
    template.content.append(article);
    const scroller = make("div");
    const [head, rows, empty, tail] = ["p", "div", "p", "ol"].map((tag) => make(tag));
    Object.assign(scroller.style, { position: "relative", height: "600px", overflowY: "scroll" });
    Object.assign(rows.style, { position: "relative" });
    new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const { style } of addedNodes) style.position = "absolute";
    }).observe(rows, { childList: true });
    scroller.append(head, rows, empty, tail);
    document.body.append(scroller);
    const say = (seq) => ({
        seq, at: new Date(1.7e12 + seq * 1000).toISOString(), text: `line ${seq}`,
        sender: { name: `ann ${seq >> 3 & 3}`, color: "red", verified: true },
    });
    const many = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => say(from + n));
    const context = {
        template, me: () => "me", participant: () => 1, mentioned: () => [], quoted: () => null,
    };
    const trimmed = [];
    // A test that answers late pushes its answers to `waiting`.
    const waiting = [];
    let load = async () => ({ messages: [], more: false });
    const loadLate = ({ before, after, limit }) => new Promise((resolve) => waiting.push({
        seq: before ? before - 1 : after,
        answer: () => resolve({
            messages: before ? many(before - limit, before - 1) : many(after + 1, after + limit), more: true,
        }),
    }));
    const list = new MessageList({
        parts: { scroller, head, rows, empty, tail }, context,
        load: (range) => load(range), onTrim: (seq) => trimmed.push(seq),
    });
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const onPage = () => [...rows.children].map((each) => Number(each.dataset.seq));
"""


@pytest.fixture
def page(open_page: OpenPage, server: ServerProcess) -> Page:
    page = open_page(server.url)
    page.goto(f"{server.url}/")
    return page


def run(page: Page, body: str) -> Any:
    return Modules(page, "list/message-list").run(f"async ({{ MessageList }}) => {{ {MAKE} {body} }}")


def test_fifty_thousand_messages_are_few_rows_at_any_position(page: Page) -> None:
    places, longest = run(
        page,
        """list.begin(many(1, 50_000), { more: false });
        await frame();
        const places = [];
        let longest = 0;
        const timed = async (act) => {
            const begin = performance.now();
            await act();
            longest = Math.max(longest, performance.now() - begin);
            await frame();
            const seqs = onPage();
            places.push([seqs[0], seqs.at(-1), seqs.length, seqs.at(-1) - seqs[0] + 1]);
        };
        await timed(() => {});
        for (const seq of [1, 25_000, 49_000]) await timed(() => list.jumpTo(seq, { focus: false }));
        await timed(() => list.jumpToEnd());
        for (let last = 50_020; last <= 50_100; last += 20) {
            await timed(() => many(last - 19, last).forEach((message) => list.add(message)));
        }
        return [places, longest];""",
    )
    assert all(rows < 60 and rows == spread for _, _, rows, spread in places), places
    assert [last for _, last, _, _ in places[-6:]] == [50_000 + 20 * n for n in range(6)]
    assert places[1][0] == 1
    assert places[2][0] < 25_000 < places[2][1]
    assert longest < 250  # milliseconds; a machine with nothing else to do needs some 10


def test_only_far_beyond_that_the_first_ones_are_forgotten(page: Page) -> None:
    trimmed, first, kept = run(
        page,
        """list.begin(many(1, 60_000), { more: false });
        await frame();
        const before = trimmed.length;
        for (const message of many(60_001, 60_010)) list.add(message);
        await frame();
        return [trimmed, before, onPage().at(-1)];""",
    )
    assert trimmed == [10_011]
    assert (first, kept) == (0, 60_010)


def test_going_elsewhere_while_it_opens_at_the_unread_ones_wins(page: Page) -> None:
    at_end, last, missing = run(
        page,
        """load = loadLate;
        const opening = list.begin(many(951, 1_000), { more: true, read: 500, unread: 500 });
        await frame();
        await list.jumpToEnd();
        waiting.forEach(({ answer }) => answer());
        const missing = await opening;
        await frame();
        return [list.atEnd, onPage().at(-1), missing];""",
    )
    assert (at_end, last, missing) == (True, 1_000, False)


def test_of_two_jumps_the_later_one_wins_however_late_the_answers_come(page: Page) -> None:
    missing, seqs = run(
        page,
        """load = loadLate;
        await list.begin(many(951, 1_000), { more: true });
        const jumps = [300, 600].map((seq) => list.jumpTo(seq, { focus: false }));
        waiting.sort((one, other) => other.seq - one.seq).forEach(({ answer }) => answer());
        const missing = await Promise.all(jumps);
        await frame();
        return [missing, onPage()];""",
    )
    assert missing == [False, False]
    assert 600 in seqs
    assert 300 not in seqs


@pytest.mark.parametrize("shrinks", ["the window is enlarged", "people are blocked", "what is below goes"])
def test_list_that_shrinks_to_what_is_in_sight_is_at_its_end_and_follows(page: Page, shrinks: str) -> None:
    before, after, last = run(
        page,
        """const sheet = new CSSStyleSheet();
        sheet.replaceSync(`
            .message { height: 60px !important; overflow: hidden }
            .flat .message { height: 20px !important }
        `);
        document.adoptedStyleSheets.push(sheet);
        const below = make("li");
        below.style.height = "500px";
        if (HOW === "what is below goes") tail.append(below);
        list.begin(many(1, HOW === "what is below goes" ? 8 : 20), { more: false });
        await frame();
        scroller.scrollTop = 0;
        await frame();
        const before = list.atEnd;
        if (HOW === "the window is enlarged") scroller.style.height = "2000px";
        else if (HOW === "people are blocked") scroller.classList.add("flat");
        else below.remove();
        await frame();
        await frame();
        const after = list.atEnd;
        for (const message of many(21, 80)) list.add(message);
        for (let n = 0; n < 30 && onPage().at(-1) !== 80; n += 1) await frame();
        return [before, after, onPage().at(-1)];""".replace("HOW", f'"{shrinks}"'),
    )
    assert (before, after, last) == (False, True, 80)


def test_list_that_shrinks_and_still_has_more_below_stays_away_from_its_end(page: Page) -> None:
    states = run(
        page,
        """list.begin(many(1, 200), { more: false });
        await frame();
        scroller.scrollTop = 0;
        await frame();
        scroller.style.height = "900px";
        await frame();
        list.add(say(201));
        await frame();
        return [list.atEnd, onPage().includes(201)];""",
    )
    assert states == [False, False]
