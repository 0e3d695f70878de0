"""Commands that are answered late, never or twice, against a server that the test controls."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from wschat_client import (
    Client,
    ClientEnded,
    CommandError,
    TooLarge,
)

from tests.clients.fakes import AT, fake_server
from tests.clients.kit import at_once, connected, enter, message, welcome


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


@pytest.mark.parametrize("code", [1009, 4009])
async def test_only_the_message_that_is_too_large_is_given_up(code: int):
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        small = asyncio.create_task(room.send("small"))
        large = asyncio.create_task(room.send("x" * 10_000))
        await peer.expect("send")
        await peer.expect("send")
        await peer.close(code)
        again = await welcome(server)
        await again.let_in()
        await again.ok(await again.expect("send"), seq=1)
        assert await small == 1
        with pytest.raises(TooLarge):
            await large


@pytest.mark.parametrize("largest", [None, 1024, 2048])
async def test_message_over_the_limit_is_refused_before_it_is_sent(largest: int | None):
    more = {} if largest is None else {"max_frame": largest}
    async with connected(more) as (client, _, peer):
        room, limit = await enter(client, peer), largest or 65_536
        fits = asyncio.create_task(room.send("x"))
        frame = await peer.expect("send")
        await peer.ok(frame, seq=1)
        await fits
        spare = limit - len(json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode())
        for text in ("x" * (spare + 2), "é" * (spare // 2 + 2)):  # counted in bytes
            with pytest.raises(TooLarge) as raised:
                await room.send(text)
            assert (raised.value.code, raised.value.retry) == (1009, False)
        saying = asyncio.create_task(room.send("x" * spare))  # the ids may have one more digit
        await peer.ok(await peer.expect("send"), seq=2)
        assert await saying == 2


async def test_other_commands_that_are_too_large_are_not_sent():
    async with connected() as (client, _, peer):
        with pytest.raises(TooLarge):
            await client.join(1, token="x" * 70_000)
        await enter(client, peer)


async def test_hello_that_is_too_large_ends_the_client():
    async with fake_server() as server:
        client = Client(server.url, name="ann", backoff=at_once())
        starting = asyncio.create_task(client.__aenter__())
        await (await server.accept()).close(1009)
        with pytest.raises(TooLarge):
            await starting


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("\ud800", "\ufffd"),
        ("a\ud83db", "a\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("😀 é\ufeff", "😀 é\ufeff"),
    ],
    ids=ascii,
)
async def test_half_a_character_is_sent_as_the_replacement_character(given: str, sent: str):
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        doing: list[Coroutine[Any, Any, object]] = [
            room.send(given),
            room.edit(1, given),
            room.react(1, given),
            room.mute(given),
        ]
        doing += [room.search(given), client.direct(given)]
        tasks = [asyncio.create_task(work) for work in doing]
        fields = ["text", "text", "emoji", "name", "text", "to"]
        for field, kind in zip(fields, ["send", "edit", "react", "mute", "search", "direct"], strict=True):
            command = await peer.expect(kind)
            assert command[field] == sent
            await peer.refuse(command, 303)
        for task in tasks:
            with pytest.raises(CommandError):
                await task


@pytest.mark.parametrize("stray", [None, "7", True, 0, 10**6, 1.5], ids=str)
async def test_refusal_that_names_no_command_is_for_the_one_without_an_answer(stray: object):
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        saying = [asyncio.create_task(room.send(text)) for text in ("first", "second", "third")]
        sent = [await peer.expect("send") for _ in saying]
        await peer.refuse({"id": stray}, 303)
        await peer.ok(sent[2], seq=1)
        later = asyncio.create_task(room.send("later"))
        last = await peer.expect("send")
        await peer.ok(sent[0], seq=2)
        with pytest.raises(CommandError) as raised:
            await saying[1]
        assert raised.value.code == 303
        await peer.ok(last, seq=3)
        assert [await saying[0], await saying[2], await later] == [2, 1, 3]


async def test_second_answer_to_a_command_is_ignored():
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        first = asyncio.create_task(room.send("first"))
        sent = await peer.expect("send")
        await peer.ok(sent, seq=1)
        await first
        second = asyncio.create_task(room.send("second"))
        waiting = await peer.expect("send")
        await peer.refuse(sent, 303)
        await peer.ok(waiting, seq=2)
        assert await second == 2


async def test_refusals_without_a_command_leave_no_caller_waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wschat_client.connection.STRAY_SECONDS", 0.05)
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        saying = [asyncio.create_task(room.send(text)) for text in ("first", "second")]
        for _ in saying:
            await peer.expect("send")
        await peer.refuse({"id": None}, 303)  # and the other one gets no answer at all
        with pytest.raises(CommandError):
            await saying[0]
        await peer.refuse({"id": None}, 303)
        with pytest.raises(CommandError):
            await saying[1]


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
async def test_value_that_is_no_json_is_refused_and_delays_nothing(value: Any):
    async with connected() as (client, server, peer):
        room = await enter(client, peer)
        refused = [asyncio.create_task(room.send(value)), asyncio.create_task(room.search(value))]
        saying = asyncio.create_task(room.send("the next one"))
        sent = await peer.expect("send")
        assert sent["text"] == "the next one"
        peer.cut()
        again = await welcome(server)
        refused.append(asyncio.create_task(room.send(value)))
        await again.let_in()
        await again.ok(await again.expect("send"), seq=1)
        assert await saying == 1
        for task in refused:
            with pytest.raises(CommandError, match="not JSON serializable"):
                await task
        with pytest.raises(CommandError, match="not JSON serializable"):
            await client.join(2, last=value)


async def test_page_includes_events_that_came_meanwhile():
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


async def test_sender_between_two_events_is_answered_while_many_wait():
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


async def test_bulk_deletion_is_started_listed_and_stopped():
    begun = {
        "id": 3,
        "room": 1,
        "name": "eve",
        "since": None,
        "at": AT,
        "ended_at": None,
        "state": "deleting",
    }
    begun |= {
        "total": 9,
        "deleted": 4,
        "restored": 0,
        "by": "ann",
        "reason": "spam",
        "refusal": "",
        "restored_by": "",
    }
    async with connected() as (client, _, peer):
        room = await enter(client, peer)
        asking = asyncio.create_task(room.delete_all(target=5, since="hour", reason="spam"))
        asked = await peer.expect("delete_all")
        assert (asked["target"], asked["since"], asked["reason"]) == (5, "hour", "spam")
        await peer.ok(asked, deletion=begun)
        assert ((await asking).id, (await asking).total, (await asking).since) == (3, 9, None)
        listing = asyncio.create_task(room.deletions())
        await peer.ok(await peer.expect("deletions"), deletions=[begun | {"state": "done", "ended_at": AT}])
        assert [(each.state, each.ended_at is not None) for each in await listing] == [("done", True)]
        stopping = asyncio.create_task(room.stop_deletion(3))
        asked = await peer.expect("stop_deletion")
        assert asked["deletion"] == 3
        await peer.ok(asked, deletion=begun | {"state": "stopped"})
        assert (await stopping).state == "stopped"
