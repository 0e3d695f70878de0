"""Which address speaks which protocol."""

from django.urls import re_path

from chat.consumers import NowhereConsumer, RoomsConsumer, V1Consumer

websocket_urlpatterns = [
    re_path(r"^chats/(?P<ref>.+?)/ws/?$", RoomsConsumer.as_asgi()),
    re_path(r"^ws/?$", V1Consumer.as_asgi()),
    re_path(r"", NowhereConsumer.as_asgi()),
]
