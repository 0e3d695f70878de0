"""The identity of a session."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from chat.errors import DUPLICATE_USERNAME, ChatError
from chat.models import Participant
from chat.services import identity
from tests.support.marks import whole_db

pytestmark = whole_db

HOME = "192.0.2.1"


def test_session_whose_name_is_refused_is_not_the_next_guest():
    """SQLite gives the number of a guest who was rolled back to the next one."""
    ann, mallory, ben = (SessionStore() for _ in range(3))
    identity.claim_name(ann, "ann", "", HOME)
    Participant.objects.update(user=None)
    for session in (mallory, mallory):
        with pytest.raises(ChatError) as refused:
            identity.claim_name(session, "ann", "", HOME)
        assert refused.value.kind is DUPLICATE_USERNAME
    identity.claim_name(ben, "ben", "", HOME)
    assert identity.of_session(ben).participant is not None
    assert identity.of_session(mallory).participant is None
    with pytest.raises(ChatError):
        identity.claim_name(ben, "ann", "", HOME)
    assert Participant.objects.get(name_key="ben").pk == identity.of_session(ben).participant
