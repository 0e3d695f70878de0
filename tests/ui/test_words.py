"""Messages as they are shown."""

import re
from collections.abc import Iterable
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.support.mentions import MENTIONS, PEOPLE
from tests.ui.kit import UiPage

EACH = """({ renderText }, [texts, people]) => texts.map((text) => {
    const place = document.createElement("div");
    place.append(renderText(text, people));
    return place.innerHTML.trim();
})"""
SHOW = """({ renderText }, [text, people]) => {
    const place = document.getElementById("place");
    place.replaceChildren(renderText(text, people));
    return place.innerHTML;
}"""


def all_shown(ui: UiPage, texts: Iterable[str]) -> list[str]:
    """The HTML of each text, without what all links have."""
    html: list[str] = ui.run("text/message-text text/formatting", EACH, [list(texts), {}])
    return [each.replace(' target="_blank" rel="noopener noreferrer nofollow"', "") for each in html]


# A few characters ask for many cells: each row gets as many as the longest has, or as the header.
HUGE_TABLES: Final = (
    "a|b\n-|-\n" + "|" * 1900 + "\n" + "c|d\n" * 500,
    "|a" * 500 + "\n" + "|-" * 500 + "\n" + "c|d\n" * 450,
    "a|b\n-|-\n" + "c\n" * 1900,
)


