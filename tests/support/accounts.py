"""Accounts on a server."""

from tests.support.server import ServerProcess, manage

PASSWORD = "correct horse battery"


def account(server: ServerProcess, name: str) -> None:
    """An account with the PASSWORD, whose owner may do nothing special."""
    env = {**server.env, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    manage("createsuperuser", "--noinput", f"--username={name}", "--email=", env=env)
