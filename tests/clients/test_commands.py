"""Commands that are answered late, never or twice: against a server that does what the test says."""

import asyncio

import pytest
from wschat_client import (
    ClientEnded,
    CommandError,
    TooLarge,
)

from tests.clients.fakes import AT
from tests.clients.kit import connected, enter, message, welcome


async def test_message_goes_again_under_its_nonce_after_the_rejoin():
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        saying = [asyncio.create_task(room.send(text)) for text in ("first", "second", "third")]
        sent = [await peer.expect("send") for _ in saying]
        await peer.ok(sent[0], seq=1)
        peer.cut()
        again = await welcome(server)
        assert (await again.let_in(2))["since"] == 0
        resent = [await again.expect("send") for _ in saying[1:]]
        assert [(one["text"], one["nonce"]) for one in resent] == [
            (one["text"], one["nonce"]) for one in sent[1:]
        ]
        await again.message(2, "second", nonce=resent[0]["nonce"])  # as good as the ok, which is lost
        await again.ok(resent[1], seq=3)
        assert await asyncio.gather(*saying) == [1, 2, 3]


async def test_message_that_is_refused_for_good_is_an_error():
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        saying = asyncio.create_task(room.send("hello"))
        await peer.refuse(await peer.expect("send"), 106)
        with pytest.raises(CommandError) as raised:
            await saying
        assert raised.value.code == 106


async def test_message_that_is_refused_for_now_goes_again_before_the_later_ones():
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        events = room.events()
        first = asyncio.create_task(room.send("first"))
        sent = await peer.expect("send")
        await peer.refuse(sent, 902, retry=True, retry_after=0.05)
        await peer.message(0, "behind the refusal")
        await anext(events)
        second = asyncio.create_task(room.send("second"))
        again = await peer.expect("send")
        assert (again["text"], again["nonce"]) == ("first", sent["nonce"])
        await peer.ok(again, seq=1)
        await peer.ok(await peer.expect("send"), seq=2)
        assert (await first, await second) == (1, 2)


async def test_message_that_was_cancelled_does_not_go_again():
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        saying = asyncio.create_task(room.send("never mind"))
        await peer.expect("send")
        saying.cancel()
        peer.cut()
        again = await welcome(server)
        await again.let_in()
        other = asyncio.create_task(room.send("something else"))
        sent = await again.expect("send")
        assert sent["text"] == "something else"
        await again.ok(sent, seq=1)
        await other


async def test_message_that_is_too_large_is_given_up_and_no_other():
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        small = asyncio.create_task(room.send("small"))
        large = asyncio.create_task(room.send("x" * 10_000))
        await peer.expect("send")
        await peer.expect("send")
        await peer.close(1009)
        again = await welcome(server)
        await again.let_in()
        await again.ok(await again.expect("send"), seq=1)
        assert await small == 1
        with pytest.raises(TooLarge):
            await large


async def test_half_a_character_is_left_to_the_server():
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        saying = asyncio.create_task(room.send("\ud800"))
        await peer.refuse(await peer.expect("send"), 303)
        with pytest.raises(CommandError):
            await saying


async def test_page_is_brought_up_to_what_came_meanwhile():
    async with connected() as (client, _, peer):
        room = await enter(client, peer, 5)
        asking = asyncio.create_task(room.history(before=5, limit=1))
        command = await peer.expect("history")
        assert (command["before"], command["limit"]) == (5, 1)
        await peer.say(type="edited", room=1, seq=6, at=AT, target=4, text="new")
        await peer.ok(command, seq=5, messages=[message(4)], more=True)
        page = await asking
        assert [message.text for message in page.messages] == ["new"]
        assert page.more


async def test_commands_that_wait_fail_when_the_client_is_closed():
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        saying = asyncio.create_task(room.send("hello"))
        await peer.expect("send")
        await client.close()
        with pytest.raises(ClientEnded):
            await saying


async def test_who_sends_between_two_events_is_answered_though_many_wait():
    async with connected(queue=4) as (client, _, peer):
        room = await enter(client, peer)
        events = room.events()
        for seq in range(1, 40):
            await peer.message(seq, "news")
        saying = asyncio.create_task(room.send("hello"))
        await peer.ok(await peer.expect("send"), seq=40)
        async with asyncio.timeout(10):
            assert await saying == 40
        assert [(await anext(events)).seq for _ in range(39)] == list(range(1, 40))


async def test_client_that_does_not_read_makes_the_server_wait():
    async with connected(queue=4) as (client, _, peer):
        room = await enter(client, peer)
        events = room.events()
        text = "x" * 100_000

        async def flood() -> None:
            for seq in range(1, 400):
                await peer.message(seq, text)

        flooding = asyncio.create_task(flood())
        while not peer.socket.transport.get_write_buffer_size():
            await asyncio.wait({flooding}, timeout=0.01)
        assert not flooding.done()
        assert room.cursor < 10
        seqs = [(await anext(events)).seq for _ in range(399)]
        assert seqs == list(range(1, 400))
        await flooding
