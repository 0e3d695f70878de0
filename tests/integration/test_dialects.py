"""Five protocols in one room, on real servers."""

import asyncio
import uuid
from contextlib import AsyncExitStack

import pytest

from tests.integration.conftest import Dial, Enter
from tests.support.rest import Rest
from tests.support.server import ServerProcess
from tests.support.sockets import open_socket
from tests.support.speakers import SPEAKERS, V1, Envelope, Plain, Rooms, Speaker, Uuid, body


async def test_each_speaks_and_all_hear_joins_and_leaves_included(enter: Enter):
    here: list[Speaker] = []
    for kind in SPEAKERS:
        newcomer = await enter(kind)
        for other in here:
            if newcomer.joins and other.joins:
                await other.sees_come(newcomer)
        here.append(newcomer)
    for speaker in here:
        text = f"hello from {speaker.protocol} ☃ 👩‍🚀"
        await speaker.say(text)
        for hearer in here:
            await hearer.hears(speaker, text)
    while here:
        leaver = here.pop(0)
        await leaver.go()
        for other in here:
            if leaver.joins and other.joins:
                await other.sees_go(leaver)


async def test_all_speak_at_once_and_all_hear_the_same_in_the_same_order(enter: Enter):
    here = [await enter(kind) for kind in SPEAKERS for _ in range(2)]
    await asyncio.gather(*(speaker.say(f"{speaker.name} {n}") for n in range(20) for speaker in here))

    async def hear_all(hearer: Speaker) -> list[tuple[str, str]]:
        heard: list[tuple[str, str]] = []
        while len(heard) < 20 * len(here):
            if (said := hearer.said(await hearer.socket.receive())) is not None:
                heard.append(said)
        return heard

    first, *others = await asyncio.gather(*(hear_all(speaker) for speaker in here))
    assert all(heard == first for heard in others)
    assert set(first) == {(speaker.name, f"{speaker.name} {n}") for n in range(20) for speaker in here}


async def test_newcomers_to_uuid_hear_of_each_other(enter: Enter):
    here = await asyncio.gather(*(enter(Uuid) for _ in range(10)))
    names = {speaker.name for speaker in here}
    assert len(names) == 10
    await here[0].say("all here?")
    for speaker in here:
        while (frame := await speaker.socket.receive())["action"] == "connect":
            assert frame["contents"] in names - {speaker.name}
        assert (frame["sender"], frame["contents"]) == (here[0].name, "all here?")


async def test_history_follows_the_connect_message(enter: Enter, dial: Dial, room: int):
    ann = await enter(Plain, "Ann")
    for n in range(5):
        await ann.say(f"line {n}")
        await ann.hears(ann, f"line {n}")
    socket = await dial(f"/dialects/uuid/{room}?history=3")
    assert (await socket.receive())["action"] == "connect"
    assert [(frame["sender"], frame["contents"]) for frame in await socket.receive_all(3)] == [
        ("Ann", f"line {n}") for n in (2, 3, 4)
    ]
    await ann.say("now")
    assert (await socket.receive())["contents"] == "now"


async def test_members_of_other_rooms_do_not_hear_it(enter: Enter, rest: Rest):
    other = rest.room(f"room {uuid.uuid4()}")["id"]
    here, there = await enter(Plain, "Ann"), await enter(Uuid, room=other)
    await here.say("psst")
    await here.hears(here, "psst")
    await there.say("alone")
    await there.hears(there, "alone")


async def test_an_address_without_a_room_is_the_default_room(dial: Dial):
    ann, bob = await dial("/dialects/plain"), await dial("/dialects/plain/Public%20Chat/")
    await ann.send(usr="Ann", msg="anybody?")
    assert (await bob.receive())["msg"] == "anybody?"


# Names


async def test_a_name_taken_in_one_protocol_is_taken_in_all(enter: Enter, dial: Dial, room: int):
    name = f"ann {uuid.uuid4().hex[:8]}"
    v1 = await enter(V1, name)
    rooms, envelope = await dial(f"/chats/{room}/ws"), await dial(f"/dialects/envelope/{room}")
    await rooms.send(event_type="join", name=name.upper())
    assert (await rooms.receive_until(event_type="error"))["code"] == 202
    await envelope.send(message_type="Enter", message_body={"sender_username": name})
    assert "is taken on this server" in body(await envelope.receive_until(message_type="PrivateInfo"))["info"]
    await v1.go()
    other = f"bob {uuid.uuid4().hex[:8]}"
    await enter(Envelope, other)
    taken = await dial("/ws", subprotocols=["wschat.v1"])
    assert (await taken.ask(type="hello", name=other))["code"] == 202
    await rooms.send(event_type="join", name=other)
    assert (await rooms.receive_until(event_type="error"))["code"] == 202


