"""Frames, compared with a library that parses them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol, State

from chat.delivery.frames import text_frame


def parsed(data: bytes) -> list[bytes]:
    protocol = Protocol(CLIENT, state=State.OPEN, max_size=None)
    protocol.receive_data(data)
    frames = protocol.events_received()
    assert protocol.parser_exc is None
    assert all(isinstance(frame, Frame) and frame.opcode is Opcode.TEXT and frame.fin for frame in frames)
    return [bytes(frame.data) for frame in frames if isinstance(frame, Frame)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_frame_of_each_length_form(size):
    payload = b"x" * size
    assert parsed(text_frame(payload)) == [payload]


@given(st.lists(st.text(), max_size=10))
def test_joined_frames_come_apart_again(texts):
    assert parsed(b"".join(text_frame(text.encode()) for text in texts)) == [text.encode() for text in texts]
