"""Which part of the log is loaded, and how its messages stand one below the other."""

import pytest

from tests.room_page.conftest import LoadModules
from tests.room_page.kit import Modules

# Messages of a minute each, and a row in a word: its seq, and what stands above it.
MAKE = """
    const say = (seq, { at = new Date(2026, 0, 1, 12, seq).toISOString(), name = "ann", ...more } = {}) => ({
        seq, at, text: `text ${seq}`, sender: { name, color: "red", verified: true }, ...more,
    });
    const many = (from, to, more) => Array.from({ length: to - from + 1 }, (_, n) => say(from + n, more));
    const seqs = (span) => span.rows.map(({ message }) => message.seq);
    const marks = ({ day, news, follows }) => (day ? "d" : "") + (news ? "n" : "") + (follows ? "f" : "");
    const looks = (span) => span.rows.map((row) => `${row.key}${marks(row)}`).join(" ");
    const all = { beginning: true, live: true };
    const middle = { beginning: false, live: false };
"""


@pytest.fixture
def span(load: LoadModules) -> Modules:
    return load("list/span")


def run(span: Modules, body: str) -> object:
    return span.run(f"({{ Span }}) => {{ {MAKE} {body} }}")


def test_pages_on_both_sides_make_one_part_of_the_log(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        const states = [];
        const look = () => states.push([span.first, span.last, span.rows.length, span.beginning, span.live]);
        span.reset(many(40, 50), middle);
        look();
        span.prepend(many(20, 39), true);
        look();
        span.append(many(51, 60), true);
        look();
        span.prepend(many(1, 20), false);
        look();
        span.append([], false);
        look();
        return states;""",
    ) == [
        [40, 50, 11, False, False],
        [20, 50, 31, False, False],
        [20, 60, 41, False, False],
        [1, 60, 60, True, False],
        [1, 60, 60, True, True],
    ]


def test_what_is_said_while_the_end_is_not_loaded_comes_with_it(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        span.reset(many(1, 3), middle);
        const shown = [span.add(say(9)), span.add(say(10)), span.add(say(11))];
        span.update({ ...say(11), text: "changed" });
        span.append(many(4, 6), true);
        const before = seqs(span);
        span.append(many(7, 10), false);
        const again = [span.add(say(11)), span.add(say(12))];
        return [shown, before, seqs(span).slice(0, -1), span.rows.at(-2).message.text, ...again];""",
    ) == [[False] * 3, list(range(1, 7)), list(range(1, 12)), "changed", False, True]


def test_what_is_said_while_the_live_end_is_fetched_is_not_lost(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        span.reset(many(1, 3), all);
        span.add(say(4));
        span.reset(many(2, 3), { beginning: false, live: true });
        const again = seqs(span);
        span.reset(many(1, 2), middle);
        span.add(say(5));
        span.reset(many(3, 4), { beginning: false, live: true });
        return [again, seqs(span)];""",
    ) == [[2, 3, 4], [3, 4, 5]]


def test_message_within_five_minutes_has_no_byline(span: Modules) -> None:
    assert (
        run(
            span,
            """const span = new Span();
            const at = (minute, second = 0) => new Date(2026, 0, 1, 12, minute, second).toISOString();
            const bob = { name: "bob" };
            const other = { sender: { name: "ann", color: "blue", verified: true } };
            span.reset([
                say(1, { at: at(0) }), say(2, { at: at(5) }), say(3, { at: at(10, 1) }),
                say(4, { at: at(11), ...bob }),
                say(5, { at: at(11), ...bob, reply_to: 1 }), say(6, { at: at(12), ...bob }),
                say(7, { at: at(13) }), say(8, { at: at(13), ...other }),
            ], all);
            return looks(span);""",
        )
        == "1d 2f 3 4 5 6f 7 8"
    )


def test_each_day_begins_with_a_row_that_says_so_also_where_pages_meet(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        const at = (day, hour) => new Date(2026, 0, day, hour).toISOString();
        span.reset([say(3, { at: at(2, 0) }), say(4, { at: at(2, 0) }), say(5, { at: at(3, 23) })], middle);
        const before = looks(span);
        span.prepend([say(1, { at: at(1, 23) }), say(2, { at: at(2, 0) })], false);
        return [before, looks(span)];""",
    ) == ["3d 4f 5d", "1d 2d 3f 4f 5d"]


def test_the_line_stands_above_the_first_message_of_others_that_was_not_read(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span(({ sender }) => sender.name === "me");
        const looked = [];
        const look = () => looked.push(looks(span));
        span.reset([...many(1, 2), say(3, { name: "me" }), ...many(4, 5)], all);
        span.mark(2);
        look();
        span.mark(5);
        look();
        span.add(say(6, { name: "me" }));
        span.add(say(7));
        span.add(say(8));
        look();
        span.mark(null);
        look();
        return looked;""",
    ) == ["1d 2f 3 4n 5f", "1d 2f 3 4 5f", "1d 2f 3 4 5f 6 7n 8f", "1d 2f 3 4 5f 6 7 8f"]


def test_the_line_waits_until_what_was_read_is_loaded(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        span.reset(many(10, 12), { beginning: false, live: true });
        span.mark(5);
        const before = [looks(span), span.hasNews];
        span.prepend(many(4, 9), true);
        return [...before, looks(span), span.hasNews];""",
    ) == ["10d 11f 12f", False, "4d 5f 6n 7f 8f 9f 10f 11f 12f", True]


def test_messages_of_a_room_that_keeps_nothing_have_keys_of_their_own(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        span.reset([say(7)], all);
        for (const text of ["a", "b"]) span.add({ ...say(0), text });
        span.add(say(8));
        const keys = span.rows.map(({ key }) => key);
        const rising = keys.every((key, place) => !place || key > keys[place - 1]);
        const texts = span.rows.map(({ message }) => message.text);
        return [rising, keys.map((key) => span.indexOf(key)), span.indexOf(9), texts];""",
    ) == [True, [0, 1, 2, 3], -1, ["text 7", "a", "b", "text 8"]]


def test_a_changed_message_is_another_row_and_the_others_stay(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        span.reset(many(1, 3), all);
        const before = [...span.rows];
        const found = [span.update({ ...say(2), text: "changed" }), span.update(say(9))];
        return [found, span.rows.map((row, place) => row === before[place]), span.rows[1].message.text];""",
    ) == [[True, False], [True, False, True], "changed"]


def test_only_far_too_many_rows_are_trimmed(span: Modules) -> None:
    assert run(
        span,
        """const span = new Span();
        span.reset(many(1, 10), all);
        const trimmed = [span.trim(10, 5)];
        span.add(say(11));
        trimmed.push(span.trim(10, 5));
        return [trimmed, looks(span), span.beginning];""",
    ) == [[False, True], "7d 8f 9f 10f 11f", False]


def test_fifty_thousand_rows_take_another_one_and_a_page_at_once(span: Modules) -> None:
    milliseconds = run(
        span,
        """const span = new Span();
        span.reset(many(1000, 51_000), { beginning: false, live: true });
        const begin = performance.now();
        for (let n = 0; n < 10; n += 1) span.prepend(many(1000 - 10 * (n + 1), 1000 - 10 * n - 1), true);
        for (let seq = 51_001; seq <= 51_200; seq += 1) span.add(say(seq));
        return performance.now() - begin;""",
    )
    assert isinstance(milliseconds, int | float)
    assert milliseconds < 200
