"""Addresses of the pages. A room's address is its number; its title leads there, too."""

from django.urls import path, re_path

from chat.web import accounts, direct, home, introduction, texts, theme, views

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("favicon.ico", views.icon),
    path("i18n.js", texts.catalogue, name="texts"),
    path("theme", theme.choose_theme, name="theme"),
    path("sign-in", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-up", accounts.SignUp.as_view(), name="sign-up"),
    path("sign-out", accounts.SignOut.as_view(), name="sign-out"),
    path("account", accounts.Account.as_view(), name="account"),
    path("introduce", introduction.take_introduction, name="introduce"),
    path("rooms/new", home.create_room, name="create"),
    path("rooms/find", home.find_room, name="find"),
    path("rooms/leave", views.leave_room, name="leave"),
    path("direct", direct.redirect_to_name, name="talk"),
    re_path(r"^direct/(?P<name>.+)$", direct.show_conversation, name="direct"),
    re_path(r"^room/(?P<ref>.+)/enter$", views.enter_room, name="enter"),
    re_path(r"^room/(?P<ref>.+)/renew$", views.renew_token, name="renew"),
    re_path(r"^room/(?P<ref>.+?)/?$", views.show_room, name="room"),
]
