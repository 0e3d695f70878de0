"""Writing, on a page without a room: what is sent and edited is noted in `window.done`."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.ui.conftest import NewUi
from tests.ui.kit import UiPage, box
from tests.ui.pages import composer

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1000, "height": 700}}
PEOPLE = ("Ann", "Anton Müller", "Berta", "Zoë", "me")

START = """({ Composer }, { room, people }) => {
    window.done = [];
    window.composer = new Composer({
        form: document.getElementById("composer"),
        room,
        me: () => "me",
        members: () => people.map((name) => ({ name, color: "" })),
        onSend: (text, { replyTo }) => done.push(["send", text, replyTo ?? null]),
        find: (seq) => window.known?.[seq],
        pace: (window.pace = { get waits() { return Boolean(window.waits); } }),
        onEdit: async (seq, text) => {
            done.push(["edit", seq, text]);
            await window.held;
            if (window.refusal) throw Object.assign(new Error(refusal.message), refusal);
        },
        onEditLast: () => composer.edit({ seq: 9, text: "said last", sender: { name: "me" } }),
        onType: () => (window.typed = (window.typed ?? 0) + 1),
        commands: window.commands,
        mayAsk: (text) =>
            text.includes("@room") ? new Promise((answer) => (window.answerQuestion = answer)) : null,
        keep: (text, replyTo) => {
            if (window.offline) return null;
            (window.asked ??= []).push([text, replyTo ?? null]);
            return window.answer ?? Promise.resolve();
        },
    });
    composer.enable(true);
}"""


class Writer:
    """A user of the composer."""

    def __init__(self, ui: UiPage, *, most: int = 4000, room: int = 1) -> None:
        self.ui = ui
        self.page = ui.page
        self.room = room
        ui.open(composer(most))
        self.start()

    def start(self) -> None:
        self.ui.run("compose/composer", START, {"room": self.room, "people": PEOPLE})

    def reload(self) -> None:
        self.page.reload()
        self.start()

    @property
    def field(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    def type(self, text: str) -> None:
        self.field.press_sequentially(text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def reply(self, seq: int = 7, name: str = "Ann", text: str = "**what** was said") -> None:
        message = {"seq": seq, "text": text, "sender": {"name": name}}
        self.page.evaluate("(message) => composer.reply(message)", message)

    @property
    def context(self) -> Locator:
        return self.page.locator("#composer .context")

    @property
    def refusal(self) -> Locator:
        return self.page.locator("#composer .refusal")

    @property
    def done(self) -> list[list[object]]:
        done: list[list[object]] = self.page.evaluate("done")
        return done

    @property
    def options(self) -> Locator:
        return self.page.get_by_role("option")


@pytest.fixture
def writer(new_ui: NewUi) -> Writer:
    return Writer(new_ui())


def test_enter_sends_and_shift_enter_begins_a_line(writer: Writer) -> None:
    expect(writer.field).to_be_focused()
    writer.type("one")
    writer.press("Shift+Enter")
    writer.type("two  ")
    writer.press("Enter")
    assert writer.done == [["send", "one\ntwo", None]]
    expect(writer.field).to_have_value("")
    writer.press("Space", "Enter")
    assert len(writer.done) == 1
    assert writer.page.evaluate("typed") > 0


def test_enter_of_an_input_method_does_not_send(writer: Writer) -> None:
    writer.type("にほん")
    compose = """(field) => {
        const press = (options) => field.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", cancelable: true, bubbles: true, ...options }));
        press({ isComposing: true });
        press({ keyCode: 229 });
    }"""
    writer.field.evaluate(compose)
    assert writer.done == []
    writer.press("Enter")
    assert writer.done == [["send", "にほん", None]]


def test_on_a_touch_screen_enter_begins_a_line_and_the_button_sends(new_ui: NewUi) -> None:
    writer = Writer(new_ui(**PHONE))
    expect(writer.field).not_to_be_focused()
    writer.type("one")
    writer.press("Enter")
    writer.type("two")
    assert writer.done == []
    writer.page.get_by_role("button", name="Send").tap()
    assert writer.done == [["send", "one\ntwo", None]]


def test_the_field_grows_with_the_text_up_to_a_part_of_the_window(writer: Writer) -> None:
    heights = []
    for lines in (1, 4, 60):
        writer.field.fill("\n".join(["line"] * lines))
        heights.append(box(writer.field)["height"])
    assert 40 <= heights[0] < 50 < heights[1] < heights[2] <= 0.41 * 720


def test_reply_shows_its_original_and_escape_cancels_it(writer: Writer) -> None:
    writer.reply()
    context = writer.page.locator("#composer .context")
    expect(context).to_contain_text("Reply to Ann: what was said")
    writer.type("so it was")
    writer.press("Escape")
    expect(context).to_be_hidden()
    expect(writer.field).to_have_value("so it was")
    writer.reply(8)
    writer.press("Enter")
    assert writer.done == [["send", "so it was", 8]]
    expect(context).to_be_hidden()
    writer.reply()
    writer.page.get_by_role("button", name="Cancel").click()
    expect(context).to_be_hidden()
    expect(writer.field).to_be_focused()


def test_an_edit_ends_with_what_was_being_written_before(writer: Writer) -> None:
    writer.reply()
    writer.type("half a thought")
    edit = "() => composer.edit({ seq: 3, text: 'as it was', sender: { name: 'me' } })"
    writer.page.evaluate(edit)
    expect(writer.field).to_have_value("as it was")
    expect(writer.page.locator("#composer .context")).to_contain_text("Editing: as it was")
    writer.field.fill("as it is")
    writer.page.get_by_role("button", name="Save").click()
    assert writer.done == [["edit", 3, "as it is"]]
    expect(writer.page.get_by_role("button", name="Send")).to_be_visible()
    expect(writer.field).to_have_value("half a thought")
    expect(writer.page.locator("#composer .context")).to_contain_text("Reply to Ann")
    writer.page.evaluate(edit)
    writer.press("Escape")
    expect(writer.field).to_have_value("half a thought")
    writer.page.evaluate(edit)
    writer.press("Enter")
    assert len(writer.done) == 1, "nothing was changed"


def test_in_slow_mode_the_text_stays_until_the_pause_is_over(writer: Writer) -> None:
    writer.page.evaluate("() => { window.waits = true; }")
    writer.type("too soon")
    writer.press("Enter")
    expect(writer.refusal).to_have_text("Not sent yet: this room is in slow mode.")
    expect(writer.field).to_have_value("too soon")
    assert writer.done == []
    writer.page.evaluate("() => composer.edit({ seq: 3, text: 'said', sender: { name: 'me' } })")
    writer.field.fill("edited")
    writer.press("Enter")
    expect(writer.field).to_have_value("too soon")
    writer.press("Enter")
    writer.page.evaluate("() => { window.waits = false; pace.onEnd(); }")
    expect(writer.refusal).to_have_text("")
    writer.press("Enter")
    assert writer.done == [["edit", 3, "edited"], ["send", "too soon", None]]


def test_text_written_while_a_command_is_carried_out_is_sent_after_it(writer: Writer) -> None:
    writer.page.add_init_script(
        """window.commands = {
            source: { pattern: /$^/ },
            read: async (text) => {
                await new Promise((resolve) => (window.go = resolve));
                if (text === "/bad") throw new Error("not possible");
                return { text: `*${text.slice(4)}*` };
            },
        };"""
    )
    writer.reload()
    writer.reply()
    writer.type("/me waves")
    writer.press("Enter", "Enter")
    writer.field.fill("then")
    writer.press("Enter")
    assert writer.done == []
    writer.page.evaluate("go()")
    expect(writer.field).to_have_value("")
    assert writer.done == [["send", "*waves*", 7], ["send", "then", None]]
    writer.type("/bad")
    writer.press("Enter")
    writer.field.fill("not typed to the end")
    writer.page.evaluate("go()")
    expect(writer.refusal).to_contain_text("not possible")
    expect(writer.field).to_have_value("not typed to the end")
    writer.field.fill("/me bows")
    writer.press("Enter")
    writer.field.fill("not sent yet")
    writer.page.evaluate("go()")
    writer.page.wait_for_function("() => done.length === 3")
    expect(writer.field).to_have_value("not sent yet")


def test_enter_after_a_complete_name_sends(writer: Writer) -> None:
    writer.type("@ann")
    expect(writer.options.locator("bdi")).to_have_text(["Ann"])
    writer.press("Enter")
    assert writer.done == [["send", "@ann", None]]
    writer.type("@an")
    expect(writer.options.locator("bdi")).to_have_text(["Ann", "Anton Müller"])
    writer.press("Enter")
    expect(writer.field).to_have_value("@Ann ")


EDIT = "() => composer.edit({ seq: 3, text: 'as it was', sender: { name: 'me' } })"
REFUSALS = (
    (107, "a moderator has muted you in this room"),
    (106, "this room is locked; only moderators can post"),
    (204, "you can only change your own messages"),
    (105, "what only a later server says"),
)


@pytest.mark.parametrize(("code", "reason"), REFUSALS)
def test_a_refused_edit_stays_with_the_reason(writer: Writer, code: int, reason: str) -> None:
    writer.type("half a thought")
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    writer.page.evaluate("(error) => { window.refusal = error; }", {"code": code, "message": reason})
    writer.press("Enter")
    expect(writer.refusal).to_have_text(f"Not saved: {reason}")
    expect(writer.field).to_have_value("as it is")
    expect(writer.context).to_contain_text("Editing: as it was")
    writer.type(" now")
    expect(writer.refusal).to_be_empty()
    writer.page.evaluate("() => { window.refusal = null; }")
    writer.press("Enter")
    expect(writer.field).to_have_value("half a thought")
    assert writer.done == [["edit", 3, "as it is"], ["edit", 3, "as it is now"]]


def test_the_words_of_an_edit_stay_until_they_are_saved(writer: Writer) -> None:
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    writer.page.evaluate("() => { window.held = new Promise((resolve) => { window.answer = resolve; }); }")
    writer.press("Enter", "Enter")
    expect(writer.context).to_contain_text("Saving: as it was")
    expect(writer.refusal).to_have_text("Not saved yet. Retrying until the server responds…")
    expect(writer.field).to_have_value("as it is")
    writer.type(", and more")
    writer.page.evaluate("() => answer()")
    expect(writer.context).to_contain_text("Editing: as it is")
    expect(writer.field).to_have_value("as it is, and more")
    expect(writer.refusal).to_be_empty()
    writer.press("Enter")
    expect(writer.context).to_be_hidden()
    expect(writer.field).to_have_value("")
    assert writer.done == [["edit", 3, "as it is"], ["edit", 3, "as it is, and more"]]


GONE = {
    "refused": "() => { window.refusal = { code: 205, message: 'no such message in this room' }; }",
    "erased": "() => { window.known = { 3: { seq: 3, text: '', erased: 1 } }; composer.refresh(); }",
    "no longer there": "() => { window.known = { 3: null }; composer.refresh(); }",
}


@pytest.mark.parametrize("gone", GONE)
def test_the_words_of_an_edit_outlive_the_message(writer: Writer, gone: str) -> None:
    writer.type("half a thought")
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    writer.page.evaluate(GONE[gone])
    for _ in range(2):
        writer.press("Enter")
        expect(writer.refusal).to_contain_text("was deleted. You can send your text as a new message.")
        expect(writer.context).to_contain_text("This message was deleted.")
        expect(writer.field).to_have_value("as it is")
    writer.page.get_by_role("button", name="Send as a new message").click()
    expect(writer.field).to_have_value("half a thought")
    expect(writer.context).to_be_hidden()
    expect(writer.refusal).to_be_empty()
    assert [each for each in writer.done if each[0] == "send"] == [["send", "as it is", None]]


def test_the_words_of_an_edit_without_its_message_can_be_dropped(writer: Writer) -> None:
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    writer.page.evaluate(GONE["erased"])
    expect(writer.refusal).to_contain_text("was deleted")  # said as soon as it is known
    writer.page.get_by_role("button", name="Cancel").click()
    expect(writer.field).to_have_value("")
    expect(writer.page.get_by_role("button", name="Send as a new message")).to_be_hidden()
    writer.type("next")
    writer.press("Enter")
    assert writer.done == [["send", "next", None]]


def test_an_edit_stays_over_a_reload_and_so_does_what_was_written_before(writer: Writer) -> None:
    writer.reply()
    writer.type("half a thought")
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    writer.reload()
    expect(writer.field).to_have_value("as it is")
    expect(writer.context).to_contain_text("Editing: as it was")
    writer.field.focus()
    writer.press("Enter")
    expect(writer.field).to_have_value("half a thought")
    expect(writer.context).to_contain_text("Reply to Ann")
    assert writer.done == [["edit", 3, "as it is"]]
    writer.reload()
    expect(writer.field).to_have_value("half a thought")
    expect(writer.context).to_contain_text("Reply to Ann")


def test_a_changed_edit_is_not_thrown_away_for_another_or_a_reply(writer: Writer) -> None:
    writer.page.evaluate(EDIT)
    writer.reply()  # nothing was changed
    expect(writer.context).to_contain_text("Reply to Ann")
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    for act in (writer.reply, lambda: writer.page.evaluate(EDIT.replace("3", "4").replace("was", "is not"))):
        act()
        expect(writer.refusal).to_have_text("You're still editing a message. Save or cancel it first.")
        expect(writer.field).to_have_value("as it is")
        expect(writer.context).to_contain_text("Editing: as it was")


def test_a_refused_message_written_anew_is_not_mixed_into_an_edit(writer: Writer) -> None:
    writer.type("half a thought")
    writer.page.evaluate(EDIT)
    writer.field.fill("as it is")
    again = "() => composer.rewrite('refused', { seq: 7, text: 'asked', sender: { name: 'Ann' } })"
    writer.page.evaluate(again)
    expect(writer.field).to_have_value("as it is")
    expect(writer.refusal).to_have_text("You're still editing a message. Save or cancel it first.")
    writer.press("Enter")
    expect(writer.field).to_have_value("half a thought\nrefused")
    expect(writer.context).to_contain_text("Reply to Ann: asked")
    writer.press("Enter")
    writer.page.evaluate(EDIT)  # nothing was changed, so it gives way
    writer.page.evaluate(again)
    expect(writer.field).to_have_value("refused")
    expect(writer.context).to_contain_text("Reply to Ann: asked")
    assert writer.done == [["edit", 3, "as it is"], ["send", "half a thought\nrefused", 7]]


def test_an_edit_that_is_too_long_stays(new_ui: NewUi) -> None:
    writer = Writer(new_ui(), most=20)
    writer.page.evaluate(EDIT)
    writer.field.fill("x" * 21)
    writer.press("Enter")
    expect(writer.refusal).to_contain_text("20 characters")
    expect(writer.field).to_have_value("x" * 21)
    assert writer.done == []


def test_a_reply_to_what_is_gone_is_sent_as_a_message_of_its_own(writer: Writer) -> None:
    writer.reply()
    writer.type("so it was")
    writer.page.evaluate("() => { window.known = { 7: { seq: 7, erased: 1 } }; composer.refresh(); }")
    expect(writer.context).to_contain_text("Original message was deleted")
    expect(writer.field).to_have_value("so it was")
    writer.press("Enter")
    assert writer.done == [["send", "so it was", None]]


def test_the_arrow_up_in_an_empty_field_edits_what_was_said_last(writer: Writer) -> None:
    writer.type("x")
    writer.press("ArrowUp")
    expect(writer.field).to_have_value("x")
    writer.press("Control+A", "Delete", "ArrowUp")
    expect(writer.field).to_have_value("said last")
    writer.press("Escape")
    expect(writer.field).to_have_value("")


@pytest.mark.parametrize(("key", "mark"), [("b", "**"), ("i", "*"), ("e", "`")])
def test_shortcuts_mark_what_is_selected_and_unmark_it(writer: Writer, key: str, mark: str) -> None:
    writer.type("a word here")
    writer.field.evaluate("field => field.setSelectionRange(2, 6)")
    writer.press(f"Control+{key}")
    expect(writer.field).to_have_value(f"a {mark}word{mark} here")
    writer.press(f"Control+{key}")
    expect(writer.field).to_have_value("a word here")
    writer.press("Control+Z")
    expect(writer.field).to_have_value(f"a {mark}word{mark} here")


def test_bold_and_italic_are_told_apart(writer: Writer) -> None:
    writer.type("word")
    writer.press("Control+A", "Control+b", "Control+i")
    expect(writer.field).to_have_value("***word***")
    writer.press("Control+b")
    expect(writer.field).to_have_value("*word*")


SHOWN = (
    ("bold", "one two", "**one two**"),
    ("strike", "one two", "~~one two~~"),
    ("code", "one two", "`one two`"),
    ("spoiler", "one two", "||one two||"),
    ("bold", "one\n\ntwo", "**one**\n\n**two**"),
    ("quote", "one\ntwo", "> one\n> two"),
    ("list", "one\ntwo", "- one\n- two"),
    ("numbers", "one\ntwo", "1. one\n2. two"),
    ("block", "one\ntwo", "```\none\ntwo\n```"),
    ("block", "a ``` b", "````\na ``` b\n````"),
)


@pytest.mark.parametrize(("name", "before", "after"), SHOWN)
def test_each_format_is_put_on_and_taken_away_and_undone(
    new_ui: NewUi, name: str, before: str, after: str
) -> None:
    writer = Writer(new_ui(**DESKTOP))
    writer.type("x")
    writer.press("Backspace")
    writer.page.keyboard.insert_text(before)
    writer.press("Control+A")
    button = writer.page.locator(f"[data-format={name}]")
    button.click()
    expect(writer.field).to_have_value(re.compile(re.escape(after) + "\n?$"))
    expect(writer.field).to_be_focused()
    button.click()
    expect(writer.field).to_have_value(re.compile(re.escape(before) + "\n?$"))
    writer.press("Control+Z", "Control+Z")
    expect(writer.field).to_have_value(before)


def test_spaces_around_the_selection_stay_outside_the_mark(writer: Writer) -> None:
    writer.type("one two ")
    writer.field.evaluate("field => field.setSelectionRange(3, 8)")
    writer.press("Control+b")
    expect(writer.field).to_have_value("one **two** ")
    writer.type("2")
    expect(writer.field).to_have_value("one **2** ")


def test_formats_without_a_selection_let_one_write_on_in_them(new_ui: NewUi) -> None:
    writer = Writer(new_ui(**DESKTOP))
    writer.press("Control+b")
    writer.type("b")
    expect(writer.field).to_have_value("**b**")
    writer.press("Control+A", "Delete", "Control+Shift+8")
    writer.type("item")
    expect(writer.field).to_have_value("- item")
    writer.press("Control+A", "Delete", "Control+Shift+E")
    writer.type("code")
    expect(writer.field).to_have_value("```\ncode\n```\n")
    writer.press("Enter")
    assert writer.done == [["send", "```\ncode\n```", None]]


def test_a_link_asks_for_what_is_missing(writer: Writer) -> None:
    writer.type("see docs")
    writer.field.evaluate("field => field.setSelectionRange(4, 8)")
    writer.press("Control+Shift+L")
    expect(writer.field).to_have_value("see [docs](https://)")
    writer.type("https://a.example")
    expect(writer.field).to_have_value("see [docs](https://a.example)")
    writer.press("Control+A")
    writer.type("https://b.example")
    writer.press("Control+A", "Control+Shift+L")
    writer.type("words")
    expect(writer.field).to_have_value("[words](https://b.example)")


def test_the_bar_of_formats_is_hidden_for_good(new_ui: NewUi) -> None:
    writer = Writer(new_ui(**DESKTOP))
    bar = writer.page.get_by_role("toolbar", name="Formatting")
    toggle = writer.page.get_by_role("button", name="Formatting")
    expect(bar).to_be_visible()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.click()
    expect(bar).to_be_hidden()
    writer.reload()
    expect(bar).to_be_hidden()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    writer.press("Control+i")
    expect(writer.field).to_have_value("**")
    toggle.click()
    writer.reload()
    expect(bar).to_be_visible()


def test_on_a_phone_the_bar_of_formats_is_shown_on_demand(new_ui: NewUi) -> None:
    writer = Writer(new_ui(**PHONE))
    bar = writer.page.get_by_role("toolbar", name="Formatting")
    expect(bar).to_be_hidden()
    writer.page.get_by_role("button", name="Formatting").tap()
    expect(bar).to_be_visible()
    writer.reload()
    expect(bar).to_be_visible()
    assert writer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_bar_of_formats_is_one_stop_of_the_tab_key(new_ui: NewUi) -> None:
    writer = Writer(new_ui(**DESKTOP))
    writer.type("x")
    writer.press("Tab", "Tab", "Tab", "Tab")
    expect(writer.page.get_by_role("button", name="Bold")).to_be_focused()
    writer.press("ArrowRight")
    expect(writer.page.get_by_role("button", name="Italic")).to_be_focused()
    writer.press("End")
    expect(writer.page.get_by_role("button", name="Spoiler")).to_be_focused()
    writer.press("Shift+Tab", "Tab")
    expect(writer.page.get_by_role("button", name="Spoiler")).to_be_focused()


# Code that is pasted

CODE = "def add(a, b):\n    return a + b"


def paste(writer: Writer, text: str) -> None:
    """As with Ctrl+V: the browser's own paste, from a field beside it."""
    writer.page.evaluate(
        """(text) => {
            const field = document.createElement("textarea");
            field.value = text;
            document.body.append(field);
            field.select();
            document.execCommand("copy");
            field.remove();
        }""",
        text,
    )
    writer.field.focus()
    writer.press("Control+V")


