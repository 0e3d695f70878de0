"""The start page's plots, and the page that tells why a message did not arrive."""

import re
import time
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat.admin.plots import HEIGHT, WIDTH, draw_line
from chat.engine.figures import MOST_ENDS, Figures
from chat.models import ConnectionEnd, Event, MinuteFigures, Participant, Presence, ReadMark, Room
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.admin.test_pages import few_queries_and_no_count, fill_log
from tests.admin.test_rooms import enter
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def ann(db) -> Participant:
    return Participant.objects.create(name="ann", name_key="ann")


@pytest.fixture
def room(ann: Participant, make_room: MakeRoom) -> Room:
    room = make_room("Gardeners")
    fill_log(room, ann, 10)
    room.refresh_from_db()
    return room


def count_minute(ago: int, connections: int, messages: int, delay: float = 1.0) -> None:
    MinuteFigures.objects.create(
        process=uuid.uuid4(),
        minute=int(time.time() // 60) - ago,
        connections=connections,
        messages=messages,
        delay=delay,
    )


def plots(client: Client) -> dict[str, tuple[float, float]]:
    """The latest and the greatest value of each plot."""
    return {plot.title: (plot.latest, plot.most) for plot in client.get("/admin/").context["plots"]}


def ask_why(client: Client, room: Room, **query: str | int) -> str:
    answer = client.get(f"/admin/chat/room/{room.pk}/why/", query)
    assert answer.status_code == 200
    return "\n".join(answer.context["answers"] or [])


# Plots


def test_line_fills_its_box():
    plot = draw_line("Connections", "", [0, 5, 10])
    assert plot.points == f"0.0,{HEIGHT}.0 {WIDTH / 2},{HEIGHT / 2} {WIDTH}.0,0.0"
    assert (plot.most, plot.latest) == (10, 10)


@pytest.mark.parametrize("values", [[], [0], [0, 0], [3]])
def test_line_of_few_values_is_no_error(values: list[float]):
    assert draw_line("x", "", values).most == max(values, default=0)


def test_plots_sum_the_processes(admin: Client):
    count_minute(2, connections=3, messages=10, delay=4)
    count_minute(2, connections=4, messages=5, delay=9)
    count_minute(700, connections=20, messages=100)
    count_minute(2000, connections=999, messages=999)
    assert plots(admin) == {
        "Connections": (7, 20),
        "Messages per minute": (3, 20),
        "Database delay": (9, 9),
    }


def test_start_page_takes_few_queries_and_no_script(admin: Client, room: Room):
    enter(room, "ann", "ben")
    count_minute(2, connections=3, messages=10)
    with few_queries_and_no_count():
        page = admin.get("/admin/").content.decode()
    assert page.count("<polyline") == 3
    assert "Gardeners" in page
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)


def test_start_page_has_no_plots_for_those_who_may_not_see_rooms(make_staff: MakeStaff):
    assert "<polyline" not in make_staff("view_participant").get("/admin/").content.decode()
    assert "<polyline" in make_staff("view_room").get("/admin/").content.decode()


def test_busiest_rooms_leave_out_conversations(admin: Client, ann: Participant, room: Room):
    ben = Participant.objects.create(name="ben", name_key="ben")
    talk = Room.objects.create(low=ann, high=ben, title="Secret", title_key="s", visibility="hidden")
    enter(talk, "ann", "ben")
    enter(room, "ann")
    page = admin.get("/admin/")
    assert [(shown.title, members) for shown, members, _ in page.context["busiest"]] == [("Gardeners", 1)]
    assert "Secret" not in page.content.decode()


async def test_figures_are_written_when_the_minute_is_over(db, monkeypatch):
    minute = 10_000
    monkeypatch.setattr("chat.engine.figures._this_minute", lambda: minute)
    figures = Figures()
    await MinuteFigures.objects.acreate(
        process=uuid.uuid4(), minute=minute - 1500, connections=1, messages=1, delay=1
    )
    await figures.keep()
    assert await MinuteFigures.objects.acount() == 1
    minute += 1
    await figures.keep()
    row = await MinuteFigures.objects.aget()
    assert (row.process, row.minute, row.messages) == (figures.process, 10_000, 0)
    assert row.delay > 0


