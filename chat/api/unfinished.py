"""REST of the texts that a participant has begun to write."""

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat import conf, validation
from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.views import REFUSALS, JsonView, actor_of_request, address_of, room_token
from chat.dialects.v1 import show_unfinished
from chat.errors import INVALID_FIELD
from chat.services import access, spending, unfinished


class UnfinishedTextsView(JsonView):
    """`/api/unfinished`"""

    @extend_schema(
        operation_id="list_unfinished",
        summary="List the texts that you have begun to write",
        responses={200: shapes.UnfinishedTextsSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """What you have begun to write and not sent, the latest first, in rooms that you can read."""
        actor = actor_of_request(request)
        found = unfinished.list_unfinished(actor, access.rooms_of_token(room_token(request), actor))
        return Response({"texts": [msgspec.to_builtins(show_unfinished(one)) for one in found.texts]})


class UnfinishedTextView(JsonView):
    """`/api/unfinished/<room>`"""

    @extend_schema(
        operation_id="keep_unfinished",
        summary="Keep what you have begun to write in a room",
        request=shapes.KeepUnfinishedSerializer,
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def put(self, request: Request, number: str) -> Response:
        """Keep a text of a room that you can read, in place of an earlier one; an empty text removes it."""
        fields = json_object(request._request.body, INVALID_FIELD)
        text = validation.clean_unfinished(fields.get("text"), conf.get_size_limits().text)
        return _keep(request, int(number), text, validation.clean_seq(fields.get("reply_to"), "reply_to"))

    @extend_schema(
        operation_id="remove_unfinished",
        summary="Remove what you have begun to write in a room",
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Remove the text, whether you can read the room or not."""
        return _keep(request, int(number), "", None)


def _keep(request: Request, room: int, text: str, reply_to: int | None) -> Response:
    actor = actor_of_request(request)
    spending.charge("unfinished", actor, address_of(request))
    by_token = access.rooms_of_token(room_token(request), actor)
    unfinished.keep_and_tell(room, text, reply_to, actor, by_token)
    return Response({"status": True})
