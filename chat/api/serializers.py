"""The shapes of answers, and of requests for the OpenAPI document (`chat.validation` checks those)."""

from collections.abc import Iterable
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chat import filters, validation
from chat.answers import BanInfo, DeletionInfo, HeldInfo, Moderators, MuteInfo, QuoteInfo, ReportInfo
from chat.events import LARGEST_SEQ, Sender
from chat.models import Filter, Presence, Room


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


# With the values that mean no limit, or what is so by default.
_LIMITS: Final = {
    "locked": False,
    "slow_seconds": 0,
    "accounts_only": False,
    "approve_first": False,
    "who_can_pin": validation.MODERATORS,
    "who_can_mention_all": validation.AUTO,
}
_WHO_CAN_PIN: Final = "Who can pin messages. Only the owner can choose `owner`, or another value after it."
_WHO_CAN_MENTION_ALL: Final = (
    "Who can mention everyone, with `@room` and `@here`. `auto`: moderators, and everyone in a small room."
)


class PostingSerializer(serializers.Serializer[None]):
    """Who may post in a room, and how often. Those who run the room may always post."""

    locked = serializers.BooleanField(required=False, help_text="Only those who run the room can post.")
    slow_seconds = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=validation.LONGEST_PAUSE,
        help_text="Slow mode: seconds between two messages of a sender. 0: any number.",
    )
    accounts_only = serializers.BooleanField(required=False, help_text="Only users with an account can post.")
    approve_first = serializers.BooleanField(
        required=False, help_text="Newcomers' messages wait until a moderator approves one."
    )
    rules = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=validation.RULES[1],
        help_text="What others accept before they post: see `/api/rules`. Empty: none.",
    )
    who_can_pin = serializers.ChoiceField(
        choices=validation.CHOICES["who_can_pin"], required=False, help_text=_WHO_CAN_PIN
    )
    who_can_mention_all = serializers.ChoiceField(
        choices=validation.CHOICES["who_can_mention_all"], required=False, help_text=_WHO_CAN_MENTION_ALL
    )


class RulesSerializer(serializers.Serializer[None]):
    """The rules of a room."""

    rules = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(help_text="0: the room has no rules.")
    accepted = serializers.BooleanField(help_text="Whether you have accepted this version.")


class AcceptRulesSerializer(serializers.Serializer[None]):
    """Which rules you accept."""

    room = serializers.IntegerField(min_value=0, max_value=LARGEST_SEQ)
    version = serializers.IntegerField(min_value=0, max_value=LARGEST_SEQ)


class RoomSerializer(serializers.ModelSerializer[Room]):
    """A room. Its password, hashed or not, is in no answer."""

    locked = serializers.BooleanField(
        required=False, help_text="Only those who run the room can post. Left out if not."
    )
    slow_seconds = serializers.IntegerField(
        required=False, help_text="Seconds between two messages of a sender. Left out without slow mode."
    )
    accounts_only = serializers.BooleanField(
        required=False, help_text="Only users with an account can post. Left out if not."
    )
    approve_first = serializers.BooleanField(
        required=False,
        help_text="Newcomers' messages wait until a moderator approves one. Left out if not.",
    )
    who_can_pin = serializers.ChoiceField(
        choices=validation.CHOICES["who_can_pin"],
        required=False,
        help_text=f"{_WHO_CAN_PIN} Left out if `moderators`.",
    )
    who_can_mention_all = serializers.ChoiceField(
        choices=validation.CHOICES["who_can_mention_all"],
        required=False,
        help_text=f"{_WHO_CAN_MENTION_ALL} Left out if `auto`.",
    )
    createdAt = serializers.DateTimeField(source="created_at", help_text="RFC 3339.")
    updatedAt = serializers.DateTimeField(source="updated_at", help_text="RFC 3339.")
    users = UserSerializer(
        many=True,
        source="present",
        help_text="The members now in the room; empty unless you may see them (token or other right).",
    )

    class Meta:
        model = Room
        fields = (
            "id",
            "title",
            "description",
            "visibility",
            "createdAt",
            "updatedAt",
            "users",
            *_LIMITS,
        )

    def to_representation(self, instance: Room) -> dict[str, Any]:
        """Leave out limits that the room does not have: other servers of this protocol know none."""
        shown = super().to_representation(instance)
        return {name: value for name, value in shown.items() if name not in _LIMITS or value != _LIMITS[name]}


