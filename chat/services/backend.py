"""Django's way to sign in, with a limit on tries. Pages, the admin site, REST and sockets all take it."""

import json
import logging
from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from chat.errors import ChatError
from chat.services import devices, tries

_LONGEST_LOGGED: Final = 100  # characters of a name

logger = logging.getLogger(__name__)


class AccountBackend(ModelBackend):
    """Accounts by name and password. A password that comes after too many wrong ones is not looked at."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account. Raises 910.

        Edges that have no request of Django's name the `address`, and the cookie of the `device`.
        """
        if username is None or password is None:
            return None
        where = kwargs.pop("address", "") or ("" if request is None else request.META.get("REMOTE_ADDR", ""))
        cookie = kwargs.pop("device", "")
        if not cookie and request is not None:
            cookie = request.COOKIES.get(devices.COOKIE, "")
        device = devices.read_device(cookie, username)
        if not tries.count_try(username, where, device):
            _log_refusal("limited", where, username)
            return None
        if not device:
            tries.slow_down(username)
        try:
            user = super().authenticate(request, username=username, password=password, **kwargs)
        except ChatError:
            tries.not_made(username, where, device)
            raise
        if user is not None:
            tries.forget_try(username, where, device)
        else:
            _log_refusal("refused", where, username)
        return user


def _log_refusal(how: str, where: str, name: str) -> None:
    """A line that fail2ban can read (docs/operations.md): the address stands before what a client made up."""
    told = {
        "how": how,
        "where": where if where and not any(map(str.isspace, where)) else "-",
        "name": json.dumps(name[:_LONGEST_LOGGED]),
    }
    logger.warning("sign-in %(how)s: from %(where)s as %(name)s", told)
