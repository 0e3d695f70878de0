"""The timeline: snapshots, and events applied to them, without a server."""

from chat import validation
from tests.sdk.kit import Modules

# A log of random changes, and the state as of each of its seqs, made from the beginning.
MAKE_LOG = """
    const ann = { name: "ann" };
    const log = [];
    let seed = 7;
    const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
    for (let seq = 1; seq <= 120; seq += 1) {
        // Any participant by any name: they change, and come back as those of others.
        const [at, target, who] = [`t${seq}`, 1 + random(seq), { name: `n${random(3)}` }];
        const by = { who, participant: 1 + random(3) };
        const kinds = [
            { type: "message", sender: ann, text: `text ${seq}`, ...(seq % 3 && { reply_to: target }) },
            { type: "edited", target, text: `edit ${seq}` },
            { type: "reacted", target, ...by, emoji: ["👍", "🎉"][random(2)], on: random(2) === 0 },
            { type: "pinned", target, who, on: random(2) === 0 },
            { type: "erased", target },
            { type: "restored", target, text: `back ${seq}`, edited: random(2) ? at : null },
        ];
        log.push({ seq, at, ...kinds[random(10) < 5 ? 0 : random(10) < 8 ? 1 + random(3) : 4 + random(2)] });
    }
    const shown = (timeline) => JSON.stringify(timeline.list().map(({ reactions = [], ...message }) => ({
        ...Object.fromEntries(Object.entries(message).sort()),
        reactions: reactions.map(({ emoji, who, participants }) =>
            `${emoji} ${who.map((name, place) => `${participants[place]} ${name}`).sort()}`).sort(),
    })));
    const play = (timeline, from, to) => log.slice(from, to).forEach((event) => timeline.apply(event));
    const stateAt = (seq) => {
        const timeline = new Timeline();
        play(timeline, 0, seq);
        return timeline;
    };
"""


def test_state_and_later_events_give_the_later_state(modules: Modules) -> None:
    differing = modules.run(
        f"""({{ Timeline }}) => {{ {MAKE_LOG}
            const whole = shown(stateAt(log.length));
            return log.filter(({{ seq }}) => {{
                const timeline = new Timeline();
                timeline.reset(stateAt(seq).list(), seq);
                play(timeline, seq, log.length);
                return shown(timeline) !== whole;
            }}).length;
        }}"""
    )
    assert differing == 0


def test_a_page_that_arrives_between_events_is_brought_up_to_them(modules: Modules) -> None:
    """Asked for at one seq, read by the server at a later one, and here at a still later one."""
    differing = modules.run(
        f"""({{ Timeline }}) => {{ {MAKE_LOG}
            const whole = shown(stateAt(log.length));
            let differing = 0;
            for (let asked = 0; asked < 100; asked += 3) for (const read of [asked, asked + 4, asked + 9]) {{
                for (const here of [asked, asked + 6, asked + 15]) {{
                    const timeline = new Timeline();
                    const half = asked >> 1; // the join brought the later half; the page brings the rest
                    timeline.reset(stateAt(asked).list().filter(({{ seq }}) => seq > half), asked);
                    const page = timeline.expectPage();
                    play(timeline, asked, here);
                    page.arrived(stateAt(read).list(), read);
                    page.done();
                    play(timeline, here, log.length);
                    if (shown(timeline) !== whole) differing += 1;
                }}
            }}
            return differing;
        }}"""
    )
    assert differing == 0


def test_a_page_that_is_ahead_is_not_set_back_by_the_events_in_it(modules: Modules) -> None:
    texts = modules.run(
        """({ Timeline }) => {
            const timeline = new Timeline();
            const page = timeline.expectPage();
            page.arrived([{ type: "message", seq: 1, text: "third" }], 3);
            page.done();
            return [2, 3, 4].map((seq) => {
                timeline.apply({ type: "edited", seq, target: 1, text: `edit ${seq}` });
                return timeline.get(1).text;
            });
        }"""
    )
    assert texts == ["third", "third", "edit 4"]


def test_pins_are_as_they_are_when_they_are_handed_over(modules: Modules) -> None:
    pins, known = modules.run(
        """async ({ Pages, Timeline }) => {
            const timeline = new Timeline();
            const pinned = (seq, target, on) => timeline.apply({ type: "pinned", seq, target, on });
            const message = (seq, text) => ({ type: "message", seq, text, pinned: true });
            const answered = async () => {
                pinned(7, 3, true); // is in the answer already
                pinned(9, 2, false);
                timeline.apply({ type: "edited", seq: 10, target: 1, text: "new", at: "t" });
                return { seq: 8, messages: [message(3, "three"), message(2, "two"), message(1, "one")] };
            };
            const pins = await new Pages(answered, timeline).pins();
            return [pins.map(({ text }) => text), timeline.list()];
        }"""
    )
    assert (pins, known) == (["three", "new"], [])


