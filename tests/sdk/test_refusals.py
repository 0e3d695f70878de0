"""A refusal, or an odd answer, delays no other command."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute

from tests.sdk.conftest import NewTalker, OpenPage
from tests.sdk.kit import Modules, Talker
from tests.support.server import ServerProcess

HALF = "\ud83d"  # of an emoji
AT = "2026-11-21T04:59:48.565171Z"

# A connection that is open at once, and says what the test has it say.
FAKE = """
    const frames = [];
    globalThis.WebSocket = class {
        static OPEN = 1;
        readyState = 1;
        constructor() {
            globalThis.wire = this;
            setTimeout(() => this.onopen());
        }
        send(text) { frames.push(JSON.parse(text)); }
        close() { this.closed = true; }
    };
    const socket = new Socket("ws://nowhere", { onEvent() {}, patience: 100 });
    await socket.opened;
    const say = (frame) => wire.onmessage({ data: JSON.stringify(frame) });
    const refuse = (id) => say({ type: "error", id, code: 303, error: "Invalid JSON", detail: `said ${id}` });
    const ok = (id) => say({ type: "ok", id, seq: id });
    const ask = (...words) => words.map((text) => socket.request({ type: "send", text }));
    const result = ({ value, reason }) => value?.seq ?? reason.code;
    const results = async (done) => (await Promise.allSettled(done)).map(result);
