"""Accounts on a server."""

from tests.support.server import ServerProcess, manage

PASSWORD = "correct horse battery"
_CREATE = "from django.contrib.auth.models import User; User.objects.create_user"


def account(server: ServerProcess, name: str, *, staff: bool = False) -> None:
    """An account with the PASSWORD. Its owner may do nothing special, or with `staff` everything."""
    create = f"{_CREATE}({name!r}, password={PASSWORD!r}, is_staff={staff}, is_superuser={staff})"
    manage("shell", "--verbosity=0", "--command", create, env=server.env)
