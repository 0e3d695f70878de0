"""REST of the rules of rooms."""

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.views import REFUSALS, JsonView, actor_of_request, read_number, room_token
from chat.errors import INVALID_FIELD, ChatError
from chat.events import LARGEST_SEQ
from chat.services import access, rules

_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ}


class RulesView(JsonView):
    """`/api/rules`"""

    @extend_schema(
        operation_id="read_rules",
        summary="Read the rules of a room",
        parameters=[OpenApiParameter("room", _NUMBER, required=True)],
        responses={200: shapes.RulesSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The rules of a room that you may read, and whether you have accepted them."""
        room = read_number(request, "room", least=0, most=LARGEST_SEQ)
        if room is None:
            raise ChatError(INVALID_FIELD, field="room", detail="room must be the number of a room")
        return self._show(request, room)

    @extend_schema(
        operation_id="accept_rules",
        summary="Accept the rules of a room",
        request=shapes.AcceptRulesSerializer,
        responses={200: shapes.RulesSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Accept the rules of this version, so that you can post."""
        fields = json_object(request._request.body, INVALID_FIELD)
        for name in ("room", "version"):
            if type(fields.get(name)) is not int or not 0 <= fields[name] <= LARGEST_SEQ:
                raise ChatError(INVALID_FIELD, field=name, detail=f"{name} must be a number")
        actor, room = actor_of_request(request), fields["room"]
        access.admit_to_number(room, room_token(request), actor)
        rules.accept_rules(room=room, actor=actor, version=fields["version"])
        return self._show(request, room)

    def _show(self, request: Request, room: int) -> Response:
        actor = actor_of_request(request)
        access.admit_to_number(room, room_token(request), actor)
        return Response(msgspec.structs.asdict(rules.read_rules(room=room, actor=actor)))
