"""Filters, and one's own held messages, by `wschat.v1`. In process."""

import asyncio
import threading
from typing import Any

import pytest

from chat.budgets import LimitTable
from chat.log.threads import run_long_job
from chat.models import AuditEntry, Filter, HeldMessage, Participant, Room
from chat.models.room import DEFAULT_ROOM_ID
from chat.services import spending
from tests.support.marks import whole_db
from tests.test_bans import connect, v1
from tests.test_consumers import _engine
from tests.test_consumers_moderators import disconnect, room_of_the_owner
from tests.test_revocation import ask, user, v1_by_token

__all__ = ["_engine"]  # a fixture shared with test_consumers
pytestmark = whole_db
WORDS: dict[str, Any] = {"kind": "words", "action": "refuse", "pattern": "spam*", "note": "why"}


async def test_filter_is_tried_added_listed_changed_and_removed():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga, eve)
    await ask(eve, type="send", room=room.pk, text="spam")
    tried = await ask(olga, type="try_filter", room=room.pk, **WORDS)
    assert (tried["tried"], tried["count"], [one["text"] for one in tried["messages"]]) == (1, 1, ["spam"])
    assert (await ask(olga, type="filters", room=room.pk))["filters"] == []
    added = (await ask(olga, type="add_filter", room=room.pk, **WORDS))["filter"]
    assert {name: added[name] for name in WORDS} == WORDS
    assert (added["room"], added["amount"], added["by"]) == (room.pk, None, "olga")
    assert (await ask(eve, type="send", room=room.pk, text="spammer"))["code"] == 112
    assert (await ask(olga, type="filters", room=room.pk))["filters"] == [added]
    given = {"kind": "words", "action": "refuse", "pattern": "ham"}
    changed = (await ask(olga, type="change_filter", filter=added["id"], **given))["filter"]
    assert (changed["id"], changed["pattern"], changed["note"]) == (added["id"], "ham", "")
    assert (await ask(eve, type="send", room=room.pk, text="spammer"))["type"] == "ok"
    assert (await ask(eve, type="send", room=room.pk, text="ham"))["code"] == 112
    assert (await ask(olga, type="remove_filter", filter=added["id"]))["type"] == "ok"
    assert (await ask(olga, type="remove_filter", filter=added["id"]))["code"] == 906
    assert (await ask(olga, type="change_filter", filter=added["id"], **given))["code"] == 906
    assert [entry.act async for entry in AuditEntry.objects.order_by("pk")] == [
        "add_filter",
        "change_filter",
        "remove_filter",
    ]
    await disconnect(olga, eve)


async def test_long_jobs_of_a_participant_take_the_slots_of_searches(monkeypatch: pytest.MonkeyPatch):
    """There is one thread for all searches: who keeps it busy holds up those of everyone."""
    monkeypatch.setattr(spending.budgets, "table", LimitTable())
    account = await user("olga")
    sockets = [await v1_by_token(account) for _ in range(3)]
    owner = await Participant.objects.aget(user=account)
    await Room.objects.filter(pk=DEFAULT_ROOM_ID).aupdate(owner=owner)
    for socket in sockets:
        assert (await ask(socket, type="join", room=DEFAULT_ROOM_ID))["type"] == "ok"
    gate = threading.Event()
    busy = asyncio.create_task(run_long_job(gate.wait, 10))
    jobs: list[dict[str, Any]] = [
        {"type": "try_filter", **WORDS},
        {"type": "delete_all", "name": "eve", "since": "all"},
        {"type": "search", "text": "spam"},
    ]
    asked = [
        asyncio.create_task(ask(socket, room=DEFAULT_ROOM_ID, **job))
        for socket, job in zip(sockets, jobs, strict=True)
    ]
    (refused,), waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert not busy.done()
    assert (refused.result()["code"], refused.result()["retry"]) == (910, True)
    gate.set()
    assert 910 not in [answer.get("code") for answer in await asyncio.gather(*waiting)]
    await busy
    await disconnect(*sockets)


async def test_others_and_wrong_fields_are_refused():
    olga, eve = await v1("olga"), await v1("eve")
    room = await room_of_the_owner(olga, eve)
    added = (await ask(olga, type="add_filter", room=room.pk, **WORDS))["filter"]
    for command in (
        {"type": "filters", "room": room.pk},
        {"type": "add_filter", "room": room.pk, **WORDS},
        {"type": "try_filter", "room": room.pk, **WORDS},
        {"type": "change_filter", "filter": added["id"], **WORDS},
        {"type": "remove_filter", "filter": added["id"]},
    ):
        assert (await ask(eve, **command))["code"] == 104, command
    for command in ({"type": "filters"}, {"type": "add_filter", **WORDS}):  # of the server
        assert (await ask(olga, **command))["code"] == 104, command
    for field, value in {
        "kind": "colour",
        "action": "x",
        "pattern": "",
        "amount": 3,
        "note": "x" * 201,
    }.items():
        refused = await ask(olga, type="add_filter", room=room.pk, **WORDS | {field: value})
        assert (refused["code"], refused["field"]) == (303, field)
    assert (await ask(olga, type="filters", room=99))["code"] == 101
    assert await Filter.objects.acount() == 1
    await disconnect(olga, eve)


async def test_sender_sees_what_waits_and_no_one_elses():
    olga, eve, bob = await v1("olga"), await v1("eve"), await v1("bob")
    room = await room_of_the_owner(olga, eve, bob)
    await Room.objects.filter(pk=room.pk).aupdate(approve_first=True)
    assert (await ask(eve, type="send", room=room.pk, text="first", nonce="n1"))["code"] == 110
    assert (await ask(bob, type="send", room=room.pk, text="other", nonce="n1"))["code"] == 110
    (held,) = (await ask(eve, type="held", room=room.pk))["messages"]
    at = held.pop("at")
    assert at
    assert held == {"room": room.pk, "text": "first", "nonce": "n1"}
    assert len((await ask(eve, type="held"))["messages"]) == 1
    assert (await ask(eve, type="held", room=room.pk + 1))["messages"] == []
    await HeldMessage.objects.aupdate(state=HeldMessage.State.REJECTED)
    assert (await ask(eve, type="held"))["messages"] == []
    await disconnect(olga, eve, bob)


@pytest.mark.parametrize("command", [{"type": "held"}, {"type": "filters", "room": 1}])
async def test_clients_that_have_not_greeted_are_refused(command: dict[str, Any]):
    socket = await connect("/ws", "wschat.v1")
    assert (await ask(socket, **command))["type"] == "error"
    await disconnect(socket)