def test_pasted_code_is_offered_as_a_block_and_can_be_undone(writer: Writer) -> None:
    writer.type("look: ")
    paste(writer, CODE)
    offer = writer.page.get_by_role("button", name="Paste as code")
    expect(writer.field).to_have_value(f"look: {CODE}")
    offer.click()
    expect(writer.field).to_have_value(f"look: \n```\n{CODE}\n```\n")
    expect(offer).to_have_count(0)
    writer.type("good?")
    writer.press("Enter")
    assert writer.done == [["send", f"look: \n```\n{CODE}\n```\ngood?", None]]
    paste(writer, CODE)
    expect(offer).to_be_visible()
    writer.press("Control+Shift+E")
    expect(writer.field).to_have_value(f"```\n{CODE}\n```\n")
    writer.press("Control+Z")
    expect(writer.field).to_have_value(CODE)


def test_the_offer_ends_when_something_else_is_written_or_it_is_sent(writer: Writer) -> None:
    offer = writer.page.get_by_role("button", name="Paste as code")
    paste(writer, CODE)
    expect(offer).to_be_visible()
    writer.type(" ")
    expect(offer).to_have_count(0)
    paste(writer, CODE)
    expect(offer).to_be_visible()
    writer.press("Enter")
    expect(offer).to_have_count(0)


