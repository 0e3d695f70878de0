"""Which address speaks which protocol."""

from typing import Any, Final, cast

from django.urls import re_path

from chat.consumers import connect


def _at(pattern: str, **fixed: str) -> Any:
    return re_path(pattern, cast(Any, connect), fixed)


websocket_urlpatterns: Final = [
    _at(r"^chats/(?P<ref>.+?)/ws/?$", dialect="rooms"),
    _at(r"^ws/?$", dialect="wschat.v1"),
    _at(r"^dialects/(?P<dialect>[a-z0-9.]+)(?:/(?P<ref>.+?))?/?$"),
    _at(r"^$"),  # as the server's options say
    _at(r"", dialect="none"),
]
