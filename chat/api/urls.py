"""Addresses of the REST API. A trailing slash is never needed and always welcome."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from chat.api import blocks, filters, held, mentions, protocol, reports, rules, unfinished, views
from chat.api.negotiation import WhatThereIs

docs = SpectacularSwaggerSplitView.as_view(
    url_name="schema",
    content_negotiation_class=WhatThereIs,
    http_method_names=["get", "head"],  # there is no template for the answer to OPTIONS
)

REF = r"(?P<ref>(?s:.+?))"  # no title has a line break, and the answer says so

urlpatterns = [
    # The site answers first, with a page for browsers; from this one the OpenAPI document is made.
    re_path(r"^chats/?\Z", views.RoomsView.as_view()),
    re_path(rf"^chats/{REF}/token/renew/?\Z", views.RenewView.as_view()),
    re_path(rf"^chats/{REF}/token/?\Z", views.TokenView.as_view()),
    re_path(rf"^chats/{REF}/moderators/(?P<name>(?s:.+?))/?\Z", views.ModeratorView.as_view()),
    re_path(rf"^chats/{REF}/moderators/?\Z", views.ModeratorsView.as_view()),
    re_path(rf"^chats/{REF}/kicks/?\Z", views.KicksView.as_view()),
    re_path(rf"^chats/{REF}/mutes/?\Z", views.MutesView.as_view()),
    re_path(rf"^chats/{REF}/bans/(?P<number>[0-9]{{1,18}})/?\Z", views.BanView.as_view()),
    re_path(rf"^chats/{REF}/bans/?\Z", views.BansView.as_view()),
    re_path(rf"^chats/{REF}/deletions/(?P<number>[0-9]{{1,18}})/?\Z", views.DeletionView.as_view()),
    re_path(rf"^chats/{REF}/deletions/?\Z", views.DeletionsView.as_view()),
    re_path(rf"^chats/{REF}/ws/?\Z", views.SocketView.as_view()),
    re_path(rf"^chats/{REF}/?\Z", views.RoomView.as_view()),
    re_path(r"^(?:ws|dialects)(?:/|\Z)", views.SocketView.as_view()),
    re_path(r"^api/search/?\Z", views.SearchView.as_view()),
    re_path(r"^api/auth/token/?\Z", views.SignInView.as_view()),
    re_path(r"^api/auth/refresh/?\Z", views.RefreshView.as_view()),
    re_path(r"^api/bans/(?P<number>[0-9]{1,18})/?\Z", views.ServerBanView.as_view()),
    re_path(r"^api/bans/?\Z", views.ServerBansView.as_view()),
    re_path(r"^api/rules/?\Z", rules.RulesView.as_view()),
    re_path(r"^api/reports/?\Z", reports.ReportsView.as_view()),
    re_path(r"^api/reports/(?P<number>[0-9]{1,18})/claim/?\Z", reports.ClaimView.as_view()),
    re_path(r"^api/reports/(?P<number>[0-9]{1,18})/decision/?\Z", reports.DecisionView.as_view()),
    re_path(r"^api/filters/?\Z", filters.FiltersView.as_view()),
    re_path(r"^api/mentions/?\Z", mentions.MentionsView.as_view()),
    re_path(r"^api/blocked/?\Z", blocks.BlockedView.as_view()),
    re_path(r"^api/blocked/(?P<number>[0-9]{1,18})/?\Z", blocks.BlockedPersonView.as_view()),
    re_path(r"^api/unfinished/?\Z", unfinished.UnfinishedTextsView.as_view()),
    re_path(r"^api/unfinished/(?P<number>[0-9]{1,18})/?\Z", unfinished.UnfinishedTextView.as_view()),
    re_path(r"^api/saved/?\Z", mentions.SavedView.as_view()),
    re_path(
        r"^api/saved/(?P<number>[0-9]{1,18})/(?P<seq>[0-9]{1,18})/?\Z", mentions.SavedMessageView.as_view()
    ),
    re_path(r"^api/rooms/(?P<number>[0-9]{1,18})/level/?\Z", mentions.LevelView.as_view()),
    re_path(
        r"^api/rooms/(?P<number>[0-9]{1,18})/replies/(?P<seq>[0-9]{1,18})/?\Z", views.RepliesView.as_view()
    ),
    re_path(r"^api/rooms/(?P<number>[0-9]{1,18})/read/?\Z", mentions.ReadView.as_view()),
    re_path(r"^api/rooms/?\Z", mentions.JoinedRoomsView.as_view()),
    re_path(r"^api/held/?\Z", held.HeldMessagesView.as_view()),
    re_path(r"^api/filters/try/?\Z", filters.TryFilterView.as_view()),
    re_path(r"^api/filters/(?P<number>[0-9]{1,18})/?\Z", filters.FilterView.as_view()),
    re_path(r"^api/deletions/(?P<number>[0-9]{1,18})/restore/?\Z", views.RestorationView.as_view()),
    re_path(r"^api/deletions/(?P<number>[0-9]{1,18})/kept/?\Z", views.KeptTextsView.as_view()),
    re_path(r"^api/deletions/(?P<number>[0-9]{1,18})/?\Z", views.ServerDeletionView.as_view()),
    re_path(r"^api/deletions/?\Z", views.ServerDeletionsView.as_view()),
    path("api/schema/", views.SchemaView.as_view(), name="schema"),
    path("api/docs/", docs, name="api-docs"),
    path("api/asyncapi.json", protocol.asyncapi, name="asyncapi"),
    path("api/v1/", protocol.reference, name="api-v1"),
    re_path(r"^api(?:/|\Z)", views.NowhereView.as_view()),
]
