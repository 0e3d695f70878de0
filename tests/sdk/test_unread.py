"""The number of unread messages: what the server counts, and then the client."""

import pytest

from tests.sdk.conftest import NewTalker
from tests.sdk.kit import Modules, Talker

# A room of random messages and deletions, what the server would say of it, and what a client makes of it.
ROOM = """
    const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
    const log = [];
    const add = () => {
        const seq = log.length + 1;
        const sender = { name: ["me", "ann", "bob"][random(3)], verified: true };
        if (random(5)) return log.push({ type: "message", seq, sender, text: "" });
        const type = ["erased", "erased", "restored"][random(3)];
        return log.push({ type, seq, target: 1 + random(seq), text: "" });
    };
    const say = (name, times = 1) => {
        for (let n = 0; n < times; n += 1) {
            log.push({ type: "message", seq: log.length + 1, sender: { name }, text: "" });
        }
    };
    const messages = (upto) => {
        const now = log.slice(0, upto);
        const gone = new Set();
        for (const { type, target } of now) {
            if (type === "erased") gone.add(target);
            if (type === "restored") gone.delete(target);
        }
        return now.filter(({ type }) => type === "message")
            .map((message) => (gone.has(message.seq) ? { ...message, erased: true } : message));
    };
    const isMine = ({ name }) => name === "me";
    const truth = (mark, upto) =>
        messages(upto).filter(({ seq, sender, erased }) => seq > mark && !erased && !isMine(sender)).length;
    const says = (read, seq) => ({ read, seq, unread: Math.min(MOST_COUNTED, truth(read, seq)) });
    const client = (options) => new Log({ strict: false, isMine, onUnread() {}, ...options });
"""


def test_count_always_equals_that_of_the_server(modules: Modules) -> None:
    wrong = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{
            const wrong = [];
            for (let seed = 1; seed <= 60; seed += 1) {{ {ROOM}
                for (let n = 0; n < 60; n += 1) add();
                const last = 1 + random(40);
                const room = client({{ last }});
                let mark = random(50);
                const snapshot = messages(60);
                room.joined({{ seq: 60, messages: snapshot.slice(-last) }});
                room.unread.told(says(mark, 60));
                const first = snapshot.slice(-last)[0].seq;
                for (let n = 0; n < 60; n += 1) {{
                    add();
                    const target = log.at(-1).target;
                    room.take(log.at(-1)); // what is not known is not known to be gone
                    if (target > mark && target < first) break;
                    if (!random(9)) {{
                        mark = Math.max(mark, first + random(log.length - first + 1));
                        room.unread.move(mark);
                    }}
                    if (room.unread.count !== truth(mark, log.length)) wrong.push([seed, n]);
                }}
            }}
            return wrong;
        }}"""
    )
    assert wrong == []


def test_events_before_the_servers_count_are_not_counted_twice(modules: Modules) -> None:
    counts = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 10);
            const told = [];
            const room = client({{ since: 6, onUnread: (count) => told.push(count) }});
            for (const seq of [7, 8]) room.take(log[seq - 1]); // ahead of the answer to the join
            room.joined({{ seq: 10 }});
            room.unread.told(says(4, 10));
            for (const seq of [9, 10]) room.take(log[seq - 1]);
            say("me");
            room.take(log[10]);
            say("ann");
            room.take(log[11]);
            return [told, room.unread.count, truth(4, 12)];
        }}"""
    )
    told, count, truth = counts
    assert told == [1, 2, 6, 7]
    assert count == truth == 7


