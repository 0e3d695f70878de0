"""Reports with the Python client, against the real server, on each database."""

import pytest
from wschat_client import Client, CommandError, Report, Room

from tests.support.server import ServerProcess, give_room

LOBBY = 1


async def enter(client: Client) -> Room:
    return await client.join(LOBBY, last=0)


async def test_reports_are_filed_listed_claimed_and_decided(either_server: ServerProcess):
    url = either_server.url
    async with (
        Client(url, name="ann") as ann,
        Client(url, name="eve") as eve,
        Client(url, name="olga") as olga,
    ):
        give_room(either_server, LOBBY, "olga")
        room, spam = await enter(ann), await (await enter(eve)).send("buy this")
        first = await room.report(spam, reason="spam", note="again")
        with pytest.raises(CommandError) as refused:
            await room.report(name="eve", reason="harassment", verified=False)
        assert (refused.value.code, refused.value.field) == (303, "name")
        second = await room.report(name="eve", reason="harassment")
        assert await room.report(spam, reason="hate") == first
        page = await olga.reports(LOBBY)
        assert ([one.id for one in page.reports], page.more, page.waiting) == ([second, first], False, 2)
        shown = page.reports[1]
        assert isinstance(shown, Report)
        assert (shown.target, shown.about, shown.by, shown.note) == (spam, "eve", "ann", "again")
        assert [one.text for one in shown.messages] == ["buy this"]
        assert [one.id for one in (await olga.reports(before=second, limit=1)).reports] == [first]
        await olga.claim(first, handler="")
        with pytest.raises(CommandError) as refused:
            await ann.claim(first, handler="")
        assert refused.value.code == 906
        await olga.decide(first, "delete")
        await olga.claim(second)
        await olga.claim(second, on=False)
        await olga.decide(second, "mute", seconds=3600, reason="rude")
        with pytest.raises(CommandError) as refused:
            await olga.decide(second, "done")
        assert refused.value.code == 914
        assert (await olga.reports()).reports == []
        done = (await olga.reports(LOBBY, done=True)).reports
        assert [(one.decision, one.handler) for one in done] == [("mute", "olga"), ("delete", "olga")]
        mine = (await ann.reports(mine=True)).reports
        assert [(one.decision, one.handler) for one in mine] == [("mute", ""), ("delete", "")]
        assert all(one.decided is not None for one in mine)


async def test_messages_of_a_conversation_go_with_a_report(either_server: ServerProcess):
    async with Client(either_server.url, name="ann") as ann, Client(either_server.url, name="eve") as eve:
        talk = await eve.direct("ann")
        said = [await talk.send(text) for text in ("one", "two", "three")]
        hers = await ann.direct("eve")
        number = await hers.report(said[2], reason="hate", around=said[:2])
        (shown,) = (await ann.reports(mine=True)).reports
        assert (shown.id, shown.direct) == (number, True)
        assert [one.text for one in shown.messages] == ["one", "two", "three"]
        assert (await eve.reports(mine=True)).reports == []