async def test_ended_connections_are_kept_for_an_hour_and_limited(db, monkeypatch):
    minute = 10_000
    monkeypatch.setattr("chat.engine.figures._this_minute", lambda: minute)
    figures, now = Figures(), timezone.now()
    for age in (2, 0):
        for _ in range(1 if age else MOST_ENDS + 5):
            at = now - timedelta(hours=age)
            figures.note_end(ConnectionEnd(at=at, dialect="plain", code=0, unsent=0))
    await figures.keep()
    assert await ConnectionEnd.objects.acount() == MOST_ENDS
    await ConnectionEnd.objects.acreate(at=now - timedelta(hours=2), dialect="plain", code=0, unsent=0)
    minute += 1
    await figures.keep()
    assert await ConnectionEnd.objects.filter(at__lt=now - timedelta(hours=1)).acount() == 0


# Why a message did not arrive


def test_message_that_is_not_there_is_explained(admin: Client, room: Room):
    assert "the latest number in this room is 10" in ask_why(admin, room, name="ann", seq=11)
    Event.objects.filter(room=room, seq=3).delete()
    assert "older than the time for which" in ask_why(admin, room, name="ann", seq=3)
    Event.objects.filter(room=room, seq=4).update(kind="edited")
    assert "is not a message but a change" in ask_why(admin, room, name="ann", seq=4)
    Event.objects.filter(room=room, seq=5).update(erased_at=timezone.now())
    assert "It was deleted on" in ask_why(admin, room, name="ann", seq=5)
    Room.objects.filter(pk=room.pk).update(retention_days=0)
    assert "keeps no messages" in ask_why(admin, room, name="ann", seq=3)


def test_read_mark_says_whether_the_message_arrived(admin: Client, room: Room, ann: Participant):
    assert "ann has no read mark" in ask_why(admin, room, name="ann", seq=7)
    ReadMark.objects.create(participant=ann, room=room, seq=5, delivered=6)
    told = ask_why(admin, room, name="ann", seq=7)
    assert "only up to 5" in told
    assert "up to 6 were delivered" in told
    assert "so the message arrived" in ask_why(admin, room, name="ann", seq=5)
    assert "No participant has the name zoe" in ask_why(admin, room, name="zoe", seq=5)


def test_presence_and_ended_connections_are_shown(admin: Client, room: Room, ann: Participant):
    assert "is not in the room now" in ask_why(admin, room, name="ann", seq=7)
    enter(room, "ann")
    told = ask_why(admin, room, name="ann", seq=7)
    assert "over wschat.v1" in told
    assert "began after the message" in told
    Presence.objects.update(joined_at=timezone.now() - timedelta(days=1))
    assert "began after the message" not in ask_why(admin, room, name="ann", seq=7)
    now = timezone.now()
    rows = ((0, "", 0), (4408, "too slow", 77))
    for code, reason, unsent in rows:
        ConnectionEnd.objects.create(
            at=now, participant=ann.pk, name="ann", dialect="plain", code=code, reason=reason, unsent=unsent
        )
    ConnectionEnd.objects.create(
        at=now - timedelta(hours=2), participant=ann.pk, name="ann", dialect="envelope", code=1, unsent=0
    )
    told = ask_why(admin, room, name="ann", seq=7)
    assert "with 4408: too slow. 77 bytes were not sent." in told
    assert "the client or the network ended" in told
    assert "envelope" not in told


@pytest.mark.parametrize("query", [{}, {"name": "ann"}, {"seq": "x", "name": "ann"}, {"seq": "9" * 40}])
def test_incomplete_question_gets_no_answer(admin: Client, room: Room, query: dict[str, str]):
    assert ask_why(admin, room, **query) == ""


def test_why_page_takes_few_queries_and_a_permission(admin: Client, make_staff: MakeStaff, room: Room, ann):
    address = f"/admin/chat/room/{room.pk}/why/?name=ann&seq=7"
    with few_queries_and_no_count():
        admin.get(address)
    assert make_staff("view_room").get(address).status_code == 403
    assert make_staff("view_event").get(address).status_code == 200


def test_why_page_of_a_conversation_is_not_found(admin: Client, ann: Participant, say_in: SayIn):
    ben = Participant.objects.create(name="ben", name_key="ben")
    talk = Room.objects.create(low=ann, high=ben, title="Secret", title_key="s", visibility="hidden")
    say_in(talk, "between us")
    assert admin.get(f"/admin/chat/room/{talk.pk}/why/?name=ann&seq=1").status_code == 404
