"""REST of the `rooms` protocol: each view parses, calls one service and shapes the answer."""

from dataclasses import replace
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import tokens, validation
from chat.api import serializers as shapes
from chat.api.bodies import json_object
from chat.api.negotiation import WhatThereIs
from chat.commands import Search
from chat.dialects.v1 import show_messages
from chat.dialects.v1_in import MOST_MESSAGES
from chat.errors import INVALID_FIELD, NO_SESSION, PAGE_NOT_FOUND, ChatError
from chat.events import LARGEST_SEQ, Message
from chat.log import recovery
from chat.models import BulkDeletion, Presence, Room
from chat.permissions import ANONYMOUS, POST_ANYWAY, Actor, may
from chat.search_query import parse_search
from chat.services import access, accounts, bans, bulk_deletions, moderation, rooms, searching, spending

_FOUND_FIELDS: Final = (
    "room",
    "seq",
    "at",
    "sender",
    "text",
    "reply_to",
    "edited",
    "erased",
    "mentions",
    "participant",
)
NEW_ROOM = PolymorphicProxySerializer(
    component_name="RoomFields",
    serializers=[shapes.PublicRoomFieldsSerializer, shapes.ProtectedRoomFieldsSerializer],
    resource_type_field_name=None,
)
NEW_BAN = PolymorphicProxySerializer(
    component_name="BanFields",
    serializers=[
        shapes.NameBanSerializer,
        shapes.PatternBanSerializer,
        shapes.NetworkBanSerializer,
        shapes.RoomNewcomersBanSerializer,
    ],
    resource_type_field_name=None,
)
NEW_SERVER_BAN = PolymorphicProxySerializer(
    component_name="ServerBanFields",
    serializers=[
        shapes.ServerNameBanSerializer,
        shapes.PatternBanSerializer,
        shapes.NetworkBanSerializer,
        shapes.NewcomersBanSerializer,
    ],
    resource_type_field_name=None,
)
NEW_DELETION = PolymorphicProxySerializer(
    component_name="DeletionFields",
    serializers=[shapes.NameDeletionSerializer, shapes.SenderDeletionSerializer],
    resource_type_field_name=None,
)
_REFUSED = OpenApiResponse(shapes.ErrorSerializer, "Refused; `error.code` says why.")
REFUSALS = {"4XX": _REFUSED, "5XX": _REFUSED}


def actor_of_request(request: Request) -> Actor:
    """The actor of this request."""
    actor = request.auth if isinstance(request.auth, Actor) else ANONYMOUS
    return replace(actor, address=address_of(request))


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


def show_found(message: Message) -> dict[str, Any]:
    """A message as answers have it, without what only its sender needs to know."""
    (shown,) = show_messages([message])
    fields: dict[str, Any] = msgspec.to_builtins(shown)
    return {name: fields[name] for name in _FOUND_FIELDS if name in fields}


class JsonView(APIView):
    """Shared behavior of all views here."""

    content_negotiation_class = WhatThereIs

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse whatever those who are banned from the server want to change."""
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS and self.authentication_classes:
            bans.check_caller(actor_of_request(request))


class RoomsView(JsonView):
    """`/chats`"""

    @extend_schema(
        operation_id="list_rooms",
        summary="List the rooms that are not hidden",
        responses={200: shapes.RoomSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The public and private rooms."""
        return Response(show_rooms(request, Room.objects.listed()))

    @extend_schema(
        operation_id="create_room",
        summary="Create a room",
        request=NEW_ROOM,
        responses={201: shapes.RoomSerializer, **REFUSALS},
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
        responses={200: shapes.RoomSerializer, **REFUSALS},
    )
    def get(self, request: Request, ref: str) -> Response:
        """The room, by number or title; one that became hidden later by title, or with its token."""
        room = access.find_to_show(ref, room_token(request), actor_of_request(request))
        return Response(show_room(request, room))

    @extend_schema(
        operation_id="change_room",
        summary="Change a room",
        description="Fields left out keep their values. A new password revokes all tokens.",
        request=shapes.RoomChangesSerializer(partial=True),
        responses={200: shapes.RoomSerializer, **REFUSALS},
    )
    def put(self, request: Request, ref: str) -> Response:
        """New title, description, visibility or password."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        actor = access.with_token(room, room_token(request), actor_of_request(request))
        charge_change(request, room)
        name = access.find_named(room, room_token(request))
        edited = rooms.edit_room(room=room, actor=actor, fields=json_object(request._request.body), name=name)
        return Response(show_room(request, edited))

    @extend_schema(
        operation_id="delete_room",
        summary="Delete a room",
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def delete(self, request: Request, ref: str) -> Response:
        """Delete the room; its members are notified and removed."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        actor = access.with_token(room, room_token(request), actor_of_request(request))
        charge_change(request, room)
        rooms.delete_room(room=room, actor=actor, name=access.find_named(room, room_token(request)))
        return Response({"status": True})


