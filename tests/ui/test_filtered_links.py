"""The filter of links sees each link that the page makes, whatever text it makes it of."""

import random
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from chat.characters import strip_ignored
from chat.filters import clean_filter, compile_filter
from tests.ui.kit import UiPage

GOOD: Final = "good.com"
SEED, TEXTS = 20261130, 20_000
LINKS: Final = """({ renderText }, texts) => texts.map((text) => {
    const links = renderText(text).querySelectorAll("a[href]");
    return [...links].map((link) => link.getAttribute("href"));
})"""
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


def find_links(ui: UiPage, texts: Sequence[str]) -> list[list[str]]:
    """The addresses to which the page links, for each text."""
    found: list[list[str]] = ui.run("text/message-text text/formatting", LINKS, list(texts))
    return found


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


# Each of these has a link on the page, and not to `good.com`.
ODD: Final = (
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
)


def test_filter_sees_each_link_that_the_page_makes(ui: UiPage) -> None:
    texts = [*ODD, *make_texts(random.Random(SEED))]
    check = compile_filter(clean_filter({"kind": "links", "action": "refuse", "pattern": GOOD}))
    links = find_links(ui, texts)
    linked = [
        (text, found) for text, found in zip(texts, links, strict=True) if any(map(is_elsewhere, found))
    ]
    assert [text for text, _ in linked[: len(ODD)]] == list(ODD)
    assert len(linked) > TEXTS / 5, "the texts show little"
    assert [pair for pair in linked if not check(pair[0])][:20] == []
