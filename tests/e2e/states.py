"""Every menu, dialog, panel and notice of the page of a room, open: a table for `test_room_axe.py`.

A new menu gets a row. The test fails for a menu without one, and names it.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, expect
from websockets.sync.client import ClientConnection

from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_actions import message

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


_FORGET: Final = """() => {
    document.querySelector("#composer [data-cancel]")?.click();
    const field = document.querySelector("#composer textarea");
    if (field) field.value = "";
    field?.dispatchEvent(new Event("input"));
    [sessionStorage, localStorage].forEach((kept) => kept.clear());
}"""


def forget_drafts(visitor: Visitor) -> None:
    """Leave nothing for the next page: what is in the composer goes from the server as the page is left."""
    visitor.page.evaluate(_FORGET)


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


def enter_full_room(ann: Visitor, carol: Visitor, url: str) -> str:
    """Bring both into a room of Ann's that has something of everything. Returns its path."""
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    with program(url, room, "Carol") as socket:
        fill_room(socket, room)
    carol.enter(room, "Carol")
    ann.enter(room, "Ann")
    ann.say("mine")
    expect(ann.page.locator(f"[data-seq='{MINE}']")).to_be_visible()
    return room


def open_menu(visitor: Visitor, seq: int) -> Locator:
    """The menu of a message, by the keyboard: on each screen."""
    message(visitor, seq).focus()
    visitor.page.keyboard.press("m")
    menu = visitor.page.locator("#menu")
    expect(menu).to_be_visible()
    return menu


def _delete_all(visitor: Visitor) -> None:
    """Of Carol, whose messages are not the visitor's."""
    choose(visitor, 60, "Delete all from sender…")
    expect(visitor.page.get_by_role("dialog", name="Delete all messages from Carol?")).to_be_visible()


def _deleting(visitor: Visitor) -> None:
    _run(
        visitor,
        """async (load) => {
            const { BulkDeletion } = await load("list/bulk-deletion");
            const now = { id: 1, state: "deleting", name: "Carol", deleted: 40, total: 90 };
            const bulk = new BulkDeletion({
                dialog: document.getElementById("delete-all"),
                bar: document.getElementById("deleting"),
                room: () => ({ deletions: async () => [now] }),
                say: () => {},
            });
            bulk.watch();
        }""",
    )
    expect(visitor.page.locator("#deleting")).to_contain_text("Deleting messages from Carol: 40 of 90")


def choose(visitor: Visitor, seq: int, name: str) -> None:
    """Choose from that menu."""
    open_menu(visitor, seq).get_by_role("menuitem", name=name).click()


def _panel(name: str) -> Callable[[Visitor], None]:
    def open_panel(visitor: Visitor) -> None:
        if visitor.page.locator(f"#{name}-button").get_attribute("aria-expanded") == "false":
            visitor.open_panel(name)
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
    visitor.page.locator("#people button[data-person=Carol]").click()
    expect(visitor.page.get_by_role("menuitem", name="Mute Carol…")).to_be_visible()


def _before_block(visitor: Visitor) -> None:
    _person(visitor)
    visitor.page.get_by_role("menuitem", name="Block…").click()
    expect(visitor.page.get_by_role("dialog").get_by_role("button", name="Block")).to_be_visible()


def _blocked(visitor: Visitor) -> None:
    """By a program, which has said something; Carol of the first messages was another participant."""
    name = f"Bob {uuid.uuid4().hex[:8]}"
    room = visitor.page.url.removeprefix(visitor.site).partition("#")[0]
    with program(visitor.site.replace("http", "ws", 1), room, name) as bob:
        ask(bob, type="send", room=number(room), text="I am blocked")
        visitor.page.locator(f".message .person[data-person='{name}']").click()
        visitor.page.get_by_role("menuitem", name="Block…").click()
        visitor.page.get_by_role("dialog").get_by_role("button", name="Block").click()
        expect(visitor.page.get_by_role("button", name="Show").last).to_be_visible()


def _blocked_found(visitor: Visitor) -> None:
    _blocked(visitor)
    _search("blocked")(visitor)


def _leave(visitor: Visitor) -> None:
    _panel("people")(visitor)
    visitor.page.get_by_role("button", name="Leave room").click()
    expect(visitor.page.get_by_role("dialog").get_by_role("button", name="Leave room")).to_be_visible()


def _mute_with_reason(visitor: Visitor) -> None:
    choose(visitor, 60, "Mute Carol")
    visitor.page.get_by_role("menuitem", name="Mute with a reason…").click()
    expect(visitor.page.get_by_role("dialog", name="Mute Carol")).to_be_visible()


def _refused_ban(visitor: Visitor) -> None:
    choose(visitor, 60, "Ban Carol")
    visitor.page.locator("#removal-reason").evaluate("field => { field.value = 'x'.repeat(201); }")
    visitor.page.locator("#removal").get_by_role("button", name="Ban").click()
    expect(visitor.page.locator("#removal [role=alert]")).not_to_be_empty()