class ParticipantSerializer(serializers.Serializer[Sender]):
    """A participant: a guest or an account."""

    username = serializers.CharField(source="name")
    color = serializers.CharField(allow_blank=True)


class ModeratorsSerializer(serializers.Serializer[Moderators]):
    """The owner and moderators of a room."""

    owner = ParticipantSerializer(allow_null=True, help_text="null: no one but staff.")
    moderators = ParticipantSerializer(many=True, help_text="By name.")


class VerifiedSerializer(serializers.Serializer[None]):
    """A name, and whether it is meant as a user's."""

    name = serializers.CharField(min_length=1, max_length=validation.NAME[1])
    verified = serializers.BooleanField(
        required=False,
        help_text="false: the name of an unverified message or member. Refused if it belongs to a user.",
    )


class KickSerializer(VerifiedSerializer):
    """Who is to be removed from a room."""

    reason = serializers.CharField(
        required=False, max_length=validation.REASON[1], help_text="Members of the room see it."
    )


class MuteSerializer(VerifiedSerializer):
    """Who is to be muted in a room, or no longer."""

    seconds = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=validation.LONGEST_MUTE,
        help_text="How long; left out: until further notice.",
    )
    on = serializers.BooleanField(required=False, help_text="false: let them speak again.")
    reason = serializers.CharField(
        required=False, max_length=validation.REASON[1], help_text="For the audit log."
    )


_GROUP: Final = "[0-9A-Fa-f]{1,4}"
_NETWORK: Final = (
    r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/(?:[89]|[12][0-9]|3[0-2]))?"
    rf"|(?:(?:{_GROUP}:){{7}}{_GROUP}|(?:{_GROUP}:){{1,6}}:(?:{_GROUP})?|::{_GROUP})"
    r"(?:/(?:19|[2-9][0-9]|1[01][0-9]|12[0-8]))?)$"
)


@extend_schema_field(
    {
        "type": "string",
        "maxLength": validation.NAME[1],
        "pattern": r"^(?:\*[^*\s]{2,}|[^*\s]{2,}\*)$",
        "description": "All names like that; * is any text.",
    }
)
class PatternField(serializers.CharField):
    """A pattern of names."""


@extend_schema_field(
    {
        "type": "string",
        "pattern": _NETWORK,
        "description": "An address (of IPv6: its /64), or a network such as 192.0.2.0/24.",
    }
)
class NetworkField(serializers.CharField):
    """An address or a network."""


class BanFieldsSerializer(serializers.Serializer[None]):
    """What is to be said of any ban."""

    seconds = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=validation.LONGEST_MUTE,
        help_text="How long; left out: until further notice.",
    )
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=validation.REASON[1],
        help_text="Members of the room see it.",
    )
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=validation.NOTE[1], help_text="For moderators alone."
    )


class ServerNameBanSerializer(BanFieldsSerializer, VerifiedSerializer):
    """The ban of a name, and of the participant who has it."""


class NameBanSerializer(ServerNameBanSerializer):
    """The ban of a name from a room."""

    address = serializers.BooleanField(
        required=False,
        help_text="Ban the addresses that the name is connected from, too, or else came from lately.",
    )


class PatternBanSerializer(BanFieldsSerializer):
    """The ban of all names of a pattern."""

    pattern = PatternField()


class NetworkBanSerializer(BanFieldsSerializer):
    """The ban of all who come from there."""

    network = NetworkField()


class NewcomersBanSerializer(BanFieldsSerializer):
    """A ban of all newcomers, for a time. Only staff can create rooms meanwhile."""

    newcomers = serializers.ChoiceField([True])
    hold = serializers.BooleanField(
        required=False, help_text="Guests can join; the first messages of new ones wait for a moderator."
    )
    seconds = serializers.IntegerField(min_value=1, max_value=validation.LONGEST_MUTE)


class RoomNewcomersBanSerializer(NewcomersBanSerializer):
    """A ban, for a time, of all who were not in the room before."""

    hold = serializers.BooleanField(
        required=False, help_text="They can join; their first messages wait for a moderator."
    )


