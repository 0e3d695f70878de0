"""The pages of the admin site with 100,000 rooms and 10 million events, on PostgreSQL."""

import re
import time
from typing import Any, Final

import httpx

from bench.machine import Lacking
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand
from tests.support.server import environment, manage

ROOMS: Final = 100_000
EVENTS: Final = 10_000_000
PEOPLE: Final = 100_000
REPORTS: Final = 50_000
GOAL_MS: Final = 300
_PASSWORD: Final = "look-at-me-now"  # noqa: S105 (of a database that goes with the measurement)

# Half of all events are in room 1, the others anywhere; one in 10,000 messages was deleted.
_FILL: Final = (
    "INSERT INTO chat_participant (id, name, name_key, color, created_at, returns, seen_at)"
    " SELECT n, 'person ' || n, 'person ' || n, '', now(), true, now()"
    " FROM generate_series(10, {people} + 9) n",
    "INSERT INTO chat_room (id, title, title_key, description, visibility, password, generation, commons,"
    " locked, last_seq, created_at, updated_at, owner_id)"
    " SELECT n, 'Room ' || n, 'room ' || n, '', 'public', '', 1, false, false,"
    " {events} / 2 / {rooms}, now(), now(), 10 + n % {people} FROM generate_series(2, {rooms} + 1) n",
    "INSERT INTO chat_event (room_id, seq, kind, created_at, sender_id, name, color, text, words, erased_at)"
    " SELECT CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + (n / 2) % {rooms} END,"
    " CASE WHEN n % 2 = 0 THEN n / 2 ELSE 1 + n / 2 / {rooms} END,"
    " 'message', now() - ({events} - n) * interval '1 second', 10 + (n / 2) % {people}, 'person', '',"
    " 'message number ' || n, ' message number ' || n,"
    " CASE WHEN n % 10000 = 0 THEN now() END FROM generate_series(1, {events}) n",
    "UPDATE chat_room SET last_seq = {events} / 2 WHERE id = 1",
    "INSERT INTO chat_readmark (participant_id, room_id, seq, delivered)"
    " SELECT n, 1 + n % {rooms}, 1, 0 FROM generate_series(10, {people} + 9) n",
    # One in 100 is about a message of room 1; half are decided. One in ten deleted messages is kept.
    "INSERT INTO chat_report (id, at, reporter, reporter_name, room, room_title, direct, seq, subject,"
    " subject_name, subject_key, reason, note, messages, state, handler_name, decision, decided_at)"
    " SELECT n, now(), 10 + n, 'person', CASE WHEN n % 100 = 0 THEN 1 ELSE 2 + n % {rooms} END, 'Room',"
    " false, n, 11 + n, 'person', 'person', 'spam', '', '[]', n % 2 * 2, '', '',"
    " CASE WHEN n % 2 = 1 THEN now() END"
    " FROM generate_series(1, {reports}) n",
    "INSERT INTO chat_kepttext (event_id, text, at) SELECT id, 'message', now() FROM chat_event"
    " WHERE erased_at IS NOT NULL AND seq % 10 = 0",
    "VACUUM ANALYZE",
)
_PAGES: Final = {
    "start page": "",
    "rooms": "chat/room/",
    "rooms, a page in the middle": "chat/room/?p=50000",
    "rooms by events": "chat/room/?o=-7",
    "rooms by title, a page in the middle": "chat/room/?o=1&p=50000",
    "rooms found by title": "chat/room/?q=room+777",
    "a room": "chat/room/1/change/",
    "a room at a message": "chat/room/1/at/1000000/",
    "why a message did not arrive": "chat/room/1/why/?name=person+777&seq=1000000",
    "messages": "chat/event/",
    "messages, a page in the middle": "chat/event/?p={middle}",
    "messages of a room": "chat/event/?room=777",
    "messages of a room, a page in the middle": "chat/event/?room=1&p={middle}",
    "removed messages": "chat/event/?removed=yes",
    "a word that few have": "chat/event/?q=777777",
    "two words that all have": "chat/event/?q=message+number",
    "a word that is in none": "chat/event/?q=wolf",
    "a message": "chat/event/{middle}/change/",
    "participants": "chat/participant/",
    "participants found by name": "chat/participant/?q=person+777",
    "a participant": "chat/participant/777/change/",
    "reports that wait": "chat/report/",
    "reports, all": "chat/report/?done=yes",
    "a report": "chat/report/777/change/",
    "bans": "chat/ban/",
    "bulk deletions": "chat/bulkdeletion/",
    "deleted messages that staff can restore": "chat/kepttext/",
}


def measure(stand: Stand) -> Outcome:
    """Each page, asked for again and again."""
    try:
        server = _filled(stand)
    except Lacking as lacking:
        return Outcome([], left_out=[f"all of it ({lacking})"])
    with httpx.Client(base_url=f"{server.url}/admin/", trust_env=False, timeout=60) as client:
        _sign_in(client)
        return Outcome([_line(stand, client, what, address) for what, address in _PAGES.items()])


def _line(stand: Stand, client: httpx.Client, what: str, address: str) -> Line:
    address = address.format(middle=EVENTS // 2)
    client.get(address).raise_for_status()  # what is read first is read from the disk
    taken = []
    for _ in range(stand.rounds):
        began = time.perf_counter()
        client.get(address).raise_for_status()
        taken.append(1000 * (time.perf_counter() - began))
    found = spread(taken)
    return Line(f"{what}", f"{GOAL_MS} ms", f"{found.shown(0)} ms", found.median <= GOAL_MS)


def _filled(stand: Stand) -> Running:
    url = stand.postgres_database()
    server = stand.wschat(url)
    env: dict[str, Any] = environment(server.folder, {"DATABASE_URL": url})
    options = ("--noinput", "--username=alice", "--email=alice@example.org")
    manage("createsuperuser", *options, env={**env, "DJANGO_SUPERUSER_PASSWORD": _PASSWORD})
    with stand.postgres.connect(url.rpartition("/")[2]) as database:
        for statement in _FILL:
            database.execute(statement.format(rooms=ROOMS, events=EVENTS, people=PEOPLE, reports=REPORTS))
    return server


def _sign_in(client: httpx.Client) -> None:
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("login/").text)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": "alice", "password": _PASSWORD}
    answer = client.post("login/", data=form)
    assert answer.status_code == 302, answer.text
