"""Frames as the protocol reads them: whole ones by itself, all others by `websockets`."""

import asyncio
import random
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from chat.server import protocol
from chat.server.frames import PONG, TEXT, read_frame
from chat.sessions.pace import MOST_FRAMES
from tests.server.conftest import Counter

LONGEST = 100_000
PATIENCE = 30.0  # seconds


def encode(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """As a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


@given(st.binary(max_size=300), st.binary(max_size=20), st.binary(max_size=20))
def test_whole_text_is_read_wherever_it_begins(payload: bytes, before: bytes, after: bytes):
    whole = encode(Opcode.TEXT, payload)
    end = len(before) + len(whole)
    assert read_frame(before + whole + after, len(before), LONGEST) == (TEXT, payload, end)
    assert read_frame(bytearray(before + whole + after), len(before), LONGEST) == (TEXT, payload, end)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, LONGEST])
def test_each_form_of_a_length_is_read(size: int):
    whole = encode(Opcode.TEXT, b"x" * size)
    assert read_frame(whole, 0, LONGEST) == (TEXT, b"x" * size, len(whole))


def test_pong_is_read():
    assert read_frame(encode(Opcode.PONG, b"abcd"), 0, LONGEST) == (PONG, b"abcd", 10)


@given(st.binary(max_size=70_000), st.data())
def test_part_of_a_frame_is_not_read(payload: bytes, data: st.DataObject):
    whole = encode(Opcode.TEXT, payload)
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert read_frame(part, 0, LONGEST) is None


OTHERS = {  # named, since masks are random
    "a first fragment": encode(Opcode.TEXT, b"hi", fin=False),
    "a last fragment": encode(Opcode.CONT, b"hi"),
    "bytes": encode(Opcode.BINARY, b"hi"),
    "a ping": encode(Opcode.PING, b"hi"),
    "a close frame": encode(Opcode.CLOSE, b"\x03\xe8"),
    "too much text": encode(Opcode.TEXT, b"x" * (LONGEST + 1)),
    "text that is not masked": Frame(Opcode.TEXT, b"it is not masked").serialize(mask=False),
    "compressed text": b"\xc1\x82\0\0\0\0hi",
    "a pong of more than 125 bytes": b"\x8a\xfe\x00\x7e\0\0\0\0" + b"x" * 126,
    "an unknown kind": b"\x83\x80\0\0\0\0",
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_not_a_whole_text_or_pong_is_left_to_websockets(other: str):
    assert read_frame(OTHERS[other], 0, LONGEST) is None


@pytest.mark.parametrize("seed", range(30))
async def test_messages_come_in_order_however_their_frames_are_cut(
    client: socket.socket, counter: Counter, seed: int
):
    """Whole frames beside parts, fragments, pings between fragments, and bytes."""
    made = random.Random(seed)
    sent, expected = b"", list[str | bytes]()
    for number in range(made.randrange(5, 80)):
        text = f"{number} " + "é" * made.choice((0, 1, 60, 70, 2_000))
        kind = made.choice(("text", "text", "text", "fragments", "bytes", "ping", "pong"))
        if kind == "text":
            sent += encode(Opcode.TEXT, text.encode())
        elif kind == "bytes":
            sent += encode(Opcode.BINARY, text.encode())
        elif kind == "fragments":
            cut = made.randrange(len(text.encode()) + 1)
            sent += encode(Opcode.TEXT, text.encode()[:cut], fin=False)
            sent += encode(Opcode.PING, b"") * made.randrange(2)
            sent += encode(Opcode.CONT, text.encode()[cut:])
        else:
            sent += encode(Opcode.PING if kind == "ping" else Opcode.PONG, b"beat")
            continue
        expected.append(text.encode() if kind == "bytes" else text)
    counter.wanted = len(expected)
    async with asyncio.timeout(PATIENCE):
        while sent:
            size = made.choice((1, 2, 7, 100, 5_000, 100_000))
            counter.protocol.data_received(sent[:size])
            sent = sent[size:]
            if made.random() < 0.3:
                await asyncio.sleep(0)
        await counter.all_came.wait()
    assert counter.received == expected


async def test_text_between_the_fragments_of_another_is_refused(client: socket.socket, counter: Counter):
    data = encode(Opcode.TEXT, b"a part", fin=False) + encode(Opcode.TEXT, b"whole")
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, data)
        closing = await asyncio.get_running_loop().sock_recv(client, 4096)
    assert closing[0] == 0x88
    assert closing[2:4] == (1002).to_bytes(2)
    assert counter.received == []


async def test_message_of_many_empty_fragments_is_refused(client: socket.socket, counter: Counter):
    """Each takes as long as a small message, and no budget of messages counts them."""
    few = [encode(Opcode.TEXT, b"few", fin=False), *[encode(Opcode.CONT, b"", fin=False)] * 8]
    many = [encode(Opcode.TEXT, b"many", fin=False), *[encode(Opcode.CONT, b"", fin=False)] * 9]
    data = b"".join((*few, encode(Opcode.CONT, b"!"), *many, encode(Opcode.CONT, b"!")))
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, data)
        closing = await asyncio.get_running_loop().sock_recv(client, 4096)
    assert closing[2:4] == (1009).to_bytes(2)
    assert counter.received == ["few!"]


BEGUN = {
    "a fragment": encode(Opcode.TEXT, b"x", fin=False),
    "many fragments": encode(Opcode.TEXT, b"x", fin=False) + encode(Opcode.CONT, b"x", fin=False) * 500,
    "half a frame": encode(Opcode.TEXT, b"x" * 1000)[:500],
    "one byte": encode(Opcode.TEXT, b"x")[:1],
    "half a frame after a message": encode(Opcode.TEXT, b"x") + encode(Opcode.TEXT, b"x")[:3],
    "a ping within": encode(Opcode.TEXT, b"x", fin=False) + encode(Opcode.PING, b"beat"),
}


async def receive_close(client: socket.socket) -> tuple[int, str]:
    """The code and reason of the close frame, after what else comes."""
    loop, stream = asyncio.get_running_loop(), bytearray()
    while (at := stream.find(b"\x88")) < 0 or len(stream) < at + 2 + stream[at + 1]:
        more = await loop.sock_recv(client, 4096)
        assert more, stream
        stream += more
    closing = bytes(stream[at + 2 : at + 2 + stream[at + 1]])
    return int.from_bytes(closing[:2]), closing[2:].decode()


@pytest.mark.parametrize("begun", BEGUN)
async def test_message_that_is_not_completed_ends_the_connection(
    client: socket.socket, counter: Counter, begun: str, monkeypatch: pytest.MonkeyPatch
):
    """Pings and pongs between fragments keep it alive for no longer."""
    monkeypatch.setattr(protocol, "MESSAGE_SECONDS", 0.2)
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, BEGUN[begun])
        assert await receive_close(client) == (4408, "sending too slowly")
        await counter.has_ended.wait()


async def test_client_that_completes_its_messages_may_be_in_the_midst_of_one_at_any_time(
    client: socket.socket, counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(protocol, "MESSAGE_SECONDS", 0.2)
    loop, text = asyncio.get_running_loop(), encode(Opcode.TEXT, b"x" * 100)
    end = loop.time() + 0.5
    async with asyncio.timeout(PATIENCE):
        await loop.sock_sendall(client, text[:50])
        while loop.time() < end:
            await loop.sock_sendall(client, text[50:] + text[:50])
            await asyncio.sleep(0.01)
        counter.wanted = counter.frames + 1
        await loop.sock_sendall(client, text[50:])
        await counter.all_came.wait()
    assert not counter.has_ended.is_set()


async def test_nothing_is_taken_after_a_text_that_is_no_utf_8(client: socket.socket, counter: Counter):
    data = encode(Opcode.TEXT, b"before") + encode(Opcode.TEXT, b"\xff") + encode(Opcode.TEXT, b"after")
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(client, data)
        closing = await asyncio.get_running_loop().sock_recv(client, 4096)
    assert closing[2:4] == (1007).to_bytes(2)
    assert counter.received == ["before"]


async def test_pong_answers_our_ping(client: socket.socket, counter: Counter):
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        counter.protocol.send_keepalive_ping()
        ping = await loop.sock_recv(client, 4096)
        assert ping[:2] == b"\x89\x04"
        await loop.sock_sendall(client, encode(Opcode.PONG, b"none"))  # of no ping that was sent
        await loop.sock_sendall(client, encode(Opcode.PONG, ping[2:]) + encode(Opcode.TEXT, b"hi"))
        counter.wanted = 1
        await counter.all_came.wait()
    assert counter.protocol.pong_timer is None
    assert counter.protocol.ping_timer is not None


async def test_whole_frames_are_taken_a_few_in_a_turn(client: socket.socket, counter: Counter):
    counter.protocol.data_received(encode(Opcode.TEXT, b"x") * (3 * MOST_FRAMES))
    assert counter.frames == MOST_FRAMES
    counter.wanted = 3 * MOST_FRAMES
    async with asyncio.timeout(PATIENCE):
        await counter.all_came.wait()
