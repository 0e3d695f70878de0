"""Rights that are lost: what they gave ends within a second, in both processes.

What limits who may post holds at once: a message that is sent when the other process has answered the
moderator is refused.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import ConnectionClosed

from tests.faults.operator import Operator, open_shell
from tests.faults.stage import Figure, Stage, within
from tests.support.server import ServerProcess
from tests.support.short_tokens import shorten_token
from tests.support.sockets import Socket, open_socket

PASSWORD = SECRET = "correct horse battery"
SECONDS = 1.0
PATIENCE = 10.0
CLOSED, REMOVED = 4403, 104


@dataclass
class Case:
    """One person with a connection to each process, who is about to lose something."""

    operator: Operator
    apps: list[ServerProcess]
    stack: AsyncExitStack
    name: str
    room: int
    sockets: list[Socket] = field(default_factory=list)
    other: list[Socket] = field(default_factory=list)  # who lose nothing
    _bearer: dict[str, str] = field(default_factory=dict)  # of the owner of the room

    @property
    def user(self) -> str:
        return f"one = User.objects.get(username={self.name!r}); "

    async def make_account(self, **fields: bool) -> None:
        made = ", ".join(f"{name}={value}" for name, value in fields.items())
        await self.operator.run(f"User.objects.create_user({self.name!r}, password={PASSWORD!r}, {made})")

    async def come_by_token(self) -> None:
        """Both connections by an access token."""
        _, access = await self.operator.run(self.user + "value = str(AccessToken.for_user(one))")
        for app in self.apps:
            offered = ["wschat.v1", f"wschat.token.{access}"]
            self.sockets.append(await self._dial(app, subprotocols=offered))

    async def join(self, **fields: object) -> None:
        for socket in self.sockets:
            answer = await socket.ask(type="join", room=self.room, **fields)
            assert answer["type"] == "ok", answer

    async def come_by_cookie(self, browser: httpx.AsyncClient, into: list[Socket]) -> None:
        """Both connections with the cookies of a browser."""
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        for app in self.apps:
            headers = {"Origin": app.url, "Cookie": cookies}
            into.append(await self._dial(app, subprotocols=["wschat.v1"], additional_headers=headers))

    async def _dial(self, app: ServerProcess, **options: object) -> Socket:
        socket = await self.stack.enter_async_context(open_socket(f"{app.ws_url}/ws", **options))
        answer = await socket.ask(type="hello")
        assert answer["type"] == "ok", answer
        return socket

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which the account has signed in."""
        async with httpx.AsyncClient(base_url=self.apps[0].url, trust_env=False, timeout=PATIENCE) as client:
            await submit(client, "/sign-in", username=self.name, password=PASSWORD)
            yield client

    # Those who run the room

    async def found_room(self, **fields: object) -> None:
        """A room of an account's, whose requests go to the first process; the person joins in each."""
        owner = f"o{self.name}"
        made = f"User.objects.create_user({owner!r}, is_staff=True, is_superuser=True)"
        _, access = await self.operator.run(f"value = str(AccessToken.for_user({made}))")
        self._bearer = {"Authorization": f"Bearer {access}"}
        body = {"title": f"open {uuid.uuid4()}", "visibility": "public", **fields}
        self.room = int((await self.order("POST", "/chats", **body)).json()["id"])

    async def order(self, method: str, path: str, **body: object) -> httpx.Response:
        """A request of the owner, who is staff, to the first process, and its answer."""
        async with httpx.AsyncClient(
            base_url=self.apps[0].url, trust_env=False, timeout=PATIENCE, headers=self._bearer
        ) as client:
            answer = await client.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer

    async def change_room(self, **fields: object) -> float:
        """When the first process has said that it is done."""
        await self.order("PUT", f"/chats/{self.room}", **fields)
        return time.time()

    async def come_as_guests(self) -> None:
        """A guest at each process, who has never said anything."""
        for app in self.apps:
            socket = await self.stack.enter_async_context(
                open_socket(f"{app.ws_url}/ws", subprotocols=["wschat.v1"])
            )
            await socket.hello(f"{self.name} {app.port}")
            self.sockets.append(socket)

    async def speak(self) -> None:
        """A message on each connection."""
        for socket in self.sockets:
            answer = await socket.ask(type="send", room=self.room, text="hello")
            assert answer["type"] == "ok", answer

    async def come_and_speak(self) -> None:
        """An account, in a room of another one's at both processes."""
        await self.make_account()
        await self.found_room()
        await self.come_by_token()
        await self.join()
        await self.speak()


