"""The modules of the SDK alone, without a server."""

from tests.sdk.kit import Modules

# A connection that answers on demand, and the gate to it.
FAKE = """
    const sent = [];
    const request = (command) =>
        new Promise((resolve, reject) => sent.push({ command, resolve, reject }));
    const socket = { request };
    const gate = new Gate();
    const settled = () => new Promise((resolve) => setTimeout(resolve)); // all that follows has followed
    const words = () => sent.map(({ command }) => command.text);
"""


def test_waits_are_random_and_double_up_to_a_limit(modules: Modules) -> None:
    least, most, again = modules.run(
        """({ Backoff }) => {
            const waits = (backoff) => Array.from({ length: 9 }, () => backoff.next());
            const backoff = new Backoff({ random: () => 1 });
            const most = waits(backoff);
            backoff.reset();
            return [waits(new Backoff({ random: () => 0 })), most, backoff.next()];
        }"""
    )
    assert least == [0] * 9
    assert most == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]
    assert again == 500


def test_two_clients_do_not_wait_alike(modules: Modules) -> None:
    waits = modules.run("({ Backoff }) => Array.from({ length: 100 }, () => new Backoff().next())")
    assert len(set(waits)) > 90
    assert all(0 <= wait <= 500 for wait in waits)


def test_the_outbox_sends_one_after_the_other_and_again_with_the_same_nonces(modules: Modules) -> None:
    first, again, nonces, seqs, unsent = modules.run(
        f"""async ({{ Outbox, Gate, ConnectionLost }}) => {{ {FAKE}
            const unsent = [];
            const outbox = new Outbox(gate, (commands) => unsent.push(commands.length));
            const done = ["a", "b", "c"].map((text) => outbox.put({{ text, nonce: `n-${{text}}` }}));
            await settled();
            gate.open(socket);
            await settled();
            sent[0].resolve({{ seq: 1 }});
            await settled();
            const first = words();
            gate.shut();
            sent[1].reject(new ConnectionLost(1006, ""));
            await settled();
            gate.open(socket);
            await settled();
            sent[2].resolve({{ seq: 2 }});
            await settled();
            sent[3].resolve({{ seq: 3 }});
            const seqs = await Promise.all(done);
            return [first, words(), sent.map(({{ command }}) => command.nonce), seqs, unsent];
        }}"""
    )
    assert first == ["a", "b"]
    assert again == ["a", "b", "b", "c"]
    assert nonces == ["n-a", "n-b", "n-b", "n-c"]
    assert seqs == [1, 2, 3]
    assert unsent == [1, 2, 3, 2, 1, 0]


def test_an_event_with_the_nonce_is_as_good_as_the_answer(modules: Modules) -> None:
    seq, left = modules.run(
        f"""async ({{ Outbox, Gate }}) => {{ {FAKE}
            const outbox = new Outbox(gate);
            const done = outbox.put({{ text: "a", nonce: "n-a" }});
            outbox.settle("of another client", 6);
            outbox.settle("n-a", 7);
            return [await done, outbox.unsent];
        }}"""
    )
    assert (seq, left) == (7, [])


def test_postponed_command_goes_before_later_ones(modules: Modules) -> None:
    words, refused = modules.run(
        f"""async ({{ Outbox, Gate, CommandError }}) => {{ {FAKE}
            const outbox = new Outbox(gate);
            gate.open({{
                request: async (command) => {{
                    sent.push({{ command }});
                    const later = {{ code: 902, retry: true, retry_after: 0.01 }};
                    if (sent.length === 1) throw new CommandError(later);
                    if (command.text === "b") throw new CommandError({{ code: 303, retry: false }});
                    return {{ seq: sent.length }};
                }},
            }});
            const done = ["a", "b", "c"].map((text) => outbox.put({{ text }}));
            const results = await Promise.allSettled(done);
            return [words(), results.map(({{ value, reason }}) => value ?? reason.code)];
        }}"""
    )
    assert words == ["a", "a", "b", "c"]
    assert refused == [2, 303, 4]


def test_the_end_of_a_room_rejects_all_that_waits(modules: Modules) -> None:
    reasons = modules.run(
        f"""async ({{ Outbox, Gate, RoomEnded }}) => {{ {FAKE}
            const outbox = new Outbox(gate);
            const done = ["a", "b"].map((text) => outbox.put({{ text }}));
            gate.end(new RoomEnded(0, "left"));
            done.push(outbox.put({{ text: "late" }}));
            const results = await Promise.allSettled(done);
            return results.map(({{ reason }}) => reason.name);
        }}"""
    )
    assert reasons == ["RoomEnded"] * 3


def test_commands_of_an_earlier_page_are_sent_first(modules: Modules) -> None:
    words, unsent, refused = modules.run(
        f"""async ({{ Outbox, Gate, CommandError }}) => {{ {FAKE}
            const outbox = new Outbox(gate);
            const refused = [];
            outbox.put({{ text: "new" }});
            const left = [{{ text: "old" }}, {{ text: "older" }}];
            outbox.resume(left, ({{ text }}, {{ code }}) => refused.push([text, code]));
            const unsent = outbox.unsent.map(({{ text }}) => text);
            gate.open({{
                request: async (command) => {{
                    sent.push({{ command }});
                    if (command.text === "old") throw new CommandError({{ code: 107 }});
                    return {{ seq: sent.length }};
                }},
            }});
            while (outbox.unsent.length) await settled();
            return [words(), unsent, refused];
        }}"""
    )
    assert unsent == ["old", "older", "new"]
    assert sorted(words) == ["new", "old", "older"]
    assert refused == [["old", 107]]


