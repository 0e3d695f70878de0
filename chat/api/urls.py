"""Addresses of the REST API. A trailing slash is never needed and always welcome."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from chat.api import views

urlpatterns = [
    re_path(r"^chats/?$", views.RoomsView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/token/renew/?$", views.RenewView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/token/?$", views.TokenView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/ws/?$", views.SocketView.as_view()),
    re_path(r"^chats/(?P<ref>.+?)/?$", views.RoomView.as_view()),
    re_path(r"^api/auth/token/?$", views.SignInView.as_view()),
    re_path(r"^api/auth/refresh/?$", views.RefreshView.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]
