"""REST of the people whom a participant has blocked."""

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import serializers as shapes
from chat.api.views import REFUSALS, JsonView, actor_of_request, address_of
from chat.dialects.v1 import show_blocked
from chat.permissions import Actor
from chat.services import blocks, spending


class BlockedView(JsonView):
    """`/api/blocked`"""

    @extend_schema(
        operation_id="list_blocked",
        summary="List the people whom you have blocked",
        responses={200: shapes.BlockedSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The people whom you have blocked, the latest first."""
        people = blocks.list_blocked(actor_of_request(request))
        return Response({"blocked": msgspec.to_builtins(show_blocked(people))})


class BlockedPersonView(JsonView):
    """`/api/blocked/<participant>`"""

    @extend_schema(
        operation_id="block_person",
        summary="Block a person",
        request=None,
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def put(self, request: Request, number: str) -> Response:
        """Block a participant: no direct messages between you, and their mentions do not call you."""
        blocks.block_person(int(number), _charge_actor(request))
        return Response({"status": True})

    @extend_schema(
        operation_id="unblock_person",
        summary="Unblock a person",
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Unblock a participant, whether you have blocked them or not."""
        blocks.unblock_person(int(number), _charge_actor(request))
        return Response({"status": True})


def _charge_actor(request: Request) -> Actor:
    """The actor of the request, who has spent one act. Raises 910."""
    actor = actor_of_request(request)
    spending.charge("block", actor, address_of(request))
    return actor
