"""What a number of people needs."""

from dataclasses import replace

from bench.sizing import Assumptions, breaks_first, need, sizing
from tests.support.server import ROOT

USUAL = Assumptions()


def test_document_has_the_table_that_is_computed():
    document = (ROOT / "docs/performance.md").read_text("utf-8")
    _, _, rest = document.partition("<!-- sizing (python -m bench.sizing) -->")
    assert rest.partition("<!-- sizing end -->")[0].strip() == sizing(USUAL)


def test_what_is_computed_follows_from_the_costs():
    plain = replace(USUAL, says=36, members=2, comes=0, peak=1, use=1, message_us=100, delivery_us=50)
    found = need(1000, plain)
    assert (found.messages, found.deliveries, found.processes) == (10, 20, 1)
    assert found.redis == 0
    assert need(1000, replace(plain, message_us=150_000)).processes == 2
    assert need(1000, replace(plain, connections_a_process=250)).processes == 4


def test_messages_cross_to_processes_that_have_members():
    alone = replace(USUAL, connections_a_process=500, members=1)
    together = replace(alone, members=50)
    assert need(1000, alone).processes == need(1000, together).processes == 2
    commands = need(1000, together).redis / need(1000, alone).redis
    assert round(commands * (USUAL.commands + 1)) == USUAL.commands + 2


def test_more_of_anything_needs_no_less():
    usual = need(1_000_000, USUAL)
    for name in ("says", "members", "comes", "peak", "message_us", "delivery_us", "join_us", "crossing_us"):
        more = need(1_000_000, replace(USUAL, **{name: 10 * getattr(USUAL, name)}))
        assert more.processes >= usual.processes
        assert more.redis >= usual.redis


def test_what_breaks_first_is_named():
    assert breaks_first(need(1000, USUAL)) == ""
    assert breaks_first(need(10_000_000, USUAL)).startswith("Redis, ")
    assert breaks_first(need(10_000_000, replace(USUAL, members=1, commands=0))).startswith("PostgreSQL, ")
