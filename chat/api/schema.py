"""The OpenAPI document, where drf-spectacular cannot know better. It is loaded through its settings."""

from typing import Any, TypeAlias

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

Endpoint: TypeAlias = tuple[str, str, str, Any]  # path, regular expression, method, view


def without_trailing_slash(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Paths as clients write them: the slash at the end of our expressions is optional."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]


class CallerScheme(OpenApiAuthenticationExtension):
    """How callers say who they are; all of it optional."""

    target_class = "chat.api.identity.CallerAuthentication"
    name = ["bearer", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        """A token of the room or of an account, or the browser's session."""
        bearer = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A room token, which gives access to that room; or an account's access token.",
        }
        session = {
            "type": "apiKey",
            "in": "cookie",
            "name": "wschat_session",
            "description": "With X-CSRFToken.",
        }
        return [bearer, session]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Either of them, or neither."""
        return [{"bearer": []}, {"session": []}, {}]
