"""Room tokens that expire soon, as a server with the key would have issued them."""

import time

import jwt

from tests.support.server import ServerProcess


def shorten_token(server: ServerProcess, token: str, until: float) -> str:
    """The same token, which expires at `until`, in whole seconds of Unix time."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, "exp": int(until)}, server.env["SECRET_KEY"], algorithm="HS256")


def short_token(server: ServerProcess, token: str, seconds: float) -> str:
    """The same token, which expires after so many seconds."""
    return shorten_token(server, token, time.time() + seconds)
