"""Messages that are not confirmed yet."""

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.conftest import NewUi
from tests.ui.kit import UiPage
from tests.ui.pages import composer

START = """({ PendingMessages, renderText }) => {
    window.done = [];
    window.pending = new PendingMessages({
        list: document.getElementById("pending"),
        template: document.getElementById("pending-message"),
        room: 1,
        me: () => ({ name: "me", color: "#a85b00" }),
        render: (text) => renderText(text),
        onRetry: ({ text, reply_to }) => done.push(["again", text, reply_to ?? null]),
        onEdit: ({ text }) => done.push(["edited", text]),
        onDiscard: ({ text }) => done.push(["discarded", text]),
    });
    const command = (name) => ({ type: "send", text: `**${name}**`, nonce: `n-${name}` });
    window.send = (...names) => names.map(command);
    window.refuse = (name) => pending.markFailed(send(name)[0], new Error("you are mute"));
}"""


class Waiting:
    """What is below the messages."""

    def __init__(self, ui: UiPage) -> None:
        self.ui = ui.open(composer())
        self.page = ui.page
        self.start()

    def start(self) -> None:
        self.ui.run("compose/pending-messages text/message-text text/formatting", START)

    def do(self, source: str) -> None:
        self.page.evaluate(f"() => {{ {source} }}")

    @property
    def texts(self) -> Locator:
        return self.page.locator("#pending .text")


@pytest.fixture
def waiting(new_ui: NewUi) -> Waiting:
    return Waiting(new_ui())


def test_what_is_sent_is_shown_until_the_message_is_there(waiting: Waiting) -> None:
    waiting.do("pending.show(send('a', 'b')); pending.show([...send('a', 'b'), { type: 'edit', target: 1 }])")
    expect(waiting.texts).to_have_text(["a", "b"])
    assert waiting.texts.first.inner_html().strip() == "<p><strong>a</strong></p>"
    waiting.do("pending.remove('n-a'); pending.show(send('b'));")
    expect(waiting.texts).to_have_text(["b"])


def test_an_answer_that_comes_first_leaves_it_until_the_message_comes(waiting: Waiting) -> None:
    waiting.do("pending.show(send('a')); pending.show([])")
    expect(waiting.texts).to_have_text(["a"])
    waiting.do("pending.remove('n-a')")
    expect(waiting.texts).to_have_count(0)


def test_a_message_that_comes_first_is_not_shown_twice(waiting: Waiting) -> None:
    waiting.do("pending.show(send('a')); pending.remove('n-a'); pending.show(send('a', 'b'))")
    expect(waiting.texts).to_have_text(["b"])


def test_confirmed_message_without_an_event_goes_after_a_while(waiting: Waiting) -> None:
    waiting.do("pending.show(send('a')); pending.show([])")
    expect(waiting.texts).to_have_count(0, timeout=10_000)


def test_what_was_refused_says_why_and_is_sent_again_edited_or_discarded(waiting: Waiting) -> None:
    waiting.do("pending.show(send('a', 'b')); pending.show([]); refuse('a'); refuse('b'); refuse('c')")
    first, second, third = waiting.page.locator("#pending > li").all()
    third.get_by_role("button", name="Edit").click()
    expect(first.get_by_role("alert")).to_have_text("Not sent: you are mute")
    second.get_by_role("button", name="Discard").click()
    expect(waiting.texts).to_have_text(["a"])
    first.get_by_role("button", name="Try again").click()
    expect(waiting.texts).to_have_count(0)
    done = [["edited", "**c**"], ["discarded", "**b**"], ["again", "**a**", None]]
    assert waiting.page.evaluate("done") == done


def test_only_failed_messages_stay_over_a_reload(waiting: Waiting) -> None:
    waiting.do("pending.show(send('a', 'b', 'c')); pending.show(send('c')); refuse('a'); refuse('b')")
    waiting.page.locator("#pending > li").nth(1).get_by_role("button", name="Discard").click()
    waiting.page.reload()
    waiting.start()
    expect(waiting.texts).to_have_text(["a"])
    expect(waiting.page.get_by_role("alert").filter(has_text="you are mute")).to_be_visible()
    waiting.page.get_by_role("button", name="Try again").click()
    waiting.page.reload()
    waiting.start()
    expect(waiting.texts).to_have_count(0)


def test_reply_to_a_deleted_message_is_resent_without_it(waiting: Waiting) -> None:
    waiting.ui.run(
        "compose/message-sender text/message-text text/formatting",
        """({ MessageSender, renderText }) => {
            const gone = Object.assign(new Error("no such message"), { code: 205, field: "reply_to" });
            window.sent = [];
            window.sending = new MessageSender({
                room: () => ({
                    send: async (text, { replyTo }) => {
                        sent.push([text, replyTo ?? null]);
                        if (replyTo) throw gone;
                    },
                }),
                list: document.getElementById("pending"),
                template: document.getElementById("pending-message"),
                key: 2,
                me: () => ({ name: "me" }),
                render: (text) => renderText(text),
                onDiscard: () => {},
                onRefused: () => {},
            });
            sending.send("so it was", { replyTo: 7 });
        }""",
    )
    failed = waiting.page.locator("#pending > li")
    expect(failed.get_by_role("alert")).to_have_text("Not sent: the message you're replying to was deleted")
    expect(failed.locator(".text")).to_have_text("so it was")
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_have_count(0)
    assert waiting.page.evaluate("sent") == [["so it was", 7], ["so it was", None]]
