"""What axe finds, in both themes: nothing."""

from typing import Any, Final

import pytest

from tests.support.server import ROOT
from tests.ui.conftest import NewUi
from tests.ui.kit import UiPage
from tests.ui.pages import bell, composer
from tests.ui.test_composer import START as COMPOSE
from tests.ui.test_pending import START as WAIT

AXE: Final = (ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
TEXT: Final = """# Head
**bold** *it* ~~gone~~ `code` https://a.example @Ann @me
> said
> > before

1. one
   - two

```js
// a comment
const x = /re/.test("text") ? 1 : null; function f(a) { return `${a}`; }
```
```css
@media print { .a > #b:hover { color: #fff !important; } }
```
```diff
- old
+ new
```"""


def faults(ui: UiPage) -> list[Any]:
    ui.page.evaluate(AXE)
    found = (
        "async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])"
    )
    return list(ui.page.evaluate(found))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(new_ui: NewUi, theme: str) -> None:
    ui = new_ui(color_scheme=theme).open(composer(30) + bell(), theme=theme)
    ui.run(
        "notify/notifier",
        "({ Notifier }) => void new Notifier({ title: '', favicon: null, bell: window.bell })",
    )
    ui.run(
        "text/message-text text/formatting text/highlight",
        """({ renderText, highlightCode }, text) => {
            const place = document.getElementById("place");
            place.append(renderText(text, { me: "me", names: ["Ann", "me"] }));
            highlightCode(place);
        }""",
        TEXT,
    )
    ui.page.locator("#place [data-painted]").nth(2).wait_for()
    assert faults(ui) == []
    ui.run("compose/pending-messages text/message-text text/formatting", WAIT)
    ui.page.evaluate("() => { pending.show(send('a', 'b')); pending.show(send('a')); refuse('b'); }")
    ui.run("compose/composer", COMPOSE, {"room": 1, "people": ["Ann", "Anton"]})
    ui.page.evaluate("() => composer.reply({ seq: 1, text: 'said', sender: { name: 'Ann' } })")
    ui.page.get_by_label("Message", exact=True).press_sequentially("x" * 30 + " @a")
    ui.page.get_by_role("option").first.wait_for()
    assert faults(ui) == []
    ui.page.get_by_label("Message", exact=True).press_sequentially("x")
    ui.page.keyboard.press("Enter")
    ui.page.get_by_role("button", name="Emoji").click()
    ui.page.get_by_role("button", name="grinning face", exact=True).wait_for()
    assert faults(ui) == []
