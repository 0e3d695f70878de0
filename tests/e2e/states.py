"""Every menu, dialog, panel and notice of the page of a room, open: a table, which `test_room_axe.py` walks.

A new menu gets a row. One that is forgotten fails the walk, which names what no row opens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, expect
from websockets.sync.client import ClientConnection

from tests.e2e.programs import ask, number
from tests.e2e.test_actions import message
from tests.e2e.visitor import Visitor

# What opens over or beside the page; the templates of `#notice` are said one at a time.
OVERLAYS: Final = (
    "dialog, details, [popover], [role=menu], [role=listbox], [role=dialog], #panel section, [id^=why-]"
)
MINE: Final = 65  # what the visitor said, after all that a program did


@dataclass(frozen=True, slots=True)
class State:
    """`open` brings the page there from the room as it was entered; `on`: the screens that have it."""

    name: str
    open: Callable[[Visitor], object]
    on: tuple[str, ...] = ("desktop", "phone")


def fill_room(carol: ClientConnection, room: str) -> None:
    """Sixty-one messages: reactions, answers, an edit, a deletion, code, mentions, a list."""
    where = number(room)
    for n in range(52):
        ask(carol, type="send", room=where, text=f"whale {n}")
    texts = ("> a quote\n\nand `code`", "1986. year\n1987. year", "@Ann, look: https://a.example", "---")
    for text in (*texts, "```js\nconst x = 'a'; // b\n```", "@Carol", "***bold***"):
        ask(carol, type="send", room=where, text=text)
    ask(carol, type="send", room=where, text="an answer", reply_to=52)
    ask(carol, type="send", room=where, text="another answer, whale", reply_to=51)
    ask(carol, type="react", room=where, target=61, emoji="👍")
    ask(carol, type="edit", room=where, target=60, text="whale, edited")
    ask(carol, type="delete", room=where, target=51)


def open_menu(visitor: Visitor, seq: int) -> Locator:
    """The menu of a message, by the keyboard: on each screen."""
    message(visitor, seq).focus()
    visitor.page.keyboard.press("m")
    menu = visitor.page.locator("#menu")
    expect(menu).to_be_visible()
    return menu


def choose(visitor: Visitor, seq: int, name: str) -> None:
    """Choose from that menu."""
    open_menu(visitor, seq).get_by_role("menuitem", name=name).click()


def _panel(name: str) -> Callable[[Visitor], None]:
    def open_panel(visitor: Visitor) -> None:
        button = visitor.page.locator(f"#{name}-button")
        if button.get_attribute("aria-expanded") == "false":
            button.click()
        expect(visitor.page.locator(f"#{name}")).to_be_visible()

    return open_panel


def _search(words: str) -> Callable[[Visitor], None]:
    def look_for(visitor: Visitor) -> None:
        _panel("search")(visitor)
        visitor.page.locator("#search-text").fill(words)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator("#search .said-of")).not_to_be_empty()

    return look_for


def _person(visitor: Visitor) -> None:
    _panel("people")(visitor)
    visitor.page.locator("#people button[data-name=Carol]").click()
    expect(visitor.page.get_by_role("menuitem", name="Mute…")).to_be_visible()


def _pin(visitor: Visitor) -> None:
    choose(visitor, 60, "Pin")
    expect(visitor.page.locator("#outcome")).to_have_text("Message pinned")


def _drawer(visitor: Visitor) -> None:
    visitor.page.locator("#sidebar-button").click()
    expect(visitor.page.locator("#sidebar.open")).to_be_visible()


def _own_menu(visitor: Visitor) -> None:
    if visitor.page.locator("#sidebar-button").is_visible():
        _drawer(visitor)
    visitor.page.locator("#sidebar details > summary").click()
    expect(visitor.page.locator("#sidebar .menu-body")).to_be_visible()


def _emoji(words: str) -> Callable[[Visitor], None]:
    def pick(visitor: Visitor) -> None:
        visitor.page.get_by_role("button", name="Emoji", exact=True).click()
        expect(visitor.page.locator("#emoji-grid button").first).to_be_visible()
        visitor.page.get_by_role("searchbox", name="Search emoji").fill(words)
        if words:
            expect(visitor.page.locator(".emoji-picker .status")).not_to_be_empty()

    return pick


def _write(words: str, sees: str) -> Callable[[Visitor], None]:
    def write(visitor: Visitor) -> None:
        visitor.writing.fill(words)
        expect(visitor.page.locator(f"#composer {sees}").first).not_to_be_empty()

    return write


def _too_long(visitor: Visitor) -> None:
    visitor.say("w" * 4001)
    visitor.is_told("too long")


def _up(visitor: Visitor) -> None:
    visitor.page.locator("#messages").evaluate("list => list.scrollTo(0, 0)")
    expect(visitor.page.locator("#to-end")).to_be_visible()


def _run(visitor: Visitor, source: str, argument: object = None) -> None:
    """Call a function with the modules that the page has loaded, as they are: `load("notify/status")`."""
    visitor.page.evaluate(
        f"""async (argument) => {{
            const links = [...document.querySelectorAll("link[rel=modulepreload]")];
            const load = (name) => import(links.find(({{ href }}) => href.includes(`/chat/${{name}}.`)).href);
            await ({source})(load, argument);
        }}""",
        argument,
    )


def _state(state: str) -> Callable[[Visitor], None]:
    def show(visitor: Visitor) -> None:
        _run(
            visitor,
            """async (load, state) => {
                const { showState, showUnsentCount, showTyping, showOutcome } = await load("notify/status");
                showState(state);
                showUnsentCount(2);
                showTyping([{ name: "Carol" }]);
                showOutcome("Something was done.");
            }""",
            state,
        )
        expect(visitor.page.locator("#state")).to_have_attribute("data-state", state)

    return show


def _unsent(visitor: Visitor) -> None:
    _run(
        visitor,
        """async (load) => {
            const { PendingMessages } = await load("compose/pending-messages");
            const { renderText } = await load("text/message-text");
            const pending = new PendingMessages({
                list: document.getElementById("pending"),
                template: document.getElementById("pending-message"),
                room: 0,
                me: () => ({ name: "Ann" }),
                render: (text) => renderText(text),
            });
            pending.show([{ type: "send", text: "on its way", nonce: "1" }]);
            pending.markFailed({ text: "a **long** way", nonce: "2" }, new Error("no"));
        }""",
    )
    expect(visitor.page.locator(".unsent.failed")).to_contain_text("Not sent: no")
    expect(visitor.page.locator(".unsent .sending").first).to_be_visible()


def _notice(why: str) -> Callable[[Visitor], None]:
    def say(visitor: Visitor) -> None:
        _run(visitor, "async (load, why) => (await load('notify/status')).showNotice(why)", why)
        expect(visitor.page.locator("#notice")).to_be_visible()

    return say


def _edit_of_gone(visitor: Visitor) -> None:
    _run(
        visitor,
        """async (load) => {
            const { Composer } = await load("compose/composer");
            const form = document.getElementById("composer");
            const nobody = { me: () => "", members: () => [] };
            const composer = new Composer({ form, room: 0, ...nobody, find: () => null });
            composer.enable(true);
            composer.edit({ seq: 1, text: "mine", sender: { name: "Ann" } });
        }""",
    )
    expect(visitor.page.get_by_role("button", name="Send as a new message")).to_be_visible()


def _shortcuts(visitor: Visitor) -> None:
    message(visitor, MINE).focus()
    visitor.page.keyboard.press("?")
    expect(visitor.page.locator("#shortcuts")).to_be_visible()


def _dropped(visitor: Visitor) -> None:
    visitor.page.evaluate(
        "() => { document.getElementById('told').textContent = 'Pictures cannot be sent.'; }"
    )


STATES: Final = (
    State("as it was entered", lambda visitor: None),
    State("people", _panel("people")),
    State("menu of a person", _person),
    State("nothing pinned", _panel("pins")),
    State("just pinned", _pin),
    State("pinned", _panel("pins")),
    State("found", _search("whale")),
    State("nothing found", _search("nothing of the kind")),
    State("menu of a message of another", lambda visitor: open_menu(visitor, 60)),
    State("menu of a message of one's own", lambda visitor: open_menu(visitor, MINE)),
    State("how long to mute", lambda visitor: choose(visitor, 60, "Mute sender")),
    State("before a deletion", lambda visitor: choose(visitor, MINE, "Delete")),
    State("tools of a message", lambda visitor: message(visitor, 61).focus()),
    State("what is answered", lambda visitor: message(visitor, 60).locator(".quote").click()),
    State("a reply", lambda visitor: choose(visitor, 60, "Reply")),
    State("an edit", lambda visitor: choose(visitor, MINE, "Edit")),
    State("an edit of what is gone", _edit_of_gone),
    State("something dropped", _dropped),
    State("emoji", _emoji("")),
    State("no emoji found", _emoji("nothing of the kind")),
    State("suggestions", _write("@", "[role=option]")),
    State("few characters left", _write("w" * 3990, "#left")),
    State("too long", _too_long),
    State("further up", _up),
    State("keyboard shortcuts", _shortcuts),
    State("sidebar", _drawer, ("phone",)),
    State("who one is", _own_menu),
    *(
        State(f"notice: {why}", _notice(why))
        for why in ("locked", "deleted", "token", "name", "other-name", "signed-out", "refused")
    ),
    *(State(f"connection: {state}", _state(state)) for state in ("waiting", "ended")),
    State("unsent and not sent", _unsent),
)
