"""The Django app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Rooms, the log and everything that speaks of them."""

    name = "chat"