def test_a_mark_that_the_server_does_not_know_yet_stays(modules: Modules) -> None:
    found = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 9);
            const room = client({{ last: 5 }});
            room.joined({{ seq: 9, messages: messages(9).slice(-5) }});
            room.unread.told(says(2, 9));
            const moved = [room.unread.count, room.unread.move(7), room.unread.count, room.unread.move(6)];
            room.unread.told(says(2, 9)); // of the next connection
            return [...moved, room.unread.mark, room.unread.count];
        }}"""
    )
    assert found == [7, True, 2, False, 7, 2]


def test_mark_moved_by_another_tab_comes_with_its_count(modules: Modules) -> None:
    """The server may have counted before the last event that we have, or after it."""
    wrong = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 40);
            const wrong = [];
            for (const asOf of [30, 32, 36, 40]) for (const mark of [12, 25, 29]) {{
                const room = client({{ since: 30 }}); // of what is before it, nothing is known
                room.joined({{ seq: 30 }});
                room.unread.told(says(10, 30));
                for (let seq = 31; seq <= 40; seq += 1) {{
                    room.take(log[seq - 1]);
                    if (seq === 34) room.unread.told(says(mark, asOf));
                }}
                if (room.unread.count !== truth(mark, 40)) wrong.push([asOf, mark, room.unread.count]);
            }}
            return wrong;
        }}"""
    )
    assert wrong == []


def test_more_than_the_server_counts_is_counted_where_it_is_known(modules: Modules) -> None:
    counts = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 150);
            const far = client({{ last: 50 }});
            far.joined({{ seq: 150, messages: messages(150).slice(-50) }});
            far.unread.told(says(10, 150));
            const counts = [far.unread.count];
            far.unread.move(120);
            counts.push(far.unread.count);
            const all = client({{ last: 200 }});
            all.joined({{ seq: 150, messages: messages(150) }});
            all.unread.told(says(10, 150));
            counts.push(all.unread.count);
            return counts;
        }}"""
    )
    assert counts == [100, 30, 140]


def test_more_than_the_server_counts_stays_that_until_the_rest_is_known(modules: Modules) -> None:
    counts = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 400);
            const room = client({{ last: 50 }});
            room.joined({{ seq: 400, messages: messages(400).slice(-50) }});
            room.unread.told(says(10, 400));
            const counts = [];
            for (const mark of [30, 200, 380]) {{
                room.unread.move(mark);
                counts.push(room.unread.count);
            }}
            return counts;
        }}"""
    )
    assert counts == [100, 100, 20]


def test_pages_that_reach_the_mark_have_it_counted_anew(modules: Modules) -> None:
    counts = modules.run(
        f"""async ({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 150);
            const page = ({{ before, after, limit }}) => {{
                const back = after === undefined;
                const all = messages(150).filter(({{ seq }}) => (back ? seq < before : seq > after));
                const found = back ? all.slice(-limit) : all.slice(0, limit);
                return {{ messages: found, seq: 150, more: all.length > limit }};
            }};
            const room = client({{ last: 20, ask: async (command) => page(command) }});
            room.joined({{ seq: 150, messages: messages(150).slice(-20) }});
            room.unread.told(says(30, 150));
            const counts = [];
            const ranges = [
                {{ before: 40, limit: 20 }},
                {{ before: 131, limit: 50 }},
                {{ after: 70, limit: 9 }},
                {{ after: 15, limit: 66 }},
            ];
            for (const range of ranges) {{
                await room.history(range);
                counts.push(room.unread.count);
            }}
            return counts;
        }}"""
    )
    assert counts == [100, 100, 100, 120]


@pytest.fixture
def ann(new_talker: NewTalker, place: int) -> Talker:
    return new_talker("ann").join(place)


def test_messages_of_others_raise_it_and_read_marks_lower_it(
    ann: Talker, new_talker: NewTalker, place: int
) -> None:
    ann.send(place, "one", "two", "three")
    bob = new_talker("bob").join(place, last=1)
    unread = "(me, [id, count]) => me.rooms[id].unread === count"
    bob.wait(unread, [place, 3])
    ann.send(place, "four")
    bob.wait(unread, [place, 4])
    bob.send(place, "my own")
    ann.do("(me, id) => me.rooms[id].delete(4)", place)
    bob.wait(unread, [place, 3])
    tab = new_talker("bob", session=bob.do("me => me.client.session")).join(place, last=1)
    tab.wait(unread, [place, 3])
    bob.do("(me, id) => me.rooms[id].read(3)", place)
    for talker in (bob, tab):
        talker.wait(unread, [place, 0])
    assert bob.do("(me, id) => me.logs[id].unread", place) == [3, 4, 3, 0]
    assert ann.do("(me, id) => me.rooms[id].unread", place) == 1  # what bob said