class MuteInfoSerializer(serializers.Serializer[MuteInfo]):
    """A mute."""

    name = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True, help_text="Null: until further notice.")
    reason = serializers.CharField(allow_blank=True)
    only = serializers.ChoiceField(
        choices=["owner", "staff"], allow_null=True, help_text="Who can lift it, if you cannot."
    )


class BanSerializer(serializers.Serializer[BanInfo]):
    """A ban."""

    id = serializers.IntegerField()
    kind = serializers.CharField(
        help_text="name, pattern, network or newcomers; watch: the first messages of newcomers are held."
    )
    name = serializers.CharField(
        allow_blank=True, help_text="The name, pattern or network; empty for newcomers."
    )
    until = serializers.DateTimeField(allow_null=True, help_text="null: until further notice.")
    reason = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True, help_text="Who made it; empty: the server itself.")
    at = serializers.DateTimeField()


class ReportFieldsSerializer(serializers.Serializer[None]):
    """The fields of every report."""

    room = serializers.IntegerField(min_value=0, max_value=LARGEST_SEQ, help_text="The number of the room.")
    reason = serializers.ChoiceField(choices=validation.REPORT_REASONS)
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=validation.NOTE[1], help_text="For those who decide."
    )
    around = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=LARGEST_SEQ),
        required=False,
        max_length=validation.MOST_AROUND,
        help_text="In a direct conversation: the seqs of further messages to show to staff.",
    )


class MessageReportSerializer(ReportFieldsSerializer):
    """The report of a message."""

    target = serializers.IntegerField(min_value=0, max_value=LARGEST_SEQ, help_text="Its seq.")


class PersonReportSerializer(VerifiedSerializer, ReportFieldsSerializer):
    """The report of a person."""


class ReportedSerializer(serializers.Serializer[None]):
    """The report is in the queue."""

    report = serializers.IntegerField(help_text="Its number. A message reported before keeps its report.")


