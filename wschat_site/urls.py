"""Addresses of the site."""

from django.contrib import admin
from django.urls import include, path, re_path

from chat.api.views import RoomsView
from chat.ops.views import healthz, metrics

rooms_api = RoomsView.as_view()


urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("metrics", metrics),
    re_path(r"^chats/?$", rooms_api),
    path("", include("chat.api.urls")),
]