PROSE = (
    "one line",
    "Dear all,\nwe meet at ten.\nBring cake!",
    "- milk\n- bread\n- cake",
    "```\na = 1;\nb = 2;\n```",
)
CODES = (
    CODE,
    "SELECT name\nFROM people\nWHERE id = 3;",
    "const a = 1;\nconst b = 2;",
    "<ul>\n  <li>one</li>\n</ul>",
    '{\n  "a": 1\n}',
    "$ make run\n$ make test",
    "if x:\n\tgo()",
)


def test_code_is_told_from_prose(ui: UiPage) -> None:
    look = "({ looksLikeCode }, texts) => texts.map(looksLikeCode)"
    assert ui.run("compose/paste-code", look, CODES) == [True] * len(CODES)
    assert ui.run("compose/paste-code", look, PROSE) == [False] * len(PROSE)


def test_within_a_block_nothing_is_offered(writer: Writer) -> None:
    writer.page.keyboard.insert_text("```\n")
    paste(writer, CODE)
    expect(writer.field).to_have_value(f"```\n{CODE}")
    writer.press("Control+Shift+E")
    expect(writer.field).not_to_have_value(f"```\n{CODE}")
    expect(writer.page.get_by_role("button", name="Paste as code")).to_have_count(0)


# Suggestions