async def test_one_connection_of_envelope_has_one_name_until_it_ends(
    enter: Enter, servers: list[ServerProcess], room: int
):
    ann = await enter(Envelope, name := f"ann {uuid.uuid4().hex[:8]}")
    assert isinstance(ann, Envelope)
    ann.name = "somebody else"
    await ann.say("x")
    assert name in (await ann.body("PrivateInfo"))["info"]
    ann.name = name
    await ann.do("Leave")
    await ann.sees_go(ann)
    await ann.go()
    watcher = await enter(V1)
    again = None
    async with AsyncExitStack() as stack:
        while again is None:  # until the server has noticed that the first one is gone
            socket = await stack.enter_async_context(
                open_socket(f"{servers[0].ws_url}/dialects/envelope/{room}")
            )
            await socket.send(message_type="Enter", message_body={"sender_username": name})
            again = socket if (await socket.receive())["message_type"] == "GroupInfo" else None
        while watcher.came(await watcher.socket.receive()) != name:
            pass


async def test_label_of_plain_reserves_no_name(enter: Enter):
    ann = await enter(V1, name := f"ann {uuid.uuid4().hex[:8]}")
    label = await enter(Plain, name)
    await label.say("I am ann")
    frame = await ann.socket.event("message")
    assert (frame["sender"]["name"], frame["sender"]["verified"]) == (name, False)
    assert [who["name"] for who in (await ann.socket.ask(type="members", room=ann.room))["members"]] == [name]


# Spelling


async def test_envelope_answers_in_the_spelling_of_the_last_message(enter: Enter):
    ann, bob = await enter(Envelope, f"ann {uuid.uuid4().hex[:8]}"), await enter(Uuid)
    assert isinstance(ann, Envelope)
    for tagged in (False, True, False):
        await ann.do("GroupChat", content="hi", tagged=tagged)
        frame = await ann.socket.receive_until(message_type="GroupChat")
        assert ("GroupChat" in frame["message_body"]) == tagged
        await bob.say("hello")
        frame = await ann.socket.receive_until(message_type="GroupChat")
        assert ("GroupChat" in frame["message_body"]) == tagged


# Bad input


async def test_plain_drops_what_is_malformed_and_stays_open(enter: Enter):
    ann = await enter(Plain, "Ann")
    for frame in ("no json", "[]", "{}", '{"usr": 1, "msg": "x"}', '{"usr": "Ann", "msg": ""}', b"{}"):
        await ann.socket.send_raw(frame)
    await ann.say("still here")
    await ann.hears(ann, "still here")


@pytest.mark.parametrize(
    "frame", ["no json", "[]", "{}", '{"contents": 1}', '{"contents": "x", "action": "connect"}', b"{}"]
)
async def test_uuid_says_what_is_wrong_and_closes(enter: Enter, frame: str | bytes):
    ann, bob = await enter(Uuid), await enter(Uuid)
    await ann.socket.send_raw(frame)
    await ann.say("never said")
    told = await ann.socket.receive_until(action="error")
    assert told.keys() == {"sender", "action", "contents"}
    assert told["sender"] == "system"
    code, _ = await ann.socket.closed()
    assert code == (1007 if frame == "no json" else 1008)
    await bob.sees_go(ann)
    assert await bob.socket.quiet()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 1007),
        ("[]", 1008),
        ('{"message_type": "Dance", "message_body": {}}', 1008),
        ('{"message_type": "Enter", "message_body": {}}', 1008),
        ('{"message_type": "GroupInfo", "message_body": {"info": "x"}}', 1008),
        (b"{}", 1008),
    ],
)
async def test_envelope_says_what_is_wrong_and_closes(enter: Enter, frame: str | bytes, code: int):
    ann = await enter(Envelope)
    assert isinstance(ann, Envelope)
    await ann.socket.send_raw(frame)
    assert (await ann.body("PrivateInfo"))["info"]
    assert (await ann.socket.closed())[0] == code


async def test_a_limit_that_is_hit_is_told_and_ends_nothing(enter: Enter):
    for kind in (Uuid, Envelope, Rooms):
        speaker = await enter(kind)
        await speaker.say("x" * 4001)
        await speaker.say("short")
        # What the one before said may still be on its way from the other process.
        while speaker.said(await speaker.socket.receive()) != (speaker.name, "short"):
            pass
