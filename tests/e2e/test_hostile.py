"""Hostile text is shown as text on every page, and nothing of it runs."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import ConsoleMessage, Request, expect

from chat import validation
from chat.errors import DUPLICATE_ROOM, INVALID_CONTENT, INVALID_FIELD, ChatError
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.support.hostile import HOSTILE
from tests.support.server import ServerProcess, manage

# Before all scripts of the page: whatever of them runs, says so.
CANARY = "window.alert = () => console.error('a hostile text has run')"
# What no page has of its own, and what a hostile text may ask for.
STRANGE = (
    "xss, math, iframe, object, embed, marquee, portal, base, video, audio, image, foreignObject, style, "
    "details:not(.menu, #rules), script:not([src*='/static/'], [src*='/i18n.js']), [src*=hostile], [srcdoc], "
    "[style*=hostile], [onerror], [onload], [onclick], [onfocus], [onfocusin], [onmouseover], "
    "[ontoggle], [onstart], a[href^='javascript' i], a[href^='data' i], a[href^='vbscript' i], a[href^='//']"
)
# Pages as the server sends them: what stands at a place of each, and what is strange in any.
READ = """async ([addresses, place, strange]) => {
    const { loadDocument } = await import("/static/chat/lib/load-document.js");
    const pages = await Promise.all(addresses.map((address) => loadDocument(address)));
    const texts = (page) => [...page.querySelectorAll(place)].map((each) => each.value ?? each.textContent);
    const found = pages.flatMap((page) => [...page.querySelectorAll(strange)].map((each) => each.outerHTML));
    return [pages.map(texts), found];
}"""
# Each of them is looked for in the room, and the answer waited for; what is marked in the results.
SEARCH = """async texts => {
    const form = document.querySelector("#search-form");
    const status = document.querySelector("#search [role=status]");
    const marked = [];
    for (const text of texts) {
        form.querySelector("input").value = text;
        form.requestSubmit();
        while (!status.textContent || status.textContent.startsWith("Searching"))
            await new Promise((resolve) => requestAnimationFrame(resolve));
        marked.push(...[...document.querySelectorAll("#search .hits mark")].map((mark) => mark.textContent));
    }
    return marked;
}"""
# With the identity of the page's cookies.
PIN = """([room, most]) => new Promise((resolve) => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", "wschat.v1");
    const say = (command) => socket.send(JSON.stringify(command));
    socket.onopen = () => {
        say({ type: "hello", id: -2 });
        say({ type: "join", id: 0, room });
    };
    socket.onmessage = ({ data }) => {
        const { type, id } = JSON.parse(data);
        if (type === "ok" && id >= 0 && id < most) say({ type: "pin", id: id + 1, room, target: id + 1 });
        else if (id === most || type === "error") resolve(data);
    };
})"""


# Only the members in sight are on the page.
LIST_PEOPLE = """async () => {
    const [list, found] = [document.getElementById("people-list"), new Set()];
    for (let top = 0; top < list.scrollHeight; top += list.clientHeight / 2) {
        list.scrollTop = top;
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
        for (const name of list.querySelectorAll(".name")) found.add(name.textContent);
    }
    return [...found];
}"""


def fitting(check: Callable[[object], str], most: int) -> list[str]:
    """The hostile texts, cut to this length; without those that the server refuses there."""
    found: dict[str, str] = {}
    for text in HOSTILE:
        with contextlib.suppress(ChatError):
            checked = check(text[:most])
            found[validation.name_key(checked)] = checked
    return list(found.values())


NAMES = fitting(validation.clean_name, validation.NAME[1])
TITLES = fitting(validation.clean_title, validation.TITLE[1])
EMOJI = fitting(validation.clean_emoji, validation.EMOJI[1])  # as earlier versions took them
DESCRIPTIONS = fitting(validation.clean_description, validation.DESCRIPTION[1])
SOUGHT = fitting(
    lambda text: " ".join(validation.split_search_words(text, "text")) and str(text), validation.SOUGHT[1]
)
REFUSED = (
    INVALID_CONTENT.code,
    DUPLICATE_ROOM.code,
)  # no valid address, or like another participant's name
BREAKOUTS = [text for text in TITLES if text.startswith(('">', "'>", "</ti", "</te"))]


@pytest.fixture
def zoe(server: ServerProcess, new_visitor: NewVisitor) -> Visitor:
    """A visitor who sees all of it. Scripts that run, requests elsewhere and console errors fail the test."""
    zoe = new_visitor(server.url)

    def listen(line: ConsoleMessage) -> None:
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            zoe.faults.append(line.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((server.url, "data:")):
            zoe.faults.append(request.url)

    zoe.page.add_init_script(CANARY)
    zoe.page.on("console", listen)
    zoe.page.on("request", asked)
    return zoe


def has_nothing_strange(visitor: Visitor) -> None:
    found = visitor.page.locator(STRANGE).evaluate_all("all => all.map((each) => each.outerHTML)")
    assert found == []


def read(visitor: Visitor, addresses: list[str], place: str) -> list[list[str]]:
    """What stands at this place of each page."""
    texts, strange = visitor.page.evaluate(READ, [addresses, place, STRANGE])
    assert strange == []
    return list(texts)


def make_rooms(server: ServerProcess) -> dict[str, str]:
    """A room for each title; their paths."""
    rooms = {}
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for title, description in zip(TITLES, DESCRIPTIONS, strict=False):
            fields = {"title": title, "description": description, "visibility": "public"}
            answer = client.post("/chats", json=fields)
            if answer.status_code == 201:
                rooms[title] = f"/room/{answer.json()['id']}"
            else:
                assert answer.json()["error"]["code"] in REFUSED, answer.text
    assert len(rooms) > 80
    return rooms


def test_titles_descriptions_and_what_is_sought_are_words_on_the_pages(
    server: ServerProcess, zoe: Visitor
) -> None:
    rooms = make_rooms(server)
    shown: set[str] = set()
    for page in (1, 2):
        zoe.go(f"/?page={page}")
        shown |= set(zoe.page.locator(".room bdi").all_text_contents())
        has_nothing_strange(zoe)
    assert shown >= set(rooms)
    assert len(shown & set(DESCRIPTIONS)) > 80

    doors = read(zoe, list(rooms.values()), "h1 bdi")
    assert doors == [[title] for title in rooms]
    sought = read(zoe, [f"/?q={quote(text)}" for text in TITLES], "#q")
    assert sought == [[text] for text in TITLES]
    for text in BREAKOUTS:
        zoe.go("/")
        zoe.page.get_by_role("searchbox").fill(text)
        expect(zoe.page.locator(".room-title bdi").get_by_text(text, exact=True)).to_be_visible()
        zoe.page.get_by_role("link", name="Create room").click()
        zoe.page.get_by_label("Title", exact=True).fill(text)
        zoe.page.get_by_role("button", name="Create room").click()  # there is one
        expect(zoe.page.get_by_label("Title", exact=True)).to_have_value(text)
        has_nothing_strange(zoe)


def test_a_hostile_guest_in_rooms_with_hostile_titles_sees_words(
    server: ServerProcess, room: str, zoe: Visitor
) -> None:
    titles = {}
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for text in BREAKOUTS:
            fields = {"title": f"{text}!", "description": text, "visibility": "public"}
            titles[f"/room/{client.post('/chats', json=fields).json()['id']}"] = f"{text}!"
        for name, (place, title) in zip(NAMES, titles.items(), strict=False):
            zoe.enter(place, name)
            expect(zoe.page).to_have_title(f"{title} · wschat")
            expect(zoe.page.locator("#title")).to_have_text(title)
            expect(zoe.page.locator("details.menu > summary bdi")).to_have_text(name)
            zoe.sees_people(name)
            has_nothing_strange(zoe)
            zoe.page.get_by_role("link", name="All rooms").click()
        zoe.enter(room, "Zoe")
        for text in TITLES:
            title = f"{text[:60].strip()} ~"
            fields = {"title": title, "description": text, "visibility": "public"}
            if client.put(f"/chats/{number(room)}", json=fields).status_code == 200:
                expect(zoe.page.locator("#title")).to_have_text(title)
                expect(zoe.page.locator("#description")).to_have_text(text)
        has_nothing_strange(zoe)
    visited = zoe.page.locator("#sidebar .entry-title").all_text_contents()
    assert set(visited) >= set(titles.values())
    zoe.page.evaluate("texts => { for (const text of texts) location.hash = text; }", HOSTILE)
    zoe.go(f"{room}#m1{BREAKOUTS[0]}")
    zoe.page.reload()
    zoe.is_connected()
    has_nothing_strange(zoe)


def react_as_before(server: ServerProcess, room: int) -> None:
    """Put hostile reactions under the first messages, of times when any characters were one."""
    react = (
        "from chat.models import Participant, Reaction;"
        "one = Participant.objects.order_by('pk').first();"
        f"given = dict(room_id={room}, participant=one, name='Zoe');"
        "Reaction.objects.bulk_create(Reaction(target=target, emoji=emoji, **given)"
        f" for target, emoji in enumerate({EMOJI!r}, start=1))"
    )
    manage("shell", "--verbosity=0", "--command", react, env=server.env)


@pytest.fixture
def crowd(server: ServerProcess, zoe: Visitor) -> Iterator[str]:
    """A room of Zoe's, in which each hostile name has said hostile things; its path."""
    room = zoe.create_room(f"Crowd {uuid.uuid4().hex[:8]}")
    where = number(room)
    with contextlib.ExitStack() as stack:
        unread: dict[str, Any] = {
            "max_queue": None,
            "ping_interval": None,
        }  # what the others say, they need not hear
        people = [stack.enter_context(program(server.ws_url, room, name, **unread)) for name in NAMES]
        zoe.enter(room, "Zoe")
        for person, text in zip(people, HOSTILE, strict=False):
            ask(person, type="send", room=where, text=text)
            ask(person, type="direct", to="Zoe", text=text)
        for target, (person, text) in enumerate(zip(people, HOSTILE, strict=False), start=1):
            link = f"https://hostile.invalid/{text} [here](https://hostile.invalid/{text})"
            ask(person, type="send", room=where, text=link, reply_to=target)
        for person, emoji in zip(people, HOSTILE, strict=False):
            refused = ask(person, INVALID_FIELD.code, type="react", room=where, target=1, emoji=emoji)
            assert refused["field"] == "emoji"
        react_as_before(server, where)
        zoe.page.reload()
        zoe.is_connected()
        people[0].send(json.dumps({"type": "typing", "id": 1, "room": where}))
        yield room


