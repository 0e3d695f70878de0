"""`wschat.v1` on real servers: SQLite in one process, and PostgreSQL and Redis with two."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def connect(servers: list[ServerProcess], rest: Rest, room: int) -> AsyncIterator[Connect]:
    """connect() -> Socket, to each process in turn; connect("ann") says hello as well."""
    async with AsyncExitStack() as stack:
        turns = itertools.cycle(servers)

        async def connect(name: str = "", **fields) -> Socket:
            url = f"{next(turns).ws_url}/ws"
            socket = await stack.enter_async_context(open_socket(url, subprotocols=["wschat.v1"]))
            if name:
                assert (await socket.hello(name, **fields))["type"] == "ok"
            return socket

        yield connect
    while rest.client.get(f"/chats/{room}").json().get("users"):
        pass  # until their names are free for the next test


async def in_room(connect: Connect, room: int, *names: str) -> list[Socket]:
    sockets = [await connect(name) for name in names]
    for socket in sockets:
        assert (await socket.ask(type="join", room=room))["type"] == "ok"
    return sockets


async def test_what_is_said_edited_deleted_and_reacted_to_reaches_all(connect: Connect, room: int):
    ann, bob = await in_room(connect, room, "ann", "bob")
    seq = (await ann.ask(type="send", room=room, text="hello", nonce="n1"))["seq"]
    said = await bob.event("message", seq=seq)
    assert (said["text"], said["sender"]["name"], said["sender"]["verified"]) == ("hello", "ann", True)
    answer = (await bob.ask(type="send", room=room, text="hi", reply_to=seq))["seq"]
    assert (await ann.event("message", seq=answer))["reply_to"] == seq
    await ann.ask(type="edit", room=room, target=seq, text="hello, all")
    assert (await bob.event("edited", target=seq))["text"] == "hello, all"
    await bob.ask(type="react", room=room, target=seq, emoji="👍")
    reacted = await ann.event("reacted", target=seq)
    assert reacted["who"]["name"] == "bob"
    page = await ann.ask(type="history", room=room)
    assert [message["text"] for message in page["messages"]] == ["hello, all", "hi"]
    assert page["messages"][0]["reactions"] == [
        {"emoji": "👍", "who": ["bob"], "participants": [reacted["participant"]]}
    ]
    assert (page["seq"], page["more"]) == (4, False)
    await ann.ask(type="delete", room=room, target=seq)
    await bob.event("erased", target=seq)
    late = await connect("late")
    (first, second) = (await late.ask(type="join", room=room, last=10))["messages"]
    assert (first["text"], first["erased"]) == ("", True)
    assert "reactions" not in first
    assert second["text"] == "hi"


async def test_command_without_effect_is_no_event(connect: Connect, room: int):
    (ann,) = await in_room(connect, room, "ann")
    seq = (await ann.ask(type="send", room=room, text="hello"))["seq"]
    assert "seq" in await ann.ask(type="react", room=room, target=seq, emoji="👍")
    assert "seq" not in await ann.ask(type="react", room=room, target=seq, emoji="👍")
    assert "seq" not in await ann.ask(type="edit", room=room, target=seq, text="hello")
    assert "seq" in await ann.ask(type="delete", room=room, target=seq)
    assert "seq" not in await ann.ask(type="delete", room=room, target=seq)


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        ({"type": "edit", "target": 1, "text": "mine"}, 204, "target"),
        ({"type": "delete", "target": 1}, 204, "target"),
        ({"type": "edit", "target": 99, "text": "mine"}, 205, "target"),
        ({"type": "react", "target": 99, "emoji": "👍"}, 205, "target"),
        ({"type": "send", "text": "what?", "reply_to": 99}, 205, "reply_to"),
    ],
)
async def test_changes_to_other_or_missing_messages_are_refused(
    connect: Connect, room: int, command, code, field
):
    ann, bob = await in_room(connect, room, "ann", "bob")
    await ann.ask(type="send", room=room, text="hello")
    refusal = await bob.ask(room=room, **command)
    assert (refusal["type"], refusal["code"], refusal["field"]) == ("error", code, field)


async def test_nothing_is_done_before_hello(connect: Connect, room: int):
    socket = await connect()
    refusal = await socket.ask(type="join", room=room)
    assert (refusal["code"], refusal["detail"]) == (301, "send hello first")
    assert (await socket.hello("ann"))["name"] == "ann"


@pytest.mark.parametrize(
    "command", ["send", "history", "members", "typing", "read", "edit", "react", "pin", "pins", "leave"]
)
async def test_command_in_a_room_needs_a_join(connect: Connect, room: int, command):
    socket = await connect("ann")
    fields = {"room": room, "text": "x", "target": 1, "seq": 1, "emoji": "👍"}
    refusal = await socket.ask(type=command, **fields)
    assert (refusal["type"], refusal["code"], refusal["field"]) == ("error", 101, "room")


@pytest.mark.parametrize("taken", ["ann", "ANN", "ɑnn", "ａｎｎ"])  # a Latin alpha, full width
async def test_name_is_unique_on_the_server(connect: Connect, room: int, taken: str):
    await in_room(connect, room, "ann")
    other = await connect()
    refusal = await other.ask(type="hello", name=taken)
    assert (refusal["type"], refusal["code"], refusal["field"]) == ("error", 202, "name")
    assert (await other.hello("anna"))["type"] == "ok"


async def test_guest_comes_back_as_the_same_one(connect: Connect, room: int):
    ann = await connect()
    first = await ann.hello("ann", color="red")
    await ann.ask(type="join", room=room)
    again = await connect()
    second = await again.ask(type="hello", token=first["session"])
    assert (second["participant"], second["name"], second["color"]) == (first["participant"], "ann", "red")
    assert (await again.ask(type="join", room=room))["type"] == "ok"
    refusal = await (await connect()).ask(type="hello", token=first["session"] + "x")
    assert refusal["code"] == 401


async def test_same_nonce_at_once_over_all_connections_is_one_message(connect: Connect, room: int):
    ann = await connect()
    session = (await ann.hello("ann"))["session"]
    others = [await connect("", token=session) for _ in range(4)]
    for socket in others:
        await socket.ask(type="hello", token=session)
    for socket in (ann, *others):
        await socket.ask(type="join", room=room)
    answers = await asyncio.gather(
        *(socket.ask(type="send", room=room, text="once", nonce="n") for socket in (ann, *others))
    )
    assert {answer["seq"] for answer in answers} == {1}
    assert (await ann.ask(type="history", room=room))["seq"] == 1


async def test_direct_message_reaches_every_connection_of_both_participants_only(connect: Connect, room: int):
    ann, bob, eve = [await connect(name) for name in ("ann", "bob", "eve")]
    said = await ann.ask(type="direct", to="bob", text="psst", nonce="d1")
    assert said["with"]["name"] == "bob"
    room = said["room"]
    got = await bob.event("message", room=room)
    assert (got["text"], got["sender"]["name"], got["seq"]) == ("psst", "ann", 1)
    assert (await ann.event("message", room=room))["seq"] == 1
    assert (await bob.ask(type="send", room=room, text="what?"))["seq"] == 2
    assert (await ann.event("message", room=room))["text"] == "what?"
    for command in ({"type": "join"}, {"type": "send", "text": "let me in"}, {"type": "history"}):
        assert (await eve.ask(room=room, **command))["code"] == 101
    assert await eve.quiet()
    assert [frame for frame in eve.events if frame.get("room") == room] == []


async def test_direct_message_waits_for_an_absent_participant(connect: Connect, room: int):
    ann, bob = await connect("ann"), await connect()
    session = (await bob.hello("bob"))["session"]
    bob.connection.transport.abort()
    room = (await ann.ask(type="direct", to="bob", text="one"))["room"]
    await ann.ask(type="send", room=room, text="two")
    back = await connect()
    (conversation,) = (await back.ask(type="hello", token=session))["directs"]
    assert (conversation["room"], conversation["with"]["name"]) == (room, "ann")
    assert (conversation["seq"], conversation["read"]) == (2, 0)
    assert (await back.ask(type="typing", room=room))["type"] == "ok"
    assert (await ann.event("typing", room=room))["who"]["name"] == "bob"
    assert (await back.ask(type="join", room=room, since=0))["seq"] == 2
    assert [(await back.event("message"))["text"] for _ in range(2)] == ["one", "two"]
    await ann.ask(type="send", room=room, text="three")
    assert (await back.event("message"))["text"] == "three"
    refusal = await ann.ask(type="direct", to="nobody here", text="?")
    assert (refusal["code"], refusal["field"]) == (201, "to")


async def test_read_mark_moves_forward_on_all_connections(connect: Connect, room: int):
    ann = await connect()
    session = (await ann.hello("ann"))["session"]
    tab = await connect()
    await tab.ask(type="hello", token=session)
    for socket in (ann, tab):
        await socket.ask(type="join", room=room)
    for text in ("one", "two"):
        await ann.ask(type="send", room=room, text=text)
    await ann.ask(type="read", room=room, seq=2)
    moved = await tab.event("read")
    assert (moved["seq"], moved["unread"], moved["as_of"]) == (2, 0, 2)
    await ann.ask(type="read", room=room, seq=1)
    await ann.ask(type="leave", room=room)
    assert (await ann.ask(type="join", room=room))["read"] == 2


async def test_message_is_marked_as_unread_on_all_connections(connect: Connect, room: int):
    (ann,) = await in_room(connect, room, "ann")
    bob, tab = await connect(), await connect()
    session = (await bob.hello("bob"))["session"]
    await tab.ask(type="hello", token=session)
    await bob.ask(type="join", room=room)
    for text in ("one", "two", "three"):
        await ann.ask(type="send", room=room, text=text)
    await bob.ask(type="read", room=room, seq=3)
    assert "back" not in await tab.event("read")
    await bob.ask(type="read", room=room, seq=1, back=True)
    for socket in (bob, tab):  # it may not know how much that is
        moved = await socket.event("read")
        assert (moved["seq"], moved["unread"], moved["as_of"], moved["back"]) == (1, 2, 3, True)
    await bob.ask(type="leave", room=room)
    joined = await bob.ask(type="join", room=room)
    assert (joined["read"], joined["unread"]) == (1, 2)


async def test_join_and_hello_say_how_much_is_unread(connect: Connect, room: int):
    ann, bob = await in_room(connect, room, "ann", "bob")
    for text in ("one", "two", "three"):
        await ann.ask(type="send", room=room, text=text)
    await bob.ask(type="send", room=room, text="my own")
    await bob.ask(type="leave", room=room)
    assert (await bob.ask(type="join", room=room, last=2))["unread"] == 3
    await bob.ask(type="read", room=room, seq=2)
    await bob.ask(type="leave", room=room)
    joined = await bob.ask(type="join", room=room, since=1)
    assert (joined["read"], joined["unread"]) == (2, 1)
    talk = (await ann.ask(type="direct", to="bob", text="psst"))["room"]
    await ann.ask(type="send", room=talk, text="and more")
    carl = await connect()
    session = (await carl.hello("carl"))["session"]
    await ann.ask(type="direct", to="carl", text="psst")
    await carl.event("message")
    (told,) = (await carl.ask(type="hello", token=session))["directs"]
    assert (told["read"], told["unread"]) == (0, 1)
    assert (await bob.ask(type="join", room=talk))["unread"] == 2


async def test_mention_reaches_every_connection_of_those_who_joined(connect: Connect, room: int):
    """In each process, in the room or not; a name that no one there has stays plain text."""
    ann, bob = await in_room(connect, room, "ann", "bob")
    here = await connect()
    session = (await here.hello("Cara Lee"))["session"]
    await here.ask(type="join", room=room)
    await here.ask(type="leave", room=room)
    elsewhere = await connect()
    await elsewhere.ask(type="hello", token=session)
    text = "@cara lee and @dave: @bob"
    sent = await ann.ask(type="send", room=room, text=text)
    for socket in (here, elsewhere, bob):
        event = await socket.event("mentioned")  # before the message or after it
        assert (event["room"], event["target"], event["text"]) == (room, sent["seq"], text)
        assert event["sender"]["name"] == "ann"
    (message,) = (await bob.ask(type="history", room=room))["messages"]
    assert message["mentions"] == ["Cara Lee", "bob"]
    assert event["title"] == (await ann.ask(type="joined_rooms"))["rooms"][0]["title"]
    assert [one["type"] for one in ann.events if one["type"] == "mentioned"] == []
    page = await elsewhere.ask(type="mentions")
    assert [(one["title"], one["message"]["seq"]) for one in page["mentions"]] == [
        (event["title"], sent["seq"])
    ]
    assert page["mentions"][0]["message"]["mentions"] == message["mentions"]
    (told,) = (await here.ask(type="joined_rooms"))["rooms"]
    assert (told["unread"], told["mentions"], told["level"], told["level_until"]) == (1, 1, "all", None)
    joined = await here.ask(type="join", room=room)
    assert (joined["unread"], joined["mentions"]) == (1, 1)
    await here.ask(type="read", room=room, seq=sent["seq"])
    assert (await elsewhere.event("read"))["mentions"] == 0
    assert (await elsewhere.ask(type="level", room=room, level="nothing", seconds=3600))["type"] == "ok"
    await ann.ask(type="send", room=room, text="@cara lee again")
    assert (await here.event("message"))["text"] == "@cara lee again"
    assert await elsewhere.quiet()
    assert [frame for frame in here.events + elsewhere.events if frame["type"] == "mentioned"] == []
    assert (await here.ask(type="level", room=room, level="loud"))["field"] == "level"


async def test_moderators_pin_and_all_members_see_pins(
    connect: Connect, rest: Rest, servers: list[ServerProcess]
):
    account(servers[0], name := f"mona-{uuid.uuid4().hex[:8]}")
    access = rest.sign_in(name, PASSWORD)["access"]
    rest.client.headers.update(bearer(access))
    room = rest.room(f"room {name}")["id"]
    mona, bob = await connect(), await connect("bob")
    await mona.ask(type="hello", token=access)
    for socket in (mona, bob):
        await socket.ask(type="join", room=room)
    for text in ("one", "two"):
        await bob.ask(type="send", room=room, text=text)
    assert (await bob.ask(type="pin", room=room, target=1))["code"] == 104
    assert (await mona.ask(type="pin", room=room, target=9))["code"] == 205
    assert "seq" not in await mona.ask(type="pin", room=room, target=1, on=False)
    assert (await mona.ask(type="pin", room=room, target=1))["seq"] == 3
    assert (await mona.ask(type="pin", room=room, target=2))["seq"] == 4
    event = await bob.event("pinned", target=1)
    assert (event["seq"], event["who"]["name"], event["on"]) == (3, name, True)
    pins = await bob.ask(type="pins", room=room)
    assert [message["seq"] for message in pins["messages"]] == [2, 1]
    assert pins["seq"] == 4
    late = await connect("late")
    snapshot = (await late.ask(type="join", room=room, last=9))["messages"]
    assert [message["pinned"] for message in snapshot] == [True, True]
    await bob.ask(type="delete", room=room, target=1)
    await mona.ask(type="pin", room=room, target=2, on=False)
    assert (await bob.ask(type="pins", room=room))["messages"] == []
    page = await bob.ask(type="history", room=room)
    assert all("pinned" not in message for message in page["messages"])


async def test_only_staff_moderate_a_commons(connect: Connect, room: int):
    (ann,) = await in_room(connect, room, "ann")
    await ann.ask(type="send", room=room, text="mine")
    assert (await ann.ask(type="pin", room=room, target=1))["code"] == 104


async def test_both_pin_in_their_conversation(connect: Connect, room: int):
    ann, bob, eve = [await connect(name) for name in ("ann", "bob", "eve")]
    talk = (await ann.ask(type="direct", to="bob", text="one"))["room"]
    await ann.ask(type="send", room=talk, text="two")
    start = (await ann.ask(type="send", room=talk, text="three"))["seq"] - 3  # said in other tests
    for socket, target in ((ann, start + 1), (bob, start + 2)):
        assert (await socket.ask(type="pin", room=talk, target=target))["type"] == "ok"
    assert (await ann.event("pinned", target=start + 2))["who"]["name"] == "bob"
    pins = await bob.ask(type="pins", room=talk)
    assert [message["text"] for message in pins["messages"]][:2] == ["two", "one"]
    for command in ({"type": "pin", "target": 1}, {"type": "pins"}):
        assert (await eve.ask(room=talk, **command))["code"] == 101


async def test_typing_is_shown_to_the_others(connect: Connect, room: int):
    ann, bob = await in_room(connect, room, "ann", "bob")
    assert (await ann.ask(type="typing", room=room))["type"] == "ok"
    assert (await bob.event("typing"))["who"]["name"] == "ann"


async def test_join_answer_has_members_and_room_info(connect: Connect, room: int, rest: Rest):
    await in_room(connect, room, "ann")
    bob = await connect("bob")
    joined = await bob.ask(type="join", room=room)
    assert [member["name"] for member in joined["members"]] == ["ann", "bob"]
    assert joined["info"]["title"].startswith("room ")
    assert (joined["info"]["moderator"], joined["read"]) == (False, 0)
    assert [member["name"] for member in (await bob.ask(type="members", room=room))["members"]] == [
        "ann",
        "bob",
    ]
    assert (await bob.ask(type="join", room=room))["code"] == 202


async def test_pages_lead_through_the_whole_history_both_ways(connect: Connect, room: int):
    (ann,) = await in_room(connect, room, "ann")
    for number in range(1, 8):
        await ann.ask(type="send", room=room, text=str(number))
    back: list[int] = []
    before = None
    while True:
        page = await ann.ask(
            type="history", room=room, limit=3, **({} if before is None else {"before": before})
        )
        back = [message["seq"] for message in page["messages"]] + back
        before = page["messages"][0]["seq"]
        if not page["more"]:
            break
    assert back == list(range(1, 8))
    on: list[int] = []
    after = 0
    while True:
        page = await ann.ask(type="history", room=room, limit=3, after=after)
        on += [message["seq"] for message in page["messages"]]
        after = page["messages"][-1]["seq"]
        if not page["more"]:
            break
    assert on == list(range(1, 8))


async def test_end_of_one_room_leaves_the_connection_and_its_other_rooms(
    connect: Connect, room: int, rest: Rest
):
    other = rest.room(f"other {uuid.uuid4()}")["id"]
    ann, bob = await in_room(connect, room, "ann", "bob")
    for socket in (ann, bob):
        await socket.ask(type="join", room=other)
    assert rest.client.delete(f"/chats/{room}").status_code == 200
    for socket in (ann, bob):
        removed = await socket.event("removed")
        assert (removed["room"], removed["code"]) == (room, 101)
    await ann.ask(type="send", room=other, text="still here")
    assert (await bob.event("message"))["text"] == "still here"
    assert (await ann.ask(type="send", room=room, text="and there?"))["code"] == 101


async def test_join_and_live_traffic_leave_no_hole(connect: Connect, room: int):
    (talker,) = await in_room(connect, room, "talker")

    async def talk() -> None:
        for number in range(300):
            await talker.ask(type="send", room=room, text=str(number))

    talking = asyncio.create_task(talk())
    complete = 0
    for number, fields in enumerate([{"since": 0}, {"last": 10}, {"last": 0}, {"since": 3}] * 3):
        reader = await connect(f"reader {number}")
        joined = await reader.ask(type="join", room=room, **fields)
        seqs = [message["seq"] for message in joined.get("messages", [])]
        start = fields.get("since", joined["seq"])
        assert all(frame["type"] != "message" for frame in reader.events)
        while (seqs or [start])[-1] < 300:
            seqs.append((await reader.event("message"))["seq"])
        first = fields["since"] + 1 if "since" in fields else joined["seq"] - len(joined["messages"]) + 1
        assert seqs == list(range(first, 301))
        complete += 1
        reader.connection.transport.abort()
    await talking
    assert complete == 12
