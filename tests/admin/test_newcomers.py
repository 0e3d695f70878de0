"""The switch on the start page that keeps newcomers out."""

import pytest
from django.test import Client

from chat.errors import NOT_APPROVED
from chat.models import AuditEntry, Ban
from tests.admin.conftest import MakeRoom, MakeStaff
from tests.admin.test_rooms import page as page_of
from tests.support.marks import whole_db

pytestmark = whole_db


def test_switch_keeps_newcomers_out_and_lets_them_in(make_staff: MakeStaff) -> None:
    client = make_staff("change_room")
    assert "Keep newcomers out" in client.get("/admin/").content.decode()
    answer = client.post("/admin/", {"hours": "6", "reason": "raid"}, follow=True)
    page = answer.content.decode()
    assert "no one new can join, and only staff" in page
    assert "raid" in page
    assert Ban.objects.get().kind == "newcomers"
    assert (
        Client().post("/chats", {"title": "Den", "visibility": "public"}, "application/json").status_code
        == 403
    )
    assert "Keep newcomers out" in client.post("/admin/", follow=True).content.decode()
    assert not Ban.objects.exists()
    assert [entry.act for entry in AuditEntry.objects.order_by("pk")] == [
        "ban_from_server",
        "unban_from_server",
    ]


@pytest.mark.parametrize("hours", ["0", "-1", "1000", "x"])
def test_odd_number_of_hours_is_refused(make_staff: MakeStaff, hours: str) -> None:
    assert make_staff("change_room").post("/admin/", {"hours": hours}).status_code == 400
    assert not Ban.objects.exists()


def test_too_long_reason_is_refused_with_a_message(make_staff: MakeStaff) -> None:
    answer = make_staff("change_room").post("/admin/", {"hours": "1", "reason": "x" * 201}, follow=True)
    assert "Reason must have 0 to 200 characters" in answer.content.decode()
    assert not Ban.objects.exists()


def test_switch_is_for_those_who_may_change_rooms(make_staff: MakeStaff) -> None:
    client = make_staff("view_room")
    assert "newcomers" not in client.get("/admin/").content.decode()
    client.post("/admin/", {"hours": "6"})
    assert not Ban.objects.exists()


def test_switch_holds_the_first_messages_of_new_guests(make_staff: MakeStaff) -> None:
    client = make_staff("change_room")
    page = client.post("/admin/", {"hours": "6", "hold": "yes"}, follow=True).content.decode()
    assert "they cannot create rooms before staff have approved one" in page
    assert Ban.objects.get().kind == "watch"
    assert AuditEntry.objects.get().details["hold"] is True
    refused = Client().post("/chats", {"title": "Den", "visibility": "public"}, "application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, NOT_APPROVED.code)
    client.post("/admin/", {"hours": "1"})
    assert Ban.objects.get().kind == "newcomers"
    client.post("/admin/")
    assert not Ban.objects.exists()


def test_switch_of_a_room_keeps_newcomers_out_of_it_alone(make_staff: MakeStaff, make_room: MakeRoom) -> None:
    client, room = make_staff("change_room", "view_room"), make_room("Gardeners")
    place = page_of(room)
    shown = client.get(place).content.decode()
    assert "close the room to everyone who was not in it before" in shown
    client.post(page_of(room, "newcomers"), {"hours": "6", "reason": "raid"})
    shown = client.get(place).content.decode()
    assert "no one new can join this room." in shown
    assert "raid" in shown
    ban = Ban.objects.get()
    assert (ban.room, ban.kind) == (room, "newcomers")
    assert "No one new can join" not in client.get("/admin/").content.decode()
    assert "no newcomers" in client.get("/admin/chat/ban/").content.decode()
    client.post(page_of(room, "newcomers"))
    assert not Ban.objects.exists()
    client.post(page_of(room, "newcomers"), {"hours": "1", "hold": "yes"})
    assert Ban.objects.get().kind == "watch"
    assert [entry.act for entry in AuditEntry.objects.order_by("pk")] == ["ban", "unban", "ban"]
    assert client.post(page_of(room, "newcomers"), {"hours": "x"}).status_code == 400


def test_switch_of_a_room_is_for_those_who_may_change_rooms(
    make_staff: MakeStaff, make_room: MakeRoom
) -> None:
    client, room = make_staff("view_room"), make_room("Gardeners")
    assert "Keep newcomers out" not in client.get(page_of(room)).content.decode()
    assert client.post(page_of(room, "newcomers"), {"hours": "6"}).status_code == 403
    assert not Ban.objects.exists()
