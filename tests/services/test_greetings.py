"""Hellos that come at the same time: each is answered as if it had come alone."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import tokens
from chat.budgets import RATES, LimitTable
from chat.commands import Hello
from chat.errors import ChatError
from chat.meter import Budgets
from chat.models import Participant, ParticipantAddress, Room, WindowCount
from chat.permissions import ANONYMOUS, Actor
from chat.services import accounts, direct, greetings, identity, names, spending
from chat.services.greetings import Asked, Greeting

pytestmark = pytest.mark.django_db
HOME = "192.0.2.7"


def greet(*hellos: Hello | tuple[Hello, Actor]) -> list[str | int]:
    """The name that each has got, or the number of the refusal."""
    answers = greetings.greet_all(
        [hello if isinstance(hello, tuple) else (hello, ANONYMOUS) for hello in hellos]
    )
    return [
        answer.kind.code if isinstance(answer, ChatError) else answer.welcome.who.name for answer in answers
    ]


def come(name: str) -> Greeting:
    (greeting,) = greetings.greet_all([(Hello(name), ANONYMOUS)])
    assert isinstance(greeting, Greeting)
    return greeting


def session_of(greeting: Greeting) -> str:
    assert greeting.welcome.session is not None
    return greeting.welcome.session


def test_each_gets_an_answer_of_its_own():
    session = session_of(come("ann"))
    answers = greet(
        Hello("bob"),
        Hello(token=session),
        Hello("ANN"),
        Hello(),
        Hello(token="nonsense"),
        Hello("carol"),
        Hello(token=tokens.guest_session(2**40)),
    )
    assert answers == ["bob", "ann", 202, 303, 403, "carol", 403]
    assert Participant.objects.exclude(name_key=None).count() == 3


def test_first_of_those_who_want_one_name_gets_it():
    assert greet(Hello("ann"), Hello("Ann"), Hello("аnn")) == ["ann", 202, 202]
    assert Participant.objects.count() == 1


def test_name_of_a_guest_who_is_long_gone_goes_to_a_newcomer(settings):
    settings.ENV = settings.ENV.model_copy(update={"wschat_guest_name_seconds": 0})
    old = come("ann")
    greetings.note_gone([(old.participant, True)])
    assert greet(Hello("ann"), Hello("bob")) == ["ann", "bob"]
    assert Participant.objects.get(pk=old.participant).name_key is None


def test_guest_who_comes_back_at_the_same_moment_keeps_the_name(settings):
    settings.ENV = settings.ENV.model_copy(update={"wschat_guest_name_seconds": 0})
    old = come("ann")
    greetings.note_gone([(old.participant, True)])
    assert greet(Hello("ann"), Hello(token=session_of(old))) == [202, "ann"]
    assert Participant.objects.get(name="ann").name_key


def test_name_that_is_taken_between_look_and_insert_is_refused_to_that_one_alone(monkeypatch):
    come("ann")
    monkeypatch.setattr(names, "_not_free", lambda keys, but=(): set())
    monkeypatch.setattr(names, "_release_names", lambda keys, but=(): None)
    assert greet(Hello("ann"), Hello("bob"), Hello("carol")) == [202, "bob", "carol"]


def test_known_guest_gets_a_new_name_and_color():
    ann = come("ann")
    session = session_of(ann)
    assert greet(Hello("anna", token=session), Hello(color="red", token=session)) == ["anna", "anna"]


def test_those_who_leave_together():
    ann, bob = come("ann"), come("bob")
    greetings.note_gone([(ann.participant, True), (bob.participant, False)])
    assert list(Participant.objects.order_by("pk").values_list("name_key", flat=True)) == ["ann", None]


def test_account_and_guests_hear_of_their_own_conversations():
    account = User.objects.create_user("dora").participant
    ann, bob = come("ann"), come("bob")
    for other, seq in ((ann.participant, 3), (bob.participant, 5)):
        talk = direct.open_with(other, "dora")
        Room.objects.filter(pk=talk.room).update(last_seq=seq)
    answers = greetings.greet_all(
        [
            (Hello(token=session_of(ann)), ANONYMOUS),
            (Hello("dora"), Actor(account.pk)),
            (Hello("eve"), ANONYMOUS),
        ]
    )
    heard = [
        [(talk.other.name, talk.seq) for talk in answer.welcome.conversations]
        for answer in answers
        if isinstance(answer, Greeting)
    ]
    assert [sorted(each) for each in heard] == [[("dora", 3)], [("ann", 3), ("bob", 5)], []]
    assert [sorted(answer.known.values()) for answer in answers if isinstance(answer, Greeting)] == [
        [3],
        [3, 5],
        [],
    ]


def test_session_of_a_guest_who_has_an_account_by_now_is_none():
    ann = come("ann")
    session = session_of(ann)
    accounts.sign_up(name="ann", password="correct horse", guest=ann.participant)
    assert greet(Hello(token=session)) == [403]
    with pytest.raises(ChatError) as refused:
        identity.of_token(session)
    assert refused.value.kind.code == 403
    assert identity.of_token(session_of(come("bob"))).participant


def test_taken_name_costs_no_write_and_counts_for_nothing():
    come("ann")
    with CaptureQueriesContext(connection) as asked:
        (refused,) = greetings.greet_and_count([Asked(Hello("ann"), ANONYMOUS, HOME)])
    assert isinstance(refused, ChatError)
    assert refused.kind.code == 202
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []
    assert not WindowCount.objects.exists()


def test_guests_are_counted_by_network_and_each_return_under_a_name_is_not(settings):
    settings.ENV = settings.ENV.model_copy(update={"wschat_guest_name_seconds": 0})
    hello = Hello("ann", returns=False)
    for _ in range(5):
        (greeting,) = greetings.greet_and_count([Asked(hello, ANONYMOUS, HOME)])
        assert isinstance(greeting, Greeting)
        greetings.note_gone([(greeting.participant, False)])
    assert WindowCount.objects.get().count == 1
    greetings.greet_and_count([Asked(Hello("bob"), ANONYMOUS, HOME), Asked(Hello("eve"), ANONYMOUS, "")])
    assert WindowCount.objects.get().count == 2


def test_new_name_at_hello_leaves_the_participant_here():
    ann = come("ann")
    assert greet(Hello("anna", token=session_of(ann))) == ["anna"]
    assert Participant.objects.get(pk=ann.participant).seen_at > timezone.now()


def test_addresses_of_all_who_are_greeted_are_noted():
    ann = come("ann")
    User.objects.create_user("acc", password="correct horse battery")
    from_home = replace(ANONYMOUS, address=HOME)
    greet((Hello(token=session_of(ann)), from_home), (Hello("bob"), from_home), (Hello("ann"), from_home))
    greetings.greet_account("acc", "correct horse battery", HOME)
    rows = ParticipantAddress.objects.values_list("participant__name", "address")
    assert sorted(rows) == [(name, HOME) for name in ("acc", "ann", "bob")]


@pytest.fixture
def usual_budgets(monkeypatch: pytest.MonkeyPatch) -> Budgets:
    """Those of a server, at one moment; the other tests have larger ones."""
    monkeypatch.setattr(spending, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(spending, "budgets", budgets := Budgets(LimitTable()))
    return budgets


def rename(session: str, count: int) -> list[str | int]:
    """Give the participant that many names, each at the first hello of a connection."""
    return [answer for number in range(count) for answer in greet(Hello(f"ann {number}", token=session))]


@pytest.mark.usefixtures("usual_budgets")
def test_names_at_first_hellos_count_for_the_participant():
    session, burst = session_of(come("ann")), int(RATES["name"].burst)
    answers = rename(session, burst + 5)
    assert answers == [*(f"ann {number}" for number in range(burst)), *[910] * 5]
    assert greet(Hello(token=session)) == [f"ann {burst - 1}"]
    assert greet(Hello(f"ann {burst - 1}", token=session)) == [f"ann {burst - 1}"]
    assert greet(Hello("carol", token=session_of(come("bob")))) == ["carol"]
    (refused,) = greetings.greet_all([(Hello("eve", token=session), ANONYMOUS)])
    assert isinstance(refused, ChatError)
    assert refused.retry_after is not None


@pytest.mark.usefixtures("usual_budgets")
def test_hello_without_a_new_name_is_free():
    session = session_of(come("ann"))
    for _ in range(3 * int(RATES["name"].burst)):
        assert greet(Hello("ann", token=session), Hello(token=session)) == ["ann", "ann"]
    assert rename(session, 1) == ["ann 0"]


@pytest.mark.usefixtures("usual_budgets")
def test_names_count_for_the_participant_that_gets_them():
    """And not for another one, as which the connection had said hello before: of these there may be many."""
    session = session_of(come("ann"))
    answers: list[int | str] = []
    for number in range(int(RATES["name"].burst) + 1):
        other = come(f"other {number}")
        asked = Asked(Hello(f"ann {number}", token=session), other.actor, "", other.participant)
        (answer,) = greetings.greet_and_count([asked])
        answers.append(answer.kind.code if isinstance(answer, ChatError) else answer.welcome.who.name)
    assert answers[-2:] == [f"ann {number - 1}", 910]


@pytest.mark.usefixtures("usual_budgets")
def test_name_that_was_charged_already_is_not_charged_again():
    ann = come("ann")
    for number in range(3 * int(RATES["name"].burst)):
        asked = Asked(Hello(f"ann {number}"), ann.actor, "", ann.participant)
        (greeting,) = greetings.greet_and_count([asked])
        assert isinstance(greeting, Greeting)
