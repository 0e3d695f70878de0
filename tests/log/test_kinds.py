"""The registry of kinds: complete, and each event is read back as it was stored."""

import json

import pytest

from chat.commands import Posting
from chat.events import Logged, Message, Sender, tag_of
from chat.log.drafts import DraftHead
from chat.log.kinds import BY_COMMAND, KINDS, from_row
from chat.log.store import COLUMNS, to_row
from chat.models import Event
from chat.permissions import ANONYMOUS
from tests.dialects.kit import EVENTS, NOW
from tests.dialects.test_v1 import GOLDEN

LOGGED = [event for event in EVENTS if isinstance(event, Logged)]
AS_STORED = [event for event in LOGGED if not isinstance(event, Message) or event.text.startswith("hi")]
POSTINGS = [command for _, command in GOLDEN.accepted if isinstance(command, Posting)]


def test_every_logged_event_has_one_kind():
    assert {kind.event for kind in KINDS} == set(Logged.__args__) == {type(event) for event in LOGGED}
    assert len({tag_of(kind.event) for kind in KINDS}) == len(KINDS)


def test_every_command_for_the_log_has_one_kind():
    asked_by = [command for kind in KINDS for command in kind.asked_by]
    assert sorted(asked_by, key=repr) == sorted(set(Posting.__args__), key=repr)
    assert {type(command) for command in POSTINGS} == set(asked_by)


@pytest.mark.parametrize("event", AS_STORED, ids=lambda event: type(event).__name__)
def test_event_is_read_back_as_it_was_stored(event: Logged):
    values = dict(zip(COLUMNS, to_row(event, dates=True), strict=True))
    values["data"] = values["data"] and json.loads(values["data"])
    assert from_row(Event(**values)) == event


@pytest.mark.parametrize("command", POSTINGS, ids=lambda command: type(command).__name__)
def test_command_becomes_a_draft_of_its_kind(command: Posting):
    head = DraftHead(room=5, at=NOW, actor=ANONYMOUS, reply=None)
    draft = BY_COMMAND[type(command)].from_command(command, Sender("ann", "red", 7), head)
    assert type(command) in draft.asked_by
    assert (draft.room, draft.at) == (5, NOW)