def test_members_are_suggested_after_an_at_sign(writer: Writer) -> None:
    writer.type("hi @an")
    expect(writer.options.locator("bdi")).to_have_text(["Ann", "Anton Müller"])
    assert writer.field.get_attribute("aria-activedescendant") == writer.options.first.get_attribute("id")
    writer.press("ArrowDown")
    expect(writer.options.nth(1)).to_have_attribute("aria-selected", "true")
    assert writer.field.get_attribute("aria-activedescendant") == writer.options.nth(1).get_attribute("id")
    writer.press("Enter")
    expect(writer.field).to_have_value("hi @Anton Müller ")
    expect(writer.options).to_have_count(0)
    assert writer.field.get_attribute("aria-activedescendant") is None
    writer.type("and @zoe")
    writer.press("Tab")
    expect(writer.field).to_have_value("hi @Anton Müller and @Zoë ")
    expect(writer.field).to_be_focused()
    writer.press("Control+Z")
    expect(writer.field).to_have_value("hi @Anton Müller and @zoe")
    assert writer.done == []


def test_suggestions_go_with_escape_and_only_then_the_reply(writer: Writer) -> None:
    writer.reply()
    writer.type("@")
    expect(writer.options.locator("bdi")).to_have_text(["Ann", "Anton Müller", "Berta", "Zoë"])
    writer.press("ArrowUp")
    expect(writer.options.last).to_have_attribute("aria-selected", "true")
    writer.press("Escape")
    expect(writer.options).to_have_count(0)
    expect(writer.page.locator("#composer .context")).to_be_visible()
    writer.press("Escape")
    expect(writer.page.locator("#composer .context")).to_be_hidden()
    writer.type(" mail@an")
    expect(writer.options).to_have_count(0)