MARKDOWN: Final = (
    ("plain", "<p>plain</p>"),
    (
        "**bold** *it* ~~gone~~ `co<de`",
        "<p><strong>bold</strong> <em>it</em> <del>gone</del> <code>co&lt;de</code></p>",
    ),
    ("one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"),
    ("# Big\n### small", "<p><strong>Big</strong></p><p><strong>small</strong></p>"),
    ("> said\n\nanswer", "<blockquote><p>said</p></blockquote><p>answer</p>"),
    ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    ("- a\n  b\n  - c\n- d", "<ul><li>a\nb<ul><li>c</li></ul></li><li>d</li></ul>"),
    ("- a\n\n  b", "<ul><li><p>a</p><p>b</p></li></ul>"),
    ("1986. A great year", '<ol start="1986" data-digits="4"><li>A great year</li></ol>'),
    (
        "1986. a\n1990. b",
        '<ol start="1986" data-digits="4"><li>a</li><li value="1990">b</li></ol>',
    ),
    ("2. a\n1. b\n2. c", '<ol start="2"><li>a</li><li value="1">b</li><li>c</li></ol>'),
    ("1. a\n1. b", "<ol><li>a</li><li>b</li></ol>"),
    ("0. a", '<ol start="0"><li>a</li></ol>'),
    ("007. Bond", "<p>007. Bond</p>"),
    ("1234567890. x", "<p>1234567890. x</p>"),
    (
        "1986. a\n1986. b\n1987. c",
        '<ol start="1986" data-digits="4"><li>a</li><li value="1986">b</li><li>c</li></ol>',
    ),
    ("7. a\n7. b", '<ol start="7"><li>a</li><li value="7">b</li></ol>'),
    ("0. a\n0. b", '<ol start="0"><li>a</li><li>b</li></ol>'),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    (
        "- [x] done\n- [ ] open",
        '<ul><li class="task">☑ done</li><li class="task">☐ open</li></ul>',
    ),
    ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
    ("```py\nx < 1\n```", '<pre><code class="language-py">x &lt; 1</code></pre>'),
    ("```\nx\n```", "<pre><code>x</code></pre>"),
    ('```"><x\nx\n```', '<pre><code>"&gt;&lt;x\nx</code></pre>'),
    ("```see here\nx\n```", "<pre><code>see here\nx</code></pre>"),
    ('[a](https://a.example "b")', '<p><a href="https://a.example/">a</a> “b”</p>'),
    ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>"),
    (
        "a | b\n-|-\n1 | **2**",
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><strong>2</strong></td></tr></tbody></table>",
    ),
    ("a | b", "<p>a | b</p>"),
    (
        "| a |\n|---|\n| 1 | 2 \\| 3 |\n| 4 |",
        "<table><thead><tr><th>a</th><td></td></tr></thead>"
        "<tbody><tr><td>1</td><td>2 | 3</td></tr><tr><td>4</td><td></td></tr></tbody></table>",
    ),
    (
        "a | b\n-|-\n1|2|3|4\n\nafter",
        "<table><thead><tr><th>a</th><th>b</th><td></td><td></td></tr></thead>"
        "<tbody><tr><td>1</td><td>2</td><td>3</td><td>4</td></tr></tbody></table><p>after</p>",
    ),
    (
        "|a|b|c|\n|-|-|-|\n|1||3|",
        "<table><thead><tr><th>a</th><th>b</th><th>c</th></tr></thead>"
        "<tbody><tr><td>1</td><td></td><td>3</td></tr></tbody></table>",
    ),
    ("¯\\_(ツ)_/¯", "<p>¯\\_(ツ)_/¯</p>"),
    ("so ¯\\_(<b>)_/¯ *it*", "<p>so ¯\\_(&lt;b&gt;)_/¯ <em>it</em></p>"),
    ("a || b || c", "<p>a || b || c</p>"),
    ("||||", "<p>||||</p>"),
    ("`||x||`", "<p><code>||x||</code></p>"),
    ("    indented", "<p>    indented</p>"),
    ("under\n-----", "<p>under</p><hr>"),
    ("[x]: https://a.example", '<p>[x]: <a href="https://a.example/">https://a.example</a></p>'),
    ("#", "<p>#</p>"),
    ("[](https://a.example)", '<p><a href="https://a.example/">https://a.example</a></p>'),
    ("![cat](https://a.example/c.png)", '<p><a href="https://a.example/c.png">cat</a></p>'),
    ("1 < 2 & 3 > 2", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>"),
    ("*so* &copy; &lt;b&gt; &#39;", "<p><em>so</em> &amp;copy; &amp;lt;b&amp;gt; &amp;#39;</p>"),
    (
        "[![cat](https://a.example/c.png)](https://b.example)",
        '<p><a href="https://b.example/">cat</a></p>',
    ),
    ("snake_case_name and 2*3*4", "<p>snake_case_name and 2<em>3</em>4</p>"),
)


def test_markdown(ui: UiPage) -> None:
    assert all_shown(ui, dict(MARKDOWN)) == list(dict(MARKDOWN).values())


LINKS: Final = (
    (
        "https://a.example/x?y=1&z",
        '<a href="https://a.example/x?y=1&amp;z">https://a.example/x?y=1&amp;z</a>',
    ),
    ("www.a.example", '<a href="http://www.a.example/">www.a.example</a>'),
    ("ann@a.example", '<a href="mailto:ann@a.example">ann@a.example</a>'),
    ("[here](https://a.example)", '<a href="https://a.example/">here</a>'),
    ("example.com", '<a href="https://example.com/">example.com</a>'),
    ("(example.com/a_(b)?c).", '(<a href="https://example.com/a_(b)?c">example.com/a_(b)?c</a>).'),
    ("sub.example.org:8080, x", '<a href="https://sub.example.org:8080/">sub.example.org:8080</a>, x'),
    ("a.example/x", '<a href="https://a.example/x">a.example/x</a>'),
    ("bücher.de", '<a href="https://xn--bcher-kva.de/">bücher.de</a>'),
    (
        "https://пример.example/путь",
        '<a href="https://xn--e1afmkfd.example/%D0%BF%D1%83%D1%82%D1%8C">https://пример.example/путь</a>',
    ),
    ("пример.рф", '<a href="https://xn--e1afmkfd.xn--p1ai/">пример.рф</a>'),
    ("例子.中国", '<a href="https://xn--fsqu00a.xn--fiqs8s/">例子.中国</a>'),
    ("https://аррӏе.com", "https://аррӏе.com"),
    ("https://pаypal.com", "https://pаypal.com"),
    ("That is it.In the morning", "That is it.In the morning"),
    ("EXAMPLE.COM", '<a href="https://example.com/">EXAMPLE.COM</a>'),
    ("https://пример.рф/ё!", '<a href="https://xn--e1afmkfd.xn--p1ai/%D1%91">https://пример.рф/ё</a>!'),
    ("main.py and README.md, e.g. 1.5", "main.py and README.md, e.g. 1.5"),
    ("\u0430pple.com", "\u0430pple.com"),
    ("ann.lee@example.com", '<a href="mailto:ann.lee@example.com">ann.lee@example.com</a>'),
    ("`example.com`", "<code>example.com</code>"),
    ("well.Information follows", "well.Information follows"),
    ("[a.example](https://www.a.example/x)", '<a href="https://www.a.example/x">a.example</a>'),
    ("[here](/admin)", "[here](/admin)"),
    ("[here](javascript:1)", "[here](javascript:1)"),
    ("[here](ftp://a.example)", "[here](ftp://a.example)"),
    ("[here](https://a@b.example)", "[here](https://a@b.example)"),
    # A link that misleads stays text, in which each address leads to itself.
    ("[a.example](https://b.example)", '[a.example](<a href="https://b.example/">https://b.example</a>)'),
    (
        "[https://a.example](https://b.example)",
        '[<a href="https://a.example/">https://a.example</a>](<a href="https://b.example/">https://b.example</a>)',
    ),
)


def test_links_lead_to_their_visible_web_address(ui: UiPage) -> None:
    assert all_shown(ui, dict(LINKS)) == [f"<p>{html}</p>" for _text, html in LINKS]


def test_links_open_a_tab_without_an_opener(ui: UiPage) -> None:
    ui.run("text/message-text text/formatting", SHOW, ["https://a.example", {}])
    link = ui.page.locator("#place a")
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"


def test_spoiler_in_a_table_is_hidden_too(ui: UiPage) -> None:
    text = "| a | b |\n|---|---|\n| 1 | ||hidden|| |"
    ui.run("text/message-text text/formatting", SHOW, [text, {}])
    expect(ui.page.locator("#place td")).to_have_count(2)
    expect(ui.page.locator("#place td .spoiler")).to_have_count(1)
    ui.page.locator("#place .spoiler").click()
    expect(ui.page.locator("#place td").last).to_have_text("hidden")


def test_spoiler_is_hidden_until_it_is_clicked(ui: UiPage) -> None:
    ui.run("text/message-text text/formatting", SHOW, ["it was ||the *butler* https://a.example||", {}])
    place = ui.page.locator("#place")
    cover = place.get_by_role("button", name="Spoiler")
    assert not place.get_by_text("butler").is_visible()
    assert place.get_by_role("link").count() == 0
    cover.press("Enter")
    assert place.get_by_text("butler").is_visible()
    assert place.get_by_role("link").count() == 1
    assert cover.count() == 0


def test_excerpt_hides_spoilers_but_not_from_moderators(ui: UiPage) -> None:
    ask = "({ makeExcerpt }, text) => [makeExcerpt(text), makeExcerpt(text, 99, { whole: true })]"
    assert ui.run("text/message-text text/formatting", ask, "a ||b c|| d") == ["a ▒▒▒ d", "a b c d"]


def test_mentions(ui: UiPage) -> None:
    """The same table as in tests/test_mentions.py."""
    for text, mentioned in MENTIONS:
        ui.run("text/message-text text/formatting", SHOW, [text, {"me": "bob", "names": PEOPLE}])
        assert ui.page.locator("#place .mention").all_text_contents() == mentioned
        assert ui.page.locator("#place .mention.me").count() == sum(n.lower() == "@bob" for n in mentioned)
        assert ui.page.locator("#place").text_content().count("@") == text.count("@")


def test_mention_leads_to_the_page_of_the_person(ui: UiPage) -> None:
    names = ["Bob & Co. +1", "Жанна Ли", "李雷", "room", "here"]
    for text in (" ".join(f"@{name}," for name in names), " ".join(f"**@{name}**" for name in names)):
        ui.run("text/message-text text/formatting", SHOW, [text, {"me": "bob", "names": names}])
        links = ui.page.locator("#place a.mention")
        assert links.all_text_contents() == [f"@{name}" for name in names[:3]]
        found = links.evaluate_all("(all) => all.map(({ href }) => new URL(href).searchParams.get('name'))")
        assert found == names[:3]
        assert links.evaluate_all("(all) => [...new Set(all.map((a) => a.pathname))]") == ["/person"]
        assert ui.page.locator("#place span.mention.me").all_text_contents() == ["@room", "@here"]


EXCERPTS: Final = (
    ("**bold** and\nmore", "bold and more"),
    ("- a\n- b\n\n> c", "a b c"),
    ("- a\n  - b\n- c", "a b c"),
    ("1986. A year", "1986. A year"),
    ("> 98. a\n> 99. b", "98. a 99. b"),
    ("1. a\n   20. b", "1. a 20. b"),
    ("<b>x</b>", "<b>x</b>"),
    ("a" * 20, "a" * 12 + "…"),
    ("👍🏽" * 14, "👍🏽" * 12 + "…"),
    ("👍🏽" * 13, "👍🏽" * 13),
    ("one two three four", "one two thre…"),
    ("#", "#"),
)


def test_excerpts_are_words_alone(ui: UiPage) -> None:
    excerpts = ui.run(
        "text/message-text text/formatting",
        "({ makeExcerpt }, texts) => texts.map((text) => makeExcerpt(text, 13))",
        list(dict(EXCERPTS)),
    )
    assert excerpts == list(dict(EXCERPTS).values())


def test_an_excerpt_of_one_endless_character_ends(ui: UiPage) -> None:
    text = "a" + "\u0300" * 5000
    measure = "({ makeExcerpt }, text) => makeExcerpt(text, 10).length"
    assert ui.run("text/message-text text/formatting", measure, text) < 100


def test_code_is_coloured_when_it_comes_into_sight(ui: UiPage) -> None:
    """And the library is loaded for it, but not for anything else."""
    loaded: list[str] = []
    ui.page.on("request", lambda request: loaded.append(request.url))
    code = "```js\nconst x = 'a<b>';\n```"
    others = "```\nno language\n```\n```klingon\nqapla\n```\n" + "far below\n\n" * 200
    ui.run("text/message-text text/formatting", SHOW, [others + code, {}])
    ui.run("text/highlight", "({ highlightCode }) => highlightCode(document.getElementById('place'))")
    ui.page.locator("#place code").last.scroll_into_view_if_needed()
    keyword = ui.page.locator("#place .hljs-keyword")
    keyword.wait_for()
    assert keyword.text_content() == "const"
    assert ui.page.locator("#place code").last.text_content() == "const x = 'a<b>';"
    assert ui.page.locator("#place code").first.inner_html() == "no language"
    assert sum("highlight.min" in url for url in loaded) == 1


def test_plain_words_and_code_without_a_language_need_no_library(ui: UiPage) -> None:
    loaded: list[str] = []
    ui.page.on("request", lambda request: loaded.append(request.url))
    ui.run("text/message-text text/formatting", SHOW, ["`inline`\n```\nno language\n```", {}])
    ui.run("text/highlight", "({ highlightCode }) => highlightCode(document.getElementById('place'))")
    ui.page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))")
    assert not any("highlight.min" in url for url in loaded)
    assert ui.page.locator("#place [data-painted]").count() == 0


