"""Each chat server that is compared does all the work, in a small form; no time is promised."""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import machine
from bench.machine import Lacking
from bench.measures import servers
from bench.measures.servers import WORKS, Row, Sizes
from bench.servers import chat_servers
from bench.servers.base import ChatServer
from bench.stand import Stand
from tests.support.fixtures import leave_out

CLIENTS = 5
MESSAGES = 60
SIZES = Sizes.within(CLIENTS)
MAY_BE_NOUGHT = {"outside", "gone", "memory"}
KEYS = {
    "room": {f"{count} {figure}" for count in (1, 64) for figure in ("rate", "p50", "p99", "cpu", "load")},
    "rooms": {"acknowledged"},
    "joins": {"joins", "outside"},
    "return": {"start", "return", "gone"},
    "memory": {"memory"},
    "history": {"filled", "page p50", "page p99"},
}


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    made = Stand(seconds=0.1, rounds=1, clients=CLIENTS, messages=MESSAGES)
    try:
        machine.cores()
        with made as stand:
            yield stand
    except Lacking as lacking:
        leave_out(str(lacking))


@pytest.mark.timeout(400)  # of seven starts, some are slow
@pytest.mark.parametrize("server", chat_servers(), ids=lambda server: server.name)
def test_every_server_does_all_the_work(stand: Stand, server: ChatServer):
    if lacks := server.lacks():
        pytest.skip(f"{server.name} ({lacks} not installed)")
    for name, work in WORKS.items():
        figures = work(stand, server, SIZES)
        assert figures.keys() == KEYS[name]
        assert all(value > 0 for key, value in figures.items() if key not in MAY_BE_NOUGHT), figures
        assert all(map(math.isfinite, figures.values())), figures
        assert figures.get("outside", 0) == figures.get("gone", 0) == 0
        assert figures.get("filled", MESSAGES) == MESSAGES
    assert not list(stand.memory.iterdir())


def test_every_figure_has_a_row():
    assert servers.rows(SIZES, MESSAGES).keys() == {"crowd"}.union(*KEYS.values())
    assert WORKS.keys() == KEYS.keys()


def test_crowds_are_no_larger_than_allowed():
    assert Sizes.within(10_000) == Sizes(500, 200, 10_000, 1000, 100, 50, 300)
    assert Sizes.within(3) == Sizes(3, 3, 3, 3, 100, 3, 3)


RATE, TIME = Row("rate", more_is_better=True, times=3), Row("time", "ms", 1)
FOUND = {
    "ours": {"rate": [100.0, 200.0], "time": [1.0, 3.0]},
    "fast": {"rate": [50.0, 50.0], "time": [2.0, 3.0]},
    "slow": {"rate": [10.0, 10.0]},
}


def test_figures_stand_next_to_their_share_of_ours():
    keeps = {"ours": "disk", "fast": "memory", "slow": "tape"}
    assert servers.comparison({"rate": RATE, "time": TIME}, FOUND, keeps).splitlines() == [
        "| work | ours | fast | of ours | slow | of ours |",
        "| --- | --- | --- | --- | --- | --- |",
        "| rate | 150 (100–200) | 50 (50–50) | 0.375 | 10 (10–10) | 0.075 |",
        "| time | 2.0 (1.0–3.0) ms | 2.5 (2.0–3.0) ms | 1.5 | – |  |",
        "| where an acknowledged message is | disk | memory |  | tape |  |",
    ]


def test_ours_is_held_against_the_best_of_the_others():
    rate, waiting = servers.standing({"rate": RATE, "time": TIME}, FOUND)
    assert (rate.measured, rate.reached) == ("2.67 times as good as fast", False)
    assert (waiting.measured, waiting.reached) == ("1.50 times as good as fast", True)


def test_a_server_that_had_less_to_do_is_not_compared():
    crowds = {"ours": 500.0, "fast": 200.0, "slow": 200.0}
    found = {name: {**figures, "crowd": [crowds[name]]} for name, figures in FOUND.items()}
    assert servers.standing({"time": replace(TIME, needs=("crowd", 500))}, found) == []
    (line,) = servers.standing({"time": replace(TIME, needs=("crowd", 200))}, found)
    assert line.measured == "1.50 times as good as fast"


def test_alone_ours_is_held_against_nobody():
    assert servers.standing({"rate": RATE}, {"ours": FOUND["ours"]}) == []


def test_processor_time_of_a_process_is_that_of_all_its_threads():
    before = time.process_time()
    assert before <= machine.processor_seconds(os.getpid()) <= time.process_time()


def test_no_process_is_waited_for_longer_than_allowed():
    begun = time.monotonic()
    machine.wait_until_idle(os.getpid(), timeout=0)
    assert time.monotonic() >= begun


def test_configuration_names_no_port_or_folder_of_its_own():
    for name in ("ejabberd.yml", "prosody.cfg.lua", "homeserver.yaml"):
        text = (Path(machine.HERE) / "peers" / name).read_text("utf-8")
        assert "@PORT@" in text
        assert "@FOLDER@" in text
