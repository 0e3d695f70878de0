"""The small pure parts of the room's page: who may do what, addresses, search results, read marks."""

import pytest

from tests.room_page.conftest import LoadModules

MESSAGE = {"seq": 7, "text": "x", "sender": {"name": "ann", "verified": True}, "participant": 1}
WRITER = {"participant": 2, "writable": True, "moderator": False, "direct": False}
COPY = ["unread", "save", "copyText", "copyLink"]


@pytest.mark.parametrize(
    ("message", "situation", "actions"),
    [
        ({}, {}, ["react", "reply", *COPY, "report"]),
        ({}, {"participant": 1}, ["react", "reply", "edit", *COPY, "delete"]),
        ({}, {"moderator": True}, ["react", "reply", *COPY, "report", "delete", "deleteAll"]),
        ({}, {"pins": True}, ["react", "reply", "pin", *COPY, "report"]),
        (
            {"pinned": True},
            {"moderator": True, "pins": True},
            ["react", "reply", "unpin", *COPY, "report", "delete", "deleteAll"],
        ),
        (
            {},
            {"direct": True, "moderator": True, "pins": True},
            ["react", "reply", "pin", *COPY, "report", "delete"],
        ),
        ({}, {"writable": False}, [*COPY, "report"]),
        ({}, {"writable": False, "participant": 1}, [*COPY, "delete"]),
        ({"erased": True}, {"participant": 1}, ["unread", "copyLink"]),
        ({}, {"saved": None, "writable": False}, [*COPY, "report"]),
        ({"seq": 0}, {"participant": 1}, ["copyText"]),
    ],
)
def test_only_allowed_actions_are_offered(
    load: LoadModules, message: dict[str, object], situation: dict[str, object], actions: list[str]
) -> None:
    given = [MESSAGE | message, WRITER | situation]
    offer = "({ listActions }, [message, situation]) => listActions(message, situation)"
    assert load("list/actions").run(offer, given) == actions


@pytest.mark.parametrize(
    ("who", "rights", "measures"),
    [
        ({}, {}, []),
        ({}, {"moderator": True}, ["mute", "kick", "ban"]),
        ({"role": "moderator"}, {"moderator": True}, []),
        ({"role": "owner"}, {"moderator": True}, []),
        ({}, {"moderator": True, "owner": True}, ["mute", "kick", "promote", "ban"]),
        ({"role": "moderator"}, {"moderator": True, "owner": True}, ["mute", "kick", "demote", "ban"]),
        ({"verified": False}, {"moderator": True, "owner": True}, ["mute", "kick", "ban"]),
        ({}, {"moderator": True, "owner": True, "me": True}, []),
    ],
)
def test_only_allowed_measures_are_offered(
    load: LoadModules, who: dict[str, object], rights: dict[str, object], measures: list[str]
) -> None:
    offer = "({ listMeasures }, [who, rights]) => listMeasures(who, rights)"
    given = [{"verified": True} | who, {"me": False} | rights]
    assert load("aside/moderation").run(offer, given) == measures


def test_addresses_of_messages_are_read_and_made(load: LoadModules) -> None:
    hashes = ["#m12", "#m0", "#m-1", "#m1x", "#12", "#m", "", "#m12345678901234567890"]
    found = load("lib/addresses").run("({ seqInHash }, hashes) => hashes.map(seqInHash)", hashes)
    assert found == [12, *[None] * 7]
    link = "({ addressOfMessage }) => addressOfMessage(7, 'https://chat.example/room/a%20b?x=1#m3')"
    assert load("lib/addresses").run(link) == "https://chat.example/room/a%20b#m7"
    link = (
        "({ addressOfMessage }) => addressOfMessage(7, 'https://chat.example/room/5?title=a%20%26b&x=1#m3')"
    )
    assert load("lib/addresses").run(link) == "https://chat.example/room/5?title=a+%26b#m7"


def test_conversations_have_an_address_that_no_browser_changes(load: LoadModules) -> None:
    names = ["Ann B", "a?b#c", "..", ".", "a/b", "a/../b", "/a", "a\\b", "...", "%2e%2e"]
    page = """({ addressOfConversation }, names) =>
        names.map((name) => new URL(addressOfConversation(name), 'https://chat.example/x/y').href)"""
    found = load("lib/addresses").run(page, names)
    assert [address.removeprefix("https://chat.example") for address in found] == [
        "/direct/Ann%20B",
        "/direct/a%3Fb%23c",
        "/direct?name=..",
        "/direct?name=.",
        "/direct/a%2Fb",
        "/direct?name=a%2F..%2Fb",
        "/direct?name=%2Fa",
        "/direct?name=a%5Cb",
        "/direct/...",
        "/direct/%252e%252e",
    ]


