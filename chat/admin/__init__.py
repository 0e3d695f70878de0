"""The admin site for moderators: what they see of rooms, messages and participants, and what they may do.

Every change goes through `chat.services`, so that live sockets hear of it at once.
"""

from django.contrib import admin

from chat.admin import (
    accounts,
    audit,
    bans,
    deletions,
    filters,
    labels,
    messages,
    participants,
    recent,
    reports,
    rooms,
    start,
)

__all__ = [
    "accounts",
    "audit",
    "bans",
    "deletions",
    "filters",
    "labels",
    "messages",
    "participants",
    "recent",
    "reports",
    "rooms",
    "start",
]

admin.site.site_header = "wschat"
admin.site.site_title = "wschat"
admin.site.index_title = "Administration"
admin.site.index = start.show_start  # type: ignore[method-assign, assignment]
admin.site.get_log_entries = recent.list_entries  # type: ignore[method-assign]
admin.site.login_form = accounts.StaffSignInForm
admin.site.login = accounts.sign_in  # type: ignore[method-assign]
admin.site.password_change = accounts.change_own_password  # type: ignore[method-assign]
labels.translate_labels(model for model in admin.site._registry if model._meta.app_label == "chat")
