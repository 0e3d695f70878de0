"""Frames that came whole, which is how nearly all come (RFC 6455, 5.2).

`websockets` reads them part by part, for frames that arrive so. That was a third of what an acknowledged
message costs this server. Whatever else comes, right or wrong, is left to it.
"""

from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # no wheel for this platform
    from websockets.utils import apply_mask

TEXT: Final = 0x81  # whole, and not compressed
PONG: Final = 0x8A
_MASKED: Final = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # of length follow


def read_frame(data: bytes | bytearray, start: int, longest: int) -> tuple[int, bytes, int] | None:
    """Read a text frame of at most `longest` bytes, or a pong, that begins at `start`.

    Returns its first byte, its payload, and where it ends; None if something else is there, or not all of it.
    """
    size = len(data)
    if size - start < 6 or (length := data[start + 1] - _MASKED) < 0:
        return None
    first, body = data[start], start + 6
    if first != TEXT and (first != PONG or length >= _TWO_BYTES):
        return None
    if length == _TWO_BYTES:
        length = data[start + 2] << 8 | data[start + 3]
        body = start + 8
    elif length == _EIGHT_BYTES:
        length = int.from_bytes(data[start + 2 : start + 10])
        body = start + 14
    end = body + length
    if end > size or length > longest:
        return None
    return first, apply_mask(data[body:end], data[body - 4 : body]), end
