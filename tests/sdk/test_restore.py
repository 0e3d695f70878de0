"""A backup is restored while clients are away: each shows what a new one shows, and sends what was unsent."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.sdk.conftest import NewTalker
from tests.sdk.kit import Talker
from tests.support.backup import Backup
from tests.support.server import ServerProcess


@pytest.fixture
def room(either_server: ServerProcess) -> int:
    answer = httpx.post(
        f"{either_server.url}/chats", json={"title": "Restored", "visibility": "public"}, trust_env=False
    )
    return int(answer.json()["id"])


def snapshot(talker: Talker, room: int) -> dict[str, object]:
    return talker.do(
        """(me, id) => {
            const { messages, unread, readMark, cursor, unsent, info } = me.rooms[id];
            return { messages, unread, readMark, cursor, unsent: unsent.length, title: info.title };
        }""",
        room,
    )


@pytest.mark.timeout(120)
def test_page_and_sdk_begin_anew(
    either_server: ServerProcess, backup: Backup, new_visitor: NewVisitor, new_talker: NewTalker, room: int
) -> None:
    server = either_server
    page = new_visitor(server.url)
    page.enter(f"/room/{room}", "Paige")
    ann = new_talker("ann", site=server.url).join(room)
    ann.send(room, "one", "two")
    page.reads("one", "two")
    backup.make()
    late = new_talker("late", site=server.url).join(room)  # whom the backup does not have
    ann.send(room, "lost", "lost too")
    late.send(room, "of late")
    page.reads("one", "two", "lost", "lost too", "of late")
    server.terminate()
    for talker in (ann, late):
        talker.do(
            """(me, id) => {
                Promise.allSettled([me.rooms[id].send(`unsent by ${me.client.me.name}`),
                    me.rooms[id].edit(4, "another's words")])
                    .then((outcomes) => (me.outcomes = outcomes.map(({ status }) => status)));
            }""",
            room,
        )
    page.say("unsent by Paige")
    backup.restore()
    server.start()
    unsent = {f"unsent by {name}" for name in ("ann", "late", "Paige")}
    for talker in (ann, late):
        talker.wait("(me) => me.outcomes")
        sent, edit = talker.do("(me) => me.outcomes")
        assert sent == "fulfilled"
        assert edit == "rejected"  # it is another message now
        talker.wait("(me, id) => me.rooms[id].messages.length === 5", room)
        assert talker.texts(room)[:2] == ["one", "two"]
        assert set(talker.texts(room)[2:]) == unsent
    expect(page.messages).to_have_count(5, timeout=30_000)
    assert set(page.messages.all_text_contents()[2:]) == unsent
    fresh = new_talker("fresh", site=server.url).join(room)
    assert snapshot(fresh, room) | {"unread": 0, "readMark": 0} == snapshot(ann, room) | {
        "unread": 0,
        "readMark": 0,
    }
    assert late.do("(me) => me.client.me.participant") != ann.do("(me) => me.client.me.participant")


def test_room_begins_anew_if_it_has_not_come_as_far(
    either_server: ServerProcess, backup: Backup, new_talker: NewTalker, room: int
) -> None:
    """Without `manage.py restored` the epoch is the same."""
    server = either_server
    ann, bob = (new_talker(name, site=server.url).join(room) for name in ("ann", "bob"))
    ann.send(room, "one")
    talk = ann.do("async (me) => { const talk = await me.client.direct('bob'); return talk.id; }")
    ann.send(talk, "psst")
    bob.waits_for(room, 1)
    backup.make()
    ann.send(room, "lost")
    ann.send(talk, "lost, too")
    bob.waits_for(room, 2)
    bob.waits_for(talk, 2)
    server.terminate()
    backup.restore(telling=False)
    server.start()
    for talker in (ann, bob):
        for place, texts in ((room, ["one"]), (talk, ["psst"])):
            talker.wait(
                "({ rooms }, [id, count]) => rooms[id].messages.length === count && rooms[id].upToDate",
                [place, len(texts)],
            )
            assert talker.texts(place) == texts
    bob.send(room, "new")
    ann.send(talk, "newer")
    for talker in (ann, bob):
        talker.wait("(me, place) => me.rooms[place].messages.length === 2", room)
        talker.wait("(me, place) => me.rooms[place].messages.length === 2", talk)
        assert (talker.texts(room), talker.texts(talk)) == (["one", "new"], ["psst", "newer"])
