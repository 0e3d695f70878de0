"""REST of filters: each view parses, calls one service and shapes the answer."""

from collections.abc import Mapping
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.views import REFUSALS, JsonView, actor_of_request, address_of, read_number
from chat.errors import INVALID_FIELD, ChatError
from chat.events import LARGEST_SEQ
from chat.models import Room
from chat.services import filters, spending

_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ}


class FiltersView(JsonView):
    """`/api/filters`"""

    @extend_schema(
        operation_id="list_filters",
        summary="List the filters of a room",
        parameters=[
            OpenApiParameter("room", _NUMBER, description="Of this room; left out: of the server, for staff.")
        ],
        responses={200: shapes.FilterSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The filters of the room, oldest first. For those who run it."""
        number = read_number(request, "room", least=0, most=LARGEST_SEQ)
        room = None if number is None else filters.find_filtered_room(number)
        found = filters.list_filters(room=room, actor=actor_of_request(request))
        return Response(shapes.FilterSerializer(found, many=True).data)

    @extend_schema(
        operation_id="add_filter",
        summary="Add a filter",
        request=shapes.FilterFieldsSerializer,
        responses={201: shapes.FilterSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Filter the texts of a room, for those who run it; or of the server, for staff."""
        fields, room = _read(request)
        added = filters.add_filter(room=room, actor=actor_of_request(request), fields=fields)
        return Response(shapes.FilterSerializer(added).data, status=201)


class TryFilterView(JsonView):
    """`/api/filters/try`"""

    @extend_schema(
        operation_id="try_filter",
        summary="See what a filter would have caught",
        request=shapes.FilterFieldsSerializer,
        responses={200: shapes.CaughtSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Try a filter on the latest 1,000 messages, or as many as take two seconds, without adding it."""
        fields, room = _read(request)
        actor = actor_of_request(request)
        with spending.searching(actor, address_of(request)):
            caught = filters.try_filter(room=room, actor=actor, fields=fields)
        shown: dict[str, Any] = msgspec.to_builtins(caught)
        return Response(shown)


class FilterView(JsonView):
    """`/api/filters/<id>`"""

    @extend_schema(
        operation_id="change_filter",
        summary="Change a filter",
        request=shapes.FilterValuesSerializer,
        responses={200: shapes.FilterSerializer, **REFUSALS},
    )
    def put(self, request: Request, number: str) -> Response:
        """Give a filter these values in place of all that it has. Its room stays."""
        actor = actor_of_request(request)
        spending.charge("moderate", actor, address_of(request))
        fields = json_object(request._request.body, INVALID_FIELD)
        changed = filters.change_filter(actor=actor, number=int(number), fields=fields)
        return Response(shapes.FilterSerializer(changed).data)

    @extend_schema(
        operation_id="remove_filter",
        summary="Remove a filter",
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Remove a filter of a room, for those who run it; or of the server, for staff."""
        actor = actor_of_request(request)
        spending.charge("moderate", actor, address_of(request))
        filters.remove_filter(actor=actor, number=int(number))
        return Response({"status": True})


def _read(request: Request) -> tuple[Mapping[str, Any], Room | None]:
    """The fields, and the room that they are for. Raises 101, 303, 910."""
    spending.charge("moderate", actor_of_request(request), address_of(request))
    fields = json_object(request._request.body, INVALID_FIELD)
    number = fields.get("room")
    if number is not None and (type(number) is not int or not 0 <= number <= LARGEST_SEQ):
        raise ChatError(INVALID_FIELD, field="room", detail="room must be the number of a room")
    return fields, None if number is None else filters.find_filtered_room(number)
