"""The protocols that are spoken, by name."""

from typing import Final

from chat.dialects.base import Dialect
from chat.dialects.envelope import FORMS
from chat.dialects.plain import Plain
from chat.dialects.rooms import Rooms
from chat.dialects.uuid import Uuid
from chat.dialects.v1 import V1

DIALECTS: Final[dict[str, Dialect]] = {
    dialect.name: dialect for dialect in (V1(), Rooms(), Plain(), Uuid(), FORMS[True])
}
