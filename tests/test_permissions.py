"""The table of permissions, checked for each role."""

from dataclasses import replace

import pytest

from chat import permissions
from chat.errors import ChatError
from chat.permissions import ANONYMOUS, Actor, Ownership, Role, roles_of

OWNED = Ownership("private", owner=1, commons=False, moderators=frozenset({2}), generation=3)
COMMONS = Ownership("public", owner=None, commons=True)
CLOSED_COMMONS = Ownership("hidden", owner=None, commons=True, generation=3)
STAFFS = Ownership("public", owner=None, commons=False)
TALK = Ownership("hidden", owner=1, commons=False, moderators=frozenset({2}), pair=(1, 2))

# Sender, partner, commoner, joined, moderator, owner, staff: x for those who may.
ROLES = [Role.SENDER, Role.PARTNER, Role.COMMONER, Role.JOINED, Role.MODERATOR, Role.OWNER, Role.STAFF]
EXPECTED = {
    "EDIT_MESSAGE": "x......",
    "DELETE_MESSAGE": "x...xxx",
    "DELETE_ALL": "....xxx",
    "DELETE_EVERYWHERE": "......x",
    "RESTORE_MESSAGE": "......x",
    "PIN_MESSAGE": ".x..xxx",
    "POST_ANYWAY": "....xxx",
    "MENTION_ALL": "....xxx",
    "ENTER_WITHOUT_TOKEN": "...xxxx",
    "MUTE": "....xxx",
    "KICK": "....xxx",
    "BAN": "....xxx",
    "DECIDE_REPORTS": "....xxx",
    "LIMIT_POSTING": "....xxx",
    "LEAVE_TO_OWNER": ".....xx",
    "FILTER_TEXTS": "....xxx",
    "FILTER_EVERYWHERE": "......x",
    "SET_RETENTION": "....xxx",
    "CHANGE_ROOM": "..x.xxx",
    "DELETE_ROOM": "..x.xxx",
    "NAME_MODERATORS": ".....xx",
    "GIVE_ROOM": ".....xx",
    "RESTORE_ROOM": "......x",
    "BAN_FROM_SERVER": "......x",
}


def test_table_has_these_rows_and_no_others():
    found = {
        name: "".join("x" if role in row.roles else "." for role in ROLES)
        for name, row in permissions.TABLE.items()
    }
    assert found == EXPECTED


@pytest.mark.parametrize(
    ("actor", "room", "roles"),
    [
        (ANONYMOUS, OWNED, set()),
        (Actor(1), OWNED, {Role.OWNER}),
        (Actor(2), OWNED, {Role.MODERATOR}),
        (Actor(3), OWNED, set()),
        (Actor(3, room_token=3), OWNED, set()),
        (Actor(None, staff=True), OWNED, {Role.STAFF}),
        (Actor(1, staff=True), OWNED, {Role.OWNER, Role.STAFF}),
        (ANONYMOUS, COMMONS, {Role.COMMONER}),
        (Actor(5), COMMONS, {Role.COMMONER}),
        (ANONYMOUS, CLOSED_COMMONS, set()),
        (Actor(None, room_token=2), CLOSED_COMMONS, set()),
        (Actor(None, room_token=3), CLOSED_COMMONS, {Role.COMMONER}),
        (ANONYMOUS, STAFFS, set()),
        (Actor(9), STAFFS, set()),
        (Actor(1), TALK, {Role.PARTNER}),
        (Actor(2, staff=True), TALK, {Role.PARTNER}),
        (Actor(3), TALK, set()),
        (Actor(9, staff=True), TALK, set()),
    ],
)
def test_roles_of_an_actor_in_a_room(actor, room, roles):
    assert roles_of(actor, room) == roles


@pytest.mark.parametrize("name", EXPECTED)
def test_those_without_a_role_get_the_error_of_the_permission(name: str):
    permission = permissions.TABLE[name]
    with pytest.raises(ChatError) as refused:
        permissions.check(Actor(3), permission, OWNED)
    assert (refused.value.kind, refused.value.detail) == (permission.kind, permission.detail)


# Nobody's, moderator, owner, staff: x for those who may.
@pytest.mark.parametrize("name", ["PIN_MESSAGE", "MENTION_ALL"])
@pytest.mark.parametrize(("choice", "who"), [("everyone", "xxxx"), ("moderators", ".xxx"), ("owner", "..xx")])
def test_room_chooses_who_has_a_permission(name: str, choice: str, who: str):
    permission = permissions.TABLE[name]
    room, talk = (replace(each, who_can_pin=choice, who_can_mention_all=choice) for each in (OWNED, TALK))
    actors = (Actor(3), Actor(2), Actor(1), Actor(9, staff=True))
    assert "".join("x" if permissions.may(one, permission, room) else "." for one in actors) == who
    assert permissions.may(ANONYMOUS, permission, room) is (choice == "everyone")
    assert not permissions.may(Actor(3), permission, talk)


def test_refusal_names_the_owner_where_only_they_may():
    room = replace(OWNED, who_can_pin="owner")
    with pytest.raises(ChatError, match="only the owner of this room can do that"):
        permissions.check(Actor(2), permissions.PIN_MESSAGE, room)


def test_sender_edits_and_deletes_without_a_role_in_the_room():
    for permission in (permissions.EDIT_MESSAGE, permissions.DELETE_MESSAGE):
        permissions.check(Actor(3), permission, OWNED, is_sender=True)
    assert not permissions.may(Actor(3), permissions.PIN_MESSAGE, OWNED, is_sender=True)