def _pin(visitor: Visitor) -> None:
    choose(visitor, 60, "Pin")
    expect(visitor.page.locator("#outcome")).to_have_text("Message pinned")


def _replies(visitor: Visitor) -> None:
    message(visitor, 60).locator(".quote").click()
    choose(visitor, 52, "Show replies")
    expect(visitor.page.locator("#replies .hits").last.locator("li")).to_have_count(1)


def _sheet(visitor: Visitor) -> None:
    visitor.page.locator("#room-button").click()
    expect(visitor.page.locator("#room-sheet")).to_be_visible()


def _who(visitor: Visitor) -> None:
    choose(visitor, 61, "Who reacted")
    expect(visitor.page.get_by_role("menu", name="Who reacted")).to_contain_text("Carol")


def _formats(visitor: Visitor) -> None:
    button = visitor.page.locator("#composer [data-formats]")
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    expect(visitor.page.locator("#formats")).to_be_visible()


def _pasted(visitor: Visitor) -> None:
    visitor.writing.evaluate("""(field) => {
        const data = new DataTransfer();
        data.setData("text/plain", "if (a) {\\n  b();\\n}");
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        field.focus();
        document.execCommand("insertText", false, data.getData("text/plain"));
    }""")
    expect(visitor.page.get_by_role("button", name="Paste as code")).to_be_visible()


def _swiped(visitor: Visitor) -> None:
    message(visitor, 61).evaluate("each => { each.classList.add('swiped', 'enough'); }")


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


def _slow(visitor: Visitor) -> None:
    _run(
        visitor,
        """async (load) => {
            const { Pace } = await load("compose/pace");
            const pace = new Pace(document.getElementById("pace"));
            pace.set(300);
            pace.noteSent();
        }""",
    )
    expect(visitor.page.locator("#pace")).to_contain_text("next message in")


def _up(visitor: Visitor) -> None:
    """Scroll to the top, once the list has opened at its end: opening scrolls, too."""
    expect(visitor.page.locator("#rows article").last).to_be_in_viewport()
    visitor.page.locator("#messages").evaluate("list => list.scrollTo(0, 0)")
    expect(visitor.page.locator("#to-end")).to_be_visible()


def _run(visitor: Visitor, source: str, argument: object = None) -> None:
    """Call a function with the modules that the page has loaded: `load("notify/status")`.

    It is in a file of its own, or joined with others in an entry that exports it (`chat/web/bundles.py`).
    """
    visitor.page.evaluate(
        f"""async (argument) => {{
            const files = () => performance.getEntriesByType("resource").map(({{ name }}) => name);
            const scripts = () => files().filter((name) => /\\.js$/.test(name));
            const load = async (name) => {{
                const variable = "$" + `chat/${{name}}`.replace(/\\W/g, "_");
                for (let frames = 0; frames < 600; frames += 1) {{
                    const file = scripts().find((script) => script.includes(`/chat/${{name}}.`));
                    for (const loaded of await Promise.all(scripts().map((script) => import(script))))
                        if (variable in loaded) return loaded[variable];
                    if (file) return import(file);
                    await new Promise(requestAnimationFrame);
                }}
                throw new Error(`the page has not loaded ${{name}}`);
            }};
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
            const [{ renderText }] = [await load("text/message-text"), await load("text/formatting")];
            const pending = new PendingMessages({
                list: document.getElementById("pending"),
                template: document.getElementById("pending-message"),
                room: 0,
                me: () => ({ name: "Ann" }),
                render: (text) => renderText(text),
            });
            pending.show([{ type: "send", text: "on its way", nonce: "1" }]);
            pending.markHeld({ text: "for a moderator", nonce: "3" });
            pending.markFailed({ text: "a **long** way", nonce: "2" }, new Error("no"));
        }""",
    )
    expect(visitor.page.locator(".unsent.held")).to_contain_text("Waiting for a moderator")
    expect(visitor.page.locator(".unsent.failed")).to_contain_text("Not sent: no")
    expect(visitor.page.locator(".unsent .sending").first).to_be_visible()


def _notice(why: str) -> Callable[[Visitor], None]:
    def say(visitor: Visitor) -> None:
        _run(visitor, "async (load, why) => (await load('notify/status')).showNotice(why)", why)
        expect(visitor.page.locator("#notice")).to_be_visible()

    return say


def _rules(visitor: Visitor) -> None:
    text = "Be kind.\\nNo ads.\\n" + "Speak of plants, and of nothing else. " * 20
    _run(
        visitor,
        """async (load, text) => {
            (await load("notify/status")).showNotice("rules", text);
            const rules = document.getElementById("rules");
            rules.hidden = false;
            rules.querySelector("p").textContent = text;
        }""",
        text.replace("\\n", "\n"),
    )
    expect(visitor.page.get_by_role("button", name="Accept rules")).to_be_visible()