def test_a_second_word_of_a_name_is_found_and_a_click_takes_it(writer: Writer) -> None:
    writer.type("@mül")
    expect(writer.options.locator("bdi")).to_have_text(["Anton Müller"])
    writer.options.first.click()
    expect(writer.field).to_have_value("@Anton Müller ")
    expect(writer.field).to_be_focused()
    writer.press("Control+A")
    writer.type("@anton m")
    expect(writer.options.locator("bdi")).to_have_text(["Anton Müller"])


def test_emoji_are_suggested_after_a_colon(writer: Writer) -> None:
    writer.type("at 10:30, see http://x :s")
    expect(writer.options).to_have_count(0)
    writer.type("milin")
    expect(writer.options.first).to_contain_text("smiling")
    writer.press("Enter")
    assert "smilin" not in writer.field.input_value()
    assert writer.field.input_value().startswith("at 10:30, see http://x ")
    assert len(writer.field.input_value().split()) == 5


def test_emoji_that_cannot_be_loaded_suggest_nothing(writer: Writer) -> None:
    writer.page.route("**/data*.json", lambda route: route.abort())
    with writer.page.expect_event("requestfailed"):
        writer.type(":smi")
    expect(writer.options).to_have_count(0)
    writer.press("Enter")
    assert writer.done == [["send", ":smi", None]]
    writer.ui.faults[:] = [fault for fault in writer.ui.faults if "ERR_FAILED" not in fault]


# What is kept, and how much


def test_a_draft_stays_over_a_reload_until_it_is_sent(writer: Writer) -> None:
    writer.reply()
    writer.type("not yet")
    writer.reload()
    expect(writer.field).to_have_value("not yet")
    expect(writer.page.locator("#composer .context")).to_contain_text("Reply to Ann: what was said")
    writer.field.focus()
    writer.press("Enter")
    assert writer.done == [["send", "not yet", 7]]
    writer.reload()
    expect(writer.field).to_have_value("")
    expect(writer.page.locator("#composer .context")).to_be_hidden()


