"""The dialects in process, over a server that has no way for finished frames."""

import pytest

from tests.support.marks import whole_db
from tests.test_consumers import _engine, connect, do, receive

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db


async def test_dialects_in_process():
    uuid, _, _ = await connect("/dialects/uuid/1")
    me = await receive(uuid)
    assert (me["sender"], me["action"]) == ("system", "connect")
    plain, _, _ = await connect("/dialects/plain/")
    said = await do(plain, usr="Ann", msg="hello")
    assert (said["usr"], (await receive(uuid))["contents"]) == ("Ann", "hello")
    later, _, _ = await connect("/dialects/uuid?history=2")
    assert (await receive(later))["action"] == "connect"
    assert (await receive(later))["contents"] == "hello"
    assert (await receive(uuid))["action"] == "connect"
    envelope, _, _ = await connect("/dialects/envelope")
    flat = await do(envelope, message_type="Enter", message_body={"sender_username": "bob"})
    assert flat["message_body"] == {"info": "bob entered the room"}
    chat = {"GroupChat": {"sender_username": "bob", "content": "hi"}}
    assert (await do(envelope, message_type="GroupChat", message_body=chat))["message_body"] == chat
    await plain.send_to(text_data="no json")
    await later.send_to(text_data="no json")
    while (told := await later.receive_output(10))["type"] == "websocket.send":
        pass
    assert (told["type"], told["code"]) == ("websocket.close", 1007)
    assert (await do(plain, usr="Ann", msg="still here"))["msg"] == "hi"
    for socket in (uuid, plain, later, envelope):
        await socket.disconnect()


@pytest.mark.parametrize("path", ["/dialects/nothing/1", "/dialects/uuid/999", "/dialects/uuid/1?history=x"])
async def test_invalid_addresses_are_refused(path: str):
    _, connected, _ = await connect(path)
    assert not connected