class TokenView(JsonView):
    """`/chats/<room>/token`"""

    @extend_schema(
        operation_id="issue_token",
        summary="Get a room token with the room password",
        request=shapes.TokenRequestSerializer,
        responses={200: shapes.StatusSerializer, 201: shapes.TokenSerializer, **REFUSALS},
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
        responses={200: shapes.StatusSerializer, 201: shapes.TokenSerializer, **REFUSALS},
    )
    def get(self, request: Request, ref: str) -> Response:
        """A new token for the holder of a valid one."""
        actor, token = actor_of_request(request), room_token(request)
        room = access.find_visible(ref, token, actor)
        return _token_answer(room, rooms.renew_token(room=room, token=token, actor=actor))


class ModeratorsView(JsonView):
    """`/chats/<room>/moderators`"""

    @extend_schema(
        operation_id="list_moderators",
        summary="See who runs a room",
        responses={200: shapes.ModeratorsSerializer, **REFUSALS},
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
        responses={200: shapes.ModeratorsSerializer, **REFUSALS},
    )
    def put(self, request: Request, ref: str, name: str) -> Response:
        """Let the participant of this name moderate the room. For its owner and staff."""
        return self._set_moderator(request, ref, name, on=True)

    @extend_schema(
        operation_id="remove_moderator",
        summary="Remove a moderator",
        responses={200: shapes.ModeratorsSerializer, **REFUSALS},
    )
    def delete(self, request: Request, ref: str, name: str) -> Response:
        """Let the participant of this name no longer moderate the room. For its owner and staff."""
        return self._set_moderator(request, ref, name, on=False)

    def _set_moderator(self, request: Request, ref: str, name: str, *, on: bool) -> Response:
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        moderation.set_moderator(room=room, name=name, actor=actor_of_request(request), on=on)
        return Response(_show_moderators(request, ref))


