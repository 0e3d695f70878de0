"""Django's way to sign in, with a limit on tries. Pages, the admin site, REST and sockets all take it."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from chat.errors import ChatError
from chat.services import tries


class AccountBackend(ModelBackend):
    """Accounts by name and password. A password that comes after too many wrong ones is not looked at."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account. Edges that have no request of Django's name the `address`. Raises 910."""
        if username is None or password is None:
            return None
        where = kwargs.pop("address", "") or ("" if request is None else request.META.get("REMOTE_ADDR", ""))
        if not tries.count_try(username, where):
            return None
        tries.slow_down(username)
        try:
            user = super().authenticate(request, username=username, password=password, **kwargs)
        except ChatError:
            tries.not_made(username, where)
            raise
        if user is not None:
            tries.forget_try(username, where)
        return user
