"""Search in all rooms that a client may read, with filters, over sockets and REST, on both databases."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.conftest import Dial
from tests.support.accounts import PASSWORD, account
from tests.support.rest import SECRET, Rest, bearer, refusal
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

DialAt = Callable[[ServerProcess], Dial]

WORD = "needle"


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path) -> Iterator[ServerProcess]:
    env = {} if request.param == "sqlite" else {"DATABASE_URL": request.getfixturevalue("postgres_url")}
    with ServerProcess(tmp_path, env) as process:
        yield process


def found(answer: dict[str, Any]) -> list[str]:
    return [message["text"] for message in answer["messages"]]


@pytest.fixture
async def dial_at() -> AsyncIterator[DialAt]:
    """dial_at(server)("/ws") -> Socket."""
    async with AsyncExitStack() as stack:

        def dial_at(server: ServerProcess) -> Dial:
            async def dial(path: str, **options: Any) -> Socket:
                return await stack.enter_async_context(open_socket(server.ws_url + path, **options))

            return dial

        yield dial_at


async def speaker(dial: Dial, name: str, **hello: Any) -> Socket:
    client = await dial("/ws", subprotocols=["wschat.v1"])
    await client.ask(type="hello", name=name, **hello)
    return client


async def test_all_rooms_that_a_client_may_read_are_searched(site: ServerProcess, dial_at: DialAt):
    with httpx.Client(base_url=site.url, trust_env=False) as http:
        rest = Rest(http)
        open_, closed = rest.room("Garden")["id"], rest.room("Cellar", "private")["id"]
        hidden = rest.room("Vault", "hidden")["id"]
        dial = dial_at(site)
        ann, bob, cem = [await speaker(dial, name) for name in ("ann", "bob", "cem")]
        for room in (open_, closed, hidden):
            token = {} if room == open_ else {"token": rest.token(room, "ann")}
            assert (await ann.ask(type="join", room=room, **token))["type"] == "ok"
            await ann.ask(type="send", room=room, text=f"{WORD} in {room}")
        await ann.ask(type="direct", to="bob", text=f"{WORD} for bob")
        everything = [f"{WORD} in {room}" for room in (open_, closed, hidden)] + [f"{WORD} for bob"]
        ask = {"type": "search", "text": WORD}
        assert found(await ann.ask(**ask)) == everything
        assert found(await bob.ask(**ask)) == [everything[0], everything[3]]
        assert found(await cem.ask(**ask)) == [everything[0]]
        page = await ann.ask(**ask, limit=3)
        assert (found(page), page["more"]) == (everything[1:], True)
        page = await ann.ask(**ask, limit=3, before=page["next"])
        assert (found(page), page["more"], "next" in page) == (everything[:1], False, False)
        await ann.ask(type="leave", room=closed)
        assert found(await ann.ask(**ask)) == [everything[0], *everything[2:]]

        def get(token: str = "", **params: Any) -> httpx.Response:
            return rest.client.get(
                "/api/search", params={"text": WORD, **params}, headers=bearer(token) if token else {}
            )

        assert found(get().json()) == [everything[0]]
        cellar = rest.token(closed, "bob")
        assert found(get(cellar).json()) == everything[:2]
        assert found(get(cellar, room=closed).json()) == [everything[1]]
        assert found(get(room="garden", limit=1).json()) == [everything[0]]
        assert refusal(get(room=closed)) == (403, 403, "")
        assert refusal(get(room=hidden, token=cellar))[0] == 403
        assert refusal(get(room="nowhere")) == (404, 101, "")
        assert refusal(get(text="")) == (400, 303, "text")
        assert refusal(rest.client.get("/api/search")) == (400, 303, "text")
        for field, value in [
            ("limit", "0"),
            ("limit", "101"),
            ("before", "-1"),
            ("before", "9" * 30),
            ("limit", "١"),
        ]:
            assert refusal(get(**{field: value})) == (400, 303, field)
        assert rest.client.delete(f"/chats/{open_}").status_code == 200
        assert found(get().json()) == []


async def test_filters(site: ServerProcess, dial_at: DialAt):
    with httpx.Client(base_url=site.url, trust_env=False) as http:
        rest = Rest(http)
        dial = dial_at(site)
        room = rest.room("Garden")["id"]
        ann, bob = await speaker(dial, "Ann Lee"), await speaker(dial, "боб")
        for client in (ann, bob):
            await client.ask(type="join", room=room)
        await ann.ask(type="send", room=room, text="see HTTPS://example.com/x")
        await ann.ask(type="send", room=room, text="no link: http has one")
        await bob.ask(type="send", room=room, text="(www.example.org)")
        await bob.ask(type="send", room=room, text="see has:fun before: noon")
        today = datetime.now(UTC).date()
        days = {"yesterday": today - timedelta(days=1), "today": today, "tomorrow": today + timedelta(days=2)}
        table = [
            ('from:"ann lee"', 2),
            ('FROM:"Ann Lee" see', 1),
            ("from:БОБ", 2),
            ("from:@боб see", 1),
            ("from:cem", 0),
            ("has:link", 2),
            ("has:links see", 1),
            ("has:link example.org", 1),
            ("after:{yesterday}", 4),
            ("after:{today}", 0),
            ("before:{today} see", 0),
            ("before:{tomorrow} see", 2),
            ("after:{yesterday} before:{tomorrow} from:боб", 2),
            ("has:fun", 1),
            ("before: noon", 1),
        ]
        for text, count in table:
            asked = text.format(**days)
            answer = await ann.ask(type="search", text=asked, room=room)
            assert len(answer["messages"]) == count, asked
            answer = await ann.ask(type="search", text=asked)
            assert len(answer["messages"]) == count, asked
            assert len(rest.client.get("/api/search", params={"text": asked}).json()["messages"]) == count, (
                asked
            )
        for asked in ("before:2026-02-30", "after:0001-01-01", "before:1", "after:99999-01-01"):
            answer = await ann.ask(type="search", text=asked)
            assert (answer["code"], answer["field"]) == (303, "text")


async def test_conversations_and_rights_that_ended_are_not_searched(site: ServerProcess, dial_at: DialAt):
    name = f"eve-{uuid.uuid4().hex[:6]}"
    account(site, name)
    with httpx.Client(base_url=site.url, trust_env=False) as http:
        rest = Rest(http)
        access = rest.sign_in(name, PASSWORD)["access"]
        made = rest.client.post(
            "/chats",
            json={"title": "Mine", "visibility": "hidden", "password": "a password"},
            headers=bearer(access),
        ).json()["id"]
        eve = await speaker(dial_at(site), name, token=access)
        await eve.ask(type="join", room=made)
        await eve.ask(type="send", room=made, text=WORD)
        hers = {"Authorization": f"Bearer {access}"}
        assert found(rest.client.get("/api/search", params={"text": WORD}, headers=hers).json()) == [WORD]
        assert found(await eve.ask(type="search", text=WORD)) == [WORD]
        assert found(rest.client.get("/api/search", params={"text": WORD}).json()) == []
        await eve.ask(type="delete", room=made, target=1)
        assert found(rest.client.get("/api/search", params={"text": WORD}, headers=hers).json()) == []


async def test_rooms_that_banned_a_client_are_not_searched(site: ServerProcess, dial_at: DialAt):
    owner, eve = (f"{name}-{uuid.uuid4().hex[:6]}" for name in ("olga", "eve"))
    account(site, owner)
    account(site, eve)
    with httpx.Client(base_url=site.url, trust_env=False) as http:
        rest = Rest(http)
        access = {name: rest.sign_in(name, PASSWORD)["access"] for name in (owner, eve)}
        rooms = {}
        for title, visibility in (("Garden", "public"), ("Cellar", "private"), ("Orchard", "public")):
            fields = {"title": title, "visibility": visibility}
            secret = {} if visibility == "public" else {"password": SECRET}
            made = rest.client.post("/chats", json=fields | secret, headers=bearer(access[owner]))
            rooms[title] = made.json()["id"]
        ann, hers = [await speaker(dial_at(site), name, token=access[name]) for name in (owner, eve)]
        for title, room in rooms.items():
            await ann.ask(type="join", room=room)
            await ann.ask(type="send", room=room, text=f"{WORD} in {title}")
        for title in ("Garden", "Cellar"):
            for ban in ({"name": eve}, {"name": "bob"}):
                url = f"/chats/{rooms[title]}/bans"
                assert rest.client.post(url, json=ban, headers=bearer(access[owner])).status_code == 201
        assert found(await hers.ask(type="search", text=WORD)) == [f"{WORD} in Orchard"]

        def get(token: str = "", **params: Any) -> httpx.Response:
            headers = bearer(token) if token else {}
            return rest.client.get("/api/search", params={"text": WORD, **params}, headers=headers)

        assert found(get(access[eve]).json()) == [f"{WORD} in Orchard"]
        assert refusal(get(access[eve], room=rooms["Garden"])) == (403, 921, "")
        assert found(get().json()) == [f"{WORD} in Garden", f"{WORD} in Orchard"]
        # Who was kicked gets no more by the token that they came with.
        shown = rest.token(rooms["Cellar"], "cem")
        assert found(get(shown).json()) == [f"{WORD} in {title}" for title in rooms]
        cem = await speaker(dial_at(site), "cem")
        await cem.ask(type="join", room=rooms["Cellar"], token=shown)
        kick = {"name": "cem"}
        url = f"/chats/{rooms['Cellar']}/kicks"
        assert rest.client.post(url, json=kick, headers=bearer(access[owner])).status_code == 200
        assert found(get(shown).json()) == [f"{WORD} in Garden", f"{WORD} in Orchard"]
        # A ban of a network does not cover those who run the room.
        ban = {"network": "127.0.0.0/8"}
        url = f"/chats/{rooms['Garden']}/bans"
        assert rest.client.post(url, json=ban, headers=bearer(access[owner])).status_code == 201
        assert found(get().json()) == [f"{WORD} in Orchard"]
        assert refusal(get(room=rooms["Garden"])) == (403, 921, "")
        assert found(get(access[owner]).json()) == [f"{WORD} in {title}" for title in rooms]
