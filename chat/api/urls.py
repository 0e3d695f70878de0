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

urlpatterns = [
    # The site answers first, with a page for browsers; from this one the OpenAPI document is made.
    re_path(r"^chats/?$", views.RoomsView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/token/renew/?$", views.RenewView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/token/?$", views.TokenView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/moderators/(?P<name>.+?)/?$", views.ModeratorView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/moderators/?$", views.ModeratorsView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/ws/?$", views.SocketView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/?$", views.RoomView.as_view()),
    re_path(r"^api/auth/token/?$", views.SignInView.as_view()),
    re_path(r"^api/auth/refresh/?$", views.RefreshView.as_view()),
    path("api/schema/", views.SchemaView.as_view(), name="schema"),
    path("api/docs/", docs, name="api-docs"),
    path("api/asyncapi.json", protocol.asyncapi, name="asyncapi"),
    path("api/v1/", protocol.reference, name="api-v1"),
]
