"""The cases: an id, with the category of Autobahn's test suite before the dot, and the steps of each."""

from tests.conformance.kit import (
    BINARY,
    BYE,
    CLOSE,
    LONGEST,
    MAX_FRAME,
    MORE,
    PING,
    PONG,
    TEXT,
    Ended,
    Heard,
    Ponged,
    Step,
    chops,
    close,
    exchange,
    fragments,
    frame,
    message,
    say,
)

Cases = dict[str, tuple[Step, ...]]

BROKEN, NOT_UTF8, TOO_LARGE = (Ended(code, failed=True) for code in (1002, 1007, 1009))
SIZES = (64, 125, 126, 127, 128, 1_000, 65_535, 65_536)
HELLO = message("Hello-µ@ßöäüàá-UTF-8!!")
HELLO_BACK = Heard("Hello-µ@ßöäüàá-UTF-8!!")


def sized(size: int) -> tuple[bytes, Heard]:
    """A payload of this size, and what comes back."""
    text = "*" * min(size - len(message("")), LONGEST)
    return message(text, size), Heard(text)


def _frame_sizes() -> Cases:
    """1: text comes back, binary frames are no messages."""
    cases: Cases = {"1 text of 0 bytes": (frame(TEXT), *exchange("x"), *BYE)}
    for size in SIZES:
        payload, heard = sized(size)
        whole = frame(TEXT, payload)
        cases[f"1 text of {size} bytes"] = (whole, heard, *BYE)
        if size >= 128:
            cases[f"1 text of {size} bytes in writes of 997"] = (*chops(whole, 997), heard, *BYE)
    for size in (0, *SIZES):
        cases[f"1 binary of {size} bytes"] = (frame(BINARY, bytes(size)), *exchange("x"), *BYE)
    cases["1 twenty messages in one write"] = (
        b"".join(say(f"number {n}") for n in range(20)),
        *(Heard(f"number {n}") for n in range(20)),
        *BYE,
    )
    return cases


