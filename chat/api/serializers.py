"""The shapes of answers, and of requests for the OpenAPI document (`chat.validation` checks those)."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from chat import validation
from chat.answers import Moderators
from chat.events import Sender
from chat.models import Presence, Room


class OnePerName(serializers.ListSerializer[Any]):
    """Show a member with several connections once, as of the one that was active last."""

    def to_representation(self, data: Iterable[Presence]) -> list[Any]:  # type: ignore[override]
        """In the order given, which is that of coming."""
        latest: dict[str, Presence] = {}
        for presence in data:
            known = latest.get(presence.name_key)
            if known is None or known.last_activity < presence.last_activity:
                latest[presence.name_key] = presence
        return super().to_representation(list(latest.values()))


class UserSerializer(serializers.ModelSerializer[Presence]):
    """A member of a room."""

    username = serializers.CharField(source="name", help_text="The name in the room.")

    class Meta:
        model = Presence
        list_serializer_class = OnePerName
        fields = ("username", "color", "last_activity")


class RoomSerializer(serializers.ModelSerializer[Room]):
    """A room. Its password, hashed or not, is in no answer."""

    createdAt = serializers.DateTimeField(source="created_at", help_text="RFC 3339.")
    updatedAt = serializers.DateTimeField(source="updated_at", help_text="RFC 3339.")
    users = UserSerializer(
        many=True,
        source="present",
        help_text="The members now in the room; empty unless you may see them (token or other right).",
    )

    class Meta:
        model = Room
        fields = ("id", "title", "description", "visibility", "createdAt", "updatedAt", "users")


class ParticipantSerializer(serializers.Serializer[Sender]):
    """A participant: a guest or an account."""

    username = serializers.CharField(source="name")
    color = serializers.CharField(allow_blank=True)


class ModeratorsSerializer(serializers.Serializer[Moderators]):
    """Who runs a room."""

    owner = ParticipantSerializer(allow_null=True, help_text="null: no one but staff.")
    moderators = ParticipantSerializer(many=True, help_text="By name.")


class RoomFieldsSerializer(serializers.Serializer[None]):
    """The fields to create or change a room."""

    title = serializers.CharField(min_length=validation.TITLE[0], max_length=validation.TITLE[1])
    visibility = serializers.ChoiceField(choices=validation.VISIBILITIES, help_text="Not case-sensitive.")
    description = serializers.CharField(required=False, max_length=validation.DESCRIPTION[1])
    password = serializers.CharField(
        required=False,
        min_length=validation.PASSWORD[0],
        max_length=validation.PASSWORD[1],
        help_text="Required for private and hidden rooms; not allowed for public rooms.",
    )


class TokenRequestSerializer(serializers.Serializer[None]):
    """The fields of a request for a room token."""

    secret = serializers.CharField(help_text="The room's password.")
    name = serializers.CharField(max_length=validation.NAME[1], help_text="The name to use in the room.")


class TokenSerializer(serializers.Serializer[None]):
    """A room token; a public room answers with `status` alone, as it needs none."""

    status = serializers.BooleanField()
    name = serializers.CharField(required=False)
    room_id = serializers.IntegerField(required=False)
    token = serializers.CharField(required=False, help_text="A JWT (HS256): username, room_id, exp and more.")


class SignInSerializer(serializers.Serializer[None]):
    """An account's name and password."""

    username = serializers.CharField()
    password = serializers.CharField()


class RefreshSerializer(serializers.Serializer[None]):
    """The field of a request for the next access token."""

    refresh = serializers.CharField()


class AccessTokenSerializer(serializers.Serializer[None]):
    """A token to send with requests."""

    access = serializers.CharField(help_text="A JWT (HS256), valid for one hour.")


class AccountTokensSerializer(AccessTokenSerializer):
    """The same, and a token to get the next one with."""

    refresh = serializers.CharField(help_text="A JWT (HS256), valid for one day.")


class StatusSerializer(serializers.Serializer[None]):
    """Success."""

    status = serializers.BooleanField()


class ErrorDetailSerializer(serializers.Serializer[None]):
    """The error."""

    code = serializers.IntegerField(help_text="The code in the error table.")
    error = serializers.CharField(help_text="The text for that code.")
    field = serializers.CharField(allow_blank=True, help_text="The invalid field, or empty.")


class ErrorSerializer(serializers.Serializer[None]):
    """The body of every error; the header X-Error-Detail explains it."""

    status = serializers.BooleanField(help_text="false")
    error = ErrorDetailSerializer()
