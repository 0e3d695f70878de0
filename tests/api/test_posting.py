"""Who can post in a room, and how often, over REST."""

from typing import Any

import pytest

from tests.support.rest import Rest, refusal

LIMITS: dict[str, Any] = {"locked": True, "slow_seconds": 30, "accounts_only": True, "approve_first": True}
LIMITS |= {"who_can_pin": "everyone", "who_can_mention_all": "moderators"}


def test_commons_takes_no_limits_from_clients(rest: Rest, title: str):
    assert refusal(rest.create(title, slow_seconds=30)) == (401, 104, "")
    room = rest.room(title, slow_seconds=0, accounts_only=False, locked=False)
    path = f"/chats/{room['id']}"
    for name, value in LIMITS.items():
        assert refusal(rest.client.put(path, json={name: value})) == (401, 104, "")
    answer = rest.client.put(path, json=room | {"locked": False, "slow_seconds": 0, "description": "new"})
    assert (answer.status_code, answer.json()["description"]) == (200, "new")
    assert not LIMITS.keys() & answer.json().keys()


PAUSES: list[Any] = [-1, 21601, 10**30, "30", 1.5, True, None, []]
FLAGS: list[Any] = ["yes", 1, None]
WRONG = [
    *(("slow_seconds", given) for given in PAUSES),
    *((name, given) for name in ("locked", "accounts_only", "approve_first") for given in FLAGS),
    *(("who_can_pin", given) for given in ["auto", "nobody", "", True, None]),
    *(("who_can_mention_all", given) for given in ["few", 1, None]),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_wrong_limit_is_refused(rest: Rest, title: str, field: str, value: Any):
    assert refusal(rest.create(title, **{field: value})) == (400, 105, field)
    room = rest.room(title)
    assert refusal(rest.client.put(f"/chats/{room['id']}", json={field: value})) == (400, 105, field)