class QuoteSerializer(serializers.Serializer[QuoteInfo]):
    """A message as it was when it was reported."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    name = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class ReportSerializer(serializers.Serializer[ReportInfo]):
    """A report."""

    id = serializers.IntegerField()
    room = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    direct = serializers.BooleanField(help_text="In a direct conversation: for staff.")
    target = serializers.IntegerField(allow_null=True, help_text="The seq of the message; null: a person.")
    about = serializers.CharField(help_text="The name of the reported person.")
    reason = serializers.ChoiceField(choices=validation.ALL_REASONS)
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True, help_text="Who reported; empty: the server.")
    at = serializers.DateTimeField()
    messages = QuoteSerializer(many=True, help_text="Copies, oldest first.")
    state = serializers.ChoiceField(choices=("open", "claimed", "done"))
    handler = serializers.CharField(
        allow_blank=True, help_text="Who claimed or decided; not for the reporter."
    )
    decision = serializers.ChoiceField(
        choices=validation.OUTCOMES,
        allow_blank=True,
        help_text="expired: a held message that waited too long.",
    )
    decided = serializers.DateTimeField(allow_null=True)
    held = serializers.BooleanField(help_text="The message was held: approve or reject it.")


class ReportsSerializer(serializers.Serializer[None]):
    """A page of reports."""

    reports = ReportSerializer(many=True, help_text="Latest first.")
    more = serializers.BooleanField(help_text="Whether there are more.")
    waiting = serializers.IntegerField(
        required=False,
        help_text="Of a room's reports that wait: how many those are, counted up to 100.",
    )


class ClaimSerializer(serializers.Serializer[None]):
    """A claim of a report."""

    handler = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=150,
        help_text="The handler that you expect it to have, empty for none. If it has another, you get 914.",
    )


class DecisionSerializer(serializers.Serializer[None]):
    """A decision on a report."""

    decision = serializers.ChoiceField(choices=validation.DECISIONS)
    seconds = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=validation.LONGEST_MUTE,
        help_text="How long a mute or ban lasts; left out: until further notice.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=validation.REASON[1])


class DeletionFieldsSerializer(serializers.Serializer[None]):
    """The fields of every bulk deletion."""

    since = serializers.ChoiceField(
        choices=list(validation.SPANS), help_text="Messages of the last hour, of the last day, or all."
    )
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=validation.REASON[1],
        help_text="For the audit log.",
    )


class NameDeletionSerializer(DeletionFieldsSerializer):
    """The deletion of all messages of a name."""

    name = serializers.CharField(
        min_length=1,
        max_length=validation.NAME[1],
        help_text="Of a participant. If none has it: all messages under the name that no participant owns,"
        " from anonymous clients and from users who are gone.",
    )


class SenderDeletionSerializer(DeletionFieldsSerializer):
    """The deletion of all messages of the sender of one of them."""

    target = serializers.IntegerField(
        min_value=1, max_value=LARGEST_SEQ, help_text="The seq of a message of the sender."
    )


class DeletionSerializer(serializers.Serializer[DeletionInfo]):
    """A bulk deletion, and how far it is."""

    id = serializers.IntegerField()
    room = serializers.IntegerField(allow_null=True, help_text="null: everywhere.")
    name = serializers.CharField(help_text="Of the sender.")
    since = serializers.DateTimeField(allow_null=True, help_text="null: all.")
    at = serializers.DateTimeField(help_text="When it was asked for; later messages stay.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="null: it is under way.")
    state = serializers.CharField(help_text="deleting, done, stopped, refused, restoring or restored.")
    total = serializers.IntegerField(allow_null=True, help_text="null: too many to count.")
    deleted = serializers.IntegerField(help_text="How many messages are deleted.")
    restored = serializers.IntegerField(help_text="How many of them are restored.")
    by = serializers.CharField(allow_blank=True, help_text="Who asked for it; empty: the server itself.")
    reason = serializers.CharField(allow_blank=True)
    refusal = serializers.CharField(allow_blank=True, help_text="Why it ended early, if it was refused.")
    restored_by = serializers.CharField(
        allow_blank=True, help_text="Who restores or restored the messages; empty: not restored."
    )


_NEW_PASSWORD: Final = {
    "type": "string",
    "minLength": validation.PASSWORD[0],
    "maxLength": validation.PASSWORD[1],
}
_NO_PASSWORD: Final = {"type": "string", "maxLength": 0}


@extend_schema_field({**_NEW_PASSWORD, "description": "The password that opens the room."})
class NewPasswordField(serializers.CharField):
    """The password of a room that needs one."""


@extend_schema_field({**_NO_PASSWORD, "nullable": True, "description": "A public room has none."})
class NoPasswordField(serializers.CharField):
    """The password field of a public room, which has no password."""


@extend_schema_field(
    {"anyOf": [_NEW_PASSWORD, _NO_PASSWORD], "nullable": True, "description": "Empty: it stays as it is."}
)
class ChangedPasswordField(serializers.CharField):
    """The new password of a room, or nothing."""


def _title() -> serializers.CharField:
    return serializers.CharField(
        min_length=validation.TITLE[0],
        max_length=validation.TITLE[1],
        help_text="Without spaces around it; more than digits, without control or invisible characters. Parts"
        " after a slash that addresses use, such as /settings, are refused.",
    )


def _description() -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=validation.DESCRIPTION[1]
    )


def _visibility(*choices: str, required: bool = True) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=choices, required=required, help_text="Not case-sensitive.")


class PublicRoomFieldsSerializer(PostingSerializer):
    """The fields to create a public room."""

    title = _title()
    visibility = _visibility(validation.PUBLIC)
    description = _description()
    password = NoPasswordField(required=False)


class ProtectedRoomFieldsSerializer(PostingSerializer):
    """The fields to create a private or hidden room."""

    title = _title()
    visibility = _visibility("private", "hidden")
    description = _description()
    password = NewPasswordField()


class RoomChangesSerializer(PostingSerializer):
    """The fields to change a room. A protected one has a password or needs one now; a public one has none."""

    title = _title()
    visibility = _visibility(*validation.VISIBILITIES)
    description = _description()
    password = ChangedPasswordField(required=False)


class TokenRequestSerializer(serializers.Serializer[None]):
    """The fields of a request for a room token. For a public room, which needs none, they do not count."""

    secret = serializers.CharField(
        min_length=1, max_length=validation.LONGEST_INPUT, help_text="The room's password."
    )
    name = serializers.CharField(
        min_length=validation.NAME[0], max_length=validation.NAME[1], help_text="The name to use in the room."
    )


class TokenSerializer(serializers.Serializer[None]):
    """A room token; a public room answers with `status` alone, as it needs none."""

    status = serializers.BooleanField()
    name = serializers.CharField(required=False)
    room_id = serializers.IntegerField(required=False)
    token = serializers.CharField(required=False, help_text="A JWT (HS256): username, room_id, exp and more.")


class SignInSerializer(serializers.Serializer[None]):
    """An account's name and password."""

    username = serializers.CharField(min_length=1, max_length=validation.LONGEST_INPUT)
    password = serializers.CharField(min_length=1, max_length=validation.LONGEST_INPUT)


