"""Addresses of the REST API. A trailing slash is never needed and always welcome."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from chat.api import protocol, views
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
    re_path(rf"^chats/{REF}/ws/?\Z", views.SocketView.as_view()),
    re_path(rf"^chats/{REF}/?\Z", views.RoomView.as_view()),
    re_path(r"^(?:ws|dialects)(?:/|\Z)", views.SocketView.as_view()),
    re_path(r"^api/auth/token/?\Z", views.SignInView.as_view()),
    re_path(r"^api/auth/refresh/?\Z", views.RefreshView.as_view()),
    path("api/schema/", views.SchemaView.as_view(), name="schema"),
    path("api/docs/", docs, name="api-docs"),
    path("api/asyncapi.json", protocol.asyncapi, name="asyncapi"),
    path("api/v1/", protocol.reference, name="api-v1"),
    re_path(r"^api(?:/|\Z)", views.NowhereView.as_view()),
]
