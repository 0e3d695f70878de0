"""REST of a participant's own lists: their mentions, saved messages, and the rooms that they have joined."""

from collections.abc import Iterable
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.answers import MentionInfo, SavedInfo
from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.views import REFUSALS, JsonView, actor_of_request, read_number, room_token, show_found
from chat.dialects.v1_in import MOST_MESSAGES
from chat.errors import INVALID_FIELD, ChatError
from chat.events import LARGEST_SEQ
from chat.services import access, joined_rooms, marks, mentions, saved

_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ}
_RANGE = [
    OpenApiParameter("room", _NUMBER, description="In this room; left out: in all."),
    OpenApiParameter("before", _NUMBER, description="The last `id` of the page before."),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST_MESSAGES, "default": 50}),
]


class MentionsView(JsonView):
    """`/api/mentions`"""

    @extend_schema(
        operation_id="list_mentions",
        summary="List the messages that mention you",
        parameters=_RANGE,
        responses={200: shapes.MentionsSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The messages that mention you, latest first, in rooms that you can read."""
        page = mentions.find_mentions(actor_of_request(request), **_read_range(request))
        return Response({"mentions": _show_listed(page.mentions), "more": page.more})


class SavedView(JsonView):
    """`/api/saved`"""

    @extend_schema(
        operation_id="list_saved",
        summary="List the messages that you saved",
        parameters=_RANGE,
        responses={200: shapes.SavedSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The messages that you saved, the latest first, in rooms that you can read."""
        page = saved.find_saved(actor_of_request(request), **_read_range(request))
        return Response({"saved": _show_listed(page.saved), "more": page.more})


class SavedMessageView(JsonView):
    """`/api/saved/<room>/<seq>`"""

    @extend_schema(
        operation_id="save_message",
        summary="Save a message for later",
        request=None,
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def put(self, request: Request, number: str, seq: str) -> Response:
        """Save a message of a room that you can read."""
        actor = actor_of_request(request)
        by_token = access.rooms_of_token(room_token(request), actor)
        saved.save_message(int(number), int(seq), actor, by_token)
        return Response({"status": True})

    @extend_schema(
        operation_id="remove_saved",
        summary="Remove a message from those that you saved",
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str, seq: str) -> Response:
        """Remove a saved message, whether you can read its room or not."""
        saved.forget_message(int(number), int(seq), actor_of_request(request))
        return Response({"status": True})


class JoinedRoomsView(JsonView):
    """`/api/rooms`"""

    @extend_schema(
        operation_id="list_joined_rooms",
        summary="List the rooms that you have joined",
        responses={200: shapes.JoinedRoomSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The rooms that you have joined and not left since, latest first, with what is unread in each."""
        return Response(_show_joined(request))


class LevelView(JsonView):
    """`/api/rooms/<number>/level`"""

    @extend_schema(
        operation_id="set_level",
        summary="Set what calls you in a room",
        request=shapes.LevelSerializer,
        responses={200: shapes.JoinedRoomSerializer(many=True), **REFUSALS},
    )
    def put(self, request: Request, number: str) -> Response:
        """All messages, mentions or nothing, for some seconds or for good. Returns your rooms."""
        fields = json_object(request._request.body, INVALID_FIELD)
        actor = actor_of_request(request)
        joined_rooms.set_level(int(number), actor, fields.get("level"), fields.get("seconds"))
        return Response(_show_joined(request))


class ReadView(JsonView):
    """`/api/rooms/<number>/read`"""

    @extend_schema(
        operation_id="mark_read",
        summary="Move your read mark in a room",
        request=shapes.ReadMarkSerializer,
        responses={200: shapes.ReadingSerializer, **REFUSALS},
    )
    def put(self, request: Request, number: str) -> Response:
        """Move your read mark forward, or back with `back`. Returns where it is now."""
        fields = json_object(request._request.body, INVALID_FIELD)
        seq, back = fields.get("seq"), fields.get("back", False)
        if type(seq) is not int or not 0 <= seq <= LARGEST_SEQ:
            raise ChatError(INVALID_FIELD, field="seq", detail="seq must be a seq, which is 0 or more")
        if not isinstance(back, bool):
            raise ChatError(INVALID_FIELD, field="back", detail="back must be true or false")
        actor = actor_of_request(request)
        participant = joined_rooms.check_known(actor)
        room = access.admit_to_number(int(number), room_token(request), actor).room
        reading = marks.move_and_tell(participant, room, seq, back=back)
        return Response({"room": room, **reading._asdict()})


def _read_range(request: Request) -> dict[str, Any]:
    """What `_RANGE` describes."""
    limit = read_number(request, "limit", least=1, most=MOST_MESSAGES)
    return {
        "room": read_number(request, "room", least=0, most=LARGEST_SEQ),
        "before": read_number(request, "before", least=0, most=LARGEST_SEQ),
        "limit": 50 if limit is None else limit,
    }


def _show_listed(found: Iterable[MentionInfo | SavedInfo]) -> list[dict[str, Any]]:
    return [{"id": one.id, "title": one.title, "message": show_found(one.message)} for one in found]


def _show_joined(request: Request) -> list[dict[str, Any]]:
    told = joined_rooms.describe_joined(actor_of_request(request))
    return [msgspec.structs.asdict(one) for one in told.rooms]
