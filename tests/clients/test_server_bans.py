"""Bans from the server with the Python client, by staff, against a real server."""

import httpx
import pytest
from wschat_client import Ban, Client, CommandError, Filter

from tests.support.accounts import PASSWORD, account
from tests.support.fixtures import StartServer
from tests.support.rest import Rest, bearer


async def test_staff_ban_from_the_server_list_and_lift(start_server: StartServer):
    server = start_server()
    account(server, "mona", staff=True)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        token = Rest(client).sign_in("mona", PASSWORD)["access"]
    async with Client(server.url, token=token) as mona, Client(server.url, name="ann") as ann:
        (ban,) = await mona.ban_from_server("eve", seconds=3600, reason="spam", note="again")
        assert isinstance(ban, Ban)
        assert (ban.kind, ban.name, ban.reason, ban.note, ban.by) == ("name", "eve", "spam", "again", "mona")
        assert len(await mona.ban_from_server(pattern="spam*")) == 2
        assert [one.id for one in await mona.server_bans()][-1] == ban.id
        assert [one.name for one in await mona.unban_from_server(ban.id)] == ["spam*"]
        with pytest.raises(CommandError) as refused:
            await ann.server_bans()
        assert refused.value.code == 104


async def test_moderator_keeps_newcomers_out_of_a_room(start_server: StartServer):
    server = start_server()
    account(server, "olga")
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        rest = Rest(client)
        token = rest.sign_in("olga", PASSWORD)["access"]
        client.headers.update(bearer(token))
        number = rest.room("club")["id"]
    async with Client(server.url, token=token) as olga, Client(server.url, name="ann") as ann:
        room = await olga.join(number)
        assert await room.ban(newcomers=True, hold=True, seconds=60) == 1
        assert await room.ban(newcomers=True, seconds=60, reason="raid") == 2
        assert [(one.kind, one.reason) for one in await room.bans()] == [("newcomers", "raid")]
        assert await room.unban(newcomers=True) == 3
        assert await room.unban(newcomers=True) is None
        assert (await ann.join(number)).id == number


async def test_moderator_filters_texts_and_sender_lists_what_waits(start_server: StartServer):
    server = start_server()
    account(server, "olga")
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        rest = Rest(client)
        token = rest.sign_in("olga", PASSWORD)["access"]
        client.headers.update(bearer(token))
        number = rest.room("club")["id"]
    async with Client(server.url, token=token) as olga, Client(server.url, name="ann") as ann:
        added = await olga.add_filter("words", "hold", room=number, pattern="spam", note="why")
        assert isinstance(added, Filter)
        assert (added.room, added.kind, added.pattern, added.by) == (number, "words", "spam", "olga")
        assert await olga.filters(number) == (added,)
        room = await ann.join(number)
        with pytest.raises(CommandError) as held:
            await room.send("spam")
        assert held.value.code == 110
        (waiting,) = await ann.held_messages(number)
        assert (waiting.room, waiting.text) == (number, "spam")
        assert await ann.held_messages() == (waiting,)
        assert await olga.held_messages() == ()
        await room.send("ham")
        caught = await olga.try_filter("words", "refuse", room=number, pattern="ham")
        assert (caught.tried, caught.count, [one.text for one in caught.messages]) == (1, 1, ["ham"])
        changed = await olga.change_filter(added.id, "mentions", "refuse", amount=3)
        assert (changed.id, changed.amount, changed.note) == (added.id, 3, "")
        await olga.remove_filter(added.id)
        assert await olga.filters(number) == ()
        with pytest.raises(CommandError) as refused:
            await ann.filters(number)
        assert refused.value.code == 104
