"""The start page: plots of the last day for all processes, reports that wait, and a switch for raids."""

import time
from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from chat.admin.base import has_site_permission
from chat.admin.newcomers import newcomers_panel, switch_newcomers
from chat.admin.plots import HEIGHT, WIDTH, Plot, draw_line
from chat.models import MinuteFigures, Presence, Report, Room

MINUTES: Final = 24 * 60
STEP: Final = 5  # minutes that are one point of a plot
BUSIEST: Final = 10
MOST_WAITING: Final = 99  # reports, as they are counted


def show_start(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Show Django's page below three more parts, each for staff with its permission: the number of waiting
    reports, the switch that keeps newcomers out, and the plots.
    """
    shown: dict[str, Any] = {}
    if has_site_permission(request, "change_room"):
        if request.method == "POST":
            switch_newcomers(request, None)
            return redirect("admin:index")
        shown = newcomers_panel(request, None)
    if has_site_permission(request, "view_room"):
        shown |= {"plots": read_plots(), "busiest": read_busiest(), "width": WIDTH, "height": HEIGHT}
    if has_site_permission(request, "change_report"):
        waiting = Report.objects.waiting().values_list("pk")[: MOST_WAITING + 1]
        shown |= {"waiting": len(waiting), "most_waiting": MOST_WAITING}
    return admin.AdminSite.index(admin.site, request, {**shown, **(extra_context or {})})


def read_plots() -> list[Plot]:
    """Connections, messages a minute and delay of the last day, of all processes together."""
    # The minute that is over now may not be written yet.
    end = int(time.time() // 60) - 1
    rows = MinuteFigures.objects.filter(minute__gt=end - MINUTES, minute__lte=end).order_by().values("minute")
    sums = rows.annotate(
        all_connections=Sum("connections"), all_messages=Sum("messages"), longest=Max("delay")
    )
    points = [[0.0, 0.0, 0.0] for _ in range(MINUTES // STEP)]
    for row in sums:
        point = points[-1 - (end - row["minute"]) // STEP]
        point[0] = max(point[0], row["all_connections"])
        point[1] += row["all_messages"] / STEP
        point[2] = max(point[2], row["longest"])
    connections, messages, delays = zip(*points, strict=True)
    return [
        draw_line(_("Connections"), "", connections),
        draw_line(_("Messages per minute"), "", messages),
        draw_line(_("Database delay"), " ms", delays),
    ]


def read_busiest() -> list[tuple[Room, int, int]]:
    """The rooms with the most members now: room, members, and those in percent of the first one."""
    here = Presence.objects.current().filter(room__low__isnull=True, room__deleted_at=None).order_by()
    counts = here.values_list("room").annotate(members=Count("name_key", distinct=True))
    top = list(counts.order_by("-members", "room")[:BUSIEST])
    rooms = Room.objects.in_bulk([room for room, _ in top])
    return [
        (rooms[room], members, round(WIDTH * members / top[0][1])) for room, members in top if room in rooms
    ]