def test_a_draft_is_of_its_room_and_its_tab(new_ui: NewUi) -> None:
    one = Writer(new_ui())
    one.type("first")
    two = Writer(UiPage(one.page.context.new_page(), one.ui.site))
    expect(two.field).to_have_value("first")
    two.field.fill("second")
    elsewhere = Writer(UiPage(one.page.context.new_page(), one.ui.site), room=2)
    expect(elsewhere.field).to_have_value("")
    one.reload()
    expect(one.field).to_have_value("first")
    one.field.focus()
    one.press("Enter")
    two.reload()
    expect(two.field).to_have_value("second")
    one.page.evaluate("() => sessionStorage.clear()")
    one.reload()
    expect(one.field).to_have_value("second")


def meet(writer: Writer, text: str | None, **fields: object) -> None:
    """The server has this draft now; None: it has none."""
    kept = None if text is None else {"room": 1, "text": text} | fields
    writer.page.evaluate("(kept) => composer.meetDraft(kept ?? undefined)", kept)


def stop_time(writer: Writer) -> None:
    """Time goes on by `clock.run_for` alone."""
    writer.page.clock.install(time=0)
    writer.page.clock.pause_at(60)


def asked(writer: Writer) -> list[list[object]]:
    """What the server was asked to keep."""
    asked: list[list[object]] = writer.page.evaluate("window.asked ?? []")
    return asked


def test_a_draft_is_kept_on_the_server_after_a_pause_and_at_once_when_it_is_sent(writer: Writer) -> None:
    stop_time(writer)
    writer.reply()
    writer.type("one")
    assert asked(writer) == []
    writer.page.clock.run_for(1_000)
    assert asked(writer) == [["one", 7]]
    writer.press("Enter")
    assert asked(writer)[1:] == [["", None]]
    writer.type("two")
    writer.press("Enter")  # before the pause is over
    writer.type("three")
    for _ in range(2):
        writer.page.evaluate("() => composer.keepDraft()")
    assert asked(writer)[2:] == [["three", None]]
    assert writer.done == [["send", "one", 7], ["send", "two", None]]


def test_a_draft_of_another_browser_replaces_what_the_user_has_not_changed(writer: Writer) -> None:
    writer.ui.page.evaluate("() => (window.known = { 7: undefined })")
    meet(writer, "from the phone", reply_to=7)
    expect(writer.field).to_have_value("from the phone")
    writer.page.evaluate(
        """() => {
            window.known[7] = { seq: 7, text: "what was said", sender: { name: "Ann" } };
            composer.refresh();
        }"""
    )
    expect(writer.context).to_contain_text("Reply to Ann: what was said")
    writer.reload()
    expect(writer.field).to_have_value("from the phone")
    meet(writer, "from the phone, and more")
    expect(writer.field).to_have_value("from the phone, and more")
    expect(writer.context).to_be_hidden()
    meet(writer, None)  # sent there
    expect(writer.field).to_have_value("")
    writer.reload()
    expect(writer.field).to_have_value("")
    assert asked(writer) == []


def test_what_the_user_has_changed_is_not_replaced(writer: Writer) -> None:
    meet(writer, "from the phone")
    writer.field.press("End")
    writer.type("!")
    meet(writer, "from the tablet")
    expect(writer.field).to_have_value("from the phone!")
    meet(writer, None)
    expect(writer.field).to_have_value("from the phone!")
    writer.page.evaluate("() => composer.keepDraft()")
    assert asked(writer) == [["from the phone!", None]]
    meet(writer, "from the laptop")  # what is here was what the server had
    expect(writer.field).to_have_value("from the laptop")


def test_a_draft_written_offline_is_kept_with_the_next_connection(writer: Writer) -> None:
    writer.page.evaluate("() => (window.offline = true)")
    writer.type("offline")
    writer.page.evaluate("() => composer.keepDraft()")
    writer.reload()
    expect(writer.field).to_have_value("offline")
    meet(writer, None)
    assert asked(writer) == [["offline", None]]
    writer.page.evaluate("() => (window.offline = true)")
    writer.field.focus()
    writer.press("Enter")
    writer.reload()  # it was sent, and the server does not know that yet
    meet(writer, "offline")
    expect(writer.field).to_have_value("")
    assert asked(writer) == [["", None]]
    meet(writer, None)


def test_a_refused_draft_is_offered_again_after_the_time_that_the_server_names(writer: Writer) -> None:
    stop_time(writer)
    writer.page.evaluate(
        """() => {
            window.answer = Promise.reject(Object.assign(new Error(), { retryAfter: 20 }));
            window.answer.catch(() => {});
        }"""
    )
    writer.type("much")
    writer.page.evaluate("() => composer.keepDraft()")
    assert asked(writer) == [["much", None]]
    writer.page.evaluate("() => (window.answer = null)")
    writer.page.clock.run_for(20)
    assert asked(writer) == [["much", None]] * 2


@pytest.mark.parametrize("reloads", [False, True])
def test_a_draft_that_was_sent_before_its_save_was_confirmed_does_not_come_back(
    writer: Writer, reloads: bool
) -> None:
    writer.page.evaluate(
        "() => { window.answer = new Promise(() => {}); }"
    )  # the connection is lost meanwhile
    writer.type("hello")
    writer.page.evaluate("() => composer.keepDraft()")
    writer.page.evaluate("() => (window.offline = true)")
    writer.press("Enter")
    if reloads:
        writer.reload()
    writer.page.evaluate("() => { window.offline = false; window.answer = null; }")
    meet(writer, "hello", at="2999-01-01T00:00:00Z")
    expect(writer.field).to_have_value("")
    assert asked(writer)[-1] == ["", None]


