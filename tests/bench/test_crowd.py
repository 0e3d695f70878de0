"""What the measure of a crowd beside flooders makes of what it is told."""

import math

import pytest

from bench import crowd
from bench.measures.crowd import describe, percentile, within


def test_frames_are_split_wherever_a_read_ends():
    small, large = b"\x81\x02{}", b"\x81\x7e\x01\x00" + b"x" * 256
    huge = b"\x81\x7f" + (70_000).to_bytes(8) + b"y" * 70_000
    stream = small + b"\x89\x01p" + large + huge
    found: list[tuple[int, bytes]] = []
    rest = b""
    for at in range(0, len(stream), 7):
        frames, rest = crowd.split_frames(rest + stream[at : at + 7])
        found += frames
    assert rest == b""
    assert found == [(0x81, b"{}"), (0x89, b"p"), (0x81, b"x" * 256), (0x81, b"y" * 70_000)]


def test_messages_of_other_phases_are_left_out():
    assert within([(0.5, 9.0), (1.0, 0.1), (1.5, 0.2), (2.0, 9.0)], (1.0, 2.0)) == [0.1, 0.2]


def test_percentile_is_that_of_the_slowest():
    waits = [number / 1000 for number in range(1, 201)]
    assert percentile(waits, 0.5) == pytest.approx(100)
    assert percentile(waits, 0.99) == pytest.approx(198)
    assert percentile([], 0.99) == math.inf


def test_kinds_of_floods_are_told_in_words():
    assert describe((1, False)) == "1 flooder"
    assert describe((50, True)) == "50 flooders, who come back at once"


def test_addresses_of_the_crowd_are_shared_by_a_few():
    addresses = [crowd.address_of(number) for number in range(1200)]
    assert max(map(addresses.count, set(addresses))) == crowd.OF_AN_ADDRESS
    assert addresses[-1] == "127.0.2.40"
