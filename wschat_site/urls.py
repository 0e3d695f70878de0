"""Addresses of the site."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path, re_path
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from chat.api.views import RoomsView
from chat.web.home import home

rooms_api = RoomsView.as_view()


@csrf_exempt  # as the API's views are, which see to it themselves; the page only answers GET
def chats(request: HttpRequest) -> HttpResponseBase:
    """The rooms: a page for browsers, JSON for other clients."""
    forms = ["application/json", "text/html"]
    as_page = request.method in ("GET", "HEAD") and request.get_preferred_type(forms) == "text/html"
    response = home(request) if as_page else rooms_api(request)
    patch_vary_headers(response, ["Accept"])
    return response


handler500 = "chat.web.faults.show_broken"

urlpatterns = [
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    re_path(r"^chats/?\Z", chats),
    path("", include("chat.web.urls")),
    path("", include("chat.api.urls")),
]
