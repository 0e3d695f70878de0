"""The filter of links sees each link that the page makes, whatever text it makes it of."""

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest

from chat.characters import strip_ignored
from chat.filters import clean_filter, compile_filter

TEXT_MODULES: Final = Path(__file__).parents[1] / "static/chat/text"
GOOD: Final = "good.com"
SEED, TEXTS = 20261130, 20_000
# Reads an array of arguments, and writes the array of what a function of our page returns for each.
NODE: Final = """
import {{ readFileSync }} from "node:fs";
import {{ {name} }} from "{path}";
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((text) => {name}(text))));
"""
HOSTS: Final = (
    "evil.com",
    "evil.example",
    "good.com",
    "a.good.com",
    "EVIL.com",
    "evil\u3002com",
    "пример.рф",
)
MAKERS: Final = ("{}/x", "https:{}", "https:/{}", "https:\\{}", "//{}", "www.{}", "mailto:a@{}", "a@{}")
SPLITS: Final = (
    *(
        "",
        "",
        "",
        "\t",
        "\\.",
        "\\-",
        "\\!",
        "\\_",
        "_",
        "__",
        "*",
        "**",
        "~~",
        "`",
        "||",
        "|",
        "<",
        ">",
        "(",
        ")",
    ),
    *(
        "[",
        "]",
        "](",
        "[x](",
        "[x](<",
        ">)",
        "@",
        "@",
        "%40",
        "%2F",
        "%2E",
        "%09",
        "&#9;",
        "&Tab;",
        "&period;",
    ),
    *(
        "\\",
        "/",
        ".",
        ",",
        "!",
        ":",
        "?",
        "#",
        "-",
        "^",
        "\u00ad",
        "\u200b",
        "\ufe0f",
        " ",
        "\n",
        "x",
        "good.com",
    ),
)


def call_node(module: str, name: str, texts: Sequence[str]) -> list[Any]:
    script = NODE.format(name=name, path=(TEXT_MODULES / module).as_uri())
    command = ["node", "--no-warnings", "--input-type=module", "--eval", script]
    found = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(found.stdout)
    return answers


class Page(HTMLParser):
    """The links of what is shown, and its texts, of which `links.js` makes links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.within: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "hr":
            self.within.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self.within.pop()

    def handle_data(self, data: str) -> None:
        if not {"a", "code"} & set(self.within):
            self.texts.append(data)


def find_links(texts: Sequence[str]) -> list[list[str]]:
    """The addresses to which the page would link, for each text."""
    shown = call_node("markdown.js", "renderMarkdown", texts)
    pages = [Page(html) for html in shown if html is not None]
    parts = [(page, text) for page in pages for text in page.texts]
    for (page, _), found in zip(
        parts, call_node("links.js", "findHosts", [text for _, text in parts]), strict=True
    ):
        page.links += [link["href"] for link in found]
    rest = iter(pages)
    return [[] if html is None else next(rest).links for html in shown]


def find_hosts(link: str) -> Iterator[str]:
    address = urlsplit(link)
    if address.scheme != "mailto":
        yield address.hostname or ""
    else:
        for one in unquote(address.path).split(","):
            host = one.rpartition("@")[2]
            if not host.rpartition(".")[
                2
            ].isdecimal():  # vue@3.4 is no address, though marked takes it for one
                yield host


def is_elsewhere(link: str) -> bool:
    """Whether it leads to another host than `good.com`, of an ending that there can be."""
    hosts = [strip_ignored(host).lower().rstrip(".") for host in find_hosts(link)]
    there = [host for host in hosts if host.rpartition(".")[2].replace("-", "").isalnum()]
    return not all(f".{host}".endswith(f".{GOOD}") for host in there)


def make_texts(rng: random.Random) -> Iterator[str]:
    for _ in range(TEXTS):
        host = rng.choice(HOSTS)
        for _ in range(rng.randrange(3)):
            place = rng.randrange(len(host) + 1)
            host = host[:place] + rng.choice(SPLITS) + host[place:]
        made = rng.choice((*MAKERS, "https://{}", "https://{}", "{}", "{}")).format(host)
        if rng.random() < 0.2:
            place = rng.randrange(len(made) + 1)
            made = made[:place] + rng.choice(SPLITS) + made[place:]
        if rng.random() < 0.6:
            frames = (
                "[x]({})",
                "[x](<{}>)",
                "![x]({})",
                "<{}>",
                "_{}_",
                "**{}**",
                "||{}||",
                "*{}*.good.com",
                "| {} |",
            )
            made = rng.choice(frames).format(made)
        yield rng.choice(SPLITS) + made + rng.choice(SPLITS) + rng.choice(("", "", "good.com", ".good.com"))


def test_filter_sees_each_link_that_the_page_makes():
    texts = list(make_texts(random.Random(SEED)))
    check = compile_filter(clean_filter({"kind": "links", "action": "refuse", "pattern": GOOD}))
    links = find_links(texts)
    linked = [
        (text, found) for text, found in zip(texts, links, strict=True) if any(map(is_elsewhere, found))
    ]
    assert len(linked) > TEXTS / 5, "the texts show little"
    assert [pair for pair in linked if not check(pair[0])][:20] == []


@pytest.mark.parametrize(
    "text",
    [
        "_evil.com_",
        "[x](<ht\ttps://evil.example>)",
        "[x](<https:\t//evil.example>)",
        "[x](<https://ev\til.example>)",
        "[x](https://good.com\\.evil.com/a)",
        "https://evil.example%2F@good.com",
        "[x](https://good.com\\-evil.example)",
        "[x](https://good.com\\!.evil.example)",
        "[x](mailto:a@evil.example)",
        "a@evil.example",
        "_www.evil.example_.good.com",
        "**https://evil.example**.good.com",
        "[x](https:evil.com).good.com",
        "[x](https:evil.com)@good.com",
        "`x`evil.com",
    ],
)
def test_links_that_the_page_makes_of_odd_texts_are_found(text: str):
    """Each of these is a link on the page, and not to `good.com`."""
    [found] = find_links([text])
    assert any(map(is_elsewhere, found))
    assert compile_filter(clean_filter({"kind": "links", "action": "refuse", "pattern": GOOD}))(text)
