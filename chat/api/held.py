"""REST of the messages that wait for a moderator, for their sender."""

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import serializers as shapes
from chat.api.views import REFUSALS, JsonView, actor_of_request, read_number
from chat.events import LARGEST_SEQ
from chat.services import messages

_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ}


class HeldMessagesView(JsonView):
    """`/api/held`"""

    @extend_schema(
        operation_id="list_held",
        summary="List your messages that wait for a moderator",
        parameters=[OpenApiParameter("room", _NUMBER, description="In this room; left out: in all.")],
        responses={200: shapes.HeldMessageSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Your own messages that wait, oldest first."""
        room = read_number(request, "room", least=0, most=LARGEST_SEQ)
        found = messages.find_held(actor=actor_of_request(request), room=room)
        return Response([msgspec.structs.asdict(one) for one in found.messages])
