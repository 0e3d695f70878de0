"""The queue of reports."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.events import Message, Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import AuditEntry, Ban, Event, Mute, Participant, Report, Room
from chat.models.room import pair_of
from chat.permissions import Actor
from chat.services import messages, reports, rooms
from chat.validation import name_key
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.support.marks import whole_db

pytestmark = whole_db

LIST = "/admin/chat/report/"


def person(name: str) -> int:
    return Participant.objects.get_or_create(name_key=name_key(name), defaults={"name": name})[0].pk


def report(room: Room, seq: int, by: str = "ann", around: tuple[int, ...] = ()) -> int:
    fields = {"target": seq, "reason": "spam", "note": "again", "around": around}
    return reports.file_report(room=room.pk, actor=Actor(person(by)), fields=fields)


@pytest.fixture
def garden(make_room: MakeRoom) -> Room:
    return make_room("Gardeners")


@pytest.fixture
def filed(garden: Room, say_in: SayIn) -> Report:
    """A report of eve's message, with others before and after it."""
    for number in range(8):
        say_in(garden, f"before {number}", name="ben")
    seq = say_in(garden, "buy <b>this</b>", name="eve").seq
    say_in(garden, "after it", name="ben")
    return Report.objects.get(pk=report(garden, seq))


@pytest.fixture
def talk() -> tuple[Room, list[int]]:
    """A direct conversation of ann and eve, and its messages."""
    low, high = pair_of(person("ann"), person("eve"))
    room = Room.objects.create(low_id=low, high_id=high, visibility="hidden")
    seqs = []
    for text in ("hello there", "psst", "not shown"):
        sender = Sender("eve", "", person("eve"))
        event = log.append_and_wait(
            MessageDraft(room=room.pk, at=datetime.now(UTC), sender=sender, text=text)
        )
        assert isinstance(event, Message)
        seqs.append(event.seq)
    return room, seqs