Lose = Callable[[Case], Awaitable[float]]  # take the right; when it was gone


@dataclass(frozen=True)
class Refused:
    """It ends with a refusal, by one of these codes, of the first thing that is tried after it."""

    codes: tuple[int, ...]
    tried: str = "send"


async def submit(client: httpx.AsyncClient, path: str, page: str = "", **form: str) -> None:
    """Post a form as a browser does."""
    text = (await client.get(page or path)).text
    token = text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = await client.post(path, data={**form, "csrfmiddlewaretoken": token})
    assert answer.status_code == 302, answer.text


async def _lose_staff_flag(case: Case) -> float:
    await case.make_account(is_staff=True, is_superuser=True)
    await case.come_by_token()
    await case.join()
    lost = case.user + "one.is_staff = one.is_superuser = False; one.save()"
    return (await case.operator.run(lost))[0]


async def _lose_group(case: Case) -> float:
    await case.make_account(is_staff=True)
    await case.operator.run(case.user + "one.groups.add(Group.objects.get(name='Moderators'))")
    await case.come_by_token()
    await case.join()
    return (await case.operator.run(case.user + "one.groups.clear()"))[0]


async def _lose_room(case: Case) -> float:
    await case.make_account()
    set_owner = f"rooms.set_owner(room=Room.objects.get(pk={case.room}), actor=SITE, owner="
    await case.operator.run(case.user + set_owner + "Participant.objects.get(user=one).pk)")
    await case.come_by_token()
    await case.join()
    return (await case.operator.run(set_owner + "None)"))[0]


async def _lose_moderation(case: Case) -> float:
    await case.make_account()
    change = (
        f"moderation.set_moderator(room=Room.objects.get(pk={case.room}), name={case.name!r}, actor=SITE, on="
    )
    await case.operator.run(change + "True)")
    await case.come_by_token()
    await case.join()
    return (await case.operator.run(change + "False)"))[0]


async def _expire(case: Case) -> float:
    """The room token of a guest, to the second."""
    await case.come_as_guests()
    tokens = [await _issue_token(app, case.room, f"{case.name} {app.port}") for app in case.apps]
    until = int(time.time() + 2)
    for socket, app, token in zip(case.sockets, case.apps, tokens, strict=True):
        key = shorten_token(app, token, until)
        assert (await socket.ask(type="join", room=case.room, token=key))["type"] == "ok"
    return float(until)


async def _deactivate(case: Case) -> float:
    await case.make_account()
    await case.come_by_token()
    return (await case.operator.run(case.user + "one.is_active = False; one.save()"))[0]


async def _delete(case: Case) -> float:
    await case.make_account()
    await case.come_by_token()
    return (await case.operator.run(case.user + "one.delete()"))[0]


async def _sign_out(case: Case) -> float:
    """In one browser; the other one goes on."""
    await case.make_account()
    async with case.browser() as here, case.browser() as there:
        await case.come_by_cookie(here, case.sockets)
        await case.come_by_cookie(there, case.other)
        await submit(here, "/sign-out", "/account")
        return time.time()


async def _change_password(case: Case) -> float:
    """In one browser: those of another one end, and those that came by a token."""
    await case.make_account()
    async with case.browser() as here, case.browser() as there:
        await case.come_by_cookie(there, case.sockets)
        await case.come_by_token()
        new = PASSWORD[::-1]
        await submit(here, "/account", old_password=PASSWORD, new_password1=new, new_password2=new)
        return time.time()


async def _mute(case: Case) -> float:
    await case.come_and_speak()
    await case.order("POST", f"/chats/{case.room}/mutes", name=case.name)
    return time.time()