def _pings() -> Cases:
    """2: pings are answered with the same payload, pongs by nothing."""
    payloads = {"no bytes": b"", "text": b"Hello, world!", "binary": b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"}
    payloads["125 bytes"] = b"\xfe" * 125
    cases: Cases = {
        f"2 ping of {name}": (frame(PING, payload), Ponged(payload), *BYE)
        for name, payload in payloads.items()
    }
    large = b"\xfe" * 125
    ten = [frame(PING, b"payload-%d" % n) for n in range(10)]
    answers = [Ponged(b"payload-%d" % n) for n in range(10)]
    return cases | {
        "2 ping of 126 bytes": (frame(PING, b"\xfe" * 126), BROKEN),
        "2 ping in single bytes": (*chops(frame(PING, large), 1), Ponged(large), *BYE),
        "2 pong without a ping": (frame(PONG), *exchange("x"), *BYE),
        "2 pong with a payload": (frame(PONG, b"unsolicited"), *exchange("x"), *BYE),
        "2 pong, then a ping": (frame(PONG, b"unsolicited"), frame(PING, b"ping"), Ponged(b"ping"), *BYE),
        "2 ten pings": (b"".join(ten), *answers, *BYE),
        "2 ten pings in single bytes": (*chops(b"".join(ten), 1), *answers, *BYE),
    }


def _reserved_bits() -> Cases:
    """3: nothing has given them a meaning."""
    first = exchange("x")
    return {
        "3 RSV 1, text": (frame(TEXT, HELLO, rsv=1), BROKEN),
        "3 RSV 2, text after text": (*first, frame(TEXT, HELLO, rsv=2), frame(PING), BROKEN),
        "3 RSV 3, text after text": (*first, frame(TEXT, HELLO, rsv=3), BROKEN),
        "3 RSV 4, text in single bytes": (*first, *chops(frame(TEXT, HELLO, rsv=4), 1), BROKEN),
        "3 RSV 5, binary": (frame(BINARY, b"\x00\xff", rsv=5), BROKEN),
        "3 RSV 6, ping": (frame(PING, b"Hello", rsv=6), BROKEN),
        "3 RSV 7, close": (frame(CLOSE, b"\x03\xe8", rsv=7), BROKEN),
        "3 RSV 1, a later fragment": (
            frame(TEXT, HELLO[:5], fin=False), frame(MORE, HELLO[5:], rsv=1), BROKEN,
        ),
    }  # fmt: skip


def _opcodes() -> Cases:
    """4: some are reserved."""
    cases: Cases = {}
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        cases[f"4 opcode {opcode}"] = (frame(opcode), BROKEN)
        cases[f"4 opcode {opcode} with a payload"] = (
            *exchange("x"),
            frame(opcode, b"reserved"),
            frame(PING),
            BROKEN,
        )
    return cases


def _fragmentation() -> Cases:
    """5: messages in fragments, and what may stand between them."""
    one, two = fragments(HELLO, len(HELLO) // 2 + 1)
    ping, pong = frame(PING, b"ping"), Ponged(b"ping")
    five = fragments(HELLO, len(HELLO) // 5 + 1)
    lost, lost_open = frame(MORE, b"lost"), frame(MORE, b"lost", fin=False)
    cases: Cases = {
        "5 ping in fragments": (frame(PING, b"a", fin=False), frame(MORE, b"b"), BROKEN),
        "5 pong in fragments": (frame(PONG, b"a", fin=False), frame(MORE, b"b"), BROKEN),
        "5 close in fragments": (frame(CLOSE, b"\x03", fin=False), frame(MORE, b"\xe8"), BROKEN),
        "5 two fragments": (one, two, HELLO_BACK, *BYE),
        "5 two fragments in one write": (one + two, HELLO_BACK, *BYE),
        "5 two fragments in single bytes": (*chops(one + two, 1), HELLO_BACK, *BYE),
        "5 ping between": (one, ping, two, pong, HELLO_BACK, *BYE),
        "5 ping between in one write": (one + ping + two, pong, HELLO_BACK, *BYE),
        "5 ping between in single bytes": (*chops(one + ping + two, 1), pong, HELLO_BACK, *BYE),
        "5 pong between": (one, frame(PONG, b"x"), two, HELLO_BACK, *BYE),
        "5 five fragments": (*five, HELLO_BACK, *BYE),
        "5 pings between five fragments": (
            *(step for part in five[:4] for step in (part, ping, pong)), five[4], HELLO_BACK, *BYE,
        ),
        "5 pings between in single bytes": (
            *chops(ping.join(five), 1), *[pong] * 4, HELLO_BACK, *BYE,
        ),
        "5 empty fragments around": (
            frame(TEXT, fin=False), frame(MORE, HELLO, fin=False), frame(MORE), HELLO_BACK, *BYE,
        ),
        "5 text within a message": (one, say("inner"), BROKEN),
        "5 binary within a message": (one, frame(BINARY, b"inner"), BROKEN),
        "5 binary in fragments": (*fragments(b"\x00\xff" * 9, 5, BINARY), *exchange("x"), *BYE),
        "5 two messages in fragments": (one, two, HELLO_BACK, one, two, HELLO_BACK, *BYE),
        "5 a message after a message in fragments": (one + two + say("y"), HELLO_BACK, Heard("y"), *BYE),
        "5 nothing to continue after a message": (one, two, HELLO_BACK, lost_open, BROKEN),
    }  # fmt: skip
    for name, begun in (("last", lost), ("first", lost_open)):
        cases[f"5 nothing to continue, {name}"] = (begun, BROKEN)
        cases[f"5 nothing to continue, {name}, then text"] = (begun, say("x"), BROKEN)
        cases[f"5 nothing to continue, {name}, in one write"] = (begun + say("x"), BROKEN)
        cases[f"5 nothing to continue, {name}, in single bytes"] = (*chops(begun + say("x"), 1), BROKEN)
    return cases


# What RFC 3629 allows, at its edges; the names are those of Markus Kuhn's stress test.
VALID = {
    "kosme": "κόσμε".encode(), "first of 2 bytes": b"\xc2\xa2", "last of 2 bytes": b"\xdf\xbf",
    "first of 3 bytes": b"\xe0\xa0\x80", "last before the surrogates": b"\xed\x9f\xbf",
    "first after the surrogates": b"\xee\x80\x80", "replacement character": b"\xef\xbf\xbd",
    "non-character FFFE": b"\xef\xbf\xbe", "non-character FFFF": b"\xef\xbf\xbf",
    "first of 4 bytes": b"\xf0\x90\x80\x80", "last of all": b"\xf4\x8f\xbf\xbf",
    "non-character 1FFFF": b"\xf0\x9f\xbf\xbf", "emoji": "👍🏽".encode(),
}  # fmt: skip
INVALID = {
    "a continuation alone, first": b"\x80", "a continuation alone, last": b"\xbf",
    "continuations": b"\x80\xbf\x80\xbf", "a start of 2 without an end": b"\xc3 ",
    "a start of 3 without an end": b"\xe2\x82 ", "a start of 4 without an end": b"\xf0\x9f\x98 ",
    "FE": b"\xfe", "FF": b"\xff", "FE FE FF FF": b"\xfe\xfe\xff\xff", "slash in 2 bytes": b"\xc0\xaf",
    "slash in 3 bytes": b"\xe0\x80\xaf", "slash in 4 bytes": b"\xf0\x80\x80\xaf",
    "slash in 5 bytes": b"\xf8\x80\x80\x80\xaf", "slash in 6 bytes": b"\xfc\x80\x80\x80\x80\xaf",
    "NUL in 2 bytes": b"\xc0\x80", "NUL in 3 bytes": b"\xe0\x80\x80", "overlong, last of 2": b"\xc1\xbf",
    "overlong, last of 3": b"\xe0\x9f\xbf", "overlong, last of 4": b"\xf0\x8f\xbf\xbf",
    "high surrogate": b"\xed\xa0\x80", "last high surrogate": b"\xed\xaf\xbf",
    "low surrogate": b"\xed\xb0\x80", "last low surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80", "beyond the last": b"\xf4\x90\x80\x80",
    "5 bytes": b"\xf8\x88\x80\x80\x80", "6 bytes": b"\xfc\x84\x80\x80\x80\x80",
    "after good ones": "κόσμε".encode() + b"\xed\xa0\x80" + b"edited",
}  # fmt: skip


def _utf8() -> Cases:
    """6: text is UTF-8, wherever fragments and writes divide it."""
    cases: Cases = {
        "6 three empty fragments": (
            frame(TEXT, fin=False), frame(MORE, fin=False), frame(MORE), *exchange("x"), *BYE,
        ),
        "6 fragments of single bytes": (*fragments(HELLO, 1), HELLO_BACK, *BYE),
        "6 invalid before a message is complete": (
            frame(TEXT, b'{"\xff', fin=False), frame(MORE, b'"}'), NOT_UTF8,
        ),
        "6 half a character at the end": (frame(TEXT, message(b"x")[:-2] + b"\xc3"), NOT_UTF8),
        "6 half a character in the last fragment": (
            frame(TEXT, b"{", fin=False), frame(MORE, b"\xf0\x9f"), NOT_UTF8,
        ),
        "6 not UTF-8 in a binary message": (frame(BINARY, b"\xff\xfe"), *exchange("x"), *BYE),
    }  # fmt: skip
    for name, alone in VALID.items():
        text = b"a" + alone  # a message that shows nothing is refused
        taken = (Heard(text.decode()), *BYE)
        cases[f"6 valid: {name}"] = (say(text), *taken)
        cases[f"6 valid: {name}, in single bytes"] = (*fragments(message(text), 1), *taken)
    for name, text in INVALID.items():
        cases[f"6 invalid: {name}"] = (say(text), NOT_UTF8)
        cases[f"6 invalid: {name}, in single bytes"] = (*fragments(message(text), 1), NOT_UTF8)
    return cases


def _closes() -> Cases:
    """7: a close frame is answered with the same code, and is the last word."""
    end = Ended(1000)
    cases: Cases = {
        "7 after a message": (*exchange("x"), *BYE),
        "7 twice": (close(1000), close(1000), end),
        "7 then a ping": (close(1000), frame(PING), end),
        "7 then a message": (close(1000), say("late"), end),
        "7 then a message in the same write": (close(1000) + say("late"), end),
        "7 then a broken frame": (close(1000) + frame(3), end),
        "7 within a message": (frame(TEXT, HELLO[:5], fin=False), close(1000), frame(MORE, HELLO[5:]), end),
        "7 after a large message": (frame(TEXT, sized(MAX_FRAME)[0]), sized(MAX_FRAME)[1], close(1000), end),
        "7 in single bytes": (*chops(close(1000, b"bye"), 1), end),
        "7 without a payload": (close(), Ended(None)),
        "7 with a payload of one byte": (frame(CLOSE, b"\x03"), BROKEN),
        "7 with a reason": (close(1000, b"Hello World!"), Ended(1000, "Hello World!")),
        "7 with a reason of 123 bytes": (close(1000, b"*" * 123), Ended(1000, "*" * 123)),
        "7 with a reason of 124 bytes": (close(1000, b"*" * 124), BROKEN),
        "7 with a reason that is not UTF-8": (close(1000, b"\xce\xba\xe1\xbd\xed\xa0\x80"), NOT_UTF8),
    }
    for code in (
        1000,
        1001,
        1002,
        1003,
        1007,
        1008,
        1009,
        1010,
        1011,
        1012,
        1013,
        1014,
        3000,
        3999,
        4000,
        4999,
    ):
        cases[f"7 valid code {code}"] = (close(code), Ended(code))
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535):
        cases[f"7 invalid code {code}"] = (close(code), BROKEN)
    return cases


def _masks_and_lengths() -> Cases:
    """Clients mask, and a length has 63 bits (5.1, 5.2; Autobahn has no category for it)."""
    return {
        "5.1 text without a mask": (frame(TEXT, HELLO, masked=False), BROKEN),
        "5.1 ping without a mask": (frame(PING, masked=False), BROKEN),
        "5.1 close without a mask": (frame(CLOSE, b"\x03\xe8", masked=False), BROKEN),
        "5.2 length with the highest bit": (b"\x81\xff" + b"\xff" * 8 + bytes(4), TOO_LARGE),
    }


def _limits() -> Cases:
    """9 and 10: as large as may be, and larger, in one frame, in fragments and in writes."""
    cases: Cases = {}
    most, heard = sized(MAX_FRAME)
    for size in (64, 256, 1_024, 4_096, 16_384, 32_768):
        cases[f"9 64 KiB in fragments of {size}"] = (*fragments(most, size), heard, *BYE)
        cases[f"9 64 KiB in writes of {size}"] = (*chops(frame(TEXT, most), size), heard, *BYE)
    for size in (65_537, 1 << 18, 1 << 20, 1 << 22, 1 << 24):
        cases[f"9 {size} bytes"] = (frame(TEXT, b" " * size), TOO_LARGE)
        cases[f"9 binary of {size} bytes"] = (frame(BINARY, bytes(size)), TOO_LARGE)
        cases[f"9 {size} bytes in fragments of 32 KiB"] = (
            b"".join(fragments(b" " * size, 1 << 15)),
            TOO_LARGE,
        )
    return cases | {
        "9 length of 2^63 - 1": (b"\x81\xff\x7f" + b"\xff" * 7 + bytes(4), TOO_LARGE),
        "9 64 KiB in fragments of 63": (*fragments(most, 63), TOO_LARGE),
        "9 endless empty fragments": (frame(TEXT, fin=False) + frame(MORE, fin=False) * 1_100, TOO_LARGE),
        "10 64 KiB in fragments of 1,300": (*fragments(most, 1_300), heard, *BYE),
    }


CASES: Cases = (
    _frame_sizes()
    | _pings()
    | _reserved_bits()
    | _opcodes()
    | _fragmentation()
    | _utf8()
    | _closes()
    | _masks_and_lengths()
    | _limits()
)