class SearchView(JsonView):
    """`/api/search`"""

    @extend_schema(
        operation_id="search_messages",
        summary="Search messages",
        description=(
            "The latest messages in which each word of `text` begins a word. Filters in `text`: `from:name`, "
            '`from:"a name"`, `before:2026-01-31`, `after:2026-01-31` (without that day, UTC), `has:link`.'
        ),
        parameters=[
            OpenApiParameter(
                "text", {"type": "string", "minLength": 1, "maxLength": validation.SOUGHT[1]}, required=True
            ),
            OpenApiParameter("room", str, description="Number or title; left out: all rooms you may read."),
            OpenApiParameter(
                "before",
                {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ},
                description="`next` of the last page.",
            ),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MOST_MESSAGES, "default": 50}
            ),
        ],
        responses={200: shapes.FoundSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Messages of the room, or of all rooms whose messages the caller may read."""
        words, filters = parse_search(request.query_params.get("text"), "text")
        before = read_number(request, "before", least=0, most=LARGEST_SEQ)
        limit = read_number(request, "limit", least=1, most=MOST_MESSAGES)
        actor, token = actor_of_request(request), room_token(request)
        ref = request.query_params.get("room")
        room = access.admit_to_address(ref, token, actor).room if ref else None
        joined = [] if ref else access.rooms_of_token(token, actor)
        command = Search(room, words, before, 50 if limit is None else limit, filters=filters)
        with spending.searching(actor, address_of(request)):
            page = searching.search(command, actor, joined)
        messages = [show_found(message) for message in page.messages]
        next_page = {} if page.next is None else {"next": page.next}
        return Response({"messages": messages, "more": page.more, **next_page})


class RepliesView(JsonView):
    """`/api/rooms/<number>/replies/<seq>`"""

    @extend_schema(
        operation_id="list_replies",
        summary="List the replies to a message",
        parameters=[
            OpenApiParameter(
                "after",
                {"type": "integer", "minimum": 0, "maximum": LARGEST_SEQ},
                description="The last `seq` of the page before.",
            ),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MOST_MESSAGES, "default": 50}
            ),
        ],
        responses={200: shapes.RepliesSerializer, **REFUSALS},
    )
    def get(self, request: Request, number: str, seq: str) -> Response:
        """The messages of a room that reply to one, oldest first, deleted ones without their text."""
        after = read_number(request, "after", least=0, most=LARGEST_SEQ)
        limit = read_number(request, "limit", least=1, most=MOST_MESSAGES)
        room = access.admit_to_number(int(number), room_token(request), actor_of_request(request)).room
        page = recovery.read_replies(room, int(seq), after=after, limit=50 if limit is None else limit)
        return Response({"messages": [show_found(one) for one in page.messages], "more": page.more})


class KicksView(JsonView):
    """`/chats/<room>/kicks`"""

    @extend_schema(
        operation_id="kick",
        summary="Remove a member from a room",
        request=shapes.KickSerializer,
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Remove a member by name. For those who run the room."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        fields = json_object(request._request.body, INVALID_FIELD)
        bans.kick_name(
            room=room,
            name=fields.get("name"),
            reason=fields.get("reason", ""),
            verified=fields.get("verified", True),
            actor=actor_of_request(request),
        )
        return Response({"status": True})


class MutesView(JsonView):
    """`/chats/<room>/mutes`"""

    @extend_schema(
        operation_id="list_mutes",
        summary="See who is muted in a room",
        responses={200: shapes.MuteInfoSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, ref: str) -> Response:
        """The mutes, by name. For those who run the room."""
        actor = actor_of_request(request)
        room = access.find_visible(ref, room_token(request), actor)
        found = moderation.find_mutes(room.pk, actor)
        return Response([dict(shapes.MuteInfoSerializer(one).data) for one in found])

    @extend_schema(
        operation_id="mute",
        summary="Mute a name in a room",
        request=shapes.MuteSerializer,
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Mute a name, or with `on` false, let it speak again. For those who run the room."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        fields = json_object(request._request.body, INVALID_FIELD)
        name, actor = fields.get("name"), actor_of_request(request)
        if not validation.clean_flag(fields.get("on", True), "on", INVALID_FIELD):
            moderation.unmute_name(room=room, name=name, actor=actor)
            return Response({"status": True})
        moderation.mute_name(
            room=room,
            name=name,
            actor=actor,
            seconds=fields.get("seconds"),
            reason=fields.get("reason", ""),
            verified=fields.get("verified", True),
        )
        return Response({"status": True})


class BansView(JsonView):
    """`/chats/<room>/bans`"""

    @extend_schema(
        operation_id="list_bans",
        summary="See who is banned from a room",
        responses={200: shapes.BanSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, ref: str) -> Response:
        """The bans, latest first. For those who run the room."""
        return Response(_show_bans(request, ref))

    @extend_schema(
        operation_id="ban",
        summary="Ban from a room",
        request=NEW_BAN,
        responses={201: shapes.BanSerializer(many=True), **REFUSALS},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Ban a name, a pattern of names, a network, or all newcomers. For those who run the room."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        fields = json_object(request._request.body, INVALID_FIELD)
        bans.ban(room=room, actor=actor_of_request(request), fields=fields)
        return Response(_show_bans(request, ref), status=201)


class BanView(JsonView):
    """`/chats/<room>/bans/<id>`"""

    @extend_schema(
        operation_id="unban",
        summary="Lift a ban from a room",
        responses={200: shapes.BanSerializer(many=True), **REFUSALS},
    )
    def delete(self, request: Request, ref: str, number: str) -> Response:
        """Lift a ban. For those who run the room."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        bans.unban(room=room, actor=actor_of_request(request), number=int(number))
        return Response(_show_bans(request, ref))


class ServerBansView(JsonView):
    """`/api/bans`"""

    @extend_schema(
        operation_id="list_server_bans",
        summary="See who is banned from the server",
        responses={200: shapes.BanSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The bans, latest first. For staff."""
        return Response(_show_server_bans(request))

    @extend_schema(
        operation_id="ban_from_server",
        summary="Ban from the server",
        request=NEW_SERVER_BAN,
        responses={201: shapes.BanSerializer(many=True), **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Ban a name, a pattern of names, a network, or all newcomers from the server. For staff."""
        fields = json_object(request._request.body, INVALID_FIELD)
        bans.ban_from_server(actor=actor_of_request(request), fields=fields)
        return Response(_show_server_bans(request), status=201)


class ServerBanView(JsonView):
    """`/api/bans/<id>`"""

    @extend_schema(
        operation_id="unban_from_server",
        summary="Lift a ban from the server",
        responses={200: shapes.BanSerializer(many=True), **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Lift a ban. For staff."""
        bans.unban_from_server(actor=actor_of_request(request), number=int(number))
        return Response(_show_server_bans(request))


class DeletionsView(JsonView):
    """`/chats/<room>/deletions`"""

    @extend_schema(
        operation_id="list_deletions",
        summary="See the bulk deletions of a room",
        responses={200: shapes.DeletionSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, ref: str) -> Response:
        """List the bulk deletions of the last week, latest first. For moderators."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        found = bulk_deletions.find_shown(actor=actor_of_request(request), room=room)
        return Response([_show_deletion(each) for each in found])

    @extend_schema(
        operation_id="delete_all_messages",
        summary="Delete all messages of a sender in a room",
        request=NEW_DELETION,
        responses={202: shapes.DeletionSerializer, **REFUSALS},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Begin to delete all messages of a name, or of the sender of a message. For moderators."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        fields = json_object(request._request.body, INVALID_FIELD)
        actor = actor_of_request(request)
        with spending.searching(actor, address_of(request)):
            begun = bulk_deletions.delete_in_room(
                room=room,
                actor=actor,
                since=fields.get("since"),
                name=fields.get("name"),
                target=fields.get("target"),
                reason=fields.get("reason", ""),
            )
        return Response(_show_deletion(begun), status=202)


class DeletionView(JsonView):
    """`/chats/<room>/deletions/<id>`"""

    @extend_schema(
        operation_id="get_deletion",
        summary="See how far a bulk deletion is",
        responses={200: shapes.DeletionSerializer, **REFUSALS},
    )
    def get(self, request: Request, ref: str, number: str) -> Response:
        """See how far a bulk deletion is. For moderators."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        found = bulk_deletions.find_one(number=int(number), actor=actor_of_request(request), room=room)
        return Response(_show_deletion(found))

    @extend_schema(
        operation_id="stop_deletion",
        summary="Stop a bulk deletion",
        responses={200: shapes.DeletionSerializer, **REFUSALS},
    )
    def delete(self, request: Request, ref: str, number: str) -> Response:
        """Stop a bulk deletion; what is deleted so far stays deleted. For moderators."""
        room = access.find_visible(ref, room_token(request), actor_of_request(request))
        charge_change(request, room)
        stopped = bulk_deletions.stop(number=int(number), actor=actor_of_request(request), room=room)
        return Response(_show_deletion(stopped))


class ServerDeletionsView(JsonView):
    """`/api/deletions`"""

    @extend_schema(
        operation_id="list_all_deletions",
        summary="See all bulk deletions",
        responses={200: shapes.DeletionSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """List all bulk deletions of the last week, latest first. For staff."""
        found = bulk_deletions.find_shown(actor=actor_of_request(request))
        return Response([_show_deletion(each) for each in found])

    @extend_schema(
        operation_id="delete_all_messages_everywhere",
        summary="Delete all messages of a name everywhere",
        request=shapes.NameDeletionSerializer,
        responses={202: shapes.DeletionSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Begin to delete all messages of a name everywhere, in direct conversations as well. For staff."""
        fields = json_object(request._request.body, INVALID_FIELD)
        begun = bulk_deletions.delete_everywhere(
            actor=actor_of_request(request),
            since=fields.get("since"),
            name=fields.get("name"),
            reason=fields.get("reason", ""),
        )
        return Response(_show_deletion(begun), status=202)


class ServerDeletionView(JsonView):
    """`/api/deletions/<id>`"""

    @extend_schema(
        operation_id="get_any_deletion",
        summary="See how far any bulk deletion is",
        responses={200: shapes.DeletionSerializer, **REFUSALS},
    )
    def get(self, request: Request, number: str) -> Response:
        """See how far a bulk deletion is. For staff."""
        found = bulk_deletions.find_one(number=int(number), actor=actor_of_request(request))
        return Response(_show_deletion(found))

    @extend_schema(
        operation_id="stop_any_deletion",
        summary="Stop any bulk deletion",
        responses={200: shapes.DeletionSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Stop a bulk deletion, or the restoration of its messages. For staff."""
        stopped = bulk_deletions.stop(number=int(number), actor=actor_of_request(request))
        return Response(_show_deletion(stopped))


class RestorationView(JsonView):
    """`/api/deletions/<id>/restore`"""

    @extend_schema(
        operation_id="restore_deletion",
        summary="Restore what a bulk deletion deleted",
        request=None,
        responses={202: shapes.DeletionSerializer, **REFUSALS},
    )
    def post(self, request: Request, number: str) -> Response:
        """Begin to restore its messages, for up to 7 days. For staff."""
        begun = bulk_deletions.restore(number=int(number), actor=actor_of_request(request))
        return Response(_show_deletion(begun), status=202)


class KeptTextsView(JsonView):
    """`/api/deletions/<id>/kept`"""

    @extend_schema(
        operation_id="erase_kept",
        summary="Erase what a bulk deletion keeps",
        responses={200: shapes.StatusSerializer, **REFUSALS},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Permanently delete the texts that could be restored. For staff."""
        bulk_deletions.erase_kept(number=int(number), actor=actor_of_request(request))
        return Response({"status": True})


class SignInView(JsonView):
    """`/api/auth/token`"""

    authentication_classes = ()

    @extend_schema(
        operation_id="sign_in",
        summary="Get tokens for an account",
        request=shapes.SignInSerializer,
        responses={200: shapes.AccountTokensSerializer, **REFUSALS},
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
        responses={200: shapes.AccessTokenSerializer, **REFUSALS},
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


def read_flag(request: Request, field: str) -> bool:
    """A parameter that is `true` or `false`; left out, it is false. Raises 303."""
    text = request.query_params.get(field, "false")
    if text not in ("true", "false"):
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must be true or false")
    return text == "true"


def read_number(request: Request, field: str, *, least: int, most: int) -> int | None:
    """A parameter that is a number between these; None without it. Raises 303."""
    text = request.query_params.get(field)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must be a number from {least} to {most}")
    return int(text)


def _show_bans(request: Request, ref: str) -> list[dict[str, Any]]:
    room = access.find_visible(ref, room_token(request), actor_of_request(request))
    found = bans.find_bans(room.pk, actor_of_request(request))
    return [dict(shapes.BanSerializer(each).data) for each in found]


def _show_server_bans(request: Request) -> list[dict[str, Any]]:
    found = bans.find_server_bans(actor_of_request(request))
    return [dict(shapes.BanSerializer(each).data) for each in found]


def _show_deletion(bulk: BulkDeletion) -> dict[str, Any]:
    return dict(shapes.DeletionSerializer(bulk_deletions.describe(bulk)).data)


def _token_answer(room: Room, issued: tokens.Issued | None) -> Response:
    if issued is None:
        return Response({"status": True})
    answer = {"status": True, "name": issued.username, "room_id": room.pk, "token": issued.token}
    return Response(answer, status=201)