async def _kick(case: Case) -> float:
    await case.come_and_speak()
    await case.order("POST", f"/chats/{case.room}/kicks", name=case.name)
    return time.time()


async def _ban(case: Case) -> float:
    await case.come_and_speak()
    await case.order("POST", f"/chats/{case.room}/bans", name=case.name, seconds=60)
    return time.time()


async def _ban_from_server(case: Case) -> float:
    """Until the case is over: newcomers from the same address are held meanwhile, all others here."""
    await case.come_and_speak()
    await case.order("POST", "/api/bans", name=case.name, seconds=60)
    lost = time.time()
    (ban,) = (await case.order("GET", "/api/bans")).json()
    case.stack.push_async_callback(case.order, "DELETE", f"/api/bans/{ban['id']}")
    return lost


async def _delete_room(case: Case) -> float:
    await case.come_and_speak()
    await case.order("DELETE", f"/chats/{case.room}")
    return time.time()


async def _lock(case: Case) -> float:
    await case.come_and_speak()
    return await case.change_room(locked=True)


async def _slow_down(case: Case) -> float:
    """The pause begins with the first message after the change; here at the second process."""
    await case.come_and_speak()
    await case.change_room(slow_seconds=60)
    answer = await case.sockets[-1].ask(type="send", room=case.room, text="hello")
    assert answer["type"] == "ok", answer
    return time.time()


async def _ask_for_rules(case: Case) -> float:
    await case.come_and_speak()
    return await case.change_room(rules="Be kind.")


async def _filter(case: Case) -> float:
    await case.come_and_speak()
    what = {"kind": "words", "pattern": "slipped", "action": "refuse"}
    await case.order("POST", "/api/filters", room=case.room, **what)
    return time.time()


async def _ask_for_accounts(case: Case) -> float:
    await case.found_room()
    await case.come_as_guests()
    await case.join()
    await case.speak()
    return await case.change_room(accounts_only=True)


async def _approve_first(case: Case) -> float:
    await case.found_room()
    await case.come_as_guests()
    await case.join()
    return await case.change_room(approve_first=True)


async def _hold_newcomers(case: Case) -> float:
    await case.found_room()
    await case.order("POST", f"/chats/{case.room}/bans", newcomers=True, hold=True, seconds=60)
    lost = time.time()
    await case.come_as_guests()
    await case.join()
    return lost


async def _keep_newcomers_out(case: Case) -> float:
    await case.found_room()
    await case.come_as_guests()
    await case.order("POST", f"/chats/{case.room}/bans", newcomers=True, seconds=60)
    return time.time()


async def _lose_moderation_of_locked_room(case: Case) -> float:
    await case.make_account()
    await case.found_room()
    await case.order("PUT", f"/chats/{case.room}/moderators/{case.name}")
    await case.come_by_token()
    await case.join()
    await case.change_room(locked=True)
    await case.speak()
    await case.order("DELETE", f"/chats/{case.room}/moderators/{case.name}")
    return time.time()


async def _lose_staff_of_locked_room(case: Case) -> float:
    await case.make_account(is_staff=True, is_superuser=True)
    await case.found_room()
    await case.come_by_token()
    await case.join()
    await case.change_room(locked=True)
    await case.speak()
    lost = case.user + "one.is_staff = one.is_superuser = False; one.save()"
    return (await case.operator.run(lost))[0]


async def _change_room_password(case: Case) -> float:
    """Those who came by a token of the one before."""
    await case.found_room(visibility="private", password=SECRET)
    await case.come_as_guests()
    for socket, app in zip(case.sockets, case.apps, strict=True):
        token = await _issue_token(app, case.room, f"{case.name} {app.port}")
        assert (await socket.ask(type="join", room=case.room, token=token))["type"] == "ok"
    await case.speak()
    return await case.change_room(password=SECRET[::-1])


async def _block(case: Case) -> float:
    """By the owner, to whom the person has written before."""
    await case.make_account()
    await case.found_room()
    await case.come_by_token()
    for socket in case.sockets:
        answer = await socket.ask(type="direct", to=f"o{case.name}", text="hello")
        assert answer["type"] == "ok", answer
        case.room = answer["room"]
    number = (await case.operator.run(case.user + "value = Participant.objects.get(user=one).pk"))[1]
    await case.order("PUT", f"/api/blocked/{number}")
    return time.time()


