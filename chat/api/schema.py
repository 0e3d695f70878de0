"""The OpenAPI document, where drf-spectacular cannot know better. It is loaded through its settings."""

from typing import Any, TypeAlias

from django.conf import settings
from django.urls import get_script_prefix
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from chat.cookies import name_prefix

Endpoint: TypeAlias = tuple[str, str, str, Any]  # path, regular expression, method, view


def without_trailing_slash(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Paths as clients write them: the slash at the end of our expressions is optional."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]


def say_what_serializers_cannot(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A body that may lack each field must be there all the same. Path parameters have the expressions of our
    addresses, which are Python's.
    """
    for operation in (each for path in result["paths"].values() for each in path.values()):
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["schema"] = {"type": "string", "minLength": 1}
    if (prefix := get_script_prefix().rstrip("/")) != "":
        result["servers"] = [{"url": prefix}]
    return result


class CallerScheme(OpenApiAuthenticationExtension):
    """How callers authenticate; all of it optional."""

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
            "name": name_prefix(get_script_prefix()) + settings.SESSION_COOKIE_NAME,
            "description": "With X-CSRFToken.",
        }
        return [bearer, session]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Either of them, or neither."""
        return [{"bearer": []}, {"session": []}, {}]
