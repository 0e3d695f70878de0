"""The switch for raids, on the start page for the server and on a room's page for the room."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from chat import validation
from chat.admin.base import actor_for_request, explain_refusal
from chat.errors import ChatError
from chat.models import Room
from chat.services import bans

_HOUR: Final = 3600


def newcomers_panel(request: HttpRequest, room: Room | None) -> dict[str, Any]:
    """What `admin/chat/newcomers.html` shows."""
    actor = actor_for_request(request, "change_room")
    return {
        "switch": True,
        "ban": bans.find_newcomers_ban(room, actor),
        "pauses": [seconds // _HOUR for seconds in bans.PAUSES],
        "longest": validation.REASON[1],
    }


def switch_newcomers(request: HttpRequest, room: Room | None) -> bool:
    """Keep newcomers out, or hold their messages, for as long as the form says; or let them in. Whether it
    was done.
    """
    actor, hours = actor_for_request(request, "change_room"), request.POST.get("hours", "")
    try:
        if hours in [str(seconds // _HOUR) for seconds in bans.PAUSES]:
            bans.keep_newcomers_out(
                room=room,
                actor=actor,
                seconds=int(hours) * _HOUR,
                hold="hold" in request.POST,
                reason=request.POST.get("reason", "").strip(),
            )
        elif hours:
            raise BadRequest(f"no such number of hours: {hours}")
        else:
            bans.let_newcomers_in(room=room, actor=actor)
    except ChatError as error:
        messages.error(request, explain_refusal(error))
        return False
    return True