def told(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_list_shows_open_reports_first(moderator: Client, garden: Room, say_in: SayIn):
    numbers = [report(garden, say_in(garden, f"spam {number}", name="eve").seq) for number in range(4)]
    reports.claim_report(number=numbers[3], actor=Actor(None, staff=True))
    reports.decide_report(number=numbers[1], actor=Actor(None, staff=True), decision="done")
    page = moderator.get(LIST)
    assert [one.pk for one in page.context["cl"].result_list] == [
        numbers[2],
        numbers[0],
        numbers[3],
        numbers[1],
    ]
    for done, expected in (("no", [numbers[2], numbers[0], numbers[3]]), ("yes", [numbers[1]])):
        page = moderator.get(LIST, {"done": done})
        assert [one.pk for one in page.context["cl"].result_list] == expected


def test_list_is_paged_by_key_without_counting(moderator: Client, garden: Room, say_in: SayIn):
    seq = say_in(garden, "spam", name="eve").seq
    row = Report.objects.get(pk=report(garden, seq))
    Report.objects.bulk_create(
        Report(
            at=row.at,
            reporter=1000 + number,
            room=garden.pk,
            direct=False,
            seq=seq,
            subject_name="eve",
            subject_key="eve",
            reason="spam",
            state=number % 3,
        )
        for number in range(250)
    )
    seen: list[int] = []
    address: str | None = ""
    with CaptureQueriesContext(connection) as queries:
        while address is not None:
            page = moderator.get(LIST + address).context["cl"]
            seen += [one.pk for one in page.result_list]
            address = page.more
    assert len(seen) == len(set(seen)) == 251
    assert not [one["sql"] for one in queries if "COUNT(" in one["sql"]]


def test_report_shows_the_message_in_its_place(moderator: Client, garden: Room, filed: Report):
    page = moderator.get(f"{LIST}{filed.pk}/change/").content.decode()
    assert "buy &lt;b&gt;this&lt;/b&gt;" in page
    assert "before 3" in page
    assert "before 2" not in page
    assert "after it" in page
    assert f"/admin/chat/room/{garden.pk}/at/{filed.seq}/#m{filed.seq}" in page
    assert "again" in page


def test_report_of_a_deleted_message_shows_what_it_was(moderator: Client, garden: Room, filed: Report):
    messages.delete_message(room=garden, seq=filed.seq or 0, actor=Actor(None, staff=True))
    page = moderator.get(f"{LIST}{filed.pk}/change/").content.decode()
    assert "buy &lt;b&gt;this&lt;/b&gt;" in page
    assert "(removed)" in page


def test_page_is_shown_when_room_and_people_are_gone(moderator: Client, garden: Room, filed: Report):
    rooms.delete_room(room=garden, actor=Actor(None, staff=True))
    Participant.objects.filter(name__in=["eve", "ann"]).delete()
    assert moderator.get(f"{LIST}{filed.pk}/change/").status_code == 200
    assert moderator.get(LIST).status_code == 200


@pytest.mark.parametrize("decision", ["nothing", "delete", "mute", "kick", "ban", "done"])
def test_decision_is_carried_out_and_the_next_report_opened(
    moderator: Client, garden: Room, filed: Report, say_in: SayIn, decision: str
):
    following = report(garden, say_in(garden, "more", name="mal").seq)
    given = {"decision": decision, "duration": "1 day", "reason": "rude"}
    answer = moderator.post(f"{LIST}{filed.pk}/decide/", given)
    assert answer.headers["Location"] == f"{LIST}{following}/change/", told(answer)
    filed.refresh_from_db()
    assert (filed.decision, filed.handler_name) == (decision, "mona")
    done = {
        "delete": Event.objects.filter(room=garden, seq=filed.seq or 0, erased_at__isnull=False).exists(),
        "mute": Mute.objects.filter(name="eve", until__isnull=False).exists(),
        "kick": Ban.objects.filter(name="eve", kick=True).exists(),
        "ban": Ban.objects.filter(name="eve", kick=False, until__isnull=False).exists(),
    }
    assert [deed for deed, it_is in done.items() if it_is] == [one for one in done if one == decision]
    entry = AuditEntry.objects.filter(act="decide_report").get()
    assert (entry.actor_name, entry.address, entry.reason) == ("mona", "127.0.0.1", "rude")


def test_last_decision_leads_to_the_list(moderator: Client, filed: Report):
    answer = moderator.post(f"{LIST}{filed.pk}/decide/", {"decision": "nothing"})
    assert answer.headers["Location"] == LIST


def test_report_is_claimed_put_back_and_taken_over(moderator: Client, admin: Client, filed: Report):
    page = f"{LIST}{filed.pk}/change/"
    assert moderator.post(f"{LIST}{filed.pk}/claim/").headers["Location"] == page
    assert "Release" in moderator.get(page).content.decode()
    assert "Take over from mona" in admin.get(page).content.decode()
    refused = admin.post(f"{LIST}{filed.pk}/decide/", {"decision": "nothing"})
    assert told(refused) == ["mona has claimed this report: claim it first"]
    admin.post(f"{LIST}{filed.pk}/claim/")
    filed.refresh_from_db()
    assert filed.handler_name == "alice"
    admin.post(f"{LIST}{filed.pk}/claim/", {"on": "no"})
    filed.refresh_from_db()
    assert (filed.state, filed.handler_name) == (Report.State.OPEN, "")


def test_refused_decision_says_why(moderator: Client, filed: Report):
    Report.objects.update(subject=99_999)
    answer = moderator.post(f"{LIST}{filed.pk}/decide/", {"decision": "ban", "duration": "1 hour"})
    assert answer.headers["Location"] == f"{LIST}{filed.pk}/change/"
    assert told(answer) == ["the reported user no longer exists, or has lost the name"]
    for given in ({}, {"decision": "x"}, {"decision": "ban", "duration": "x"}):
        answer = moderator.post(f"{LIST}{filed.pk}/decide/", given)
        assert told(answer)[-1] == "Choose a decision and a duration."


def test_conversation_shows_what_the_reporter_chose_and_no_more(
    moderator: Client, talk: tuple[Room, list[int]]
):
    room, seqs = talk
    number = report(room, seqs[1], around=(seqs[0],))
    page = moderator.get(f"{LIST}{number}/change/").content.decode()
    assert "hello there" in page
    assert "psst" in page
    assert "not shown" not in page
    assert "Ban from the server" in page
    for decision in ("delete", "mute", "kick"):
        assert f'value="{decision}"' not in page
        given = {"decision": decision, "duration": "1 day"}
        assert told(moderator.post(f"{LIST}{number}/decide/", given))[-1] == (
            "staff cannot do that in a direct conversation"
        )
    moderator.post(f"{LIST}{number}/decide/", {"decision": "ban", "duration": "1 day"})
    assert Ban.objects.of_server().get().name == "eve"


def test_only_staff_with_the_permission_see_reports(make_staff: MakeStaff, filed: Report):
    without = make_staff("view_event", "change_room", "delete_event")
    page = f"{LIST}{filed.pk}/change/"
    for client in (without, Client()):
        for answer in (client.get(LIST), client.get(page), client.post(f"{LIST}{filed.pk}/claim/")):
            assert answer.status_code in (302, 403)
        given = {"decision": "nothing"}
        assert client.post(f"{LIST}{filed.pk}/decide/", given).status_code in (302, 403)
    filed.refresh_from_db()
    assert filed.state == Report.State.OPEN
    reader = make_staff("change_report")
    shown = reader.get(page).content.decode()
    assert "before 3" not in shown  # that needs the permission to read messages
    assert 'value="delete"' not in shown
    assert reader.post(f"{LIST}{filed.pk}/decide/", {"decision": "delete"}).status_code == 403
    assert reader.post(f"{LIST}{filed.pk}/decide/", {"decision": "done"}).status_code == 302


def test_staff_do_not_see_reports_about_themselves(moderator: Client, garden: Room):
    mona = Participant.objects.get(user=User.objects.get(username="mona"))
    event = log.append_and_wait(
        MessageDraft(room=garden.pk, at=datetime.now(UTC), sender=Sender("mona", "", mona.pk), text="rude")
    )
    assert isinstance(event, Message)
    number = report(garden, event.seq)
    assert not moderator.get(LIST).context["cl"].result_list
    assert moderator.get(f"{LIST}{number}/change/").status_code == 404
    assert moderator.post(f"{LIST}{number}/decide/", {"decision": "done"}).status_code == 404


def test_start_page_leads_to_the_reports_that_wait(moderator: Client, make_staff: MakeStaff, filed: Report):
    page = moderator.get("/admin/").content.decode()
    assert f'href="{LIST}?done=no"' in page
    assert "1 report is waiting" in page
    assert "is waiting" not in make_staff("view_room").get("/admin/").content.decode()
    reports.decide_report(number=filed.pk, actor=Actor(None, staff=True), decision="done")
    assert "waiting" not in moderator.get("/admin/").content.decode()


def test_pages_take_few_queries(moderator: Client, filed: Report):
    for address in (LIST, f"{LIST}{filed.pk}/change/"):
        with CaptureQueriesContext(connection) as queries:
            assert moderator.get(address).status_code == 200
        assert len(queries) < 20
