"""The audit log in the admin site."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.admin.audit import ACTS, LABELS
from chat.models import AuditEntry, Participant
from tests.admin.conftest import MakeRoom, MakeStaff
from tests.admin.test_rooms import page
from tests.support.marks import whole_db

pytestmark = whole_db

LIST = "/admin/chat/auditentry/"


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(answer.getvalue().decode().splitlines()))


def note(count: int = 1, **fields: Any) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(**{"at": timezone.now(), "act": "mute", "actor_name": "mona"} | fields)
        for _ in range(count)
    )


def test_what_is_done_in_the_admin_site_is_there_with_the_address(moderator: Client, make_room: MakeRoom):
    room = make_room("Gardeners")
    moderator.post(page(room, "mute"), {"name": "ann", "duration": "1 hour"}, REMOTE_ADDR="192.0.2.9")
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.actor_name, entry.subject_name) == ("mute", "mona", "ann")
    assert (entry.room_title, entry.address) == ("Gardeners", "192.0.2.9")
    shown = moderator.get(LIST).content.decode()
    for text in ("192.0.2.9", "Gardeners", "mona", "ann"):
        assert text in shown


def test_what_is_done_to_accounts_is_there(admin: Client):
    ann = User.objects.create(username="ann")
    page_of_ann = f"/admin/auth/user/{ann.pk}/change/"
    given = {"username": "ann", "is_active": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    assert admin.post(page_of_ann, given).status_code == 302
    assert admin.post("/admin/auth/group/add/", {"name": "Helpers"}).status_code == 302
    assert admin.post(f"/admin/auth/user/{ann.pk}/delete/", {"post": "yes"}).status_code == 302
    found = AuditEntry.objects.order_by("pk").values_list("act", "subject_name", "actor_name")
    assert list(found) == [
        ("admin_change", "ann", "alice"),
        ("admin_add", "Helpers", "alice"),
        ("admin_delete", "ann", "alice"),
    ]
    assert Group.objects.filter(name="Helpers").exists()
    assert not User.objects.filter(pk=ann.pk).exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4),
        ("?act=mute", 3),
        ("?act=nosuch", 0),
        ("?room=7", 1),
        ("?room=x", 4),
        ("?actor=5", 1),
        ("?subject=6", 1),
        ("?days=7", 3),
        ("?days=99999999999", 4),
        ("?q=192.0.2", 1),
        ("?q=mona", 4),
        ("?q=nosuch", 0),
    ],
)
def test_list_and_export_are_filtered_alike(moderator: Client, query: str, found: int):
    note(room=7, actor=5)
    note(subject=6, address="192.0.2.1")
    note(act="pin")
    note(at=timezone.now() - timedelta(days=8))
    answer = moderator.get(LIST + query, follow=True)
    assert len(answer.context["cl"].result_list) == found
    assert len(rows_of(moderator.get(f"{LIST}export/{query}"))) == found


@pytest.mark.parametrize("query", ["?before=x", "?nosuch=1", "?at__gte=x"])
def test_export_of_a_filter_that_is_none_leads_to_the_list(moderator: Client, query: str):
    note()
    assert moderator.get(f"{LIST}export/{query}")["Location"] == f"{LIST}?e=1"


@pytest.mark.parametrize("page", [LIST, f"{LIST}export/", "/admin/chat/ban/", "/admin/chat/bulkdeletion/"])
def test_null_character_in_an_address_is_refused(moderator: Client, page: str):
    """PostgreSQL takes none."""
    assert moderator.get(f"{page}?act=%00&kind=a%00").status_code == 400


def test_no_query_counts_the_table_and_the_last_page_is_reached(moderator: Client):
    note(250)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = moderator.get(LIST)
    assert not [one["sql"] for one in asked if "COUNT(" in one["sql"].upper() and "audit" in one["sql"]]
    pages = [answer.context["cl"]]
    while pages[-1].more is not None:
        assert pages[-1].more in answer.content.decode()
        answer = moderator.get(LIST + pages[-1].more)
        pages.append(answer.context["cl"])
    shown = [entry.pk for page in pages for entry in page.result_list]
    assert [len(page.result_list) for page in pages] == [100, 100, 50]
    assert shown == sorted(AuditEntry.objects.values_list("pk", flat=True), reverse=True)
    for odd in ("0", "x", "9", "999999999999"):
        assert moderator.get(f"{LIST}?p={odd}", follow=True).status_code == 200


def test_export_holds_no_formula(moderator: Client):
    note(reason="=HYPERLINK(1)", subject_name="+eve", note='a, "b"\nc')
    (row,) = list(
        csv.DictReader(moderator.get(f"{LIST}export/").getvalue().decode().splitlines(keepends=True))
    )
    assert (row["reason"], row["subject_name"], row["note"]) == ("'=HYPERLINK(1)", "'+eve", 'a, "b"\nc')


def test_only_those_with_the_permission_see_it(make_staff: MakeStaff):
    note()
    without, with_it = make_staff("view_room"), make_staff("view_auditentry")
    for address in (LIST, f"{LIST}export/"):
        assert without.get(address).status_code == 403
        assert with_it.get(address).status_code == 200


def test_export_is_in_the_log_and_not_in_itself(make_staff: MakeStaff):
    note(3)
    staff = make_staff("view_auditentry")
    assert len(rows_of(staff.get(f"{LIST}export/?act=mute&q=mona", REMOTE_ADDR="192.0.2.9"))) == 3
    entry = AuditEntry.objects.get(act="export_audit_log")
    assert (entry.address, entry.details) == ("192.0.2.9", {"filters": "act=mute&q=mona"})
    assert entry.actor_name
    assert len(rows_of(staff.get(f"{LIST}export/"))) == 4


def test_note_about_a_participant_is_in_the_log(moderator: Client):
    ann = Participant.objects.create(name="ann", name_key="ann")
    page_of_ann = f"/admin/chat/participant/{ann.pk}/note/"
    moderator.post(page_of_ann, {"text": "sells seeds"})
    moderator.post(page_of_ann, {"text": ""})  # is none
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.actor_name) == ("add_note", "mona")
    assert (entry.subject, entry.subject_name) == (ann.pk, "ann")


def test_no_page_changes_or_deletes_an_entry(admin: Client):
    note()
    pk = AuditEntry.objects.get().pk
    assert admin.get(f"{LIST}{pk}/change/").status_code == 200
    for address in (f"{LIST}add/", f"{LIST}{pk}/delete/"):
        assert admin.post(address, {"post": "yes"}).status_code == 403
    assert admin.post(f"{LIST}{pk}/change/", {"reason": "x"}).status_code == 403
    admin.post(LIST, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert AuditEntry.objects.get().reason == ""


def test_who_reported_the_one_who_looks_is_not_shown(admin: Client):
    mine = Participant.objects.get(user__is_superuser=True).pk
    note(act="report", actor_name="ann", subject=mine)
    note(act="claim_report", actor_name="cleo", subject=mine)
    note(act="release_report", actor_name="cleo", subject=mine)
    note(act="report", actor_name="bob", subject=mine + 1)
    note(act="mute", actor_name="carol", subject=mine)
    names = {row["actor_name"] for row in rows_of(admin.get(f"{LIST}export/"))}
    shown = admin.get(LIST).content.decode()
    assert not {"ann", "cleo"} & names
    assert {"bob", "carol"} <= names
    assert "bob" in shown
    assert ">ann" not in shown
    assert ">cleo" not in shown


def test_labels_and_durations_are_german_for_germans(moderator: Client, make_room: MakeRoom):
    note(act="delete_all", actor_name="")
    german = {"accept-language": "de"}
    page = moderator.get(LIST, headers=german).content.decode()
    for text in ("Alle löschen", "Letzte 24 Stunden", "Als CSV exportieren", "anonymer Client"):
        assert text in page
    page = moderator.get(
        f"/admin/chat/room/{make_room('Gardeners').pk}/change/", headers=german
    ).content.decode()
    assert '<option value="until further notice">bis auf Weiteres</option>' in page


def test_every_act_has_a_label():
    assert set(ACTS) == set(LABELS)
