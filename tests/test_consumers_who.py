"""The identity of a connection: by cookie, token or hello. In process, as in test_consumers."""

import asyncio
import threading
from collections.abc import Collection
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from chat import meter, tokens
from chat.budgets import RATES, LimitTable
from chat.engine import process, upkeep
from chat.meter import Budgets
from chat.models import Participant
from chat.permissions import Actor
from chat.services import greetings, rooms, spending
from chat.services.revocations import SESSION_KEY
from tests.support.marks import whole_db
from tests.test_consumers import (
    SECRET,
    _engine,
    connect,
    do,
    owner_of_a_private_room,
    private_room,
    session,
    token,
    v1,
)

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("http://testserver", True),
        ("https://testserver", False),
        ("http://testserver:81", False),
        ("http://evil.example", False),
        ("null", False),
        ("http://[", False),
        ("", False),
    ],
)
async def test_cookies_count_only_from_a_page_of_our_own(origin: str, let_in: bool):
    room, cookie = await owner_of_a_private_room()
    socket = await v1(cookie=cookie, **({"origin": origin} if origin else {}))
    answer = await do(socket, type="join", id=2, room=room.pk)
    if let_in:
        assert answer["type"] == "ok"
        assert answer["members"] == [{"name": "ann", "color": "", "verified": True}]
    else:
        assert (answer["type"], answer["code"]) == ("error", 403)
    await socket.disconnect()


@pytest.mark.parametrize(("before", "let_in"), [("__Host-", True), ("__Secure-", False), ("", False)])
async def test_only_cookies_that_browsers_guard_count_over_tls(
    monkeypatch: pytest.MonkeyPatch, before: str, let_in: bool
):
    room, cookie = await owner_of_a_private_room()
    monkeypatch.setattr(settings.ENV, "wschat_https", True)
    socket = await v1(cookie=before + cookie, origin="http://testserver")
    assert ((await do(socket, type="join", id=2, room=room.pk))["type"] == "ok") == let_in
    await socket.disconnect()


@pytest.mark.parametrize(
    "values", [{SESSION_KEY: 999_999}, {SESSION_KEY: "1"}, {SESSION_KEY: None}, {"other": 1}]
)
async def test_session_of_an_unknown_client_is_anonymous(values: dict[str, object]):
    room = await private_room()
    socket = await v1(cookie=await session(**values), origin="http://testserver")
    assert (await do(socket, type="join", id=2, room=room.pk))["code"] == 403
    await socket.disconnect()


async def test_name_of_a_room_token_binds_in_v1():
    room = await private_room()
    socket = await v1()
    key = await token(room, "bob")
    assert (await do(socket, type="join", id=2, room=room.pk, token=key))["code"] == 204
    key = await token(room, "Ann")
    joined = await do(socket, type="join", id=3, room=room.pk, token=key)
    assert [member["name"] for member in joined["members"]] == ["Ann"]
    await socket.disconnect()


async def test_closed_account_is_anonymous():
    user = await get_user_model().objects.acreate_user("ann", password=SECRET)
    client = Client()
    await sync_to_async(client.force_login)(user)
    room = await private_room()
    await sync_to_async(rooms.set_owner)(
        room=room, actor=Actor(None, staff=True), owner=(await _participant(user)).pk
    )
    cookie = f"wschat_session={client.cookies['wschat_session'].value}"
    socket = await v1(cookie=cookie, origin="http://testserver")
    assert (await do(socket, type="join", id=2, room=room.pk))["type"] == "ok"
    await socket.disconnect()
    user.is_active = False
    await user.asave()
    socket = await v1("another", cookie=cookie, origin="http://testserver")
    assert (await do(socket, type="join", id=2, room=room.pk))["code"] == 403
    await socket.disconnect()


async def _participant(user: Any) -> Any:
    return await user._meta.apps.get_model("chat", "Participant").objects.aget(user=user)


async def test_token_among_the_subprotocols_identifies_the_client():
    first, _, _ = await connect("/ws", "wschat.v1")
    welcome = await do(first, type="hello", id=1, name="ann")
    offered = f"wschat.token.{welcome['session']}"
    second, connected, accepted = await connect("/ws", "wschat.v1", offered)
    assert (connected, accepted) == (True, "wschat.v1")
    again = await do(second, type="hello", id=1)
    assert (again["participant"], again["name"]) == (welcome["participant"], "ann")
    _, connected, _ = await connect("/ws", "wschat.v1", offered + "x")
    assert not connected
    for socket in (first, second):
        await socket.disconnect()