"""


def test_strings_are_made_well_formed(modules: Modules) -> None:
    given = [HALF, f"a{HALF}b", "\ude00\ud83d", "😀", f"😀{HALF}😀\ude00", "é\ufeff", ""]
    sent = ["\ufffd", "a\ufffdb", "\ufffd\ufffd", "😀", "😀\ufffd😀\ufffd", "é\ufeff", ""]
    run = "({ wellFormed }, texts) => JSON.parse(texts).map(wellFormed)"
    assert modules.run(run, json.dumps(given)) == sent
    older = f"(sdk, texts) => {{ delete String.prototype.toWellFormed; return ({run})(sdk, texts); }}"
    assert modules.run(older, json.dumps(given)) == sent


def test_everything_that_is_sent_is_well_formed(modules: Modules) -> None:
    frames = modules.run(
        f"""async ({{ Socket }}) => {{ {FAKE}
            const half = "a" + String.fromCharCode(0xd83d);
            socket.request({{ type: "hello", name: half, token: half }}).catch(() => {{}});
            socket.request({{ type: "search", room: 1, text: half, before: undefined }}).catch(() => {{}});
            return frames;
        }}"""
    )
    assert frames == [
        {"type": "hello", "name": "a\ufffd", "token": "a\ufffd", "id": 1},
        {"type": "search", "room": 1, "text": "a\ufffd", "id": 2},
    ]


@pytest.mark.parametrize("stray", [None, "1", True, 0, 99, 1.5], ids=str)
def test_refusal_that_names_no_command_is_for_the_one_without_an_answer(
    modules: Modules, stray: object
) -> None:
    results = modules.run(
        f"""async ({{ Socket }}, stray) => {{ {FAKE}
            const done = ask("a", "b", "c");
            refuse(stray);
            ok(3);
            done.push(...ask("d"));
            ok(1);
            ok(4);
            return [await results(done), wire.closed ?? false];
        }}""",
        stray,
    )
    assert results == [[1, 303, 3, 4], False]


def test_second_answer_to_a_command_is_ignored(modules: Modules) -> None:
    results = modules.run(
        f"""async ({{ Socket }}) => {{ {FAKE}
            const done = ask("a", "b");
            ok(1);
            refuse(1);
            ok(2);
            return results(done);
        }}"""
    )
    assert results == [1, 2]


def test_refusals_without_a_command_leave_no_caller_waiting(modules: Modules) -> None:
    results = modules.run(
        f"""async ({{ Socket }}) => {{ {FAKE}
            const done = ask("a", "b");
            refuse(null);
            return [await results(done), wire.closed];
        }}"""
    )
    assert results == [[303, 1006], True]  # the connection ends: what became of the other one is not known


@pytest.mark.parametrize("largest", [1024, 65_536])
def test_command_over_the_limit_is_refused_before_it_is_sent(modules: Modules, largest: int) -> None:
    sizes, results = modules.run(
        f"""async ({{ Socket }}, largest) => {{ {FAKE}
            if (largest !== socket.maxFrame) socket.maxFrame = largest;
            const spare = largest - JSON.stringify({{ type: "send", text: "", id: 1 }}).length;
            const done = ask("x".repeat(spare), "x".repeat(spare + 1), "é".repeat(spare / 2 + 1), "small");
            ok(1);
            ok(4);
            return [frames.map(({{ text }}) => text.length), await results(done)];
        }}""",
        largest,
    )
    assert results == [1, 1009, 1009, 4]
    assert sizes[1:] == [5]


def test_half_an_emoji_is_sent_and_the_queue_goes_on(new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann").join(place)
    ann.do("(me, id) => { me.rooms[id].send('a' + String.fromCharCode(0xd83d)); }", place)
    assert ann.send(place, "next") == [2]
    assert ann.texts(place) == ["a\ufffd", "next"]


def test_kept_entries_of_an_older_version_hold_up_nothing(new_talker: NewTalker, place: int) -> None:
    """Half an emoji, which a server refused without an id; and others that no server would take."""
    ann = new_talker("ann", kept=True).join(place)
    keep = """(me, [id, entries]) => {
        me.client.stop();
        sessionStorage.setItem(`wschat unsent ${id} ann`, entries);
    }"""
    texts = [("half " + HALF, "n1"), ("x" * 70_000, "n2"), (" ", "n3"), ("x", "n" * 65), ("fine", "n4")]
    entries = [{"type": "send", "text": text, "nonce": nonce} for text, nonce in texts]
    odd = [{"type": "send", "text": "x", "nonce": "n5", "reply_to": HALF}, {"type": "send", "text": 1}]
    ann.do(keep, [place, json.dumps([*entries, *odd])])
    ann.reload()
    ann.do("(me, id) => me.join(id)", place)
    ann.wait("(me, id) => me.logs[id].joined && me.rooms[id].unsent.length === 0", place)
    assert ann.texts(place) == ["half \ufffd", "fine"]
    refused = ann.do("(me, id) => me.logs[id].refused", place)
    assert [(text[:5], code) for text, code in refused] == [
        ("xxxxx", 1009),
        (" ", 303),
        ("x", 303),
        ("x", 303),
    ]
    assert ann.do("(me, id) => sessionStorage.getItem(`wschat unsent ${id} ann`)", place) is None


def deaf_server(page: Page, answer: Callable[[WebSocketRoute, dict[str, object]], None]) -> None:
    """A server of its own at /ws: says hello and lets in, and does with messages what the test says."""

    def receive(socket: WebSocketRoute, text: str | bytes) -> None:
        command = json.loads(text)
        done = {"type": "ok", "id": command["id"]}
        if command["type"] == "hello":
            who = {"name": "ann", "color": "", "participant": 7, "account": False}
            socket.send(json.dumps({**done, **who, "directs": [], "session": "s", "max_frame": 65_536}))
        elif command["type"] == "join":
            info = {
                "title": "t",
                "description": "",
                "visibility": "public",
                "locked": False,
                "moderator": False,
            }
            rest = {
                "seq": 0,
                "info": info,
                "members": [],
                "people": 0,
                "read": 0,
                "unread": 0,
                "messages": [],
            }
            socket.send(json.dumps({**done, **rest}))
        elif command["type"] == "send":
            answer(socket, command)

    page.route_web_socket("**/ws", lambda socket: socket.on_message(lambda text: receive(socket, text)))


@pytest.mark.parametrize("stray", [None, "x"], ids=str)
def test_server_that_answers_without_an_id_holds_up_nothing(
    open_page: OpenPage, server: ServerProcess, stray: object
) -> None:
    def answer(socket: WebSocketRoute, command: dict[str, object]) -> None:
        if command["text"] == "bad":
            error = {
                "type": "error",
                "id": stray,
                "code": 303,
                "error": "Invalid JSON",
                "detail": "not valid JSON",
            }
            socket.send(json.dumps({**error, "field": "", "retry": False}))
        else:
            socket.send(json.dumps({"type": "ok", "id": command["id"], "seq": 1}))

    page = open_page(server.url)
    deaf_server(page, answer)
    ann = Talker(page, "ann", {"kept": True}).join(1)
    say = """(me) => Promise.allSettled(["bad", "good", "bad", "good"].map((text) => me.rooms[1].send(text)))
        .then((all) => all.map(({ value, reason }) => value ?? reason.code))"""
    assert ann.do(say) == [303, 1, 303, 1]
    assert ann.do("() => sessionStorage.length") == 0


@pytest.mark.parametrize("code", [1009, 4009])
def test_server_that_closes_for_the_size_of_a_message_gets_it_once(
    open_page: OpenPage, server: ServerProcess, code: int
) -> None:
    got: list[object] = []

    def answer(socket: WebSocketRoute, command: dict[str, object]) -> None:
        got.append(command["text"])
        if command["text"] == "large":
            socket.close(code=code)
        else:
            socket.send(json.dumps({"type": "ok", "id": command["id"], "seq": 1}))

    page = open_page(server.url)
    deaf_server(page, answer)
    ann = Talker(page, "ann", {"kept": True}).join(1)
    say = """(me) => Promise.allSettled(["large", "small"].map((text) => me.rooms[1].send(text)))
        .then((all) => all.map(({ value, reason }) => value ?? reason.code))"""
    assert ann.do(say) == [1009, 1]
    assert got == ["large", "small"]
