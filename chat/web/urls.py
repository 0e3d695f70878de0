"""Addresses of the pages. A room's address is its number, or its title where it is hidden."""

from django.urls import path, re_path

from chat.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("favicon.ico", views.icon),
    path("rooms/new", views.create, name="create"),
    path("rooms/find", views.find, name="find"),
    path("rooms/leave", views.leave, name="leave"),
    re_path(r"^room/(?P<ref>.+)/enter$", views.enter, name="enter"),
    re_path(r"^room/(?P<ref>.+)/renew$", views.renew, name="renew"),
    re_path(r"^room/(?P<ref>.+?)/?$", views.room, name="room"),
]
