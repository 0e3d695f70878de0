"""Well-formed strings."""

from collections.abc import Mapping
from typing import Any


def well_formed(text: str) -> str:
    """The text with U+FFFD for each half of a character, which has no UTF-8; two halves become the whole."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mend(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A command, or a body, with strings that can be sent."""
    return {name: well_formed(value) if isinstance(value, str) else value for name, value in fields.items()}