# And with what it ends: the connection, the place in the room, or what is tried.
LOSSES: dict[str, tuple[Lose, int | Refused]] = {
    "staff flag": (_lose_staff_flag, REMOVED),
    "group": (_lose_group, REMOVED),
    "owner": (_lose_room, REMOVED),
    "moderator": (_lose_moderation, REMOVED),
    "room token": (_expire, 403),
    "deactivated": (_deactivate, CLOSED),
    "deleted": (_delete, CLOSED),
    "signed out": (_sign_out, CLOSED),
    "password": (_change_password, CLOSED),
    "muted": (_mute, Refused((107,))),
    "kicked": (_kick, Refused((101, 920))),
    "banned": (_ban, Refused((101, 921))),
    "banned from the server": (_ban_from_server, Refused((101, 921))),
    "room deleted": (_delete_room, Refused((101,))),
    "read only": (_lock, Refused((106,))),
    "slow mode": (_slow_down, Refused((108,))),
    "rules": (_ask_for_rules, Refused((114,))),
    "filter": (_filter, Refused((112,))),
    "accounts only": (_ask_for_accounts, Refused((109,))),
    "approve first": (_approve_first, Refused((110,))),
    "newcomers held": (_hold_newcomers, Refused((110,))),
    "newcomers kept out": (_keep_newcomers_out, Refused((922,), "join")),
    "moderator of a locked room": (_lose_moderation_of_locked_room, Refused((106,))),
    "staff in a locked room": (_lose_staff_of_locked_room, Refused((106,))),
    "password of the room": (_change_room_password, 403),
    "blocked": (_block, Refused((117,))),
}


async def rights_lost(stage: Stage) -> list[Figure]:
    """Each right is taken from people who have a connection to each process, one after the other."""
    figures = []
    async with open_shell(stage.cluster.apps[0].env) as operator:
        for name, (lose, end) in LOSSES.items():
            took = [await _time_loss(stage, operator, lose, end) for _ in range(stage.form.times)]
            stage.tell(f"{name}: {max(took):.2f} s at most")
            figures.append(within(f"{name}: what it gave ends", max(took), SECONDS))
    return figures


async def _time_loss(stage: Stage, operator: Operator, lose: Lose, end: int | Refused) -> float:
    """Seconds from the loss to the last end."""
    apps = stage.cluster.apps
    async with AsyncExitStack() as stack:
        name = f"r{uuid.uuid4().hex[:10]}"
        case = Case(operator, apps, stack, name, await _make_room(apps[0]))
        lost = await lose(case)
        async with asyncio.timeout(PATIENCE):
            ends = await asyncio.gather(*(_wait_for_end(case, socket, end) for socket in case.sockets))
        for socket in case.other:
            assert (await socket.ask(type="ping"))["type"] == "ok"
    assert len(ends) >= len(apps)
    return max(ends) - lost


async def _wait_for_end(case: Case, socket: Socket, end: int | Refused) -> float:
    if isinstance(end, Refused):
        about = {"text": "slipped in"} if end.tried == "send" else {}
        with suppress(ConnectionClosed):  # of one who may not be on the server
            answer = await socket.ask(type=end.tried, room=case.room, **about)
            assert answer.get("code") in end.codes, answer
    elif end == CLOSED:
        assert (await socket.closed())[0] == end
    else:
        assert (await socket.event("removed"))["code"] == end
    return time.time()


async def _make_room(app: ServerProcess) -> int:
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=PATIENCE) as client:
        fields = {"title": f"closed {uuid.uuid4()}", "visibility": "private", "password": SECRET}
        answer = await client.post("/chats", content=json.dumps(fields))
        return int(answer.json()["id"])


async def _issue_token(app: ServerProcess, room: int, name: str) -> str:
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=PATIENCE) as client:
        answer = await client.post(f"/chats/{room}/token", json={"secret": SECRET, "name": name})
        return str(answer.json()["token"])
