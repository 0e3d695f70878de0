"""Sessions of `wschat.v1` and what all dialects share, between fakes of their collaborators."""

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs

from chat.commands import Edit, Erase, Pin
from chat.errors import CLIENT_UNAUTHORIZED, CLOSE_NOT_ALLOWED, CLOSE_TOKEN_VOID, MUTED, ChatError
from chat.events import Typing
from chat.permissions import Actor
from chat.services.access import Pass
from chat.services.entrances import Entering, Entrance
from chat.services.marks import Reading
from chat.sessions.pace import MOST_UNANSWERED
from tests.sessions.fakes import INFO, Stage


async def test_nothing_is_done_before_hello():
    stage = Stage()
    answer = await stage.ask(type="join", id=1, room=1)
    assert (answer["type"], answer["code"]) == ("error", 301)
    assert stage.presence.arrived == []


async def test_hello_makes_the_connection_a_recipient():
    stage = Stage()
    answer = await stage.ask(type="hello", id=1, name="ann")
    assert (answer["type"], answer["name"], answer["session"]) == ("ok", "ann", "secret")
    assert [one.who.name for one in stage.recipients.connected] == ["ann"]


async def test_hello_inside_a_room_is_refused():
    stage = Stage()
    await stage.enter()
    assert (await stage.ask(type="hello", id=3, name="bob"))["code"] == 204
    assert [one.who.name for one in stage.recipients.connected] == ["ann"]


async def test_second_hello_replaces_the_recipient():
    stage = Stage()
    await stage.ask(type="hello", id=1, name="ann")
    await stage.ask(type="hello", id=2, name="bob")
    assert [one.who.name for one in stage.recipients.connected] == ["bob"]


async def test_join_subscribes_from_since():
    stage = Stage()
    await stage.ask(type="hello", id=1, name="ann")
    answer = await stage.ask(type="join", id=2, room=1, since=3)
    assert (answer["type"], answer["seq"]) == ("ok", 5)
    assert stage.subscriptions.since == {1: 3}
    assert [move.who.name for move in stage.presence.arrived] == ["ann"]


async def test_refused_join_leaves_nothing_behind():
    stage = Stage()
    stage.presence.taken.add("ann")
    await stage.ask(type="hello", id=1, name="ann")
    assert (await stage.ask(type="join", id=2, room=1))["code"] == 202
    assert stage.hub.rooms == {}
    assert (await stage.ask(type="send", id=3, room=1, text="hi"))["code"] == 101


async def test_join_whose_room_ends_meanwhile_is_refused_and_undone():
    stage = Stage()
    await stage.ask(type="hello", id=1, name="ann")

    def end_stay(entering: Entering) -> Entrance:
        for subscription in stage.hub.rooms[entering.room].subscriptions():
            subscription.end(CLOSE_TOKEN_VOID)
        return Entrance((), 0, Reading(0, 0))

    stage.loaders.entrances.answer = end_stay
    assert (await stage.ask(type="join", id=2, room=1))["code"] == 403
    assert [move.room for move in stage.presence.departed] == [1]
    assert stage.hub.rooms[1].is_empty


async def test_send_is_answered_after_its_commit():
    stage = Stage()
    await stage.enter()
    before = len(stage.frames)
    assert stage.receive(type="send", id=3, room=1, text="hi") is None
    assert len(stage.frames) == before
    stage.log.commit()
    assert stage.frames[-1] == {"type": "ok", "id": 3, "seq": 1}


async def test_send_to_a_room_not_joined_is_refused():
    stage = Stage()
    await stage.ask(type="hello", id=1, name="ann")
    assert (await stage.ask(type="send", id=2, room=1, text="hi"))["code"] == 101
    assert stage.log.drafts == []


async def test_departure_waits_for_unanswered_drafts():
    stage = Stage()
    await stage.enter()
    stage.receive(type="send", id=3, room=1, text="one")
    stage.receive(type="send", id=4, room=1, text="two")
    await stage.ask(type="leave", id=5, room=1)
    assert stage.presence.departed == []
    stage.log.commit()
    assert [move.room for move in stage.presence.departed] == [1]
    assert [frame["id"] for frame in stage.frames[-2:]] == [3, 4]


async def test_end_of_the_connection_departs_once_from_each_room():
    stage = Stage()
    await stage.enter()
    await stage.ask(type="join", id=3, room=2)
    stage.session.close()
    stage.session.close()
    assert sorted(move.room for move in stage.presence.departed) == [1, 2]
    assert stage.recipients.connected == []
    assert all(live.is_empty for live in stage.hub.rooms.values())


async def test_draft_too_many_waits_until_all_are_answered():
    stage = Stage()
    await stage.enter()
    for number in range(MOST_UNANSWERED):
        assert stage.receive(type="send", id=number, room=1, text="hi") is None
    pending = stage.receive(type="send", id=99, room=1, text="one more")
    assert pending is not None
    waiting = asyncio.ensure_future(pending)
    await asyncio.sleep(0)
    assert len(stage.log.drafts) == MOST_UNANSWERED
    stage.log.commit()
    await asyncio.wait_for(waiting, 10)
    assert [draft.text for draft in stage.log.drafts] == ["one more"]


async def test_refused_drafts_free_their_place():
    stage = Stage()
    await stage.enter()
    for number in range(MOST_UNANSWERED):
        stage.receive(type="send", id=number, room=1, text="hi")
    stage.log.refuse(ChatError(MUTED))
    assert stage.receive(type="send", id=99, room=1, text="hi") is None
    assert [frame["code"] for frame in stage.frames[-MOST_UNANSWERED:]] == [107] * MOST_UNANSWERED


