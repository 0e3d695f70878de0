"""Bans from the server with the JavaScript SDK, by staff."""

import uuid

import httpx

from tests.sdk.conftest import NewTalker
from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest
from tests.support.server import ServerProcess


def test_staff_ban_from_the_server_list_and_lift(server: ServerProcess, new_talker: NewTalker) -> None:
    name = f"mona {uuid.uuid4().hex[:6]}"
    account(server, name, staff=True)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        token = Rest(client).sign_in(name, PASSWORD)["access"]
    mona = new_talker(name, token=token)
    banned = mona.do(
        "(me, options) => me.client.banFromServer({ network: '192.0.2.0/24' }, options)",
        {"seconds": 3600, "reason": "spam", "note": "again"},
    )
    (ban,) = banned
    assert [ban[field] for field in ("kind", "name", "reason", "note", "by")] == [
        "network",
        "192.0.2.0/24",
        "spam",
        "again",
        name,
    ]
    assert mona.do("me => me.client.serverBans()") == banned
    assert mona.do("(me, id) => me.client.unbanFromServer(id)", ban["id"]) == []
    refused = new_talker(f"ann {name}").do("me => me.client.serverBans().catch(({ code }) => code)")
    assert refused == 104


def test_moderator_keeps_newcomers_out_of_a_room(server: ServerProcess, new_talker: NewTalker) -> None:
    name = f"olga {uuid.uuid4().hex[:6]}"
    account(server, name)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        token = Rest(client).sign_in(name, PASSWORD)["access"]
        fields = {"title": f"club {name}", "visibility": "public"}
        made = client.post("/chats", json=fields, headers={"Authorization": f"Bearer {token}"})
    olga = new_talker(name, token=token)
    room = made.json()["id"]
    olga.join(room)
    ban = "(me, [room, options]) => me.rooms[room].ban({ newcomers: true, hold: options.hold }, options)"
    assert olga.do(ban, [room, {"hold": True, "seconds": 60}])
    assert olga.do(ban, [room, {"seconds": 60, "reason": "raid"}])
    shown = olga.do("(me, room) => me.rooms[room].bans()", room)
    assert [(one["kind"], one["reason"]) for one in shown] == [("newcomers", "raid")]
    assert olga.do("(me, room) => me.rooms[room].ban({ newcomers: true }, { on: false })", room)
    assert olga.do("(me, room) => me.rooms[room].bans()", room) == []


def test_moderator_filters_texts_and_sender_lists_what_waits(
    server: ServerProcess, new_talker: NewTalker
) -> None:
    name = f"olga {uuid.uuid4().hex[:6]}"
    account(server, name)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        token = Rest(client).sign_in(name, PASSWORD)["access"]
        fields = {"title": f"club {name}", "visibility": "public"}
        made = client.post("/chats", json=fields, headers={"Authorization": f"Bearer {token}"})
    room = made.json()["id"]
    olga, ann = new_talker(name, token=token), new_talker(f"ann {name}")
    words = {"room": room, "kind": "words", "action": "hold", "pattern": "spam"}
    added = olga.do("(me, fields) => me.client.addFilter(fields)", words)
    assert {field: added[field] for field in words} == words
    assert olga.do("(me, room) => me.client.filters({ room })", room) == [added]
    ann.join(room)
    send = "(me, room) => me.rooms[room].send('spam').catch(({ code }) => code)"
    assert ann.do(send, room) == 110
    (held,) = ann.do("(me, room) => me.client.heldMessages({ room })", room)
    assert (held["room"], held["text"]) == (room, "spam")
    ann.send(room, "ham")
    caught = olga.do("(me, fields) => me.client.tryFilter(fields)", words | {"pattern": "ham"})
    assert (caught["tried"], caught["count"]) == (1, 1)
    change = "(me, id) => me.client.changeFilter(id, { kind: 'mentions', action: 'refuse', amount: 3 })"
    assert olga.do(change, added["id"])["amount"] == 3
    olga.do("(me, id) => me.client.removeFilter(id)", added["id"])
    assert olga.do("(me, room) => me.client.filters({ room })", room) == []