def test_edit_does_not_restore_a_deleted_message(modules: Modules) -> None:
    message = modules.run(
        """({ Timeline }) => {
            const timeline = new Timeline();
            timeline.apply({ type: "message", seq: 1, text: "", erased: true }); // as the log has it now
            timeline.apply({ type: "edited", seq: 2, target: 1, text: "old secret" });
            timeline.apply({ type: "erased", seq: 3, target: 1 });
            return timeline.get(1);
        }"""
    )
    assert (message["text"], message["erased"]) == ("", True)


def test_an_event_of_a_message_that_is_not_here_is_ignored(modules: Modules) -> None:
    assert (
        modules.run(
            """({ Timeline }) => {
            const timeline = new Timeline();
            timeline.apply({ type: "edited", seq: 9, target: 1, text: "new" });
            timeline.apply({ type: "of tomorrow", seq: 10, target: 1 });
            return timeline.list();
        }"""
        )
        == []
    )


def test_a_message_that_was_handed_over_stays_as_it_was(modules: Modules) -> None:
    before, after = modules.run(
        """({ Timeline }) => {
            const timeline = new Timeline();
            timeline.apply({ type: "message", seq: 1, text: "hello" });
            const before = timeline.get(1);
            const thumb = { type: "reacted", target: 1, who: { name: "bob" }, emoji: "👍", on: true };
            timeline.apply({ ...thumb, seq: 2 });
            timeline.apply({ ...thumb, seq: 3 });
            return [before, timeline.get(1)];
        }"""
    )
    assert "reactions" not in before
    assert after["reactions"] == [{"emoji": "👍", "who": ["bob"]}]


def test_the_state_does_not_grow_for_ever(modules: Modules) -> None:
    kept = modules.run(
        """({ Timeline }) => {
            const timeline = new Timeline(10);
            let most = 0;
            for (let seq = 1; seq <= 100; seq += 1) {
                timeline.apply({ type: "message", seq, text: "" });
                most = Math.max(most, timeline.list().length);
            }
            const latest = timeline.list().at(-1).seq;
            timeline.forget(96);
            return [most, latest, timeline.list().length];
        }"""
    )
    assert kept == [20, 100, 5]


def test_the_cursor_drops_what_was_seen_and_notices_holes_where_they_may_be(modules: Modules) -> None:
    turns = modules.run(
        """({ Cursor }) => {
            const joined = new Cursor(5);
            const heard = new Cursor(5, true);
            const strictly = [4, 6, 8, 7].map((seq) => heard.take(seq));
            heard.resume(); // the log begins at 20 by now
            const after = [20, 22].map((seq) => heard.take(seq));
            heard.resume();
            heard.halt(); // the next connection owes us all that follows 20
            after.push(heard.take(22));
            return [[5, 6, 6, 9, 7].map((seq) => joined.take(seq)), strictly, after];
        }"""
    )
    assert turns == [
        ["drop", "next", "drop", "next", "drop"],
        ["drop", "next", "hole", "next"],
        ["next", "hole", "hole"],
    ]


def test_a_reaction_is_of_a_participant_whatever_their_name(modules: Modules) -> None:
    shown = modules.run(
        """({ Timeline }) => {
            const timeline = new Timeline();
            timeline.apply({ type: "message", seq: 1, text: "hello" });
            const thumb = { type: "reacted", target: 1, emoji: "👍" };
            const react = (seq, participant, name, on = true) =>
                timeline.apply({ ...thumb, seq, participant, who: { name }, on });
            react(2, 7, "ann");
            react(3, 7, "anna");
            react(4, 8, "ann");
            const both = timeline.get(1).reactions;
            react(5, 7, "anna", false);
            const one = timeline.get(1).reactions;
            react(6, 8, "bob", false);
            return [both, one, timeline.get(1).reactions ?? []];
        }"""
    )
    assert shown == [
        [{"emoji": "👍", "who": ["ann", "ann"], "participants": [7, 8]}],
        [{"emoji": "👍", "who": ["ann"], "participants": [8]}],
        [],
    ]


def test_emoji_has_one_spelling(modules: Modules) -> None:
    """The server's: see `tests/test_validation.py`."""
    hearts, thumbs, digits = ["❤", "❤\ufe0e"], ["👍\ufe0f", "👍🏽"], ["1\u20e3", "1\ufe0e", "1"]
    joined = ["⛹\ufe0f🏽\u200d♂", "🏳\u200d🌈", "👁\u200d🗨"]
    spelled = [*hearts, *thumbs, *digits, *joined, "e\u0301", "🇩🇪", "x", "©", "😀"]
    one = [validation.clean_emoji(each) for each in spelled]
    assert modules.run("({ qualifyEmoji }, spelled) => spelled.map(qualifyEmoji)", spelled) == one
