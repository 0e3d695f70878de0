"""Reports by `wschat.v1`, in process."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission

from chat.models import Event, Room
from tests.support.marks import whole_db
from tests.test_consumers import _engine, private_room, token, v1
from tests.test_consumers_moderators import disconnect, room_of_the_owner
from tests.test_revocation import ask, heard, participant, user, v1_by_cookie

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db


async def test_report_goes_to_those_who_run_the_room_and_comes_back_decided():
    olga, ann, eve = await v1("olga"), await v1("ann"), await v1("eve")
    room = await room_of_the_owner(ann, eve)  # olga runs it, from elsewhere
    seq = (await ask(eve, type="send", room=room.pk, text="spam"))["seq"]
    report = {"type": "report", "room": room.pk, "target": seq, "reason": "spam", "note": "again"}
    number = (await ask(ann, **report))["report"]
    assert (await ask(ann, **report))["report"] == number
    for asked in ({}, {"room": room.pk}):
        (shown,) = (await ask(olga, type="reports", **asked))["reports"]
        assert (shown["id"], shown["about"], shown["by"], shown["state"]) == (number, "eve", "ann", "open")
    assert (await ask(olga, type="claim", report=number))["type"] == "ok"
    assert (await ask(olga, type="decide", report=number, decision="delete"))["type"] == "ok"
    assert (await heard(ann, "erased"))["target"] == seq
    assert (await Event.objects.aget(room=room, seq=seq)).text == ""
    (mine,) = (await ask(ann, type="reports", mine=True))["reports"]
    assert (mine["state"], mine["decision"], mine["handler"]) == ("done", "delete", "")
    assert (await ask(olga, type="reports"))["reports"] == []
    (done,) = (await ask(olga, type="reports", done=True))["reports"]
    assert done["handler"] == "olga"
    await disconnect(olga, ann, eve)


async def test_report_is_filed_from_within_the_room_alone():
    room = await private_room()
    gus, eve = await v1("gus"), await v1("eve")
    await ask(eve, type="join", room=room.pk, token=await token(room, "eve"))
    seq = (await ask(eve, type="send", room=room.pk, text="spam"))["seq"]
    report = {"type": "report", "room": room.pk, "target": seq, "reason": "spam"}
    assert (await ask(gus, **report))["code"] == 101
    await ask(gus, type="join", room=room.pk, token=await token(room, "gus"))
    assert "report" in await ask(gus, **report)
    await disconnect(gus, eve)


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        ({"type": "report", "target": 1}, 303, "reason"),
        ({"type": "report", "target": 1, "reason": "x"}, 303, "reason"),
        ({"type": "report", "reason": "spam"}, 303, "target"),
        ({"type": "report", "target": -1, "reason": "spam"}, 303, "target"),
        ({"type": "report", "target": 1, "reason": "spam", "around": [-1]}, 303, "around"),
        ({"type": "report", "target": 1, "reason": "spam", "note": "x" * 501}, 303, "note"),
        ({"type": "reports", "limit": 101}, 303, "limit"),
        ({"type": "reports", "room": 77}, 101, ""),
        ({"type": "claim", "report": 77}, 906, ""),
        ({"type": "decide", "report": 77, "decision": "done"}, 906, ""),
        ({"type": "decide", "report": 77, "decision": "x"}, 303, "decision"),
    ],
)
async def test_bad_command_is_refused_with_its_field(command: dict[str, object], code: int, field: str):
    ann = await v1("ann")
    await ask(ann, type="join", room=1)
    answer = await ask(ann, **{"room": 1} | command if command["type"] == "report" else command)
    assert (answer["code"], answer["field"]) == (code, field)
    await disconnect(ann)


async def test_staff_ban_from_the_server_what_was_said_in_a_conversation():
    staff = await user("sue", is_staff=True)
    granted = [one async for one in Permission.objects.filter(codename__in=["change_report", "change_room"])]
    await sync_to_async(staff.user_permissions.set)(granted)
    sue, ann, eve = await v1_by_cookie(staff), await v1("ann"), await v1("eve")
    talk = await ask(eve, type="direct", to="ann", text="psst")
    report = {"type": "report", "room": talk["room"], "target": talk["seq"], "reason": "harassment"}
    number = (await ask(ann, **report))["report"]
    (shown,) = (await ask(sue, type="reports"))["reports"]
    assert (shown["direct"], [one["text"] for one in shown["messages"]]) == (True, ["psst"])
    assert (await ask(sue, type="decide", report=number, decision="delete"))["code"] == 303
    assert (await ask(sue, type="decide", report=number, decision="ban"))["type"] == "ok"
    assert (await ask(await v1("eva"), type="reports"))["reports"] == []
    await disconnect(sue, ann, eve)


async def test_moderator_who_is_removed_sees_no_reports():
    olga, mod = await user("olga"), await user("mod")
    ann, sees = await v1("ann"), await v1_by_cookie(mod)
    room = await Room.objects.acreate(title="club", title_key="club", owner_id=await participant(olga))
    await room.moderators.aadd(await participant(mod))
    await ask(ann, type="join", room=room.pk)
    await ask(ann, type="report", room=room.pk, name="olga", reason="other")
    assert len((await ask(sees, type="reports", room=room.pk))["reports"]) == 1
    await room.moderators.aclear()
    assert (await ask(sees, type="reports", room=room.pk))["code"] == 104
    await disconnect(ann, sees)
