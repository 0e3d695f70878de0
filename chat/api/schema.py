"""The OpenAPI document, where drf-spectacular cannot know better."""

from typing import Any, TypeAlias

Endpoint: TypeAlias = tuple[str, str, str, Any]  # path, regular expression, method, view


def without_trailing_slash(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Paths as clients write them: the slash at the end of our expressions is optional."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]
