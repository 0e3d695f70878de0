"""Actions on messages: react, reply, edit, delete, copy, mute."""

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess

# What the page of a conversation has instead of a room, before its scripts run.
IN_CONVERSATION = """document.addEventListener("readystatechange", () => {
    const chat = document.getElementById("chat");
    if (chat) chat.dataset.direct = "Carol";
});"""


def message(visitor: Visitor, seq: int) -> Locator:
    return visitor.page.locator(f"#rows [data-seq='{seq}']")


def open_menu(visitor: Visitor, seq: int) -> Locator:
    """The menu of a message, by its button."""
    message(visitor, seq).hover()
    message(visitor, seq).get_by_role("button", name="More actions").click()
    menu = visitor.page.get_by_role("menu")
    expect(menu).to_be_visible()
    return menu


def choose(visitor: Visitor, seq: int, name: str) -> None:
    open_menu(visitor, seq).get_by_role("menuitem", name=name).click()


def test_a_reaction_is_given_and_taken_back(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=number(room), text="cake?")
        ask(carol, type="react", room=number(room), target=1, emoji="🎉")
        party = message(ann, 1).get_by_role("button", name="🎉")
        expect(party).to_have_attribute("aria-pressed", "false")
        party.click()
        expect(party).to_have_attribute("aria-pressed", "true")
        expect(party).to_have_accessible_name("🎉 2, by Carol, Ann")
        expect(party).to_have_text("🎉 2")
        party.click()
        expect(party).to_have_text("🎉 1")
        message(ann, 1).hover()
        message(ann, 1).get_by_role("button", name="React", exact=True).click()
        ann.page.get_by_role("menuitem", name="React with 👍").click()
        expect(message(ann, 1).get_by_role("button", name="👍 1, by Ann")).to_have_text("👍 1")


def test_an_answer_quotes_what_it_answers_and_leads_there(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=number(room), text="who is in?")
        message(ann, 1).hover()
        message(ann, 1).get_by_role("button", name="Reply").click()
        ann.page.keyboard.type("I am")
        ann.page.keyboard.press("Enter")
        expect(message(ann, 2).locator(".quote")).to_have_text("Carol who is in?")
        for n in range(120):
            ask(carol, type="send", room=number(room), text=f"line {n}")
        ask(carol, type="send", room=number(room), text="who else?", reply_to=1)
        ann.page.reload()
        ann.is_connected()
        ann.go_to_end()
        quote = message(ann, 123).locator(".quote")
        expect(quote).to_have_text("Carol who is in?")  # though it is not loaded with the others
        quote.click()
        expect(message(ann, 1)).to_be_in_viewport()
        expect(message(ann, 1)).to_be_focused()
        ask(carol, type="delete", room=number(room), target=1)
        ann.page.locator("#to-end").click()
        expect(message(ann, 123).locator(".quote")).to_have_text("Original message was deleted")


