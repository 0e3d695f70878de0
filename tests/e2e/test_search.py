"""The page that searches in all rooms, and the search of a room."""

import re

from playwright.sync_api import expect

from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.support.server import ServerProcess


def test_page_marks_the_words_and_shows_the_text_around_them(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("a **white** Whale, ||whale||")
    ann.say("\n".join(["one", "two", "three", "four", "five", "the whalebone", "seven"]))
    expect(ann.messages).to_have_count(2)
    ann.go("/search?q=whale from:Ann")
    page = ann.page
    expect(page.get_by_role("status").filter(has_text="2 messages")).to_be_visible()
    hits = page.locator(".found-text")
    expect(hits).to_have_text([re.compile("^… five\\nthe whalebone\\nseven$"), "a white Whale, ▒▒▒"])
    expect(hits.locator("mark")).to_have_text(["whale", "Whale"])
    expect(hits.first.locator("mark")).to_be_in_viewport()
    assert faults_of(page) == []
    hits.first.click()
    expect(page).to_have_url(f"{server.url}{room}#m2")


def test_panel_tells_how_a_search_is_narrowed(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    for text in ("https://whale.example", "a whale"):
        ann.say(text)
    expect(ann.messages).to_have_count(2)
    ann.open_panel("search")
    field = ann.page.locator("#search-text")
    told = "Narrow it down with from:Ann, before:2026-01-31 or has:link."
    expect(field).to_have_accessible_description(told)
    field.fill("whale has:link")
    field.press("Enter")
    expect(ann.page.locator("#search .hits .words")).to_have_text(["https://whale.example"])
    assert faults_of(ann.page) == []
