"""The simulated tree of relays."""

from dataclasses import replace

from bench.relay import Assumptions, relays, simulate
from tests.support.server import ROOT

USUAL = Assumptions(seconds=2)


def test_document_has_the_table_that_is_computed():
    document = (ROOT / "docs/performance.md").read_text("utf-8")
    _, _, rest = document.partition("<!-- relay (python -m bench.relay) -->")
    assert rest.partition("<!-- relay end -->")[0].strip() == relays(Assumptions())


def test_few_members_need_no_relay():
    alone = simulate(5000, 16, USUAL)
    assert (alone.processes, alone.levels) == (1, 1)
    together = simulate(5001, 16, USUAL)
    assert (together.processes, together.levels) == (3, 2)


def test_tree_has_as_many_levels_as_its_branches_need():
    assert (simulate(5000 * 64, 4, USUAL).processes, simulate(5000 * 64, 4, USUAL).levels) == (85, 4)
    assert (simulate(5000 * 64, 64, USUAL).processes, simulate(5000 * 64, 64, USUAL).levels) == (65, 2)


def test_a_lone_message_takes_what_each_step_costs():
    steps = Assumptions(
        rate=0.5, seconds=2.5, commit_ms=2, write_us=10, forward_us=1000, link_ms=3, a_leaf=100
    )
    found = simulate(400, 4, steps, seed=3)
    assert found.levels == 2
    # The commit, the link, the first to the last of four children, a tenth to all of the members of a leaf.
    assert 2 + 3 + 1 + 0.1 <= found.p50_ms <= found.p99_ms <= 2 + 3 + 4 + 1 + 0.001


def test_messages_that_wait_are_written_together():
    busy = replace(USUAL, rate=200)
    assert 0.9 < simulate(10_000, 16, busy).busy <= 1.1
    apart = replace(busy, joined_us=busy.write_us)
    assert simulate(10_000, 16, apart).p99_ms > 10 * simulate(10_000, 16, busy).p99_ms
