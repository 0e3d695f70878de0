"""Values computed from the settings."""

from typing import get_args

import pytest
from channels_redis.core import RedisChannelLayer

from chat import conf
from chat.dialects import DIALECTS
from wschat_site.env import DialectName, Env
from wschat_site.settings import channel_layers


@pytest.fixture
def env(settings, monkeypatch):
    """env(NAME=value) sets the settings as the environment would."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.ENV = Env()

    return change


def test_root_speaks_what_the_port_says_else_the_default(env):
    env(WSCHAT_LISTEN="8081=plain, 8082 = wschat.v1,")
    assert [conf.root_dialect(port) for port in (8000, 8081, 8082)] == ["uuid", "plain", "wschat.v1"]
    env(WSCHAT_ROOT_DIALECT="rooms")
    assert [conf.root_dialect(port) for port in (8000, 8081)] == ["rooms", "plain"]


def test_every_dialect_can_be_named():
    assert set(DIALECTS) <= set(get_args(DialectName))


def test_silence_is_no_failure_of_redis():
    (host,) = channel_layers("redis://127.0.0.1")["default"]["CONFIG"]["hosts"]
    assert host["socket_timeout"] > RedisChannelLayer.brpop_timeout
