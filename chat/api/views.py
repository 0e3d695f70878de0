"""REST of the `rooms` protocol: each view parses, calls one service and shapes the answer."""

from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from drf_spectacular.utils import OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import tokens
from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.negotiation import WhatThereIs
from chat.errors import INVALID_FIELD, NO_SESSION, PAGE_NOT_FOUND, ChatError
from chat.models import Presence, Room
from chat.permissions import ANONYMOUS, POST_ANYWAY, Actor, may
from chat.services import access, accounts, moderation, rooms, spending

REFUSED = OpenApiResponse(shapes.ErrorSerializer, "Refused; `error.code` says why.")


def actor_of_request(request: Request) -> Actor:
    """The actor of this request."""
    return request.auth if isinstance(request.auth, Actor) else ANONYMOUS


def address_of(request: Request) -> str:
    """From where."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def charge_change(request: Request, room: Room) -> None:
    """Count a change of a room, of which its members are told. Raises 910."""
    actor = actor_of_request(request)
    moderates = may(actor, POST_ANYWAY, room.ownership())
    spending.charge("moderate", actor, address_of(request), runs=moderates)


def room_token(request: Request) -> str:
    """The token in `Authorization`; "" without one."""
    return tokens.read_bearer(request.headers.get("Authorization", ""))


def show_rooms(request: Request, rooms: QuerySet[Room]) -> list[dict[str, Any]]:
    """The rooms as the protocol has them, with their members where the caller may know them."""
    found = list(rooms.prefetch_related("moderators"))
    told = access.tell_members(found, room_token(request), actor_of_request(request))
    present = Presence.objects.current().filter(room__in=told).order_by("joined_at")
    prefetch_related_objects(found, Prefetch("presences", queryset=present, to_attr="present"))
    return [dict(each) for each in shapes.RoomSerializer(found, many=True).data]


def show_room(request: Request, room: Room) -> dict[str, Any]:
    """One room as the protocol has it, read anew."""
    (one,) = show_rooms(request, Room.objects.filter(pk=room.pk))
    return one


class JsonView(APIView):
    """Shared behavior of all views here."""

    content_negotiation_class = WhatThereIs


class RoomsView(JsonView):
    """`/chats`"""

    @extend_schema(
        operation_id="list_rooms",
        summary="List the rooms that are not hidden",
        responses={200: shapes.RoomSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The public and private rooms."""
        return Response(show_rooms(request, Room.objects.listed()))

    @extend_schema(
        operation_id="create_room",
        summary="Create a room",
        request=shapes.RoomFieldsSerializer,
        responses={201: shapes.RoomSerializer, "4XX": REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Create a room: the caller's, or a commons."""
        fields = json_object(request._request.body)
        allowed = settings.ENV.wschat_anonymous_rooms
        actor, address = actor_of_request(request), address_of(request)
        room = rooms.create_room(actor=actor, fields=fields, anonymous_allowed=allowed, address=address)
        return Response(show_room(request, room), status=201)


class RoomView(JsonView):
    """`/chats/<room>`"""

    @extend_schema(
        operation_id="get_room",
        summary="Get a room",
        responses={200: shapes.RoomSerializer, "4XX": REFUSED},
    )
    def get(self, request: Request, ref: str) -> Response:
        """The room, by number or title; one that became hidden later by title, or with its token."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        return Response(show_room(request, room))

    @extend_schema(
        operation_id="change_room",
        summary="Change a room",
        description="Fields left out keep their values. A new password revokes all tokens.",
        request=shapes.RoomFieldsSerializer(partial=True),
        responses={200: shapes.RoomSerializer, "4XX": REFUSED},
    )
    def put(self, request: Request, ref: str) -> Response:
        """New title, description, visibility or password."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        actor = access.with_token(room, room_token(request), actor_of_request(request))
        charge_change(request, room)
        edited = rooms.edit_room(room=room, actor=actor, fields=json_object(request._request.body))
        return Response(show_room(request, edited))

    @extend_schema(
        operation_id="delete_room",
        summary="Delete a room",
        responses={200: shapes.StatusSerializer, "4XX": REFUSED},
    )
    def delete(self, request: Request, ref: str) -> Response:
        """Delete the room; its members are notified and removed."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        actor = access.with_token(room, room_token(request), actor_of_request(request))
        charge_change(request, room)
        rooms.delete_room(room=room, actor=actor)
        return Response({"status": True})


class TokenView(JsonView):
    """`/chats/<room>/token`"""

    @extend_schema(
        operation_id="issue_token",
        summary="Get a room token with the room password",
        request=shapes.TokenRequestSerializer,
        responses={200: shapes.StatusSerializer, 201: shapes.TokenSerializer, "4XX": REFUSED},
    )
    def post(self, request: Request, ref: str) -> Response:
        """A token for one name in one room; none for a public room.

        By its number alone a hidden room answers a wrong secret as one that is not there.
        """
        room, known = access.find_for_secret(ref, room_token(request), actor_of_request(request))
        with access.as_if_missing(unless=known):
            fields = json_object(request._request.body, INVALID_FIELD)
            token = rooms.issue_token(
                room=room,
                secret=fields.get("secret"),
                name=fields.get("name"),
                actor=actor_of_request(request),
                address=request.META.get("REMOTE_ADDR", ""),
            )
        return _token_answer(room, token)


class RenewView(JsonView):
    """`/chats/<room>/token/renew`"""

    @extend_schema(
        operation_id="renew_token",
        summary="Renew a room token",
        description="The old token stays valid until it expires.",
        request=None,
        responses={200: shapes.StatusSerializer, 201: shapes.TokenSerializer, "4XX": REFUSED},
    )
    def get(self, request: Request, ref: str) -> Response:
        """A new token for the holder of a valid one."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        return _token_answer(room, rooms.renew_token(room=room, token=room_token(request)))


class ModeratorsView(JsonView):
    """`/chats/<room>/moderators`"""

    @extend_schema(
        operation_id="list_moderators",
        summary="See who runs a room",
        responses={200: shapes.ModeratorsSerializer, "4XX": REFUSED},
    )
    def get(self, request: Request, ref: str) -> Response:
        """The owner and the moderators, for callers who may enter the room."""
        return Response(_show_moderators(request, ref))


class ModeratorView(JsonView):
    """`/chats/<room>/moderators/<name>`"""

    @extend_schema(
        operation_id="add_moderator",
        summary="Name a moderator",
        request=None,
        responses={200: shapes.ModeratorsSerializer, "4XX": REFUSED},
    )
    def put(self, request: Request, ref: str, name: str) -> Response:
        """Let the participant of this name moderate the room. For its owner and staff."""
        return self._set_moderator(request, ref, name, on=True)

    @extend_schema(
        operation_id="remove_moderator",
        summary="Remove a moderator",
        responses={200: shapes.ModeratorsSerializer, "4XX": REFUSED},
    )
    def delete(self, request: Request, ref: str, name: str) -> Response:
        """Let the participant of this name no longer moderate the room. For its owner and staff."""
        return self._set_moderator(request, ref, name, on=False)

    def _set_moderator(self, request: Request, ref: str, name: str, *, on: bool) -> Response:
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        moderation.set_moderator(room=room, name=name, actor=actor_of_request(request), on=on)
        return Response(_show_moderators(request, ref))


class SignInView(JsonView):
    """`/api/auth/token`"""

    authentication_classes = ()

    @extend_schema(
        operation_id="sign_in",
        summary="Get tokens for an account",
        request=shapes.SignInSerializer,
        responses={200: shapes.AccountTokensSerializer, "4XX": REFUSED},
    )
    def post(self, request: Request) -> Response:
        """A token to show as `Authorization: Bearer`, and one to get the next from."""
        fields = json_object(request._request.body, INVALID_FIELD)
        issued = accounts.sign_in(
            username=fields.get("username"), password=fields.get("password"), address=address_of(request)
        )
        return Response({"access": issued.access, "refresh": issued.refresh})


class RefreshView(JsonView):
    """`/api/auth/refresh`"""

    authentication_classes = ()

    @extend_schema(
        operation_id="refresh_sign_in",
        summary="Refresh the access token of an account",
        request=shapes.RefreshSerializer,
        responses={200: shapes.AccessTokenSerializer, "4XX": REFUSED},
    )
    def post(self, request: Request) -> Response:
        """A new access token for a refresh token."""
        fields = json_object(request._request.body, INVALID_FIELD)
        return Response({"access": accounts.refresh_token(token=fields.get("refresh"))})


class SocketView(JsonView):
    """An address of WebSockets, asked for without a handshake."""

    @extend_schema(exclude=True)
    def get(self, request: Request, ref: str = "") -> Response:
        """Refuse: this address is a WebSocket endpoint."""
        raise ChatError(NO_SESSION, detail="this is a WebSocket endpoint: send an upgrade request")


class NowhereView(JsonView):
    """Every other address under `/api`."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse each method: it is the address that is wrong."""
        raise ChatError(PAGE_NOT_FOUND)


class SchemaView(SpectacularAPIView):
    """`/api/schema/`"""

    content_negotiation_class = WhatThereIs

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version. What the query says would go into the file name, line breaks and all."""


def _show_moderators(request: Request, ref: str) -> dict[str, Any]:
    room = access.find_visible(ref, room_token(request), actor_of_request(request))
    access.with_token(room, room_token(request), actor_of_request(request))
    return dict(shapes.ModeratorsSerializer(moderation.find_moderators(room.pk)).data)


def _token_answer(room: Room, issued: tokens.Issued | None) -> Response:
    if issued is None:
        return Response({"status": True})
    answer = {"status": True, "name": issued.username, "room_id": room.pk, "token": issued.token}
    return Response(answer, status=201)
