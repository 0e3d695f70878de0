"""The form for what calls the user in a room."""

from playwright.sync_api import expect

from tests.ui.kit import UiPage

FORM = """<form data-level="all" data-until="">
    <select id="level-what" aria-label="Notify me">
        <option value="all">All</option>
        <option value="mentions">Mentions</option>
        <option value="nothing">Nothing</option>
    </select>
    <select id="level-seconds" aria-label="For" class="for-a-time">
        <option value="0">For good</option>
    </select>
    <p class="until"></p>
</form>"""
OPEN = """({ openLevelForm }) => {
    window.answers = [];
    const set = () => new Promise((resolve) => answers.push(resolve));
    openLevelForm(document.forms[0], { set, onChange: () => {}, signal: new AbortController().signal });
}"""


def test_answer_to_an_earlier_choice_does_not_replace_the_latest(ui: UiPage) -> None:
    ui.open(FORM)
    ui.run("pages/room-level", OPEN)
    level = ui.page.get_by_label("Notify me")
    level.select_option("mentions")
    level.select_option("nothing")
    ui.page.evaluate("answers[0](true)")
    expect(level).to_have_value("nothing")
    ui.page.evaluate("answers[1](false)")
    expect(level).to_have_value("all")