def test_a_draft_written_offline_is_newer_than_what_it_began_with_whatever_the_clock_says(
    writer: Writer,
) -> None:
    meet(writer, "first")
    writer.page.evaluate("() => (window.offline = true)")
    writer.field.press("End")
    writer.type(" and more")
    tab = Writer(UiPage(writer.page.context.new_page(), writer.ui.site))
    meet(tab, "first", at="2999-01-01T00:00:00Z")
    expect(tab.field).to_have_value("first and more")
    assert asked(tab) == [["first and more", None]]


def test_of_two_drafts_that_were_changed_neither_replaces_the_other_before_the_next_key(
    writer: Writer,
) -> None:
    stop_time(writer)
    meet(writer, "first")
    writer.field.press("End")
    writer.type(" here")
    meet(writer, "first there")
    writer.page.clock.run_for(10_000)
    writer.page.evaluate("() => composer.keepDraft()")
    assert asked(writer) == []
    expect(writer.field).to_have_value("first here")
    writer.type("!")
    writer.page.clock.run_for(1_000)
    assert asked(writer) == [["first here!", None]]


def test_a_reply_that_was_just_chosen_stays_with_its_empty_text(writer: Writer) -> None:
    writer.reply()
    meet(writer, "from the phone")
    expect(writer.field).to_have_value("")
    expect(writer.context).to_be_visible()


def test_a_draft_that_cannot_be_kept_now_is_offered_again(writer: Writer) -> None:
    stop_time(writer)
    writer.page.evaluate(
        """() => {
            window.answer = Promise.reject(Object.assign(new Error(), { retry: true }));
            window.answer.catch(() => {});
        }"""
    )
    writer.type("much")
    writer.page.evaluate("() => composer.keepDraft()")
    writer.page.evaluate("() => (window.answer = null)")
    writer.page.clock.run_for(5_000)
    assert asked(writer) == [["much", None]] * 2


def test_a_draft_for_which_the_server_has_no_room_stays_on_the_device(writer: Writer) -> None:
    writer.page.evaluate(
        "() => { window.answer = Promise.reject(new Error('too many')); window.answer.catch(() => {}); }"
    )
    writer.type("kept here")
    writer.page.evaluate("() => composer.keepDraft()")
    writer.reload()
    meet(writer, None)
    expect(writer.field).to_have_value("kept here")
    assert asked(writer) == [["kept here", None]]
    writer.page.evaluate("() => sessionStorage.clear()")
    writer.reload()
    expect(writer.field).to_have_value("kept here")


def test_a_draft_of_a_room_that_is_left_for_good_is_not_saved_again(writer: Writer) -> None:
    stop_time(writer)
    meet(writer, "half")
    writer.reply()
    writer.type(" a thought")
    writer.page.evaluate("() => composer.edit({ seq: 9, text: 'said last', sender: { name: 'me' } })")
    writer.type("!")
    writer.page.evaluate("() => { composer.discard(); composer.keepDraft(); }")
    assert asked(writer) == [["", None]]
    writer.page.clock.run_for(10_000)
    assert asked(writer) == [["", None]]
    writer.reload()
    meet(writer, None)
    expect(writer.field).to_have_value("")
    expect(writer.context).to_be_hidden()


def test_an_edit_is_not_kept_on_the_server_but_the_draft_below_it(writer: Writer) -> None:
    writer.type("half")
    writer.page.evaluate("() => composer.keepDraft()")
    writer.page.evaluate("() => composer.edit({ seq: 9, text: 'said last', sender: { name: 'me' } })")
    writer.type("!")
    meet(writer, "half a thought")
    writer.page.evaluate("() => composer.keepDraft()")
    assert asked(writer) == [["half", None]]
    expect(writer.field).to_have_value("said last!")
    writer.press("Escape")
    expect(writer.field).to_have_value("half a thought")


def test_new_tab_begins_with_the_newer_of_the_drafts_here_and_on_the_server(writer: Writer) -> None:
    writer.page.evaluate("() => (window.offline = true)")
    writer.type("here")
    for at, text in (("2000-01-01T00:00:00Z", "here"), ("2999-01-01T00:00:00Z", "there")):
        tab = Writer(UiPage(writer.page.context.new_page(), writer.ui.site))
        expect(tab.field).to_have_value("here")
        meet(tab, "there", at=at)
        expect(tab.field).to_have_value(text)
    meet(writer, "there", at="2999-01-01T00:00:00Z")  # its own
    expect(writer.field).to_have_value("here")


def test_what_is_too_long_is_not_cut_but_refused_with_words(new_ui: NewUi) -> None:
    writer = Writer(new_ui(), most=20)
    left = writer.page.locator("#left")
    writer.field.fill("x" * 9)
    expect(left).to_be_empty()
    writer.field.fill("👍" * 19)
    expect(left).to_have_text("1 character left")
    writer.field.fill("x" * 22)
    expect(left).to_have_text("2 over")
    expect(writer.field).to_have_attribute("aria-invalid", "true")
    writer.press("Enter")
    expect(writer.page.get_by_role("alert").filter(has_text="20 characters")).to_be_visible()
    expect(writer.field).to_have_value("x" * 22)
    assert writer.done == []
    writer.press("Backspace", "Backspace")
    expect(writer.page.get_by_role("alert")).to_have_text("")
    writer.press("Enter")
    assert writer.done == [["send", "x" * 20, None]]


