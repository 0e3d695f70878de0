"""Announcements for screen readers, and notifications."""

import re

from playwright.sync_api import expect

from tests.ui.conftest import NewUi
from tests.ui.kit import UiPage
from tests.ui.pages import bell

REGION = '<p id="said" role="status"></p>'
ANNOUNCER = """({ Announcer }) => {
    const region = document.getElementById("said");
    window.heard = [];
    const listen = () => heard.push([region.textContent, performance.now()]);
    new MutationObserver(listen).observe(region, { childList: true });
    window.announcer = new Announcer(region, { isMe: (name) => name === "me" });
}"""
HEARD = "(count) => heard.length >= count"


def test_messages_are_announced_one_as_it_is_and_many_as_a_number(ui: UiPage) -> None:
    ui.open(REGION)
    ui.run("notify/announcer", ANNOUNCER)
    ui.page.evaluate("() => announcer.announceMessage('ann', 'hello')")
    ui.page.wait_for_function(HEARD, arg=1)
    ui.page.evaluate(
        """() => {
            announcer.announceMessage("me", "my own");
            for (const name of ["ann", "bob", "ann", "bob", "ann"]) announcer.announceMessage(name, "text");
            announcer.announce("bob may speak again.");
        }"""
    )
    ui.page.wait_for_function(HEARD, arg=2)
    (first, at), (second, later) = ui.page.evaluate("heard")
    assert first == "ann: hello"
    assert second == "bob may speak again. · 5 new messages, from ann and bob"
    assert later - at >= 2990
    ui.page.evaluate("() => announcer.announceMessage('me', 'my own')")
    assert ui.page.evaluate("() => new Promise((done) => setTimeout(() => done(heard.length), 500))") == 2


def test_names_are_listed(ui: UiPage) -> None:
    say = """({ describeMessages }, lists) =>
        lists.map((names) => describeMessages(names.map((name) => ({ name, text: "x" }))))"""
    assert ui.run("notify/announcer", say, [["a", "a"], ["a", "b", "c"], ["a", "b", "c", "d", "e"]]) == [
        "2 new messages, from a",
        "3 new messages, from a, b and c",
        "5 new messages, from a, b, c and 2 more",
    ]


NOTIFIER = """({ Notifier }) => {
    const favicon = document.createElement("link");
    favicon.rel = "icon";
    favicon.href = "/static/chat/favicon.svg";
    document.head.append(favicon);
    window.shown = [];
    window.Notification = class extends EventTarget {
        static permission = sessionStorage.permission ?? "default";
        static async requestPermission() {
            this.permission = "granted";
        }
        constructor(title, options) {
            super();
            shown.push([title, options.body, options.tag, this]);
        }
        close() {}
    };
    window.away = (away) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => away });
        document.hasFocus = () => !away;
    };
    const onClick = () => (window.clicked = true);
    window.tell = () => notifier.notify({ title: "ann", body: "hi", tag: "1", onClick });
    window.notifier = new Notifier({ title: "A room", favicon, bell: document.getElementById("bell") });
}"""


def test_title_and_icon_show_the_unread_count(ui: UiPage) -> None:
    ui.run("notify/notifier", NOTIFIER)
    icon = ui.page.locator("link[rel=icon]")
    ui.page.evaluate("() => notifier.showUnreadCount(3)")
    expect(ui.page).to_have_title("(3) A room")
    expect(icon).to_have_attribute("href", re.compile("^data:image/svg.xml,.*circle"))
    ui.page.evaluate("() => { notifier.title = 'Another'; notifier.showUnreadCount(120); }")
    expect(ui.page).to_have_title("(99+) Another")
    ui.page.evaluate("() => notifier.showUnreadCount(0)")
    expect(ui.page).to_have_title("Another")
    expect(icon).to_have_attribute("href", f"{ui.site}/static/chat/favicon.svg")


def test_notifications_are_asked_for_by_a_click_and_shown_only_out_of_sight(ui: UiPage) -> None:
    ui.open(bell())
    ui.run("notify/notifier", NOTIFIER)
    button = ui.page.get_by_role("button", name="Notify me of direct messages and mentions")
    expect(button).to_have_attribute("aria-pressed", "false")
    ui.page.evaluate("() => { away(true); tell(); }")
    assert ui.page.evaluate("shown.length") == 0
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    ui.page.evaluate("() => { away(false); tell(); }")
    assert ui.page.evaluate("shown.length") == 0
    ui.page.evaluate("() => { away(true); tell(); }")
    assert ui.page.evaluate("shown.map(([title, body, tag]) => [title, body, tag])") == [["ann", "hi", "1"]]
    ui.page.evaluate("() => shown[0][3].dispatchEvent(new Event('click'))")
    assert ui.page.evaluate("clicked") is True
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    ui.page.evaluate("() => tell()")
    assert ui.page.evaluate("shown.length") == 1


SOUNDS = """() => {
    window.tones = 0;
    const part = () => ({ setValueAtTime() {}, exponentialRampToValueAtTime() {} });
    const start = () => (window.tones += 1);
    const node = () => ({ frequency: {}, gain: part(), connect: (next) => next, start, stop() {} });
    window.AudioContext = class {
        state = "running";
        currentTime = 0;
        resume = async () => {};
        createOscillator = node;
        createGain = node;
    };
}"""


def test_sound_is_played_if_wanted_and_out_of_sight(ui: UiPage) -> None:
    ui.open('<label><input id="sound" type="checkbox"> Sound</label>')
    ui.page.evaluate(SOUNDS)
    ui.run("notify/notifier", NOTIFIER)
    ui.page.evaluate("() => { notifier.soundBox = document.getElementById('sound'); away(true); tell(); }")
    assert ui.page.evaluate("tones") == 0
    ui.page.get_by_label("Sound").check()
    heard = ui.page.evaluate("tones")
    assert heard > 0  # what it is like
    ui.page.evaluate("() => tell()")
    assert ui.page.evaluate("tones") == 2 * heard
    ui.page.evaluate("() => { away(false); tell(); }")
    assert ui.page.evaluate("tones") == 2 * heard
    ui.page.get_by_label("Sound").uncheck()
    ui.page.evaluate("() => { away(true); tell(); }")
    assert ui.page.evaluate("tones") == 2 * heard


def test_blocked_notifications_are_said_to_be_so(ui: UiPage) -> None:
    ui.open(bell())
    ui.page.evaluate("() => (sessionStorage.permission = 'denied')")
    ui.run("notify/notifier", NOTIFIER)
    expect(ui.page.get_by_role("button", name="Notifications are blocked")).to_be_disabled()


def test_a_browser_that_refuses_notifications_breaks_nothing(new_ui: NewUi) -> None:
    ui = new_ui().open()
    ui.run("notify/notifier", NOTIFIER)
    ui.page.evaluate(
        """() => {
            window.Notification = class {
                static permission = "granted";
                constructor() {
                    throw new TypeError("no");
                }
            };
            away(true);
            tell();
        }"""
    )
