"""Identity and the end of connections, against a server that the test controls."""

import asyncio

import pytest
from wschat_client import (
    Backoff,
    CannotConnect,
    Client,
    ClientEnded,
    CommandError,
    State,
    WschatError,
)

from tests.clients.fakes import fake_server
from tests.clients.kit import at_once, connected, enter, welcome


async def test_guest_comes_back_as_the_same_one():
    async with connected() as (_, server, peer):
        peer.cut()
        hello = await (await server.accept()).greet()
        assert hello["token"] == "the-session"
        assert "name" not in hello


async def test_account_comes_back_with_its_token():
    tokens = iter(["first", "second"])

    async def get_token() -> str:
        return next(tokens)

    async with fake_server() as server:
        client = Client(server.url, token=get_token, backoff=at_once())
        peer, _ = await asyncio.gather(welcome(server, session=None), client.__aenter__())
        assert client.account
        peer.cut()
        assert (await (await server.accept()).greet(session=None))["token"] == "second"
        await client.close()


async def test_name_that_is_refused_is_an_error():
    async with fake_server() as server:

        async def refuse() -> None:
            peer = await server.accept()
            await peer.refuse(await peer.expect("hello"), 202)

        refusing = asyncio.create_task(refuse())
        with pytest.raises(CommandError) as raised:
            await Client(server.url, name="ann").__aenter__()
        assert raised.value.code == 202
        await refusing


async def test_first_hello_is_repeated_after_a_retry_refusal():
    async with fake_server() as server:
        client = Client(server.url, name="ann", backoff=at_once())
        starting = asyncio.create_task(client.__aenter__())
        peer = await server.accept()
        await peer.refuse(await peer.expect("hello"), 902, retry=True)
        await welcome(server)
        await starting
        await client.close()


async def test_void_session_is_given_up_and_a_new_one_that_is_refused_ends_the_client():
    states: list[tuple[State, WschatError | None]] = []
    async with connected(on_state=lambda *state: states.append(state)) as (client, server, peer):
        room = await enter(client, peer)
        events = room.events()
        peer.cut()
        again = await server.accept()
        await again.refuse(await again.expect("hello"), 403)
        hello = await again.expect("hello")  # as a new guest: a restored backup may lack the old one
        assert "token" not in hello
        await again.refuse(hello, 403)
        with pytest.raises(ClientEnded, match="403"):
            await anext(events)
        with pytest.raises(ClientEnded):
            await room.send("too late")
        assert [state for state, _ in states][-1] == "ended"
        assert isinstance(states[-1][1], ClientEnded)


async def test_unreachable_server_cannot_be_connected():
    with pytest.raises(CannotConnect, match=r"cannot connect to ws://127\.0\.0\.1:1/ws"):
        await Client("127.0.0.1:1", name="ann").__aenter__()


async def test_server_of_another_protocol_is_refused():
    async with fake_server(subprotocols=["other"]) as server:
        with pytest.raises(CannotConnect):
            await Client(server.url, name="ann").__aenter__()


@pytest.mark.parametrize("code", [1007, 4401, 4403, 4404])
async def test_close_code_that_says_not_to_come_back_ends_the_client(code: int):
    async with connected() as (client, _, peer):
        events = client.events()
        await peer.close(code)
        with pytest.raises(ClientEnded, match=str(code)):
            await anext(events)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4408, 4429])
async def test_client_reconnects_after_a_close_code_that_allows_it(code: int):
    async with connected() as (client, server, peer):
        await enter(client, peer, 5)
        await peer.close(code)
        again = await welcome(server)
        assert (await again.let_in(5))["since"] == 5


async def test_dead_connection_is_noticed():
    async with connected(ping=0.1) as (_, server, peer):
        peer.socket.transport.pause_reading()  # no pong comes
        await welcome(server)
        peer.cut()


async def test_frame_that_is_no_protocol_ends_the_client():
    async with connected() as (client, _, peer):
        events = client.events()
        await peer.socket.send("nonsense")
        with pytest.raises(ClientEnded):
            await anext(events)


async def test_answer_that_lacks_a_field_ends_the_client(caplog: pytest.LogCaptureFixture):
    async with connected() as (client, _, peer):
        joining = asyncio.create_task(client.join(1))
        await peer.ok(await peer.expect("join"))
        with pytest.raises(ClientEnded):
            await joining
    assert "could not be taken in" in caplog.text


async def test_states_are_reported():
    states: list[State] = []
    async with connected(on_state=lambda state, reason: states.append(state)) as (_, server, peer):
        peer.cut()
        await welcome(server)
    assert states[:4] == ["connecting", "connected", "waiting", "connecting"]
    assert states[-1] == "ended"


async def test_client_reconnects_when_a_stopping_server_says():
    never = Backoff(first=10**9, most=10**9, uniform=lambda: 1)
    async with fake_server() as server:
        client = Client(server.url, name="ann", backoff=never)
        peer, _ = await asyncio.gather(welcome(server), client.__aenter__())
        await peer.say(type="closing", retry_after=0.01)
        await peer.close(1012)
        await (await server.accept()).greet()
        await client.close()
