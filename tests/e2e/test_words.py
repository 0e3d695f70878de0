"""Messages in a room, from the keyboard to the others' screens."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import ask, number, program
from tests.support.fixtures import StartServer
from tests.support.hostile import HOSTILE
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess, manage


def test_markdown_and_mentions_are_shown_to_everybody(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    ann.sees_people("Ann", "Bob")
    ann.writing.press_sequentially("**Look**, @bo")
    ann.page.keyboard.press("Enter")
    ann.writing.press_sequentially("at `this`:")
    ann.page.keyboard.press("Enter")
    bob.reads("Look, @Bob at this:")
    expect(bob.page.locator(".message strong")).to_have_text("Look")
    expect(bob.page.locator(".message .mention.me")).to_have_text("@Bob")
    expect(ann.page.locator(".message .mention")).not_to_have_class(re.compile(r"\bme\b"))
    ann.say("```py\nprint('hello')\n```")
    expect(bob.page.locator(".message .hljs-string")).to_have_text("'hello'")


def test_formatting_is_loaded_for_the_first_message_that_needs_it(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """Without a network the message is shown as it was typed; the next one formats both."""
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    asked: list[str] = []
    bob.page.on("request", lambda request: asked.append(request.url))
    bob.page.route("**/formatting*.js", lambda route: route.abort())
    bob.enter(room, "Bob")
    ann.say("Good morning!")
    bob.reads("Good morning!")
    assert not any("/formatting" in url for url in asked)
    ann.say("So **bold** and ||hidden||")
    bob.reads("Good morning!", "So **bold** and ▒▒▒")
    bob.page.unroute("**/formatting*.js")
    ann.say("*again*")
    expect(bob.page.locator(".message em")).to_have_text("again")
    expect(bob.page.locator(".message strong")).to_have_text("bold")
    expect(bob.page.locator(".message .spoiler")).to_be_visible()
    bob.go(room)
    expect(bob.page.locator(".message strong")).to_have_text("bold")


def test_the_last_message_is_edited_with_the_arrow_up(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    ann.say("Helo")
    bob.reads("Helo")
    ann.writing.press("ArrowUp")
    expect(ann.writing).to_have_value("Helo")
    ann.writing.fill("Hello")
    ann.writing.press("Enter")
    bob.reads("Hello")


def test_a_message_waits_in_sight_while_the_server_is_gone(
    start_server: StartServer, new_visitor: NewVisitor
) -> None:
    server = start_server()
    ann = new_visitor(server.url)
    ann.enter("/room/1", "Ann")
    ann.say("_before_")
    ann.reads("before")
    server.kill()
    expect(ann.page.locator("#state")).to_have_attribute("data-state", "waiting")
    ann.say("**meanwhile**")
    expect(ann.page.locator("#pending .text")).to_have_text("meanwhile")
    expect(ann.page.get_by_text("Sending")).to_be_visible()
    server.start()
    ann.reads("before", "meanwhile")
    expect(ann.page.locator("#pending .text")).to_have_count(0)


def test_no_message_is_shown_twice_nor_missing_while_it_is_confirmed(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    # After each frame: how often the message stands on the page, confirmed or not.
    ann.page.evaluate(
        """() => {
            window.seen = [];
            const look = () => {
                const texts = [...document.querySelectorAll(".message .text, #pending .text")];
                seen.push(texts.filter(({ textContent }) => textContent.includes("once")).length);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    ann.say("once")
    ann.reads("once")
    expect(ann.page.locator("#pending .text")).to_have_count(0)
    seen = ann.page.evaluate("seen.slice(seen.indexOf(1))")
    assert set(seen) == {1}


def test_a_refused_message_says_why_and_is_sent_again(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    with FaultProxy(server.port) as proxy:
        ann, bob = new_visitor(proxy.url), new_visitor(server.url)
        ann.enter(room, "Ann")
        bob.enter(room, "Bob")
        moderate = (
            "from chat.models import Room; from chat.permissions import Actor;"
            "from chat.services import moderation;"
            f"room = Room.objects.get(pk={number(room)});"
            "moderation.%s_name(room=room, actor=Actor(staff=True), name='Ann')"
        )
        proxy.refusing = True  # the message waits on the page, until she is muted
        proxy.cut()
        expect(ann.page.locator("#state")).to_contain_text("Trying again")
        ann.say("Do you hear me?")
        manage("shell", "--verbosity=0", "--command", moderate % "mute", env=server.env)
        proxy.refusing = False
        expect(ann.page.locator("#pending")).to_contain_text("Not sent:", timeout=30_000)
        ann.page.reload()
        ann.is_connected()
        expect(ann.page.locator("#pending .text")).to_have_text("Do you hear me?")
        manage("shell", "--verbosity=0", "--command", moderate % "unmute", env=server.env)
        ann.page.get_by_role("button", name="Try again").click()
        bob.reads("Do you hear me?")
        ann.reads("Do you hear me?")
        expect(ann.page.locator("#pending li")).to_have_count(0)


def test_hostile_messages_are_shown_as_text(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """What runs, or is against the policy, is a fault of the visitor and fails the test."""
    zoe = new_visitor(server.url)
    zoe.enter(room, "Zoe")
    with program(server.ws_url, room, "Ann") as ann:
        for text in HOSTILE:
            ask(ann, type="send", room=number(room), text=text)
        expect(zoe.messages.last).to_contain_text("<<<")
    strange = "img, svg, math, iframe, object, embed, form, input, style, script, [onerror], [style], [id]"
    assert zoe.page.locator(".message .text").locator(strange).count() == 0


def test_numbers_of_a_list_are_those_that_were_typed(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """With the scripts as the server sends them: made smaller, which is no work for nested templates."""
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("1986. A great year\n1990. Another")
    expect(ann.page.locator("#rows li")).to_have_text(["A great year", "Another"])
    assert ann.page.locator("#rows ol").get_attribute("start") == "1986"
    assert ann.page.locator("#rows li").nth(1).evaluate("(item) => item.value") == 1990
    ann.page.locator("#rows .message").focus()
    ann.page.keyboard.press("r")
    expect(ann.page.locator("#composer .excerpt")).to_have_text("1986. A great year 1990. Another")
