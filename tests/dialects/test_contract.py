"""The contract of every dialect: bytes in, typed errors or commands out; events in, JSON or nothing out."""

import importlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import validation
from chat.answers import Done, SignedIn
from chat.commands import Command, Label, SignIn, Under
from chat.conf import SizeLimits
from chat.dialects import DIALECTS
from chat.dialects.base import Dialect
from chat.dialects.envelope import FORMS
from chat.errors import TABLE, ChatError, Malformed
from chat.events import Message, Sender
from tests.dialects.kit import ANN, EVENTS, FIELDS, HOSTILE, JSON, NOW, Golden

GOLDEN: dict[str, Golden] = {
    name: importlib.import_module(f"tests.dialects.test_{name.removeprefix('wschat.')}").GOLDEN
    for name in DIALECTS
}
EACH = {**DIALECTS, "envelope, flat": FORMS[False], "envelope, in private": FORMS[True].private(ANN)}
IGNORED = {("uuid", "sender"), ("uuid", "timestamp"), ("rooms", "msg"), ("rooms", "color")}
each_dialect = pytest.mark.parametrize("dialect", EACH.values(), ids=EACH.keys())


def decode(dialect: Dialect, frame: str | bytes) -> Command | ChatError:
    """Decode a frame. The dialect must not fail to detect its spelling."""
    try:
        return dialect.spoken(frame).decode(frame, SizeLimits())
    except ChatError as error:
        return error


def as_text(frame: object) -> str:
    return frame if isinstance(frame, str) else json.dumps(frame)


def examples(kind: str) -> Any:
    """Each golden example of this kind, with its dialect."""
    found = [(golden.dialect, *each) for golden in GOLDEN.values() for each in getattr(golden, kind)]
    return [pytest.param(*each, id=f"{each[0].name}-{n}") for n, each in enumerate(found)]


@pytest.mark.parametrize(("dialect", "frame", "command"), examples("accepted"))
def test_golden_frames_in(dialect: Dialect, frame: object, command: Command):
    assert decode(dialect, as_text(frame)) == command


@pytest.mark.parametrize(("dialect", "frame", "command"), examples("accepted"))
def test_byte_order_mark_is_ignored(dialect: Dialect, frame: object, command: Command):
    text = f"\ufeff{as_text(frame)}"
    assert decode(dialect, text) == command
    assert dialect.spoken(text) is dialect.spoken(as_text(frame))


@pytest.mark.parametrize(("dialect", "frame", "kind", "field", "malformed"), examples("refused"))
def test_golden_frames_that_are_refused(dialect: Dialect, frame, kind, field, malformed):
    error = decode(dialect, as_text(frame))
    assert isinstance(error, ChatError)
    assert (error.kind, error.field, isinstance(error, Malformed)) == (kind, field, malformed)
    if isinstance(error, Malformed):
        assert error.json == (frame != "no json")


@pytest.mark.parametrize(("dialect", "event", "frame"), examples("shown"))
def test_golden_events_out(dialect: Dialect, event, frame):
    payload = dialect.encode(event)
    assert (payload and json.loads(payload)) == frame


@pytest.mark.parametrize(("dialect", "answer", "frame"), examples("answered"))
def test_golden_answers_out(dialect: Dialect, answer, frame):
    payload = dialect.accept(GOLDEN["wschat.v1"].accepted[-1][1], answer)
    assert (payload and json.loads(payload)) == frame


@each_dialect
@pytest.mark.parametrize("frame", HOSTILE, ids=lambda frame: repr(frame[:20]))
def test_hostile_frames_get_a_typed_error(dialect, frame):
    assert isinstance(decode(dialect, frame), ChatError)


@each_dialect
@given(frame=st.text())
def test_any_text_decodes_to_a_command_or_a_typed_error(dialect, frame):
    decode(dialect, frame)