def test_hostile_names_and_messages_are_text_in_the_room(zoe: Visitor, crowd: str) -> None:
    page = zoe.page
    expect(page.locator("#people-button [data-people-count]")).to_have_text(str(len(NAMES) + 1))
    assert set(page.evaluate(LIST_PEOPLE)) == {*NAMES, "Zoe"}
    expect(page.locator("[data-talks] .entry-title")).to_have_count(len(NAMES))
    assert set(page.locator("[data-talks] .entry-title").all_text_contents()) == set(NAMES)

    names, quoted, faces = set(), set(), set()
    page.locator("#messages").hover()
    for _ in range(200):
        has_nothing_strange(zoe)
        names |= set(page.locator("#rows .byline .name").all_text_contents())
        quoted |= set(page.locator("#rows .quote:visible .whose:not(:empty)").all_text_contents())
        faces |= set(page.locator("#rows .pill span:first-child").all_text_contents())
        if page.locator("#rows [data-seq='1']").count():
            break
        page.mouse.wheel(0, -500)
    assert names == quoted == set(NAMES)
    assert faces == set(EMOJI)

    answer = page.evaluate(PIN, [number(crowd), 50])
    assert json.loads(answer)["type"] == "ok", answer
    page.get_by_role("button", name="Pinned messages").click()
    expect(page.locator("#pins .hits li")).to_have_count(50)
    assert set(page.locator("#pins .hits .name").all_text_contents()) == set(NAMES[:50])
    has_nothing_strange(zoe)
    page.get_by_role("button", name="Search", exact=True).first.click()
    assert "alert" in page.evaluate(SEARCH, ["alert", *SOUGHT])
    has_nothing_strange(zoe)


