"""Addresses of the pages. A room's address is its number; its title leads there, too."""

from django.urls import path, re_path

from chat.web import (
    accounts,
    brand,
    direct,
    home,
    introduction,
    look,
    mentions,
    person,
    profile,
    room_settings,
    saved,
    search,
    switcher,
    texts,
    views,
)

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("favicon.ico", views.icon),
    path("i18n.js", texts.catalogue, name="texts"),
    path("accent.css", brand.accent, name="accent"),
    path("theme", look.choose_look, name="theme"),
    path("sign-in", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-up", accounts.SignUp.as_view(), name="sign-up"),
    path("sign-out", accounts.SignOut.as_view(), name="sign-out"),
    path("account", accounts.Account.as_view(), name="account"),
    path("introduce", introduction.take_introduction, name="introduce"),
    path("rooms/new", home.create_room, name="create"),
    path("rooms/find", home.find_room, name="find"),
    path("rooms/leave", views.leave_room, name="leave"),
    path("mentions", mentions.show_mentions, name="mentions"),
    path("search", search.show_search, name="search"),
    path("saved", saved.show_saved, name="saved"),
    path("person", person.show_person, name="person"),
    path("profile", profile.show_profile, name="profile"),
    path("switch", switcher.switch, name="switch"),
    path("names", switcher.show_names, name="names"),
    path("direct", direct.redirect_to_name, name="talk"),
    re_path(r"^direct/(?P<name>.+)\Z", direct.show_conversation, name="direct"),
    re_path(r"^room/(?P<ref>.+)/enter\Z", views.enter_room, name="enter"),
    re_path(r"^room/(?P<ref>.+)/settings\Z", room_settings.show_settings, name="settings"),
    re_path(r"^room/(?P<ref>.+?)/?\Z", views.show_room, name="room"),
]