@pytest.mark.parametrize(
    ("text", "wanted", "shown"),
    [
        ("a whale and a Whalebone", "whale", "a [whale] and a [Whale]bone"),
        ("narwhale", "whale", "narwhale"),
        ("one (two) three", "(two) thr", "one [(two)] [thr]ee"),
        ("nothing", "", "nothing"),
        ("über Überall", "üb", "[üb]er [Üb]erall"),
        ("an E-mail", "e-mail before:2026-12-01", "an [E-mail]"),
        ("word " * 60 + "needle " + "word " * 60, "needle", "…[needle]…"),
    ],
)
def test_search_results_highlight_the_words(load: LoadModules, text: str, wanted: str, shown: str) -> None:
    show = """({ makeSnippet, markWords }, [text, wanted]) => {
        const shown = document.createElement("p");
        shown.append(makeSnippet(text, wanted, 60));
        markWords(shown, wanted);
        for (const mark of shown.querySelectorAll("mark")) mark.replaceWith(`[${mark.textContent}]`);
        return shown.textContent;
    }"""
    found = load("text/snippet").run(show, [text, wanted])
    if len(text) < 60:
        assert found == shown
    else:
        assert len(found) <= 66
        assert found.startswith("…")
        assert found.endswith("…")
        assert "[needle]" in found


def test_read_marks_are_throttled_and_the_last_one_is_sent(load: LoadModules) -> None:
    told = load("list/read-marker").run(
        """async ({ ReadMarker }) => {
            const told = [];
            const readMarker = new ReadMarker({ tell: (seq) => told.push(seq), pause: 30 });
            const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
            readMarker.noteRead(3);
            for (const seq of [2, 3]) readMarker.noteSeen(seq);
            for (const seq of [5, 6, 4, 9]) readMarker.noteSeen(seq);
            await wait(100);
            readMarker.noteSeen(9);
            readMarker.noteSeen(10);
            await wait(100);
            return told;
        }"""
    )
    assert told == [5, 9, 10]


def test_children_are_brought_into_order_without_moving_those_in_place(load: LoadModules) -> None:
    assert load("lib/arrange-children").run(
        """({ arrangeChildren }) => {
            const make = () => document.createElementNS("http://www.w3.org/1999/xhtml", "i");
            const [parent, a, b, c, d] = Array.from({ length: 5 }, make);
            parent.append(a, b, c);
            const moves = [];
            const insert = parent.insertBefore.bind(parent);
            parent.insertBefore = (element, place) => moves.push(insert(element, place));
            arrangeChildren(parent, [d, b, c]);
            const kept = moves.length;
            arrangeChildren(parent, [c, d]);
            return [kept, [...parent.children].map((each) => (each === c ? "c" : each === d ? "d" : "?"))];
        }"""
    ) == [1, ["c", "d"]]


def test_who_comes_back_with_another_name_is_not_away_under_the_earlier_one(load: LoadModules) -> None:
    assert load("aside/roster").run(
        """({ Roster }) => {
            const [ann, zoe, ada, bob] = ["Ann red", "Zoe blue", "Ada red", "Bob red"].map((one) => {
                const [name, color] = one.split(" ");
                return { name, color, verified: true };
            });
            const away = (...steps) => {
                const roster = new Roster();
                roster.addAway([], 0);
                const take = ([members, now]) => roster.setHere(members, members.length, now).renamed;
                const renamed = steps.map(take);
                const { people = [] } = roster.groups().find(({ name }) => name === "away") ?? {};
                return [renamed.at(-1), ...people.map(({ name }) => name)].join(" ");
            };
            return [
                away([[ann, zoe], 0], [[zoe], 100], [[zoe, ada], 900]),
                away([[ann, zoe], 0], [[zoe, ada], 100]),
                away([[ann, zoe], 0], [[zoe], 100], [[zoe, ada], 900000]),
                away([[ann, zoe], 0], [[ann], 100], [[ann, ada], 200]),
                away([[ann], 0], [[], 100], [[ann], 200], [[ann, ada], 300]),
                away([[ann, bob], 0], [[bob], 100], [[], 200], [[ada], 300]),
                away([[ann, bob], 0], [[bob], 100], [[], 200], [[ann], 300]),
                away([[ann, bob], 0], [[zoe, bob], 100]),
                away([[zoe], 0], [[ann], 100], [[zoe], 200]),
                away([[ann, bob, ada], 0], [[zoe], 100]),
            ];
        }"""
    ) == [
        "true",
        "true",
        "false Ann",
        "false Zoe",
        "false",
        "true Ann",
        "false Bob",
        "true",
        "true",
        "false Ada Ann Bob",
    ]