def test_code_that_was_coloured_lately_is_so_at_once(ui: UiPage) -> None:
    text = ["```js\nlet x;\n```", {}]
    ui.run("text/message-text text/formatting", SHOW, text)
    ui.run("text/highlight", "({ highlightCode }) => highlightCode(document.getElementById('place'))")
    ui.page.locator("#place .hljs-keyword").wait_for()
    again = """({ renderText, highlightCode }, [text]) => {
        const fragment = renderText(text);
        highlightCode(fragment);
        return fragment.querySelectorAll(".hljs-keyword").length;
    }"""
    assert ui.run("text/message-text text/formatting text/highlight", again, text) == 1


LISTS: Final = (
    "1986. A great year",
    "12345. x",
    "123456789. x",
    "999999999. x\n1. y",
    "\n".join(f"{n}. x" for n in range(95, 103)),
    "\n".join(f"{n}. x" for n in range(999, 1001)),
    "1. x\n   1986. y\n         123456. z\n                 1234567. deeper",
    "- x\n\n  1986. y",
    "1986. x\n      1. y",
    "> 1986. x\n> > 12345. y",
    "1986. שנה טובה",
    "> 12345. שנה",
)
MARKERS: Final = """(place) => [...place.querySelectorAll("ol > li")].map((item) => {
    const canvas = document.createElement("canvas").getContext("2d");
    const { fontSize, fontFamily, fontWeight, direction, listStylePosition } = getComputedStyle(item);
    canvas.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const items = [...item.parentElement.children];
    let number = item.parentElement.start - 1;
    for (const each of items.slice(0, items.indexOf(item) + 1)) number = each.value || number + 1;
    const [list, own] = [item.parentElement.getBoundingClientRect(), item.getBoundingClientRect()];
    const room = direction === "rtl" ? list.right - own.right : own.left - list.left;
    const takes = canvas.measureText(`${number}. `).width;
    return { number, inside: listStylePosition === "inside", room, takes };
})"""


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_numbers_of_lists_have_the_room_that_they_take(ui: UiPage, width: int) -> None:
    ui.open('<div id="place" class="text" dir="auto"></div>')
    ui.page.set_viewport_size({"width": width, "height": 700})
    for text in LISTS:
        ui.run("text/message-text text/formatting", SHOW, [text, {}])
        markers = ui.page.locator("#place").evaluate(MARKERS)
        assert markers, text
        for marker in markers:
            assert marker["inside"] or marker["takes"] <= marker["room"] + 0.5, (text, marker)
        assert ui.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), text


