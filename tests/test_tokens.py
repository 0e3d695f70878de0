"""Room tokens."""

import time

import jwt
import pytest
from django.conf import settings

from chat import tokens
from chat.errors import INVALID_ALGORITHM, INVALID_SIGNATURE, INVALID_TOKEN, ChatError

CLAIMS = {"token_type": "room", "username": "ann", "room_id": 5, "generation": 2, "jti": "x"}


def signed(key: str = settings.SECRET_KEY, algorithm: str = "HS256", **changes: object) -> str:
    claims = CLAIMS | {"exp": int(time.time()) + 60} | changes
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm=algorithm)


def test_issued_token_lets_its_name_into_its_room():
    issued = tokens.issue_token(5, 2, "ann")
    claims = tokens.check_token(issued.token, 5, 2)
    assert (claims.username, claims.room, claims.generation) == ("ann", 5, 2)
    payload = jwt.decode(issued.token, settings.SECRET_KEY, algorithms=["HS256"])
    assert payload["username"] == "ann"
    assert payload["room_id"] == 5
    assert 3590 < payload["exp"] - time.time() <= 3600
    assert jwt.get_unverified_header(issued.token)["alg"] == "HS256"


def test_session_of_a_guest_lasts_as_long_as_the_settings_say():
    session = tokens.guest_session(7)
    claims = jwt.decode(session, settings.SECRET_KEY, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == settings.ENV.wschat_guest_session_days * 24 * 3600
    assert tokens.kind_of(session) == "guest"
    assert tokens.guest_of(session) == (7, claims["iat"])
    assert tokens.guest_session(7) != session


def test_renewed_token_belongs_to_the_line_of_the_first():
    line = tokens.check_token(tokens.issue_token(5, 2, "ann").token, 5, 2).line
    assert line
    assert tokens.check_token(tokens.issue_token(5, 2, "ann", line).token, 5, 2).line == line
    assert tokens.check_token(tokens.issue_token(5, 2, "ann").token, 5, 2).line != line


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("", INVALID_TOKEN),
        ("abc", INVALID_TOKEN),
        ("a.b.c", INVALID_TOKEN),
        ("x" * 100_000, INVALID_TOKEN),
        ("\ud800.ä.ö", INVALID_TOKEN),
        (signed(key="another key that is long enough for HS256"), INVALID_SIGNATURE),
        (signed(algorithm="HS512", key=settings.SECRET_KEY * 3), INVALID_ALGORITHM),
        (signed(algorithm="none", key=""), INVALID_ALGORITHM),
        (signed(exp=int(time.time()) - 1), INVALID_TOKEN),
        (signed(exp=None), INVALID_TOKEN),
        (signed(token_type="access"), INVALID_TOKEN),
        (signed(room_id=6), INVALID_TOKEN),
        (signed(generation=1), INVALID_TOKEN),
        (signed(username=None), INVALID_TOKEN),
        (signed(room_id=True), INVALID_TOKEN),
        (signed(room_id="5"), INVALID_TOKEN),
    ],
)
def test_tokens_that_are_refused(token, kind):
    with pytest.raises(ChatError) as refused:
        tokens.check_token(token, 5, 2)
    assert refused.value.kind is kind


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Token abc", "abc"),
        ("Basic abc", ""),
        ("", ""),
        ("abc", ""),
    ],
)
def test_token_of_an_authorization_header(header, token):
    assert tokens.read_bearer(header) == token
