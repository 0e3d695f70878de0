"""Private messages and moderation, across protocols."""

import uuid

from tests.integration.conftest import Dial, Enter
from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket
from tests.support.speakers import SPEAKERS, V1, Envelope, body


async def test_private_messages_cross_protocols(enter: Enter):
    ann = await enter(Envelope, f"ann {uuid.uuid4().hex[:8]}")
    bob, eve = await enter(V1, f"bob {uuid.uuid4().hex[:8]}"), await enter(Envelope)
    assert isinstance(ann, Envelope)
    await ann.do("PrivateChat", target_username=bob.name, content="psst")
    said = await bob.socket.event("message", text="psst")
    assert (said["sender"]["name"], said["sender"]["verified"]) == (ann.name, True)
    await bob.socket.ask(type="direct", to=ann.name, text="what is it?")
    assert await ann.body("PrivateChat") == {
        "target_username": ann.name,
        "sender_username": bob.name,
        "content": "what is it?",
    }
    await ann.do("PrivateChat", target_username=bob.name, content="nothing", tagged=False)
    await bob.socket.event("message", text="nothing")
    await bob.socket.ask(type="direct", to=ann.name, text="well")
    frame = await ann.socket.receive_until(message_type="PrivateChat")
    assert frame["message_body"]["content"] == "well"
    for speaker in (ann, bob, eve):
        await speaker.say("that was all")
        for hearer in (ann, bob, eve):
            await hearer.hears(speaker, "that was all")
    assert await eve.socket.quiet()


async def test_private_message_to_an_unknown_name_is_refused(enter: Enter):
    ann = await enter(Envelope)
    assert isinstance(ann, Envelope)
    await ann.do("PrivateChat", target_username="nobody of this name", content="psst")
    assert "no user has this name" in (await ann.body("PrivateInfo"))["info"]


async def test_an_account_gets_what_was_said_to_it_while_it_was_away(
    enter: Enter, dial: Dial, servers: list[ServerProcess]
):
    name = f"carol-{uuid.uuid4().hex[:8]}"
    account(servers[0], name)
    ann = await enter(Envelope)
    assert isinstance(ann, Envelope)

    async def sign_in(password: str = PASSWORD) -> Socket:
        socket = await dial("/dialects/envelope/")
        inner = {"sender_username": name, "password": password}
        await socket.send(message_type="Auth", message_body={"Auth": inner}, token=None)
        return socket

    refused = await (await sign_in("wrong")).receive()
    assert (refused["message_type"], refused["token"]) == ("PrivateInfo", None)
    assert "wrong name or password" in body(refused)["info"]
    first = await sign_in()
    answer = await first.receive()
    assert (body(answer), str(uuid.UUID(answer["token"]))) == ({"info": "auth-success"}, answer["token"])
    await ann.do("PrivateChat", target_username=name, content="live")
    assert body(await first.receive_until(message_type="PrivateChat"))["content"] == "live"
    await first.connection.close()
    told = ""
    count = 0
    while "not online" not in told:  # until the server has noticed
        await ann.do("PrivateChat", target_username=name, content=f"away {count}")
        count += 1
        await ann.do("PrivateChat", target_username="nobody of this name", content="x")
        told = (await ann.body("PrivateInfo"))["info"]
    second = await sign_in()
    await second.receive_until(message_type="PrivateInfo")
    texts = [body(await second.receive_until(message_type="PrivateChat"))["content"] for _ in range(count)]
    assert texts[-1] == f"away {count - 1}"
    await ann.do("PrivateChat", target_username=name, content="welcome back")
    assert body(await second.receive_until(message_type="PrivateChat"))["content"] == "welcome back"


async def test_an_account_that_never_signed_in_can_be_written_to_and_has_its_name(
    enter: Enter, dial: Dial, servers: list[ServerProcess]
):
    account(servers[0], name := f"dora-{uuid.uuid4().hex[:8]}")
    ann = await enter(Envelope)
    assert isinstance(ann, Envelope)
    await ann.do("PrivateChat", target_username=name, content="welcome")
    assert "is not online" in (await ann.body("PrivateInfo"))["info"]
    thief = await dial("/dialects/envelope/")
    await thief.send(message_type="Enter", message_body={"sender_username": name})
    assert "is taken on this server" in body(await thief.receive())["info"]
    dora = await dial("/dialects/envelope/")
    auth = {"sender_username": name, "password": PASSWORD}
    await dora.send(message_type="Auth", message_body=auth)
    assert body(await dora.receive())["info"] == "auth-success"
    assert body(await dora.receive())["content"] == "welcome"
    again = await dial("/dialects/envelope/")
    await again.send(message_type="Auth", message_body=auth)
    assert body(await again.receive())["info"] == "auth-success"
    v1 = await dial("/ws", subprotocols=["wschat.v1"])
    assert (await v1.ask(type="hello", name="visitor"))["type"] == "ok"
    await v1.ask(type="direct", to=name, text="and hello")
    for socket in (dora, again):
        assert body(await socket.receive())["content"] == "and hello"


