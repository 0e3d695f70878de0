"""The emoji picker."""

import pytest
from playwright.sync_api import Locator, expect

from tests.ui.conftest import NewUi
from tests.ui.kit import UiPage, box
from tests.ui.pages import composer

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ANCHOR = '<button id="anchor" type="button">React</button>'
READY = """({ pickEmoji }) => {
    const anchor = document.getElementById("anchor");
    window.picked = [];
    anchor.addEventListener("click", async () => picked.push(await pickEmoji(anchor)));
}"""


class Picker:
    """A user of the emoji picker."""

    def __init__(self, ui: UiPage) -> None:
        self.ui = ui.open(ANCHOR + composer())
        self.page = ui.page
        self.ready()

    def ready(self) -> None:
        self.ui.run("lib/emoji", READY)

    def open(self) -> None:
        self.page.get_by_role("button", name="React").click()

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name="Emoji")

    @property
    def search(self) -> Locator:
        return self.page.get_by_role("searchbox", name="Search emoji")

    @property
    def emoji(self) -> Locator:
        return self.dialog.locator(".grid button")

    def has_picked(self, *emoji: str | None) -> None:
        self.page.wait_for_function("count => picked.length === count", arg=len(emoji))
        assert self.page.evaluate("picked") == list(emoji)


@pytest.fixture
def picker(new_ui: NewUi) -> Picker:
    return Picker(new_ui())


def test_an_emoji_is_found_by_its_name_and_taken_with_the_keyboard(picker: Picker) -> None:
    picker.open()
    expect(picker.search).to_be_focused()
    picker.page.keyboard.type("party pop")
    expect(picker.emoji).to_have_count(1)
    picker.page.keyboard.press("Enter")
    picker.has_picked("🎉")
    expect(picker.dialog).to_be_hidden()
    expect(picker.page.locator("#anchor")).to_be_focused()


def test_enter_takes_what_was_typed_and_not_what_is_still_shown(picker: Picker) -> None:
    picker.open()
    expect(picker.emoji.first).to_be_visible()
    picker.page.keyboard.insert_text("shortcake")
    picker.page.keyboard.press("Enter")
    picker.has_picked("🍰")


def test_escape_and_a_click_elsewhere_pick_nothing(picker: Picker) -> None:
    picker.open()
    expect(picker.emoji.first).to_be_visible()
    picker.page.keyboard.press("Escape")
    picker.has_picked(None)
    expect(picker.page.locator("#anchor")).to_be_focused()
    picker.open()
    expect(picker.emoji.first).to_be_visible()
    picker.page.mouse.click(1270, 10)
    picker.has_picked(None, None)
    expect(picker.dialog).to_be_hidden()


def test_arrows_go_through_the_grid_and_the_groups(picker: Picker) -> None:
    picker.open()
    expect(picker.emoji.first).to_be_visible()
    picker.page.keyboard.press("ArrowDown")
    expect(picker.emoji.first).to_be_focused()
    picker.page.keyboard.press("ArrowRight")
    expect(picker.emoji.nth(1)).to_be_focused()
    picker.page.keyboard.press("ArrowDown")
    below = picker.page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert below == box(picker.emoji.nth(1))["x"]
    picker.page.keyboard.press("End")
    expect(picker.emoji.last).to_be_focused()
    picker.page.keyboard.press("Home")
    picker.page.keyboard.press("ArrowUp")
    expect(picker.search).to_be_focused()
    smileys = picker.page.get_by_role("tab", name="Smileys")
    expect(smileys).to_have_attribute("aria-selected", "true")
    smileys.focus()
    picker.page.keyboard.press("ArrowRight")
    expect(picker.page.get_by_role("tab", name="People")).to_be_focused()
    expect(picker.page.get_by_role("button", name="waving hand")).to_be_visible()
    picker.page.get_by_role("tab", name="Flags").click()
    picker.page.get_by_role("button", name="rainbow flag").click()
    picker.has_picked("🏳️‍🌈")


def test_a_skin_tone_is_remembered_and_so_is_what_is_used_often(picker: Picker) -> None:
    picker.open()
    picker.page.get_by_role("combobox", name="Skin tone").select_option("3")
    picker.search.fill("waving hand")
    picker.emoji.first.click()
    picker.has_picked("👋🏽")
    picker.page.reload()
    picker.ready()
    picker.open()
    expect(picker.page.get_by_role("tab", name="Frequently used")).to_have_attribute("aria-selected", "true")
    expect(picker.page.get_by_role("combobox", name="Skin tone")).to_have_value("3")
    expect(picker.emoji).to_have_text(["👋🏽"])


def test_words_say_that_nothing_was_found(picker: Picker) -> None:
    picker.open()
    picker.search.fill("no such thing at all")
    expect(picker.dialog.get_by_role("status")).to_have_text("No emoji found.")
    picker.page.keyboard.press("Enter")
    expect(picker.dialog).to_be_visible()


def test_the_data_is_loaded_when_it_is_needed_and_asked_for_again(picker: Picker) -> None:
    asked: list[str] = []
    picker.page.on("request", lambda request: asked.append(request.url))
    picker.page.route("**/data*.json", lambda route: route.abort())
    picker.open()
    expect(picker.dialog.get_by_role("status")).to_have_text("Couldn't load emoji.")
    picker.page.unroute("**/data*.json")
    picker.page.get_by_role("button", name="Try again").click()
    expect(picker.emoji.first).to_be_visible()
    expect(picker.page.get_by_role("button", name="Try again")).to_be_hidden()
    assert any("data" in url for url in asked)
    picker.ui.faults[:] = [fault for fault in picker.ui.faults if "ERR_FAILED" not in fault]


def test_a_phone_has_it_at_its_bottom(new_ui: NewUi) -> None:
    picker = Picker(new_ui(**PHONE))
    picker.open()
    expect(picker.emoji.first).to_be_visible()
    expect(picker.search).not_to_be_focused()
    place = box(picker.dialog)
    assert (place["x"], place["width"], round(place["y"] + place["height"])) == (0, 390, 844)
    assert min(box(picker.emoji.first)[side] for side in ("width", "height")) >= 44
    picker.emoji.first.tap()
    picker.has_picked("😀")


def test_it_stays_within_the_window(picker: Picker) -> None:
    corner = "(anchor) => Object.assign(anchor.style, { position: 'fixed', right: 0, top: '40%', zIndex: 9 })"
    picker.page.locator("#anchor").evaluate(corner)
    picker.open()
    place = box(picker.dialog)
    assert place["x"] >= 0
    assert place["y"] >= 0
    assert place["x"] + place["width"] <= 1280
    assert place["y"] + place["height"] <= 720
