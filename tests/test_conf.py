"""What the chat asks of the settings."""

from channels_redis.core import RedisChannelLayer

from wschat_site.settings import channel_layers


def test_silence_is_no_failure_of_redis():
    (host,) = channel_layers("redis://127.0.0.1")["default"]["CONFIG"]["hosts"]
    assert host["socket_timeout"] > RedisChannelLayer.brpop_timeout
