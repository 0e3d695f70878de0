"""People: their page, their profile, and who sees that they are online."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat import validation
from chat.models import Block, Event, Participant, Presence, Room
from chat.services import joined_rooms
from chat.services.joined_rooms import Joining
from tests.log.test_mentions import say
from tests.support.marks import whole_db
from tests.web.kit import PASSWORD, make_room, put_into, text_of

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.fixture
def ann(visitor: Client) -> Client:
    visitor.post(f"/room/{make_room('Tea').pk}/enter", ANN)
    return visitor


@pytest.fixture
def bob() -> Participant:
    later = timezone.now() + timedelta(minutes=1)
    return Participant.objects.create(name="Bob", name_key=validation.name_key("Bob"), seen_at=later)


def me() -> Participant:
    return Participant.objects.get(name_key=validation.name_key("Ann"))


def talk_with(other: Participant) -> Room:
    low, high = sorted([me(), other], key=lambda each: each.pk)
    return Room.objects.create(low=low, high=high, visibility="hidden", last_seq=1)


def card_of(visitor: Client, name: str) -> str:
    page = visitor.get("/person", {"name": name}).content
    return text_of(page.partition(b'<main id="main"')[2].partition(b"</main>")[0])


def test_person_has_the_rooms_in_common(ann: Client, bob: Participant) -> None:
    tea, milk = Room.objects.get(title="Tea"), make_room("Milk")
    secret = make_room("Secret", "hidden")
    joined_rooms.note_joined([Joining(bob.pk, room.pk, room.generation) for room in (tea, milk, secret)])
    assert "Rooms in common Tea Send" in card_of(ann, "bob")
    ann.post("/room/Secret/enter", ANN | {"password": PASSWORD})
    assert "Rooms in common Secret Tea Send" in card_of(ann, "Bob")
    assert "common" not in card_of(Client(), "Bob")


@whole_db
def test_sender_of_a_message_is_found_by_it_whatever_their_name_is_now(ann: Client) -> None:
    tea, secret = Room.objects.get(title="Tea"), make_room("Secret", "private")
    for room in (tea, secret):
        say(room, "Bob", "hello")
    bob = Participant.objects.get(name="Bob")
    Participant.objects.filter(pk=bob.pk).update(name="Robert", name_key=validation.name_key("Robert"))
    key, now = validation.name_key("Bob"), timezone.now()
    other = Participant.objects.create(name="Bob", name_key=key, seen_at=now)

    def number_of(room: Room, seq: int = 1) -> str:
        page = ann.get("/person", {"name": "Bob", "room": str(room.pk), "seq": str(seq)}).content.decode()
        return page.partition('data-person="')[2].partition('"')[0]

    assert number_of(tea) == str(bob.pk)
    assert number_of(secret) == str(other.pk)  # nobody learns who has written where they may not read
    assert number_of(tea, 2) == ""
    Participant.objects.filter(pk=bob.pk).delete()
    assert number_of(tea) == ""


@whole_db
def test_person_whom_a_message_mentions_is_found_by_it_whatever_their_name_is_now(ann: Client) -> None:
    tea = Room.objects.get(title="Tea")
    bob, cyd = (
        Participant.objects.create(name=name, name_key=validation.name_key(name), seen_at=timezone.now())
        for name in ("Bob", "Cyd")
    )
    joined_rooms.note_joined([Joining(one.pk, tea.pk, tea.generation) for one in (bob, cyd)])
    say(tea, "Ann", "@bob @Cyd @Ann hello")

    def number_of(name: str) -> str:
        asked = {"name": name, "room": str(tea.pk), "seq": "1", "mentioned": ""}
        return ann.get("/person", asked).content.decode().partition('data-person="')[2].partition('"')[0]

    def rename(one: Participant, name: str) -> None:
        Participant.objects.filter(pk=one.pk).update(name=name, name_key=validation.name_key(name))

    assert number_of("Bob") == str(bob.pk)
    rename(bob, "Robert")
    assert number_of("Bob") == str(bob.pk)
    Participant.objects.create(name="Bob", name_key=validation.name_key("Bob"), seen_at=timezone.now())
    assert number_of("Bob") == str(bob.pk)
    assert number_of("Cyd") == str(cyd.pk)
    assert number_of("Eve") == ""
    assert number_of("Robert") == str(bob.pk)
    rename(cyd, "Cy")
    assert number_of("Cyd") == ""  # it may be either
    Event.objects.messages(tea.pk).update(erased_at=timezone.now())
    Participant.objects.filter(name="Bob").delete()
    assert number_of("Bob") == ""  # whom a deleted message mentions is not told


def test_only_those_who_know_a_person_see_whether_they_are_online(ann: Client, bob: Participant) -> None:
    assert "Guest" in card_of(ann, "Bob")
    assert "online" not in card_of(ann, "Bob")
    assert "online" not in heading_of(ann.get("/direct/Bob").content)
    put_into(Room.objects.get(title="Tea"), "Bob", participant=bob.pk)
    assert "Guest · online" in card_of(ann, "Bob")
    assert "online" not in card_of(Client(), "Bob")
    Presence.objects.all().delete()
    assert "online" not in card_of(ann, "Bob")
    joined_rooms.note_joined([Joining(bob.pk, Room.objects.get(title="Tea").pk)])
    assert "Guest · online" in card_of(ann, "Bob")
    assert "online" in heading_of(ann.get("/direct/Bob").content)
    assert "online" not in card_of(Client(), "Bob")
    Participant.objects.filter(pk=bob.pk).update(seen_at=timezone.now())
    assert "online" not in card_of(ann, "Bob")


def leave_two_hours_ago(person: Participant, *, shows_last_seen: bool = True) -> None:
    gone = timezone.now() - timedelta(hours=2, minutes=5)
    Participant.objects.filter(pk=person.pk).update(seen_at=gone, shows_last_seen=shows_last_seen)


def test_last_seen_is_shown_where_the_person_allows_it(ann: Client, bob: Participant) -> None:
    joined_rooms.note_joined([Joining(bob.pk, Room.objects.get(title="Tea").pk)])
    leave_two_hours_ago(bob, shows_last_seen=False)
    assert "seen" not in card_of(ann, "Bob")
    leave_two_hours_ago(bob)
    assert "Guest · Last seen 2 h ago" in card_of(ann, "Bob")
    Participant.objects.filter(pk=bob.pk).update(seen_at=timezone.now())
    assert "Guest · Last seen just now" in card_of(ann, "Bob")
    put_into(Room.objects.get(title="Tea"), "Bob", participant=bob.pk)
    Participant.objects.filter(pk=bob.pk).update(seen_at=timezone.now() + timedelta(minutes=1))
    assert "Guest · online" in card_of(ann, "Bob")
    assert "seen" not in card_of(ann, "Bob")


def test_last_seen_is_for_those_who_share_a_room_or_a_conversation(ann: Client, bob: Participant) -> None:
    leave_two_hours_ago(bob)
    assert "seen" not in card_of(ann, "Bob")
    talk = talk_with(bob)
    assert "Last seen 2 h ago" in card_of(ann, "Bob")
    talk.delete()
    joined_rooms.note_joined([Joining(bob.pk, Room.objects.get(title="Tea").pk)])
    assert "Last seen 2 h ago" in card_of(ann, "Bob")
    assert "seen" not in card_of(Client(), "Bob")
    leave_two_hours_ago(me())
    assert "seen" not in card_of(ann, "Ann")


def test_presence_is_hidden_from_those_whom_the_person_has_blocked(ann: Client, bob: Participant) -> None:
    talk_with(bob)
    sidebar = b'<span class="sr-only presence">'
    assert sidebar in ann.get("/").content
    block = Block.objects.create(blocker=bob, blocked=me())
    assert "online" not in card_of(ann, "Bob")
    assert "online" not in heading_of(ann.get("/direct/Bob").content)
    assert sidebar not in ann.get("/").content
    leave_two_hours_ago(bob)
    assert "seen" not in card_of(ann, "Bob")
    assert "seen" not in text_of(ann.get("/direct/Bob").content)
    block.delete()
    Block.objects.create(blocker=me(), blocked=bob)
    assert "Last seen 2 h ago" in card_of(ann, "Bob")


def test_last_seen_of_a_closed_account_is_not_shown(ann: Client, bob: Participant) -> None:
    talk_with(bob)
    user = User.objects.create(username="bob", is_active=False)
    Participant.objects.filter(pk=bob.pk).update(user=user)
    leave_two_hours_ago(bob)
    assert "seen" not in text_of(ann.get("/direct/Bob").content)


def test_conversation_says_when_the_other_was_last_seen(ann: Client, bob: Participant) -> None:
    talk_with(bob)
    assert "online" in heading_of(ann.get("/direct/Bob").content)
    leave_two_hours_ago(bob, shows_last_seen=False)
    assert "seen" not in heading_of(ann.get("/direct/Bob").content)
    leave_two_hours_ago(bob)
    assert "Last seen 2 h ago" in heading_of(ann.get("/direct/Bob").content)
    assert b'<time datetime="20' in ann.get("/direct/Bob").content


def heading_of(page: bytes) -> str:
    return text_of(page.partition(b'<div class="about">')[2].partition(b"</div>")[0])


def test_person_chooses_whether_others_see_when_they_were_last_here(ann: Client) -> None:
    assert not me().shows_last_seen
    assert b"checked" not in ann.get("/profile").content
    ann.post("/profile", ANN | {"shows_last_seen": "on"})
    assert me().shows_last_seen
    assert b"checked" in ann.get("/profile").content
    refused = ann.post("/profile", {"name": "", "color": ""})
    assert me().shows_last_seen, "nothing of a refused form is taken"
    assert b"checked" not in refused.content, "the form is as it was sent"
    ann.post("/sign-up", {"name": "Ann", "password1": PASSWORD, "password2": PASSWORD})
    assert me().user is not None
    assert me().shows_last_seen
    ann.post("/profile", ANN)
    assert not me().shows_last_seen


@pytest.mark.parametrize("name", ["nobody", "", "\x00"])
def test_unknown_name_is_no_person(ann: Client, name: str) -> None:
    assert ann.get("/person", {"name": name}).status_code == 404


def test_sidebar_shows_who_is_online(ann: Client, bob: Participant) -> None:
    talk_with(bob)
    assert "Bob online" in text_of(ann.get("/").content)
    Participant.objects.filter(pk=bob.pk).update(seen_at=timezone.now())
    assert "Bob online" not in text_of(ann.get("/").content)


def test_profile_changes_name_and_colour_everywhere(ann: Client) -> None:
    before = ann.get("/").content.partition(b'data-me="')[2].partition(b'"')[0]
    ann.post("/profile", {"name": "Ann B.", "color": "#0f7b6c"})
    page = ann.get("/room/" + str(Room.objects.get(title="Tea").pk)).content
    assert b'data-name="Ann B."' in page
    assert b'data-color="#0f7b6c"' in page
    assert before not in page, "other tabs are reloaded"
    assert Participant.objects.get(name="Ann B.").color == "#0f7b6c"


def test_who_changes_their_name_stays_online(ann: Client) -> None:
    until = timezone.now() + timedelta(minutes=1)
    Participant.objects.filter(pk=me().pk).update(seen_at=until)
    ann.post("/profile", ANN)
    assert me().seen_at == until
    Participant.objects.filter(pk=me().pk).update(seen_at=until - timedelta(hours=1))
    ann.post("/profile", ANN)
    assert me().seen_at > until - timedelta(minutes=2)


def test_account_changes_its_name_and_keeps_its_sign_in_name(visitor: Client) -> None:
    user = User.objects.create_user("ann", password=PASSWORD)
    visitor.post("/sign-in", {"username": "ann", "password": PASSWORD})
    visitor.post("/profile", {"name": "Dr. Ann", "color": "#0f7b6c"})
    other = Client()
    other.post("/sign-in", {"username": "ann", "password": PASSWORD})
    assert "Signed in as Dr. Ann" in text_of(other.get("/").content)
    assert Participant.objects.get(user=user).name == "Dr. Ann"


@pytest.mark.parametrize("name", ["Bob", "", "B\u200bb"])
def test_refused_name_is_explained_and_changes_nothing(ann: Client, bob: Participant, name: str) -> None:
    answer = ann.post("/profile", {"name": name, "color": "#0f7b6c"})
    assert answer.status_code == 400
    assert b'id="name-error"' in answer.content
    assert me().color == ANN["color"]


def test_visitor_without_a_name_is_asked_for_one(client: Client) -> None:
    assert b"Who are you?" in client.get("/profile").content