def test_store_keeps_only_messages_by_owner(modules: Modules) -> None:
    found = modules.run(
        """({ UnsentStore, storeUnsentIn }) => {
            const place = (owner, room = 5) => new UnsentStore(storeUnsentIn(sessionStorage, owner), room);
            const said = { type: "send", text: "a", nonce: "n", reply_to: 3, room: 5 };
            const ann = place("ann");
            ann.save([{ type: "edit", target: 1, text: "b" }, said]);
            const found = [place("ann").load(), place("bob").load(), place("ann", 6).load()];
            ann.save([]);
            return [...found, place("ann").load(), sessionStorage.length];
        }"""
    )
    said = {"type": "send", "text": "a", "nonce": "n", "reply_to": 3, "room": 5}
    assert found == [[said], [], [], [], 0]


def test_failing_storage_does_not_prevent_sending(modules: Modules) -> None:
    found, faults = modules.run(
        """async ({ UnsentStore }) => {
            const faults = [];
            addEventListener("error", (event) => {
                event.preventDefault();
                faults.push(event.error.message);
            });
            const fail = (what) => () => {
                throw new Error(what);
            };
            const odd = [null, 1, "x", {}, { type: "send", text: 1, nonce: "n" }, { type: "edit" }];
            const places = [undefined, { load: fail("load") }, { load: () => odd }, { load: () => null }];
            const found = places.map((place) => new UnsentStore(place, 5).load());
            new UnsentStore({ save: fail("full") }, 5).save([{ type: "send", text: "a", nonce: "n" }]);
            await new Promise((resolve) => setTimeout(resolve));
            return [found, faults];
        }"""
    )
    assert found == [[], [], [], []]
    assert faults == ["load", "full"]


def test_arrivals_during_a_members_request_are_not_lost(modules: Modules) -> None:
    lists = modules.run(
        """({ Members }) => {
            const who = (name) => ({ name });
            const members = new Members();
            const lists = [];
            const look = () => lists.push(members.list().map(({ name }) => name).join());
            members.expect();
            members.move({ type: "joined", who: who("Carl") });
            members.move({ type: "left", who: who("BOB") });
            members.arrived([who("Ann"), who("Bob")]);
            look();
            members.expect();
            members.arrived([who("Bob")]);
            look();
            members.expect();
            members.move({ type: "joined", who: who("Ann") });
            members.arrived(null);
            look();
            return lists;
        }"""
    )
    assert lists == ["Ann,Carl", "Bob", "Bob,Ann"]


def test_member_count_includes_unlisted_members(modules: Modules) -> None:
    counts = modules.run(
        """({ Members }) => {
            const who = (name) => ({ name });
            const members = new Members();
            const counts = [];
            const look = () => counts.push([members.list().length, members.count()]);
            members.expect();
            members.arrived([who("Ann"), who("Bob")], 5);
            look();
            members.move({ type: "left", who: who("Eve") });
            members.move({ type: "left", who: who("Ann") });
            members.move({ type: "joined", who: who("Dora") });
            look();
            members.expect();
            members.arrived([who("Bob"), who("Dora"), who("Fred")]);
            look();
            return counts;
        }"""
    )
    assert counts == [[2, 5], [2, 4], [3, 3]]


def test_typing_ends_with_the_message_or_after_a_while(modules: Modules) -> None:
    told, lifetime = modules.run(
        """async ({ Typing, TYPING_MILLISECONDS }) => {
            const told = [];
            const silent = await new Promise((resolve) => {
                const typing = new Typing((writing) => {
                    told.push(writing.map(({ name }) => name).join());
                    if (told.length > 3 && !writing.length) resolve();
                }, 20);
                typing.heard({ name: "Ann" });
                typing.heard({ name: "Bob" });
                typing.heard({ name: "Bob" });
                typing.over("ann");
            });
            return [told, TYPING_MILLISECONDS];
        }"""
    )
    assert told == ["Ann", "Ann,Bob", "Bob", ""]
    assert lifetime == 5000


def test_listener_errors_do_not_stop_the_sdk(modules: Modules) -> None:
    assert modules.run(
        """({ tell }) => new Promise((resolve) => {
            addEventListener("error", (event) => {
                event.preventDefault();
                resolve(event.message);
            });
            tell(() => {
                throw new Error("theirs");
            });
        })"""
    ).endswith("theirs")


def test_stopping_server_says_when_to_reconnect(modules: Modules) -> None:
    connected_again = """({ Connection, Backoff }) => new Promise((resolve) => {
        const sockets = [];
        globalThis.WebSocket = class {
            static OPEN = 1;
            constructor() {
                if (sockets.push(this) === 2) resolve(true);
                setTimeout(() => this.onopen());
            }
            close() {}
        };
        const never = new Backoff({ first: 1e9, most: 1e9, random: () => 1 });
        const connection = new Connection({
            url: "ws://nowhere", backoff: never, onEvent() {}, onLost() {}, onState() {},
            async greet() {
                sockets[0].onmessage({ data: '{"type":"closing","retry_after":0.01}' });
                setTimeout(() => sockets[0].onclose({ code: 1012, reason: "" }));
            },
        });
        connection.start();
    })"""
    assert modules.run(connected_again) is True