def test_hostile_names_are_text_in_menus_and_mentions(zoe: Visitor, crowd: str) -> None:
    page = zoe.page
    for name in NAMES:
        zoe.writing.fill(f"@{name}")
        if name.count("@") == 0:
            expect(page.locator("#suggestions bdi").get_by_text(name, exact=True)).to_be_visible()
    name = NAMES[4]
    zoe.writing.fill(f"@{name[:-1]}")
    page.keyboard.press("Enter")
    expect(zoe.writing).to_have_value(f"@{name} ")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .mention").last).to_have_text(f"@{name}")
    has_nothing_strange(zoe)
    page.get_by_role("searchbox", name="Search members").fill(name)
    page.locator("#people").get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("menu")).to_have_accessible_name(name)
    talks = page.locator("[data-talks] a").evaluate_all("all => all.map((each) => each.getAttribute('href'))")
    titles = read(zoe, talks, "#title")
    assert {title for (title,) in titles} == set(NAMES)
    page.get_by_role("menuitem", name="Send direct message").click()
    expect(page.locator("#title")).to_have_text(name)
    zoe.is_connected()
    expect(page.locator("#rows .name").last).to_have_text(name)
    has_nothing_strange(zoe)
    zoe.go(f"/direct/{quote(BREAKOUTS[0] + '!', safe='')}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"No one is called {BREAKOUTS[0]}!")
    has_nothing_strange(zoe)