def test_a_read_mark_of_another_room_is_told_and_makes_no_conversation(
    ann: Talker, new_talker: NewTalker, place: int
) -> None:
    ann.send(place, "one", "two", "three")
    bob = new_talker("bob").join(place)
    bob.wait("(me, id) => me.rooms[id].unread === 3", place)
    tab = new_talker("bob", session=bob.do("me => me.client.session"))
    tab.wait("me => me.client.me")
    tab.do("me => { me.marks = []; me.client.listen({ onRead: (mark) => me.marks.push(mark) }); }")
    bob.do("(me, id) => me.rooms[id].read(2)", place)
    tab.wait("me => me.marks.length")
    mark = tab.do("me => me.marks[0]")
    assert (mark["room"], mark["seq"], mark["unread"]) == (place, 2, 1)
    assert tab.do("me => me.client.rooms.length") == 0


def test_conversations_count_from_their_first_message(ann: Talker, new_talker: NewTalker) -> None:
    bob = new_talker("bob")
    bob.wait("me => me.client.me")
    bob.do("me => { me.totals = []; me.client.listen({ onUnread: (room) => me.totals.push(room.unread) }); }")
    talk = ann.do("async (me) => (await me.client.direct('bob')).id")
    ann.do("(me, id) => Promise.all(['one', 'two'].map((text) => me.client.rooms.at(-1).send(text)))", talk)
    bob.wait("(me, id) => me.rooms[id]?.unread === 2", talk)
    bob.do("me => me.client.stop()")
    ann.do("(me, id) => me.client.rooms.at(-1).send('three')", talk)
    bob.do("me => me.client.start()")
    bob.wait("(me, id) => me.rooms[id].unread === 3", talk)
    tab = new_talker("bob", session=bob.do("me => me.client.session"))
    tab.wait("(me, id) => me.rooms[id]?.unread === 3", talk)
    assert tab.do("(me, id) => me.logs[id].unread", talk) == []  # known before its first event
    bob.do("(me, id) => me.rooms[id].read(2)", talk)
    for talker in (bob, tab):
        talker.wait("(me, id) => me.rooms[id].unread === 1", talk)
    assert bob.do("me => me.totals.at(-1)") == 1


def test_message_is_marked_as_unread_in_all_tabs(new_talker: NewTalker, place: int) -> None:
    ann, bob = new_talker("ann").join(place), new_talker("bob").join(place)
    tab = new_talker("bob", session=bob.do("me => me.client.session")).join(place)
    for text in ("1", "2", "3"):
        ann.send(place, text)
    state = "(me, [id, ...wanted]) => [me.rooms[id].readMark, me.rooms[id].unread].join() === wanted.join()"
    bob.wait("(me, id) => me.rooms[id].message(3)", place)
    bob.do("(me, id) => me.rooms[id].read(3)", place)
    tab.wait(state, [place, 3, 0])
    bob.do("(me, id) => me.rooms[id].markUnread(2)", place)
    bob.wait(state, [place, 1, 2])
    tab.wait(state, [place, 1, 2])
    tab.do("(me, id) => me.rooms[id].read(2)", place)
    bob.wait(state, [place, 2, 1])


def test_mark_that_was_moved_back_during_an_outage_counts(modules: Modules) -> None:
    found = modules.run(
        f"""({{ Log, MOST_COUNTED }}) => {{ let seed = 3; {ROOM}
            say("ann", 9);
            const room = client({{ last: 5 }});
            room.joined({{ seq: 9, messages: messages(9).slice(-5) }});
            room.unread.told(says(7, 9));
            room.unread.told({{ ...says(2, 9), back: true }});
            return [room.unread.mark, room.unread.count];
        }}"""
    )
    assert found == [2, 7]
