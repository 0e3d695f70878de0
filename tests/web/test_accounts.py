"""Accounts: sign-in, sign-up, what a guest keeps, and limits on passwords."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat import passwords, validation
from chat.models import Participant, Room, UnfinishedText, WindowCount
from chat.services import tries, windows
from tests.web.kit import PASSWORD, make_room, put_into, text_of

pytestmark = pytest.mark.django_db

SECRET = "correct horse battery"
SIGN_UP = {"name": "Ann", "password1": SECRET, "password2": SECRET}
ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", password=SECRET)


def sign_in(visitor: Client, name: str = "ann", password: str = SECRET, **extra: str):
    return visitor.post("/sign-in", {"username": name, "password": password, **extra})


def known(visitor: Client) -> str:
    """The account name on the page; "" without an account."""
    page = text_of(visitor.get("/account").content)
    return page.split("Signed in as ")[1].split()[0] if "Signed in as" in page else ""


@pytest.mark.parametrize("name", ["ann", "ANN", "аnn"])  # the last one with a Cyrillic letter
def test_sign_in_compares_names_as_the_chat_does(visitor: Client, ann: User, name: str) -> None:
    assert sign_in(visitor, name)["Location"] == "/"
    assert known(visitor) == "ann"


def test_a_wrong_password_is_told_without_saying_which_of_both_it_was(visitor: Client, ann: User) -> None:
    for name, password in (("ann", "wrong"), ("nobody", SECRET)):
        answer = sign_in(visitor, name, password)
        assert "Wrong name or password." in text_of(answer.content)
        assert password not in answer.content.decode()
    assert known(visitor) == ""


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/room/1", "/room/1"),
        ("/?q=x&page=2", "/?q=x&page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/sign-up", "/"),
        ("", "/"),
    ],
)
def test_form_returns_to_the_page_before_on_this_site(
    visitor: Client, ann: User, wanted: str, place: str
) -> None:
    assert sign_in(visitor, next=wanted)["Location"] == place
    assert visitor.get("/sign-in", {"next": wanted})["Location"] == place  # who is signed in needs no form
    assert visitor.get("/sign-up", {"next": wanted})["Location"] == place


def test_pages_lead_to_the_form_and_back(visitor: Client) -> None:
    assert b'href="/sign-in?next=%2F%3Fq%3Dtea%2526milk"' in visitor.get("/?q=tea%26milk").content
    assert b'name="next" value="/room/1"' in visitor.get("/sign-in?next=/room/1").content
    refused = visitor.post("/rooms/new", {"title": "x"})  # its address cannot be asked for
    assert b'href="/sign-in?next=%2F"' in refused.content


def test_tries_are_bounded_for_a_name_from_one_address(visitor: Client, ann: User) -> None:
    for _ in range(tries.MOST_OF_PAIR):
        answer = sign_in(visitor, password="wrong")
    assert "Too many wrong passwords" in text_of(answer.content)
    assert "Too many wrong passwords" in text_of(sign_in(visitor).content)  # even with the right one
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere).status_code == 302


def test_the_admin_site_has_the_same_bound_and_says_so(visitor: Client, ann: User) -> None:
    User.objects.update(is_staff=True)
    form = {"username": "ann", "password": "wrong"}
    for _ in range(tries.MOST_OF_PAIR - 1):
        answer = visitor.post("/admin/login/", form)
        assert answer.status_code == 200
        assert "Please enter the correct username and password" in text_of(answer.content)
    for password in ("wrong", SECRET):
        answer = visitor.post("/admin/login/", {**form, "password": password})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= tries.PERIOD
        assert "Too many wrong passwords" in text_of(answer.content)
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post("/admin/login/", {**form, "password": SECRET}).status_code == 302


def test_the_admin_site_says_when_an_address_tried_too_many_names(visitor: Client, ann: User) -> None:
    for number in range(tries.MOST_OF_ADDRESS):
        answer = visitor.post("/admin/login/", {"username": f"name {number}", "password": "wrong"})
    assert "Too many wrong passwords" in text_of(answer.content)
    assert answer.status_code == 429


def test_forms_say_that_too_many_passwords_are_being_hashed(
    visitor: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = Client()
    signed_in.force_login(ann)
    monkeypatch.setattr(passwords, "_MOST_WAITING", 0)
    room = {"title": "Team", "visibility": "private", "password": SECRET}
    for answer in (
        sign_in(visitor),
        visitor.post("/sign-up", {**SIGN_UP, "name": "Bea"}),
        visitor.post("/admin/login/", {"username": "ann", "password": SECRET}),
        visitor.post("/rooms/new", room),
        signed_in.post(
            "/account", {"old_password": SECRET, "new_password1": SECRET, "new_password2": SECRET}
        ),
    ):
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "2"
        assert "Too many passwords are being checked; try again in a moment" in text_of(answer.content)
    new_guest = windows.hash_key("guests_per_hour", "127.0.0.1")
    assert not any(WindowCount.objects.exclude(key=new_guest).values_list("count", flat=True))


def test_a_form_after_too_many_tries_says_when_there_are_new_ones(visitor: Client, ann: User) -> None:
    for _ in range(tries.MOST_OF_PAIR):
        answer = sign_in(visitor, password="wrong")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= tries.PERIOD


def test_signing_up_signs_in(visitor: Client) -> None:
    assert visitor.post("/sign-up", {**SIGN_UP, "next": "/room/1"})["Location"] == "/room/1"
    assert known(visitor) == "Ann"
    (participant,) = Participant.objects.all()
    assert (participant.name, participant.user.get_username()) == ("Ann", "Ann")
    assert participant.user.check_password(SECRET)


def test_a_guest_who_signs_up_keeps_everything(visitor: Client) -> None:
    room = make_room("Team", "private")
    visitor.post(f"/room/{room.pk}/enter", ANN | {"password": PASSWORD})
    visitor.post("/rooms/new", {"title": "Mine", "visibility": "public"})
    guest = visitor.session["participant"]
    talk = Room.objects.create(low=Participant.objects.get(pk=guest), high=Participant.objects.create())
    visitor.post("/sign-up", SIGN_UP)
    account = User.objects.get().participant
    assert (account.pk, account.name) == (guest, "Ann")
    assert Room.objects.get(title="Mine").owner_id == talk.low_id == guest
    assert b'id="chat"' in visitor.get(f"/room/{room.pk}").content  # still inside
    assert "participant" not in visitor.session


def test_a_guest_may_sign_up_under_another_name(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    guest = visitor.session["participant"]
    visitor.post("/sign-up", {**SIGN_UP, "name": "Ann B."})
    assert User.objects.get().participant.pk == guest
    assert b'data-name="Ann B."' in visitor.get("/room/1").content
    other = Client()
    assert other.post("/room/1/enter", ANN).status_code == 302  # the old name is free


def test_a_guest_who_is_in_a_room_may_sign_up_under_another_name(visitor: Client) -> None:
    visitor.post("/room/1/enter", ANN)
    put_into(Room.objects.get(pk=1), "Ann", participant=visitor.session["participant"])
    assert visitor.post("/sign-up", {**SIGN_UP, "name": "Anna"}).status_code == 302
    assert User.objects.get().participant.name == "Anna"


def test_names_of_others_are_refused(visitor: Client, ann: User) -> None:
    Client().post("/room/1/enter", {"name": "Guest", "color": ""})
    put_into(Room.objects.get(pk=1), "Nobody known")
    for name in ("ANN", "guest", "nobody KNOWN", "ɡuest"):
        answer = visitor.post("/sign-up", {**SIGN_UP, "name": name})
        assert "This name is taken on this server" in text_of(answer.content)
    assert User.objects.count() == 1


def test_an_account_keeps_its_name_while_its_owner_goes_by_another(visitor: Client, ann: User) -> None:
    Participant.objects.update(name="Bea", name_key=validation.name_key("Bea"))
    assert "This name is taken" in text_of(visitor.post("/sign-up", SIGN_UP).content)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"name": "x" * 51}, "name", "at most 50 characters"),
        ({"name": "a\u202eb"}, "name", "Name must not contain control or invisible characters"),
        ({"name": "ﷺ" * 10}, "name", "Name is too long after Unicode normalization"),
        ({"password1": "short", "password2": "short"}, "password1", "too short"),
        ({"password1": "12345678", "password2": "12345678"}, "password1", "too common"),
        ({"password2": "another one"}, "password2", "match"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    visitor: Client, fields: dict[str, str], field: str, words: str
) -> None:
    page = visitor.post("/sign-up", SIGN_UP | fields).content.decode()
    assert words in text_of(page.partition(f'id="id_{field}_error"')[2].partition("</div>")[0].encode())
    assert SECRET not in page
    assert not User.objects.exists()


def test_sign_up_can_be_switched_off(visitor: Client, settings) -> None:
    settings.ENV = settings.ENV.model_copy(update={"wschat_sign_up": False})
    assert visitor.get("/sign-up").status_code == 404
    assert visitor.post("/sign-up", SIGN_UP).status_code == 404
    assert not User.objects.exists()
    assert b"/sign-up" not in visitor.get("/").content
    assert b"/sign-up" not in visitor.get("/sign-in").content


def test_an_account_enters_under_its_own_name(visitor: Client, ann: User) -> None:
    sign_in(visitor)
    assert b"readonly" in visitor.get("/room/1").content
    visitor.post("/room/1/enter", {"name": "Somebody else", "color": ""})
    assert b'data-name="ann"' in visitor.get("/room/1").content
    assert ann.participant.name == "ann"


def test_sign_in_changes_the_name_to_that_of_the_account(visitor: Client, ann: User) -> None:
    room = make_room("Team", "private")
    visitor.post("/room/1/enter", {"name": "Guest", "color": "#1d6fb8"})
    visitor.post(f"/room/{room.pk}/enter", {"name": "Guest", "color": "", "password": PASSWORD})
    sign_in(visitor)
    assert b'data-name="ann"' in visitor.get("/room/1").content
    # The password was given under the guest's name, and what it brought is of no use to another.
    assert b'name="password"' in visitor.get(f"/room/{room.pk}").content


def test_signing_out_is_posted_and_forgets_all(visitor: Client, ann: User) -> None:
    sign_in(visitor)
    visitor.post("/room/1/enter", ANN)
    visitor.get("/sign-out")
    assert known(visitor) == "ann"
    assert visitor.post("/sign-out")["Location"] == "/"
    assert known(visitor) == ""
    assert b'id="chat"' not in visitor.get("/room/1").content


def test_the_account_page_needs_an_account(visitor: Client) -> None:
    assert visitor.get("/account")["Location"] == "/sign-in?next=/account"


def change(visitor: Client, old: str, new: str = "new horse battery"):
    return visitor.post("/account", {"old_password": old, "new_password1": new, "new_password2": new})


def test_a_new_password_ends_other_sessions_and_keeps_this_one(visitor: Client, ann: User) -> None:
    other = Client()
    sign_in(visitor)
    sign_in(other)
    assert "The current password is wrong." in text_of(change(visitor, "wrong").content)
    assert change(visitor, SECRET)["Location"] == "/account"
    assert "Password changed." in text_of(visitor.get("/account").content)
    assert (known(visitor), known(other)) == ("ann", "")
    assert sign_in(other, password="new horse battery").status_code == 302


def test_current_password_has_limited_tries(visitor: Client, ann: User, monkeypatch) -> None:
    monkeypatch.setattr(tries, "MOST_OF_PAIR", 3)
    sign_in(visitor)
    for _ in range(3):
        change(visitor, "wrong")
    assert "Too many wrong passwords" in text_of(change(visitor, SECRET).content)
    assert settings.SESSION_COOKIE_NAME in visitor.cookies


def test_forms_of_accounts_need_their_csrf_token(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    for address in ("/sign-in", "/sign-up", "/sign-out", "/theme", "/introduce"):
        assert strict.post(address, {**SIGN_UP, "username": "ann", "password": SECRET}).status_code == 403


@pytest.mark.parametrize("new", [True, False], ids=["sign-up", "sign-in"])
def test_a_guest_keeps_their_drafts(visitor: Client, new: bool) -> None:
    visitor.post("/introduce", {"name": "Ann", "color": ""})
    room = make_room("Club")
    guest = Participant.objects.get(name="Ann")
    UnfinishedText.objects.create(participant=guest, room=room, text="half a thou", at=timezone.now())
    if new:
        visitor.post("/sign-up", {"name": "Ann Lee", "password1": PASSWORD, "password2": PASSWORD})
    else:
        User.objects.create_user("Ann Lee", password=PASSWORD)
        visitor.post("/sign-in", {"username": "Ann Lee", "password": PASSWORD})
    account = Participant.objects.get(name="Ann Lee")
    assert account.unfinished.get().text == "half a thou"
