"""WebSocket frames, built once for all who get them (RFC 6455, section 5.2). Pure.

Server frames are not masked, so every member of a room can be sent the same bytes.
"""

from typing import Final

_FINAL_TEXT: Final = 0x81
_TWO_BYTES: Final = 126  # marks of the longer length fields, and the bounds of the shorter ones
_EIGHT_BYTES: Final = 127


def text_frame(payload: bytes) -> bytes:
    """One unfragmented text frame. `payload` is UTF-8."""
    size = len(payload)
    if size < _TWO_BYTES:
        return bytes((_FINAL_TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((_FINAL_TEXT, _TWO_BYTES)) + size.to_bytes(2) + payload
    return bytes((_FINAL_TEXT, _EIGHT_BYTES)) + size.to_bytes(8) + payload