async def test_expelled_from_a_room_the_connection_goes_on():
    stage = Stage()
    await stage.enter()
    (membership,) = stage.session.without_token()
    stage.session.expel_from_room(membership, CLOSE_NOT_ALLOWED)
    assert (stage.frames[-1]["type"], stage.frames[-1]["code"]) == ("removed", 104)
    assert stage.outbox.reasons == []
    assert (await stage.ask(type="ping", id=3))["type"] == "ok"
    assert [move.room for move in stage.presence.departed] == [1]


async def test_expelled_from_the_home_room_the_connection_ends():
    stage = Stage("rooms")
    await stage.session.enter_home(Pass(1, INFO, 1))
    (membership,) = stage.session.without_token()
    stage.session.expel_from_room(membership, CLOSE_NOT_ALLOWED)
    assert stage.outbox.reasons == [CLOSE_NOT_ALLOWED]
    before = len(stage.frames)
    assert stage.receive(event_type="send", name="ann", msg="hi") is None
    assert (len(stage.frames), stage.log.drafts) == (before, [])


async def test_first_message_joins_the_home_room_silently():
    stage = Stage("rooms")
    await stage.session.enter_home(Pass(1, INFO, 1))
    pending = stage.receive(event_type="send", name="ann", msg="hi")
    assert pending is not None
    await pending
    assert [(move.who.name, move.silent) for move in stage.presence.arrived] == [("ann", True)]
    assert [draft.text for draft in stage.log.drafts] == ["hi"]


async def test_anonymous_client_changes_no_message():
    stage = Stage("rooms")
    await stage.session.enter_home(Pass(1, INFO, 1))
    pending = stage.receive(event_type="join", name="ann")
    assert pending is not None
    await pending
    for command in (Edit(1, 1, "other"), Erase(1, 1), Pin(1, 1)):
        assert stage.session.do_command(command) is None
        assert str(CLIENT_UNAUTHORIZED.code) in stage.outbox.payloads.pop().decode()
    assert stage.log.drafts == []


async def test_direct_conversation_begins_when_it_is_needed():
    stage = Stage()
    await stage.ask(type="hello", id=1, name="ann")
    stage.loaders.admitted[9] = Pass(9, INFO, 1, pair=(7, 8))
    pending = stage.receive(type="send", id=2, room=9, text="psst")
    assert pending is not None
    await pending
    assert [(draft.room, draft.text) for draft in stage.log.drafts] == [(9, "psst")]
    stage.session.close()
    assert stage.presence.departed == []  # who looks at a conversation is not announced


async def test_right_to_a_closed_room_is_asked_for_again():
    stage = Stage()
    closed = structs.replace(INFO, visibility="private")
    stage.loaders.admitted[1] = Pass(1, closed, 1, actor=Actor(7))
    await stage.enter()
    del stage.loaders.admitted[1]
    assert (await stage.ask(type="members", id=3, room=1))["code"] == 101
    assert (await stage.ask(type="send", id=4, room=1, text="hi"))["code"] == 101
    assert stage.log.drafts == []


async def test_typing_is_published_once_a_second():
    stage = Stage()
    await stage.enter()
    await stage.ask(type="typing", id=3, room=1)
    await stage.ask(type="typing", id=4, room=1)
    assert [type(event) for event in stage.router.published] == [Typing]


async def test_typing_of_a_muted_member_reaches_nobody_until_the_rules_change():
    stage = Stage()
    await stage.enter()
    stage.loaders.refused_to_write = ChatError(MUTED)
    assert (await stage.ask(type="typing", id=3, room=1))["code"] == 107
    stage.loaders.refused_to_write = None
    assert (await stage.ask(type="typing", id=4, room=1))["code"] == 107  # it holds for a second
    stage.hub.rooms[1].ruled += 1
    assert (await stage.ask(type="typing", id=5, room=1))["type"] == "ok"
    assert len(stage.router.published) == 1


@pytest.mark.parametrize("frame", ["{", "[]", '{"type":"dance","id":1}', '{"type":"send","id":7}'])
async def test_malformed_frames_are_refused_and_the_session_goes_on(frame: str):
    stage = Stage()
    await stage.enter()
    assert stage.session.receive_frame(frame) is None
    assert stage.frames[-1]["type"] == "error"
    assert (await stage.ask(type="ping", id=3))["type"] == "ok"


async def test_envelope_keeps_its_first_name():
    stage = Stage("envelope")
    await stage.session.enter_home(Pass(1, INFO, 1))

    async def enter(name: str) -> None:
        body = {"Enter": {"sender_username": name}}
        pending = stage.receive(message_type="Enter", message_body=body, token=None)
        if pending is not None:
            await pending

    await enter("ann")
    assert [one.who.name for one in stage.recipients.connected] == ["ann"]
    await enter("bob")
    assert [one.who.name for one in stage.recipients.connected] == ["ann"]
    assert [move.who.name for move in stage.presence.arrived] == ["ann"]


async def test_envelope_that_has_to_sign_in_is_refused_without_a_token():
    stage = Stage("envelope", auth_required=True)
    await stage.session.enter_home(Pass(1, INFO, 1))
    body = {"Enter": {"sender_username": "ann"}}
    assert stage.receive(message_type="Enter", message_body=body, token=None) is None
    assert stage.recipients.connected == []
    assert stage.presence.arrived == []


async def test_name_of_a_room_token_binds_the_sender():
    stage = Stage()
    stage.loaders.admitted[1] = replace(Pass(1, INFO, 1), username="bob")
    await stage.ask(type="hello", id=1, name="ann")
    assert (await stage.ask(type="join", id=2, room=1))["code"] == 204
    assert stage.presence.arrived == []