class RefreshSerializer(serializers.Serializer[None]):
    """The field of a request for the next access token."""

    refresh = serializers.CharField(min_length=1, max_length=validation.LONGEST_INPUT)


class SenderSerializer(serializers.Serializer[None]):
    """Under which name a message was sent."""

    name = serializers.CharField()
    color = serializers.CharField(allow_blank=True)
    verified = serializers.BooleanField(help_text="Whether the name belongs to a participant.")


class FoundMessageSerializer(serializers.Serializer[None]):
    """A message that was found, as it is now."""

    room = serializers.IntegerField(help_text="The number of its room.")
    seq = serializers.IntegerField(help_text="Its number in the room.")
    at = serializers.DateTimeField(help_text="RFC 3339.")
    sender = SenderSerializer()
    text = serializers.CharField()
    reply_to = serializers.IntegerField(required=False, help_text="The seq of the message that it answers.")
    edited = serializers.DateTimeField(required=False)
    erased = serializers.BooleanField(required=False, help_text="Deleted, and its text with it.")
    mentions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The names in the text that are mentions."
    )
    participant = serializers.IntegerField(
        required=False, help_text="The number of a verified sender, whose name can change."
    )


class MentionSerializer(serializers.Serializer[None]):
    """A message that mentions the asker."""

    id = serializers.IntegerField()
    title = serializers.CharField(help_text="Of the room.")
    message = FoundMessageSerializer()


class MentionsSerializer(serializers.Serializer[None]):
    """A page of messages that mention the asker."""

    mentions = MentionSerializer(many=True, help_text="Latest first.")
    more = serializers.BooleanField(help_text="Whether there are more before the last one.")


class SavedMessageSerializer(serializers.Serializer[None]):
    """A message that the asker saved."""

    id = serializers.IntegerField()
    title = serializers.CharField(help_text="Of the room; empty for a direct conversation.")
    message = FoundMessageSerializer()


class SavedSerializer(serializers.Serializer[None]):
    """A page of messages that the asker saved."""

    saved = SavedMessageSerializer(many=True, help_text="Latest first.")
    more = serializers.BooleanField(help_text="Whether there are more before the last one.")


class KeepUnfinishedSerializer(serializers.Serializer[None]):
    """What the asker has begun to write in a room."""

    text = serializers.CharField(allow_blank=True, help_text="Empty: remove it.")
    reply_to = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LARGEST_SEQ,
        help_text="The seq of the message that it is to answer.",
    )


class UnfinishedTextSerializer(serializers.Serializer[None]):
    """A text that the asker has begun to write."""

    type = serializers.ChoiceField(["unfinished"])
    room = serializers.IntegerField(help_text="The number of the room.")
    at = serializers.DateTimeField(help_text="When it was last changed.")
    text = serializers.CharField()
    reply_to = serializers.IntegerField(required=False, help_text="Left out if it answers no message.")


class UnfinishedTextsSerializer(serializers.Serializer[None]):
    """The texts that the asker has begun to write."""

    texts = UnfinishedTextSerializer(many=True, help_text="Latest first.")


class BlockedPersonSerializer(serializers.Serializer[None]):
    """A participant whom the asker has blocked."""

    participant = serializers.IntegerField(help_text="The number of the participant.")
    name = serializers.CharField(help_text="The name that they have now.")
    color = serializers.CharField()


class BlockedSerializer(serializers.Serializer[None]):
    """The people whom the asker has blocked."""

    blocked = BlockedPersonSerializer(many=True, help_text="Latest first.")