async def test_account_comes_with_its_access_token_and_its_own_name():
    user = await get_user_model().objects.acreate_user("Ann", password=SECRET)
    access = str(await sync_to_async(AccessToken.for_user)(user))
    socket, _, _ = await connect("/ws", "wschat.v1")
    welcome = await do(socket, type="hello", id=1, token=access)
    assert (welcome["name"], welcome["account"], "session" in welcome) == ("Ann", True, False)
    other, _, _ = await connect("/ws", "wschat.v1")
    assert (await do(other, type="hello", id=1, name="\u0251nn"))["code"] == 202
    for one in (socket, other):
        await one.disconnect()


async def test_connection_does_not_outlive_its_account():
    user = await get_user_model().objects.acreate_user("ann", password=SECRET)
    access = str(await sync_to_async(AccessToken.for_user)(user))
    socket, _, _ = await connect("/ws", "wschat.v1")
    await do(socket, type="hello", id=1, token=access)
    guest = await v1("bob")
    engine = await process.get_running()
    await engine.names.renew_names()
    assert await socket.receive_nothing()
    user.is_active = False
    await user.asave()
    await engine.names.renew_names()
    assert (await socket.receive_output(10))["code"] == 4403
    assert (await do(guest, type="ping", id=2))["type"] == "ok"
    await guest.disconnect()


async def test_guest_who_is_here_keeps_the_name_without_being_in_a_room(settings):
    settings.ENV = settings.ENV.model_copy(update={"wschat_guest_name_seconds": 0.0})
    ann = await v1("ann")
    other, _, _ = await connect("/ws", "wschat.v1")
    assert (await do(other, type="hello", id=1, name="ann"))["code"] == 202
    await ann.disconnect()
    while (await do(other, type="hello", id=2, name="ann"))["type"] != "ok":
        pass
    await other.disconnect()


async def test_guest_who_goes_while_the_process_renews_names_does_not_keep_the_name(settings, monkeypatch):
    settings.ENV = settings.ENV.model_copy(update={"wschat_guest_name_seconds": 0.0})
    reached, gone = threading.Event(), threading.Event()

    def keep(participants: Collection[int]) -> None:
        reached.set()
        assert gone.wait(10)
        greetings.renew_seen(participants)

    ann = await v1("ann")
    other, _, _ = await connect("/ws", "wschat.v1")
    engine = await process.get_running()
    (ann_is,) = engine.recipients.participants()
    monkeypatch.setattr(upkeep, "renew_seen", keep)
    renewing = asyncio.create_task(engine.names.renew_names())
    assert await asyncio.to_thread(reached.wait, 10)
    await ann.disconnect()
    assert ann_is not in engine.recipients
    assert (await do(other, type="hello", id=2, name="ann"))["code"] == 202  # it is not noted yet
    gone.set()
    await renewing
    async with asyncio.timeout(5):
        while (await do(other, type="hello", id=2, name="ann"))["type"] != "ok":
            pass
    await other.disconnect()


@pytest.mark.parametrize("by", ["token", "cookie", "second hello"])
async def test_new_connections_do_not_make_changes_of_name_free(by: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spending, "budgets", Budgets(LimitTable()))
    for module in (spending, meter):
        monkeypatch.setattr(module, "monotonic", lambda: 1000.0)
    guest = await Participant.objects.acreate(name="ann", name_key="ann")
    known: dict[str, Any] = {"token": await sync_to_async(tokens.guest_session)(guest.pk)}
    headers = {"cookie": await session(**{SESSION_KEY: guest.pk}), "origin": "http://testserver"}
    answers: list[dict[str, Any]] = []
    for number in range(int(RATES["name"].burst) + 1):
        socket, _, _ = await connect("/ws", "wschat.v1", **(headers if by == "cookie" else {}))
        if by == "second hello":
            assert (await do(socket, type="hello", id=1, name=f"other {number}"))["type"] == "ok"
        shown = {} if by == "cookie" else known
        answers.append(await do(socket, type="hello", id=2, name=f"ann {number}", **shown))
        await socket.disconnect()
    assert [answer["type"] for answer in answers[:-1]] == ["ok"] * (len(answers) - 1)
    assert answers[-1]["code"] == 910
    assert answers[-1]["retry_after"] > 0
    socket, _, _ = await connect("/ws", "wschat.v1", **(headers if by == "cookie" else {}))
    assert (await do(socket, type="hello", id=1, **({} if by == "cookie" else known)))["type"] == "ok"
    await socket.disconnect()
