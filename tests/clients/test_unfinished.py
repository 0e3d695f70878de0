"""Texts that are being written, with the Python client, against a real server."""

import pytest
from wschat_client import Client, CommandError, Unfinished

from tests.clients.test_talk import until
from tests.support.fixtures import StartServer


async def test_unfinished_text_is_kept_told_and_removed(start_server: StartServer):
    server = start_server()
    async with Client(server.url, name="ann") as ann:
        await ann.keep_unfinished(1, "half a thought", reply_to=3)
        async with Client(server.url, token=ann.session or "") as phone:
            (kept,) = await phone.unfinished()
            assert kept == Unfinished(1, kept.at, "half a thought", 3)
            events = phone.events()
            await ann.keep_unfinished(1, "a thought")
            told = await until(events, Unfinished)
            assert told == Unfinished(1, told.at, "a thought")
            await ann.keep_unfinished(1, "")
            assert (await until(events, Unfinished)).text == ""
            assert await phone.unfinished() == ()
        with pytest.raises(CommandError) as refused:
            await ann.keep_unfinished(99, "x")
        assert refused.value.code == 101