async def test_an_account_that_has_another_name_may_write_under_that_of_its_user(
    dial: Dial, rest: Rest, servers: list[ServerProcess]
):
    account(servers[0], name := f"emma-{uuid.uuid4().hex[:8]}")
    v1, renamed = await dial("/ws", subprotocols=["wschat.v1"]), f"Em {uuid.uuid4().hex[:8]}"
    answer = await v1.ask(type="hello", token=rest.sign_in(name, PASSWORD)["access"], name=renamed)
    assert answer["name"] == renamed
    emma = await dial("/dialects/envelope/")
    auth = {"sender_username": name, "password": PASSWORD}
    await emma.send(message_type="Auth", message_body=auth)
    await emma.receive_until(message_type="PrivateInfo")
    for spelled in (name, renamed):
        said = {"sender_username": spelled, "content": "hello"}
        await emma.send(message_type="GroupChat", message_body=said)
        heard = body(await emma.receive_until(message_type="GroupChat"))
        assert heard == {"sender_username": renamed, "content": "hello"}


async def test_deletions_and_mutes_work_across_protocols(
    enter: Enter, dial: Dial, rest: Rest, servers: list[ServerProcess]
):
    name = f"mona-{uuid.uuid4().hex[:8]}"
    account(servers[0], name)
    tokens = rest.sign_in(name, PASSWORD)
    rest.client.headers.update(bearer(tokens["access"]))
    room = rest.room(f"room {name}")["id"]
    mona = await dial("/ws", subprotocols=["wschat.v1"])
    await mona.ask(type="hello", token=tokens["access"])
    assert (await mona.ask(type="join", room=room))["info"]["moderator"]
    for kind in SPEAKERS:
        speaker = await enter(kind, room=room)
        await speaker.say("rubbish")
        await speaker.hears(speaker, "rubbish")
        seq = (await mona.event("message", text="rubbish"))["seq"]
        assert (await mona.ask(type="delete", room=room, target=seq))["type"] == "ok"
        await mona.event("erased", target=seq)
        assert (await mona.ask(type="mute", room=room, name=speaker.name, seconds=600))["type"] == "ok"
        muted = await mona.event("muted")
        assert (muted["name"], muted["on"]) == (speaker.name, True)
        await speaker.say("more rubbish")
        await speaker.is_refused()
        assert (await mona.ask(type="mute", room=room, name=speaker.name, on=False))["type"] == "ok"
        await speaker.say("sorry")
        await speaker.hears(speaker, "sorry")
    history = (await mona.ask(type="history", room=room))["messages"]
    said = [message["text"] for message in history if message["text"] != "marker"]
    assert said == ["", "sorry"] * len(SPEAKERS)
    bob = await enter(V1, room=room)
    refused = await bob.socket.ask(type="mute", room=room, name=name)
    assert (refused["code"], refused["error"]) == (104, "Room error: Unauthorized operation")


async def test_muted_member_cannot_send_typing_notices(dial: Dial, rest: Rest, servers: list[ServerProcess]):
    name = f"mia-{uuid.uuid4().hex[:8]}"
    account(servers[0], name)
    tokens = rest.sign_in(name, PASSWORD)
    rest.client.headers.update(bearer(tokens["access"]))
    room = rest.room(f"room {name}")["id"]
    mia, ann, bob = [await dial("/ws", subprotocols=["wschat.v1"]) for _ in range(3)]
    await mia.ask(type="hello", token=tokens["access"])
    named = {socket: (await socket.hello(f"{uuid.uuid4().hex[:8]}"))["name"] for socket in (ann, bob)}
    for socket in (mia, ann, bob):
        assert (await socket.ask(type="join", room=room))["type"] == "ok"
    assert (await ann.ask(type="typing", room=room))["type"] == "ok"
    await bob.event("typing", room=room)
    assert (await bob.ask(type="typing", room=room))["type"] == "ok"
    await ann.event("typing", room=room, who={"name": named[bob], "color": "", "verified": True})
    assert (await mia.ask(type="mute", room=room, name=named[bob], seconds=600))["type"] == "ok"
    await bob.event("muted", room=room)
    for _ in range(3):  # the newest state decides, however often it is asked for
        refused = await bob.ask(type="typing", room=room)
        assert (refused["type"], refused["code"]) == ("error", 107)
    assert refused["retry_after"] > 0
    for command in ({"type": "edit", "text": "x"}, {"type": "react", "emoji": "👍"}):
        assert (await bob.ask(room=room, target=1, **command))["code"] == 107
    assert (await mia.ask(type="typing", room=room))["type"] == "ok"
    while (writer := (await ann.event("typing", room=room))["who"]["name"]) == named[ann]:
        pass  # her own
    assert writer == name