class JoinedRoomSerializer(serializers.Serializer[None]):
    """A room that the asker has joined."""

    room = serializers.IntegerField(help_text="The number of the room.")
    title = serializers.CharField()
    seq = serializers.IntegerField(help_text="How far the room has come.")
    read = serializers.IntegerField(help_text="The read mark: the last seq that the asker has read.")
    unread = serializers.IntegerField(help_text="Messages of others after it, counted up to 100.")
    mentions = serializers.IntegerField(help_text="Those of them that mention the asker.")
    level = serializers.ChoiceField(validation.LEVELS, help_text="What calls the asker in the room.")
    level_until = serializers.DateTimeField(allow_null=True, help_text="null: until they change it.")


class LevelSerializer(serializers.Serializer[None]):
    """What is to call the asker in a room."""

    level = serializers.ChoiceField(validation.LEVELS)
    seconds = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=validation.LONGEST_MUTE,
        help_text="For how long; left out: for good.",
    )


class ReadMarkSerializer(serializers.Serializer[None]):
    """How far the asker has read in a room."""

    seq = serializers.IntegerField(min_value=0, max_value=LARGEST_SEQ, help_text="Up to this event.")
    back = serializers.BooleanField(
        required=False,
        help_text="Move the mark back: what follows is unread again. Without, it moves forward.",
    )


class ReadingSerializer(serializers.Serializer[None]):
    """The read mark of the asker in a room."""

    room = serializers.IntegerField(help_text="The number of the room.")
    read = serializers.IntegerField(help_text="The last seq that the asker has read.")
    unread = serializers.IntegerField(help_text="Messages of others after it, counted up to 100.")
    mentions = serializers.IntegerField(help_text="Those of them that mention the asker.")


class FoundSerializer(serializers.Serializer[None]):
    """A page of messages that were found."""

    messages = FoundMessageSerializer(many=True, help_text="Oldest first.")
    more = serializers.BooleanField(help_text="Whether there are more.")
    next = serializers.IntegerField(required=False, help_text="`before` of the next page, if there are more.")


class RepliesSerializer(serializers.Serializer[None]):
    """A page of the replies to a message."""

    messages = FoundMessageSerializer(many=True, help_text="Oldest first.")
    more = serializers.BooleanField(help_text="Whether there are more after the last one.")


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


class FilterValuesSerializer(serializers.Serializer[None]):
    """What the text of a message must not have, and what happens if it does."""

    kind = serializers.ChoiceField(choices=validation.FILTER_KINDS)
    action = serializers.ChoiceField(choices=validation.FILTER_ACTIONS)
    pattern = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=filters.LONGEST_PATTERN,
        help_text="Of words: one a line. Of regex: an expression as RE2 knows it. Of links: allowed hosts,"
        " one a line. Of no other kind.",
    )
    amount = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=100,
        help_text="Of repeated: from which time on (2 to 50; 3). Of capitals: from how many percent of the"
        " letters (1 to 100; 70). Of mentions: from how many (1 to 100; 5). Of no other kind.",
    )
    note = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=200, help_text="For moderators."
    )


class FilterFieldsSerializer(FilterValuesSerializer):
    """A filter of a room, or of the server."""

    room = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LARGEST_SEQ,
        help_text="The number of the room; left out: all rooms of the server, for staff.",
    )


class HeldMessageSerializer(serializers.Serializer[HeldInfo]):
    """A message of the asker's that waits for a moderator."""

    room = serializers.IntegerField(help_text="The number of the room.")
    at = serializers.DateTimeField()
    text = serializers.CharField()
    nonce = serializers.CharField(allow_null=True, help_text="As it was sent, if with one.")
    reply_to = serializers.IntegerField(allow_null=True)


class FilterSerializer(serializers.ModelSerializer[Filter]):
    """A filter."""

    room = serializers.IntegerField(source="room_id", allow_null=True, help_text="null: of the server.")
    amount = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Filter
        fields = ("id", "room", "kind", "action", "pattern", "amount", "note", "by", "at")


class CaughtSerializer(serializers.Serializer[None]):
    """What a filter would have caught."""

    tried = serializers.IntegerField(help_text="How many messages were looked at: the latest.")
    count = serializers.IntegerField(help_text="How many of them it would have caught.")
    messages = QuoteSerializer(many=True, help_text="The latest of these, 50 at most.")
