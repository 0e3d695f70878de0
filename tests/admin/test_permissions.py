"""Permissions: Django's permissions decide, and the group of moderators has the needed ones."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from chat.apps import MODERATORS_MAY
from chat.models import Event, Room
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.support.marks import whole_db

pytestmark = whole_db

ROOM = "/admin/chat/room/"


def codenames(group: Group) -> set[str]:
    return set(group.permissions.values_list("codename", flat=True))


def test_only_staff_accounts_can_sign_in():
    for url in (ROOM, f"{ROOM}1/change/", "/admin/chat/event/", "/admin/chat/participant/"):
        assert Client().get(url).headers["Location"].startswith("/admin/login/")
    assert Client().post(f"{ROOM}1/lock/").status_code == 302
    assert not Room.objects.get(pk=1).locked


def test_staff_without_permissions_sees_and_does_nothing(make_staff: MakeStaff, make_room: MakeRoom):
    room, staff = make_room("Gardeners"), make_staff()
    for url in (ROOM, f"{ROOM}{room.pk}/change/", "/admin/chat/event/", "/admin/chat/participant/"):
        assert staff.get(url).status_code == 403
    for what in ("change", "lock", "unlock", "delete", "restore", "erase"):
        assert staff.post(f"{ROOM}{room.pk}/{what}/", {"seq": 1}).status_code == 403
    room.refresh_from_db()
    assert (room.locked, room.deleted_at, room.last_seq) == (False, None, 0)


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("view_room", set()),
        ("change_room", {"lock", "unlock"}),
        ("delete_room", {"delete", "restore"}),
        ("delete_event", {"erase"}),
    ],
)
def test_each_permission_allows_only_its_action(
    make_staff: MakeStaff, make_room: MakeRoom, permission: str, allowed: set[str]
):
    room, staff = make_room("Gardeners"), make_staff(permission)
    done = {
        what
        for what in ("lock", "unlock", "erase", "delete", "restore")
        if staff.post(f"{ROOM}{room.pk}/{what}/").status_code == 302
    }
    assert done == allowed


def test_actions_of_the_list_need_the_permission_too(make_staff: MakeStaff, make_room: MakeRoom):
    room, staff = make_room("Gardeners"), make_staff("view_room")
    for action in ("lock_selected", "delete_selected", "restore_selected"):
        staff.post(ROOM, {"action": action, "_selected_action": [room.pk], "post": "yes"})
    room.refresh_from_db()
    assert (room.locked, room.deleted_at, room.last_seq) == (False, None, 0)


def test_page_offers_only_what_is_allowed(make_staff: MakeStaff, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    say_in(room, "slugs")
    seen = make_staff("view_room").get(f"{ROOM}{room.pk}/change/").content.decode()
    for offered in ("slugs", "/lock/", "/delete/", "/erase/", 'name="_save"', "new_password"):
        assert offered not in seen
    seen = make_staff("view_room", "view_event").get(f"{ROOM}{room.pk}/change/").content.decode()
    assert "slugs" in seen
    assert 'name="seq"' not in seen


def test_message_stays_without_the_permission_to_delete_it(make_staff: MakeStaff, say_in: SayIn):
    said = say_in(Room.objects.get(pk=1), "slugs")
    event, staff = Event.objects.get(seq=said.seq), make_staff("view_event", "change_room", "delete_room")
    url = "/admin/chat/event/"
    staff.post(url, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert staff.post(f"{url}{event.pk}/delete/").status_code == 403
    assert staff.post(f"{ROOM}1/erase/", {"seq": said.seq, "post": "yes"}).status_code == 403
    event.refresh_from_db()
    assert event.text == "slugs"


def test_moderators_can_do_all_actions(moderator: Client, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    said = say_in(room, "slugs")
    for url in (ROOM, f"{ROOM}{room.pk}/change/", "/admin/chat/event/", "/admin/chat/participant/"):
        assert moderator.get(url).status_code == 200
    for what in ("lock", "unlock", "erase", "delete", "restore"):
        given = {"seq": said.seq, "post": "yes"}
        assert moderator.post(f"{ROOM}{room.pk}/{what}/", given).status_code == 302
    assert moderator.get("/admin/auth/user/").status_code == 403


def test_group_of_moderators_has_exactly_what_the_admin_site_needs():
    assert codenames(Group.objects.get(name="Moderators")) == set(MODERATORS_MAY)


def test_next_migration_leaves_the_group_as_the_operator_made_it():
    group = Group.objects.get(name="Moderators")
    group.permissions.remove(Permission.objects.get(codename="delete_room"))
    group.permissions.add(Permission.objects.get(codename="view_user"))
    before = codenames(group)
    call_command("migrate", verbosity=0)
    assert codenames(group) == before
