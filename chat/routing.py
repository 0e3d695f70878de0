"""Which address speaks which protocol."""

from typing import Any, Final, cast

from django.urls import re_path

from chat.consumers import route_socket


def _path_of(pattern: str, **fixed: str) -> Any:
    return re_path(pattern, cast(Any, route_socket), fixed)


websocket_urlpatterns: Final = [
    _path_of(r"^chats/(?P<ref>(?s:.+?))/ws/?\Z", dialect="rooms"),
    _path_of(r"^ws/?\Z", dialect="wschat.v1"),
    _path_of(r"^dialects/(?P<dialect>[a-z0-9.]+)(?:/(?P<ref>(?s:.+?)))?/?\Z"),
    _path_of(r"^\Z"),  # as the server's options say
    _path_of(r"", dialect="none"),
]