def _rules_in_panel(visitor: Visitor) -> None:
    _rules(visitor)
    _panel("people")(visitor)
    visitor.page.locator("#rules summary").click()
    expect(visitor.page.locator("#rules p")).to_be_visible()


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


def _switcher(words: str) -> Callable[[Visitor], None]:
    def look_for(visitor: Visitor) -> None:
        visitor.page.keyboard.press("Control+k")
        visitor.page.get_by_role("combobox", name="Room or person").fill(words)
        expect(visitor.page.locator("#switcher [role=status]")).not_to_be_empty()

    return look_for


def _shortcuts(visitor: Visitor) -> None:
    message(visitor, MINE).focus()
    visitor.page.keyboard.press("?")
    expect(visitor.page.locator("#shortcuts")).to_be_visible()


def _dropped(visitor: Visitor) -> None:
    visitor.page.evaluate(
        "() => { document.getElementById('told').textContent = 'Pictures cannot be sent.'; }"
    )


def _reports_waiting(visitor: Visitor) -> None:
    _report(visitor)
    visitor.page.get_by_label("Spam").check()
    visitor.page.get_by_role("button", name="Report", exact=True).click()
    _panel("people")(visitor)
    expect(visitor.page.locator("#reports-button")).to_contain_text("1 report is waiting")


def _report(visitor: Visitor) -> None:
    choose(visitor, 60, "Report…")
    expect(visitor.page.locator("#report")).to_be_visible()


def _reports(visitor: Visitor) -> None:
    _report(visitor)
    visitor.page.get_by_label("Harassment").check()
    visitor.page.get_by_role("button", name="Report", exact=True).click()
    expect(visitor.page.locator("#outcome")).to_contain_text("Reported")
    _panel("people")(visitor)
    visitor.page.locator("#reports-button").click()
    expect(visitor.page.locator("#reports")).to_be_visible()
    expect(visitor.page.locator("#reports li, #reports [role=status]:not(:empty)").first).to_be_visible()


STATES: Final = (
    State("as it was entered", lambda visitor: None),
    State("people", _panel("people")),
    State("menu of a person", _person),
    State("before a block", _before_block),
    State("before leaving", _leave),
    State("nothing pinned", _panel("pins")),
    State("just pinned", _pin),
    State("pinned", _panel("pins")),
    State("found", _search("whale")),
    State("nothing found", _search("nothing of the kind")),
    State("menu of a message of another", lambda visitor: open_menu(visitor, 60)),
    State("menu of my own message", lambda visitor: open_menu(visitor, MINE)),
    State("how long to mute", lambda visitor: choose(visitor, 60, "Mute Carol")),
    State("before a mute with a reason", _mute_with_reason),
    State("before a kick", lambda visitor: choose(visitor, 60, "Kick Carol")),
    State("before a ban", lambda visitor: choose(visitor, 60, "Ban Carol")),
    State("a ban that was refused", _refused_ban),
    State("reports are waiting", _reports_waiting),
    State("reporting a message", _report),
    State("reports", _reports),
    State("before a deletion", lambda visitor: choose(visitor, MINE, "Delete…")),
    State("before all of a sender's messages are deleted", _delete_all),
    State("a bulk deletion under way", _deleting),
    State("tools of a message", lambda visitor: message(visitor, 61).focus()),
    State("what is answered", lambda visitor: message(visitor, 60).locator(".quote").click()),
    State("a reply", lambda visitor: choose(visitor, 60, "Reply")),
    State("replies", _replies),
    State("an edit", lambda visitor: choose(visitor, MINE, "Edit")),
    State("an edit of what is gone", _edit_of_gone),
    State("something dropped", _dropped),
    State("emoji", _emoji("")),
    State("no emoji found", _emoji("nothing of the kind")),
    State("suggestions", _write("@", "[role=option]")),
    State("few characters left", _write("w" * 3990, "#left")),
    State("too long", _too_long),
    State("slow mode", _slow),
    State("rules to accept", _rules),
    State("rules in the panel", _rules_in_panel),
    State("further up", _up),
    State("keyboard shortcuts", _shortcuts),
    State("the quick switcher", _switcher("Public")),
    State("the quick switcher without results", _switcher("nothing of the kind")),
    State("sidebar", _drawer, ("phone",)),
    State("sheet of the room", _sheet, ("phone",)),
    State("a swiped message", _swiped, ("phone",)),
    State("who reacted", _who),
    State("formats", _formats),
    State("code was pasted", _pasted),
    State("my own menu", _own_menu),
    *(
        State(f"notice: {why}", _notice(why))
        for why in (
            "locked",
            "muted",
            "accounts",
            "rules",
            "deleted",
            "token",
            "left",
            "kicked",
            "banned",
            "banned-from-site",
            "newcomers",
            "name",
            "other-name",
            "signed-out",
            "refused",
        )
    ),
    *(State(f"connection: {state}", _state(state)) for state in ("waiting", "ended")),
    State("unsent and not sent", _unsent),
    State("messages of a blocked person", _blocked),
    State("found messages of a blocked person", _blocked_found),
)
