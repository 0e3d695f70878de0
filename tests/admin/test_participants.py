"""The participants' pages, and the deletion of a participant with its account."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat.models import Participant, ParticipantAddress, Presence, Room
from tests.admin.conftest import MakeStaff
from tests.admin.test_rooms import enter
from tests.support.marks import whole_db

pytestmark = whole_db

LIST = "/admin/chat/participant/"


def test_participants_are_found_by_name_and_account(admin: Client):
    user = User.objects.create(username="bernard")
    Participant.objects.filter(user=user).update(name="ben")
    Participant.objects.create(name="ann")
    for query in ("ben", "bernard"):
        assert list(admin.get(LIST, {"q": query}).context["cl"].result_list) == [user.participant]


def test_page_lists_rooms_that_a_participant_owns(admin: Client):
    ann = Participant.objects.create(name="ann")
    Room.objects.create(title="Gardeners", title_key="gardeners", owner=ann)
    html = admin.get(f"{LIST}{ann.pk}/change/").content.decode()
    assert "Gardeners" in html
    assert "no room" in html


def test_participants_are_read_only(admin: Client):
    ann = Participant.objects.create(name="ann")
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(f"{LIST}{ann.pk}/change/", {"name": "eve"}).status_code == 403
    assert admin.post(f"{LIST}{ann.pk}/delete/", {"post": "yes"}).status_code == 403
    admin.post(LIST, {"action": "delete_selected", "_selected_action": [ann.pk], "post": "yes"})
    assert Participant.objects.get(pk=ann.pk).name == "ann"


def test_account_can_be_deleted_with_its_participant(admin: Client):
    user = User.objects.create(username="bernard")
    assert user.participant.name == "bernard"
    assert admin.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Participant.objects.filter(name="bernard").exists()


def test_page_shows_staff_the_addresses_of_the_last_days(admin: Client, make_staff: MakeStaff, settings):
    ann = Participant.objects.create(name="ann", name_key="ann")
    now = timezone.now()
    for days, address in ((1, "192.0.2.7"), (6, "2001:db8::/64"), (8, "198.51.100.1")):
        seen = now - timedelta(days=days)
        ParticipantAddress.objects.create(participant=ann, address=address, first_seen=seen, last_seen=seen)
    enter(Room.objects.get(pk=1), "ann")
    Presence.objects.update(participant=ann, address="203.0.113.9")
    page = f"{LIST}{ann.pk}/change/"
    for client in (admin, make_staff("view_participant")):
        html = client.get(page).content.decode()
        assert [part in html for part in ("192.0.2.7", "2001:db8::/64", "203.0.113.9")] == [True] * 3
        assert "198.51.100.1" not in html
        assert "Last 7 days" in html
    assert make_staff("view_room").get(page).status_code == 403
    settings.ENV = settings.ENV.model_copy(update={"wschat_address_days": 0})
    assert "192.0.2.7" not in admin.get(page).content.decode()
