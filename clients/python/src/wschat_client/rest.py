"""The part of REST that a client needs: a room's number by its title, and a token for its password."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Final

from wschat_client.address import Address
from wschat_client.errors import CannotConnect, CommandError
from wschat_client.events import Frame
from wschat_client.strings import mend

TIMEOUT: Final = 10.0  # seconds
RETRY_FROM: Final = 500  # the status from which on the same request may succeed later


async def find_room(address: Address, title: str) -> int:
    """The number of the room with this title. Raises CommandError (101: there is none), CannotConnect."""
    found = await asyncio.to_thread(_fetch, address.room(title), None)
    return _number(found, "id")


async def room_token(address: Address, room: int, name: str, password: str) -> str:
    """A token for the name; "" if the room is public. Raises CommandError (304: wrong), CannotConnect."""
    body = {"name": name, "secret": password}
    answer = await asyncio.to_thread(_fetch, f"{address.room(room)}/token", body)
    return str(answer.get("token", ""))


def _fetch(url: str, body: Mapping[str, str] | None) -> Frame:
    """The JSON object at `url`. Blocking."""
    data = None if body is None else json.dumps(mend(body)).encode()
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 (Address is http or https)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            return _object(response.read(), url)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, url) from None
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        why = getattr(reason, "strerror", None) or reason
        raise CannotConnect(f"cannot connect to {url}: {why}") from None


def _refusal(error: urllib.error.HTTPError, url: str) -> Exception:
    try:
        told = _object(error.read(), url)["error"]
        code, text, field = int(told["code"]), str(told["error"]), str(told["field"])
    except (CannotConnect, OSError, KeyError, TypeError, ValueError):
        return CannotConnect(f"{url} answered with HTTP {error.code}, and not as wschat does")
    detail = error.headers.get("X-Error-Detail", "")
    after = error.headers.get("Retry-After", "")
    retry = error.code >= RETRY_FROM or bool(after)
    wait = float(after) if after.isdigit() else None
    return CommandError(code, text, field=field, detail=detail, retry=retry, retry_after=wait)


def _object(content: bytes, url: str) -> Frame:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CannotConnect(f"{url} does not answer as wschat does")
    return found


def _number(found: Frame, field: str) -> int:
    number = found.get(field)
    if not isinstance(number, int):
        raise CannotConnect("the server does not answer as wschat does")
    return number
