"""The event `reports_waiting` of `wschat.v1`, for those who run the room, in process."""

from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from chat.models import Participant, Room
from chat.permissions import SITE
from chat.services import direct, reports
from tests.support.marks import whole_db
from tests.test_consumers import _engine, receive, v1
from tests.test_consumers_moderators import disconnect, room_of_the_owner
from tests.test_revocation import ask

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db


async def number_of(name: str) -> int:
    return (await Participant.objects.aget(name=name)).pk


async def notices(*sockets: WebsocketCommunicator) -> list[list[int]]:
    """The numbers of waiting reports that each was told of until now."""
    found = []
    for socket in sockets:
        told: list[int] = []
        await socket.send_json_to({"type": "ping", "id": 98})
        while (frame := await receive(socket)).get("id") != 98:
            if frame["type"] == "reports_waiting":
                told.append(frame["waiting"])
        found.append(told)
    return found


async def meet() -> tuple[Room, dict[str, WebsocketCommunicator]]:
    """The owner olga, the moderator mona, bob and eve, in olga's room; zoe, who is elsewhere."""
    people = {name: await v1(name) for name in ("olga", "mona", "bob", "eve", "zoe")}
    room = await room_of_the_owner(*list(people.values())[:4])
    await room.moderators.aadd(await number_of("mona"))
    return room, people


async def report(socket: WebsocketCommunicator, room: int, **fields: Any) -> int:
    answer = await ask(socket, type="report", room=room, reason="spam", **fields)
    assert answer["type"] == "ok", answer
    return int(answer["report"])


async def test_those_who_run_the_room_hear_of_a_report_and_of_its_decision():
    room, people = await meet()
    first = await report(people["bob"], room.pk, name="eve")
    assert await notices(*people.values()) == [[1], [1], [], [], []]
    await report(people["bob"], room.pk, name="eve")  # once more
    await report(people["eve"], room.pk, name="bob")
    assert await notices(*people.values()) == [[2], [2], [], [], []]
    await ask(people["mona"], type="decide", report=first, decision="nothing")
    assert await notices(people["olga"]) == [[1]]
    page = await ask(people["olga"], type="reports", room=room.pk, limit=1)
    assert (len(page["reports"]), page["waiting"]) == (1, 1)
    assert "waiting" not in await ask(people["olga"], type="reports", room=room.pk, done=True)
    await disconnect(*people.values())


async def test_reported_moderator_hears_nothing_of_it():
    room, people = await meet()
    about_mona = await report(people["bob"], room.pk, name="mona")
    assert await notices(people["olga"], people["mona"]) == [[1], []]
    await report(people["bob"], room.pk, name="eve")
    assert await notices(people["olga"], people["mona"]) == [[2], [1]]
    decide = sync_to_async(reports.decide_report)
    await decide(number=about_mona, actor=SITE, decision="nothing")
    assert await notices(people["olga"], people["mona"]) == [[1], []]
    page = await ask(people["mona"], type="reports", room=room.pk)
    assert page["waiting"] == 1
    await disconnect(*people.values())


async def test_report_of_a_conversation_tells_no_one():
    _, people = await meet()
    talk = await sync_to_async(direct.open_with)(await number_of("bob"), "eve")
    await report(people["bob"], talk.room, name="eve")
    assert await notices(*people.values()) == [[]] * 5
    await disconnect(*people.values())
