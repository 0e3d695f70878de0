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
        help_text="Those in the room now; none without the token of a protected room or a right to it.",
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
    """What a room is created from, or changed to."""

    title = serializers.CharField(min_length=validation.TITLE[0], max_length=validation.TITLE[1])
    visibility = serializers.ChoiceField(choices=validation.VISIBILITIES, help_text="In any case.")
    description = serializers.CharField(required=False, max_length=validation.DESCRIPTION[1])
    password = serializers.CharField(
        required=False,
        min_length=validation.PASSWORD[0],
        max_length=validation.PASSWORD[1],
        help_text="Needed by private and hidden rooms; public ones must not have one.",
    )


class TokenRequestSerializer(serializers.Serializer[None]):
    """What a room token is issued for."""

    secret = serializers.CharField(help_text="The room's password.")
    name = serializers.CharField(
        max_length=validation.NAME[1], help_text="The name to be called in the room."
    )


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
    """What the next access token is issued for."""

    refresh = serializers.CharField()


class AccessTokenSerializer(serializers.Serializer[None]):
    """A token to show with requests."""

    access = serializers.CharField(help_text="A JWT (HS256) that lives for an hour.")


class AccountTokensSerializer(AccessTokenSerializer):
    """The same, and a token to get the next from."""

    refresh = serializers.CharField(help_text="A JWT (HS256) that lives for a day.")


class StatusSerializer(serializers.Serializer[None]):
    """It is done."""

    status = serializers.BooleanField()


class ErrorDetailSerializer(serializers.Serializer[None]):
    """What is wrong."""

    code = serializers.IntegerField(help_text="The number in the error table.")
    error = serializers.CharField(help_text="The text of that number.")
    field = serializers.CharField(allow_blank=True, help_text="The input that is wrong, if it is one.")


class ErrorSerializer(serializers.Serializer[None]):
    """The body of every refusal; the header X-Error-Detail says more in words."""

    status = serializers.BooleanField(help_text="false")
    error = ErrorDetailSerializer()