@pytest.mark.parametrize(("dialect", "frame", "command"), examples("accepted"))
@pytest.mark.parametrize("half", ["\ud83d", "a\udfffb", "\ude00\ud83d"], ids=ascii)
def test_lone_surrogate_is_a_field_error_and_ends_no_connection(dialect, frame, command, half):
    """It is a string, and the frame is JSON. A word that says what kind of message it is has to be known."""
    body = frame.get("message_body") or {}
    for name in [name for name, value in (frame | body).items() if isinstance(value, str)]:
        if name in ("type", "message_type", "action", "event_type"):
            continue
        halved = frame | ({name: half} if name in frame else {"message_body": body | {name: half}})
        error = decode(dialect, json.dumps(halved))
        if error == command:
            assert (dialect.name, name) in IGNORED
            continue
        assert isinstance(error, ChatError)
        assert error.field == name
        assert not isinstance(error, Malformed)
        assert dialect.spoken(json.dumps(halved)) is dialect.spoken(json.dumps(frame))


@pytest.mark.parametrize(("dialect", "frame", "command"), examples("accepted"))
def test_half_a_character_in_an_unknown_field_is_ignored(dialect, frame, command):
    assert decode(dialect, json.dumps({"\ud83d": "\ud83d", **frame, "more\ud83d": ["\ud83d"]})) == command


@each_dialect
@given(frame=st.binary(max_size=64))
def test_binary_frames_are_malformed(dialect, frame):
    error = decode(dialect, frame)
    assert isinstance(error, Malformed)
    assert error.json


@each_dialect
@given(frame=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
def test_any_types_in_any_field_decode_to_a_command_or_a_typed_error(dialect, frame):
    decode(dialect, json.dumps(frame))


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN.keys())
@given(data=st.data())
def test_any_type_in_place_of_one_of_a_good_frame_decodes_to_a_command_or_a_typed_error(golden, data):
    frame, _ = data.draw(st.sampled_from(golden.accepted))
    field = data.draw(st.sampled_from(sorted(frame)))
    decode(golden.dialect, json.dumps(frame | {field: data.draw(JSON)}))


@pytest.mark.parametrize("name", ["rooms", "uuid", "plain", "envelope"])
@given(text=st.text(min_size=1, max_size=50))
def test_message_text_survives_encoding(name, text):
    try:
        said = validation.clean_text(text, 50)
    except ChatError:
        return
    dialect = DIALECTS[name]
    shown = dialect.encode(Message(1, 5, NOW, Sender("ann"), said))
    again = dialect.decode((shown or b"").decode(), SizeLimits())
    if isinstance(again, Under):
        again = again.command
    assert getattr(again, "text", None) == said


@each_dialect
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_one_json_object_or_nothing(dialect, event):
    payload = dialect.encode(event)
    assert payload is None or isinstance(json.loads(payload.decode()), dict)


@each_dialect
def test_erased_message_is_never_shown_as_one_that_was_said(dialect):
    erased = dialect.encode(Message(1, 5, NOW, ANN, "", erased=True))
    assert erased is None or erased != dialect.encode(Message(1, 5, NOW, ANN, ""))


@each_dialect
@pytest.mark.parametrize("kind", TABLE.values(), ids=lambda kind: str(kind.code))
def test_every_error_is_one_json_object_or_nothing(dialect, kind):
    payload = dialect.refuse(ChatError(kind, field="name", detail="why", retry_after=1.5), None)
    assert payload is None or isinstance(json.loads(payload.decode()), dict)


@pytest.mark.parametrize(
    ("dialect", "command"),
    [
        (DIALECTS["plain"], Label("hi", "ann", "canary")),
        (DIALECTS["envelope"], SignIn("ann", "canary")),
        (DIALECTS["envelope"], Under("ann", "canary", Label("hi", "ann"))),  # type: ignore[arg-type]
    ],
)
def test_no_secret_of_a_command_comes_back(dialect: Dialect, command: Command):
    said = [dialect.refuse(ChatError(kind, detail="why"), command) for kind in TABLE.values()]
    said += [dialect.accept(command, answer) for answer in (Done(), SignedIn("token"))]
    assert not any(b"canary" in (payload or b"") for payload in said)
