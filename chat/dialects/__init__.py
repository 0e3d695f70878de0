"""The protocols that are spoken, by name."""

from typing import Final

from django.conf import settings

from chat.dialects.base import Dialect
from chat.dialects.envelope import FORMS
from chat.dialects.plain import Plain
from chat.dialects.rooms import Rooms
from chat.dialects.uuid import Uuid
from chat.dialects.v1 import V1

_NANOSECONDS: Final = settings.ENV.wschat_uuid_timestamp == "nanoseconds"

DIALECTS: Final[dict[str, Dialect]] = {
    dialect.name: dialect for dialect in (V1(), Rooms(), Plain(), Uuid(nanoseconds=_NANOSECONDS), FORMS[True])
}
