"""The participants' pages, and the deletion of a participant with its account."""

from django.contrib.auth.models import User
from django.test import Client

from chat.models import Participant, Room
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