def test_disabled_composer_says_why(writer: Writer) -> None:
    writer.type("half a")
    writer.page.evaluate("() => composer.enable(false, 'The room is locked.')")
    expect(writer.field).to_be_disabled()
    expect(writer.page.get_by_role("button", name="Send")).to_be_disabled()
    expect(writer.page.get_by_text("The room is locked.")).to_be_visible()
    writer.page.evaluate("() => composer.enable(true)")
    expect(writer.page.get_by_text("The room is locked.")).to_be_hidden()
    expect(writer.field).to_have_value("half a")


def test_an_emoji_comes_to_where_the_caret_was(writer: Writer) -> None:
    writer.type("so good")
    writer.field.evaluate("field => field.setSelectionRange(3, 3)")
    writer.page.get_by_role("button", name="Emoji").click()
    writer.page.get_by_role("searchbox", name="Search emoji").fill("thumbs up")
    writer.page.get_by_role("button", name="thumbs up").click()
    expect(writer.field).to_have_value("so 👍️good")
    expect(writer.field).to_be_focused()


def test_mute_reads_the_member_the_minutes_and_the_reason(ui: UiPage) -> None:
    """As the menus do, it says whether the name is of the member; minutes are a number of their own."""
    ui.open()
    ask = """async ({ readCommand }, text) => {
        const guest = (name) => ({ name, verified: false });
        const members = [guest("Ann"), { name: "Ann", verified: true }, guest("Ann 5")];
        const deeds = { members: () => members, mute: (name, options) => [name, options] };
        return await readCommand(text, { direct: false, moderator: true }, deeds).act();
    }"""
    for text, who, options in (
        ("/mute @ann 10 too loud", "Ann", {"seconds": 600, "reason": "too loud", "verified": True}),
        ("/mute ann 5 3", "Ann 5", {"seconds": 180, "verified": False}),
        ("/mute @ann 3rd warning", "Ann", {"reason": "3rd warning", "verified": True}),
        ("/mute @ann", "Ann", {"verified": True}),
    ):
        given = {"seconds": None, "reason": None} | options
        assert ui.run("compose/slash-commands", ask, text) == [who, given]


COMMAND = """window.commands = {
    source: { pattern: /$^/ },
    read: async (text) => {
        await new Promise((resolve) => (window.go = resolve));
        return text === "/act" ? { act: async () => {} } : { text: `*${text.slice(4)}*` };
    },
};"""


def test_edit_begun_while_a_command_is_carried_out_ends_without_the_command(writer: Writer) -> None:
    writer.page.add_init_script(COMMAND)
    writer.reload()
    for command, sent in (("/me waves", [["send", "*waves*", None]]), ("/act", [])):
        writer.page.evaluate("() => void (done.length = 0)")
        writer.type(command)
        writer.press("Enter")
        writer.page.evaluate("composer.edit({ seq: 3, text: 'as it was', sender: { name: 'me' } })")
        writer.page.evaluate("go()")
        expect(writer.field).to_have_value("as it was")
        writer.press("Escape")
        expect(writer.field).to_have_value("")
        assert writer.done == sent
        writer.reload()
        expect(writer.field).to_have_value("")


def test_reply_begun_while_a_command_is_carried_out_is_to_the_next_message(writer: Writer) -> None:
    writer.page.add_init_script(COMMAND)
    writer.reload()
    writer.type("/me waves")
    writer.press("Enter")
    writer.reply()
    writer.page.evaluate("go()")
    expect(writer.field).to_have_value("")
    assert writer.done == [["send", "*waves*", None]]
    writer.reload()
    expect(writer.context).to_contain_text("Reply to Ann")
    writer.type("so be it")
    writer.press("Enter")
    assert writer.done == [["send", "so be it", 7]]


def test_command_of_a_place_that_is_left_stays_its_draft(writer: Writer) -> None:
    writer.page.add_init_script(COMMAND)
    writer.reload()
    writer.type("/me waves")
    writer.press("Enter")
    writer.page.evaluate("composer.leave()")
    writer.page.evaluate("go()")
    assert writer.done == []
    writer.reload()
    expect(writer.field).to_have_value("/me waves")


@pytest.mark.parametrize("end", ["a reload", "no", "yes"])
def test_text_that_the_user_is_asked_about_stays_until_it_is_sent(writer: Writer, end: str) -> None:
    writer.reply()
    writer.type("@room look")
    writer.press("Enter")
    expect(writer.field).to_have_value("@room look")
    if end == "a reload":
        writer.reload()
    else:
        writer.page.evaluate("(yes) => answerQuestion(yes)", end == "yes")
    expect(writer.field).to_have_value("" if end == "yes" else "@room look")
    expect(writer.context).to_be_visible(visible=end != "yes")
    assert writer.done == ([["send", "@room look", 7]] if end == "yes" else [])


def test_refused_message_is_written_anew_on_a_line_of_its_own(writer: Writer) -> None:
    writer.reply(8, "Bob", "a question")
    writer.type("half a thought")
    writer.press("Home")
    writer.page.evaluate("composer.rewrite('refused', { seq: 7, text: 'asked', sender: { name: 'Ann' } })")
    expect(writer.field).to_have_value("half a thought\nrefused")
    expect(writer.context).to_contain_text("Reply to Bob")


def test_an_emoji_that_is_picked_late_comes_to_where_the_caret_is(writer: Writer) -> None:
    held: list[Route] = []
    writer.page.route("**/emoji-picker*.js", lambda route: held.append(route))
    writer.type("one")
    writer.page.get_by_role("button", name="Emoji").click()
    writer.field.focus()
    writer.type(" two")
    held[0].continue_()
    writer.page.get_by_role("searchbox", name="Search emoji").fill("thumbs up")
    writer.page.get_by_role("button", name="thumbs up").first.click()
    expect(writer.field).to_have_value("one two👍️")