def test_own_message_is_edited_and_deleted_after_a_question(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("helo")
    ann.reads("helo")
    choose(ann, 1, "Edit")
    ann.page.keyboard.press("ControlOrMeta+a")
    ann.page.keyboard.type("hello")
    ann.page.keyboard.press("Enter")
    ann.reads("hello")
    expect(message(ann, 1).get_by_text("edited")).to_be_visible()
    choose(ann, 1, "Delete…")
    ann.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    ann.reads("hello")
    choose(ann, 1, "Delete…")
    ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    ann.reads("This message was deleted.")
    expect(open_menu(ann, 1).get_by_role("menuitem")).to_have_text(["Mark as unread", "Copy link"])


def test_only_moderators_delete_and_mute_others(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    mine = ann.create_room("Mine " + room.rpartition("/")[2])
    ann.enter(mine, "Ann")
    bob.enter(mine, "Bob")
    bob.say("buy this")
    ann.reads("buy this")
    ann.say("no")
    bob.reads("buy this", "no")
    names = ["Add reaction…", "Reply", "Mark as unread", "Save for later", "Copy text", "Copy link"]
    names += ["Report…"]
    expect(open_menu(bob, 2).locator(".choice-of-menu")).to_have_text(names)
    bob.page.keyboard.press("Escape")
    choose(ann, 1, "Mute Bob")
    ann.page.get_by_role("menuitem", name="Mute for 10 minutes").click()
    expect(ann.page.get_by_text("Bob is muted")).to_be_visible()
    bob.is_told("A moderator has muted you in this room. Until ")
    bob.cannot_write()
    choose(ann, 1, "Delete…")
    ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    bob.reads("This message was deleted.", "no")


def test_moderator_deletes_all_messages_of_a_sender_after_a_question(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    mine = ann.create_room("Mine " + room.rpartition("/")[2])
    ann.enter(mine, "Ann")
    bob.enter(mine, "Bob")
    bob.say("buy this")
    bob.say("buy that")
    ann.reads("buy this", "buy that")
    ann.say("no")
    bob.reads("buy this", "buy that", "no")
    choose(ann, 1, "Delete all from sender…")
    dialog = ann.page.get_by_role("dialog", name="Delete all messages from Bob?")
    dialog.get_by_role("button", name="Cancel").click()
    choose(ann, 1, "Delete all from sender…")
    dialog.get_by_role("radio", name="All time").check()
    dialog.get_by_role("button", name="Delete all").click()
    bob.reads("This message was deleted.", "This message was deleted.", "no")
    expect(ann.page.get_by_text("2 messages from Bob deleted")).to_be_visible()


def test_a_menu_stays_open_while_messages_arrive_and_closes_when_the_list_is_scrolled(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        for n in range(30):
            ask(carol, type="send", room=number(room), text=f"before {n}")
        expect(message(ann, 30)).to_be_in_viewport()
        message(ann, 30).focus()
        ann.page.keyboard.press("m")
        expect(ann.page.locator("#menu")).to_be_visible()
        for n in range(30):
            ask(carol, type="send", room=number(room), text=f"after {n}")
        expect(message(ann, 60)).to_be_in_viewport()
    expect(ann.page.locator("#menu")).to_be_visible()
    message(ann, 60).hover()
    ann.page.mouse.wheel(0, -200)
    expect(ann.page.locator("#menu")).to_be_hidden()


def test_text_and_link_are_copied(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url, permissions=["clipboard-read", "clipboard-write"])
    ann.enter(room, "Ann")
    ann.say("copy me")
    ann.reads("copy me")
    for choice, copied in (("Copy text", "copy me"), ("Copy link", f"{server.url}{room}#m1")):
        choose(ann, 1, choice)
        expect(ann.page.get_by_text(f"{choice.removeprefix('Copy ').capitalize()} copied")).to_be_visible()
        assert ann.page.evaluate("navigator.clipboard.readText()") == copied


def test_what_the_server_refuses_is_said_in_words(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=number(room), text="popular")
        for n in range(20):
            ask(carol, type="react", room=number(room), target=1, emoji=chr(0x1F600 + n))
        expect(message(ann, 1).locator(".chip")).to_have_count(20)
        message(ann, 1).hover()
        message(ann, 1).get_by_role("button", name="React", exact=True).click()
        ann.page.get_by_role("menuitem", name="React with 👍").click()
        expect(ann.page.get_by_text("Couldn't do that")).to_be_visible()


def test_all_actions_work_by_keyboard(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("one")
    ann.say("two")
    ann.reads("one", "two")
    message(ann, 2).focus()
    ann.page.keyboard.press("ArrowUp")
    ann.page.keyboard.press("Tab")
    expect(message(ann, 1).get_by_role("button", name="Ann", exact=True)).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(message(ann, 1).get_by_role("button", name="React", exact=True)).to_be_focused()
    ann.page.keyboard.press("Shift+Tab")
    ann.page.keyboard.press("Shift+Tab")
    ann.page.keyboard.press("m")
    menu = ann.page.get_by_role("menu", name="Message from Ann")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    ann.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Add reaction…")).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(message(ann, 1)).to_be_focused()
    ann.page.keyboard.press("r")
    expect(ann.page.get_by_label("Message", exact=True)).to_be_focused()
    ann.page.keyboard.type("r e + ?")  # keys are text in the message box
    ann.page.keyboard.press("Enter")
    expect(message(ann, 3).locator(".quote")).to_have_text("Ann one")
    expect(message(ann, 3).locator(".text")).to_have_text("r e + ?")
    message(ann, 3).focus()
    ann.page.keyboard.press("e")
    expect(ann.page.get_by_label("Message", exact=True)).to_have_value("r e + ?")
    ann.page.keyboard.press("Escape")
    message(ann, 2).focus()
    ann.page.keyboard.press("Delete")
    expect(ann.page.get_by_role("dialog")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(message(ann, 2)).to_be_focused()
    ann.page.keyboard.press("?")
    expect(
        ann.page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Show shortcuts")
    ).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(message(ann, 2)).to_be_focused()


def test_tap_opens_the_actions_on_a_touch_screen(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=number(room), text="touch me")
        more = message(ann, 1).get_by_role("button", name="More actions")
        tools = message(ann, 1).locator(".tools")
        expect(tools).to_have_css("opacity", "0")
        message(ann, 1).locator(".text").tap()
        expect(tools).to_have_css("opacity", "1")
        more.tap()
        item = ann.page.get_by_role("menuitem", name="Reply")
        assert item.evaluate("item => item.getBoundingClientRect().height") >= 44
        item.tap()
        expect(ann.page.get_by_text("Reply to Carol")).to_be_visible()


def test_a_conversation_of_two_on_the_same_page(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        said = ask(carol, type="direct", to="Ann", text="psst")
        ann.page.add_init_script(IN_CONVERSATION)
        ann.go(room)
        ann.is_connected()
        ann.reads("psst")
        expect(ann.page.locator("#people .one .name")).to_have_text(["Ann", "Carol"])
        ann.say("yes?")
        ann.reads("psst", "yes?")
        ask(carol, type="send", room=said["room"], text="nothing")
        ann.reads("psst", "yes?", "nothing")
        expect(open_menu(ann, 1).get_by_role("menuitem", name="Delete")).to_have_count(0)


def test_tools_of_one_message_are_shown_at_a_time(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    for text in ("one", "two", "three"):
        ann.say(text)
    ann.reads("one", "two", "three")

    def shown(*messages: int) -> None:
        for each in (1, 2, 3):
            opacity = "1" if each in messages else "0"
            expect(message(ann, each).locator(".tools")).to_have_css("opacity", opacity)

    message(ann, 1).hover()
    shown(1)
    ann.writing.focus()
    ann.page.keyboard.press("Shift+Tab")
    expect(message(ann, 3)).to_be_focused()
    shown(3)  # the pointer still rests on the first one
    message(ann, 2).hover()
    shown(2)
    ann.page.keyboard.press("ArrowUp")
    expect(message(ann, 2)).to_be_focused()
    shown(2)
    ann.page.keyboard.press("ArrowUp")
    shown(1)
    ann.page.mouse.move(1, 1)
    shown(1)