WAIT: Final = """({ renderText, makeExcerpt }, text) => {
    const place = document.getElementById("place");
    const show = () => {
        place.dataset.excerpt = makeExcerpt(text);
        place.replaceChildren(renderText(text, { me: "bob", names: ["bob"], again: show }));
        return place.innerHTML;
    };
    return show();
}"""
NEEDED: Final = re.compile(r"/(?:formatting|marked|purify)\b")


def test_plain_words_load_no_parser(ui: UiPage) -> None:
    loaded: list[str] = []
    ui.page.on("request", lambda request: loaded.append(request.url))
    ui.run("text/message-text", SHOW, ["Hello @bob, it's 5 o'clock: nice!", {"me": "bob", "names": ["bob"]}])
    expect(ui.page.locator("#place .mention.me")).to_have_text("@bob")
    assert [url for url in loaded if NEEDED.search(url)] == []


def test_text_is_shown_as_it_was_typed_until_it_can_be_formatted(ui: UiPage) -> None:
    """What is to be hidden is hidden at once, and a mention is one."""
    shown = ui.run("text/message-text", WAIT, "**it** was ||the butler|| @bob")
    assert shown.startswith('<p>**it** was ▒▒▒ <a href="/person?name=bob"')
    place = ui.page.locator("#place")
    expect(place.locator(".mention.me")).to_have_text("@bob")
    expect(place.locator("strong")).to_have_text("it")
    expect(place.get_by_role("button", name="Spoiler")).to_be_visible()
    expect(place).to_have_attribute("data-excerpt", "it was ▒▒▒ @bob")


