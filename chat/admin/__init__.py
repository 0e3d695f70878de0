"""The admin site for moderators: what they see of rooms, messages and participants, and what they may do.

Every change goes through `chat.services`, so that live sockets hear of it at once.
"""

from django.contrib import admin

from chat.admin import accounts, messages, participants, recent, rooms

__all__ = ["accounts", "messages", "participants", "recent", "rooms"]

admin.site.site_header = "wschat"
admin.site.site_title = "wschat"
admin.site.index_title = "Administration"
admin.site.get_log_entries = recent.list_entries  # type: ignore[method-assign]
admin.site.password_change = accounts.change_own_password  # type: ignore[method-assign]
