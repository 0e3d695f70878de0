"""Hostile text is shown as text."""

from tests.support.hostile import HEAVY, HOSTILE
from tests.ui.kit import UiPage

ALLOWED = {"P", "STRONG", "EM", "DEL", "CODE", "PRE", "A", "UL", "OL", "LI", "BLOCKQUOTE", "HR", "SPAN"}
SECOND = 1000  # milliseconds; the worst takes a tenth of that

MODULES = "text/message-text text/formatting text/highlight"
SHOW_ALL = """({ renderText, makeExcerpt, highlightCode }, texts) => {
    const place = document.getElementById("place");
    return texts.map((text) => {
        const start = performance.now();
        const people = { me: "ann", names: ["ann", "script", "bob"] };
        const section = document.createElement("section");
        section.append(renderText(text, people));
        place.append(section);
        makeExcerpt(text);
        renderText(text, { me: "ann", names: ["ann"] });
        highlightCode(section);
        const took = performance.now() - start;
        const elements = [...section.querySelectorAll("*")];
        return {
            took,
            words: section.textContent,
            tags: elements.map((element) => element.tagName),
            attributes: elements.flatMap((element) => [...element.attributes].map(({ name }) => name)),
            links: elements.filter((element) => element.href).map((element) => element.href),
            depth: Math.max(0, ...elements.map((element) => {
                let depth = 0;
                for (let up = element; up !== section; up = up.parentNode) depth += 1;
                return depth;
            })),
        };
    });
}"""


def test_there_are_a_hundred_hostile_texts() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) == 100


def test_hostile_texts_are_shown_as_text(ui: UiPage) -> None:
    """The page has our policy, with Trusted Types: what is against it fails the test, as a dialog does."""
    asked: list[str] = []
    ui.page.on("request", lambda request: asked.append(request.url))
    for text, seen in zip(HOSTILE, ui.run(MODULES, SHOW_ALL, HOSTILE), strict=True):
        assert set(seen["tags"]) <= ALLOWED, text
        assert set(seen["attributes"]) <= {"href", "target", "rel", "class", "start"}, text
        assert all(link.startswith(("https://", "http://", "mailto:")) for link in seen["links"]), text
        assert not any("@hostile" in link for link in seen["links"]), text
        assert seen["words"].strip(), text
    ui.page.locator("#place").hover()
    ui.page.mouse.wheel(0, 10_000)
    ui.page.wait_for_function("() => document.readyState === 'complete'")
    assert [url for url in asked if "/static/" not in url] == []


def test_heavy_texts_take_a_moment(ui: UiPage) -> None:
    for text, seen in zip(HEAVY, ui.run(MODULES, SHOW_ALL, HEAVY), strict=True):
        assert seen["took"] < SECOND, text[:20]
        assert seen["depth"] < 30, text[:20]