def test_without_a_network_the_next_text_tries_again(ui: UiPage) -> None:
    ui.page.route("**/formatting*.js", lambda route: route.abort())
    prepare = "async ({ prepareTexts }, text) => prepareTexts([text])"
    ui.run("text/message-text", prepare, "*a*")
    assert ui.run("text/message-text", WAIT, "*a*") == "<p>*a*</p>"
    ui.page.unroute("**/formatting*.js")
    ui.run("text/message-text", prepare, "*a*")
    assert ui.run("text/message-text", WAIT, "*a*").strip() == "<p><em>a</em></p>"
    ui.faults.clear()  # the browser tells of what it could not load


def test_nothing_that_was_typed_is_lost_in_markdown(ui: UiPage) -> None:
    """Marks may become what they mean; words and numbers stay."""
    some = ("1) one", "+ plus", "* star", "- minus", "# heading", "##heading", "#5 is alive", "+1", "-5 °C")
    lines = (
        *some,
        "---",
        "***",
        "1986.",
        "12.",
        "* ",
        "+",
        "1)",
        "> ",
        "1. ",
        "3.14 is pi",
        "10.5. x",
        "1.a",
    )
    for text in (*lines, *(f"before\n\n{line}\n\nafter" for line in lines)):
        ui.run("text/message-text text/formatting", SHOW, [text, {}])
        excerpt = "({ makeExcerpt }, text) => makeExcerpt(text)"
        shown = ui.run("text/message-text text/formatting", excerpt, text)
        assert [word for word in re.findall(r"\w+", text) if word not in shown] == [], text
        place = ui.page.locator("#place")
        assert (place.text_content() or "").strip() or place.locator("hr, li").count(), text


def test_table_of_few_characters_is_not_a_million_cells(ui: UiPage):
    for text, html in zip(HUGE_TABLES, all_shown(ui, HUGE_TABLES), strict=True):
        assert html.count("<td") + html.count("<th") <= 4000
        shown = re.sub("<[^>]+>", "", html)
        assert "".join(re.findall("[abcd]", shown)) == "".join(re.findall("[abcd]", text))
