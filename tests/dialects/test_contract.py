"""What every dialect must keep to: bytes in, typed errors or commands out; events in, JSON or nothing out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.commands import Command
from chat.conf import Limits
from chat.dialects import DIALECTS
from chat.dialects.base import Dialect
from chat.errors import TABLE, ChatError
from chat.events import Message
from tests.dialects.kit import ANN, EVENTS, FIELDS, HOSTILE, JSON, NOW

each_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS.keys())


def decode(dialect: Dialect, frame: str | bytes) -> Command | ChatError:
    try:
        return dialect.decode(frame, Limits())
    except ChatError as error:
        return error


@each_dialect
@pytest.mark.parametrize("frame", HOSTILE, ids=lambda frame: repr(frame[:20]))
def test_hostile_frames_get_a_typed_error(dialect, frame):
    assert isinstance(decode(dialect, frame), ChatError)


@each_dialect
@given(frame=st.text())
def test_any_text_decodes_to_a_command_or_a_typed_error(dialect, frame):
    decode(dialect, frame)


@each_dialect
@given(frame=st.binary(max_size=64))
def test_binary_frames_are_refused(dialect, frame):
    assert isinstance(decode(dialect, frame), ChatError)


@each_dialect
@given(frame=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
def test_any_types_in_any_field_decode_to_a_command_or_a_typed_error(dialect, frame):
    decode(dialect, json.dumps(frame))


@each_dialect
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_one_json_object_or_nothing(dialect, event):
    payload = dialect.encode(event)
    assert payload is None or isinstance(json.loads(payload.decode()), dict)


@each_dialect
def test_erased_message_is_never_shown_as_one_that_was_said(dialect):
    erased = dialect.encode(Message(1, 5, NOW, ANN, "", erased=True))
    assert erased != dialect.encode(Message(1, 5, NOW, ANN, ""))


@each_dialect
@pytest.mark.parametrize("kind", TABLE.values(), ids=lambda kind: str(kind.code))
def test_every_error_is_one_json_object_or_nothing(dialect, kind):
    payload = dialect.refuse(ChatError(kind, field="name", detail="why", retry_after=1.5), None)
    assert payload is None or isinstance(json.loads(payload.decode()), dict)
