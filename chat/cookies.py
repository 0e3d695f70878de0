"""What cookies are called in the browser: over TLS, by names that promise where they come from."""

from django.conf import settings
from django.http import parse_cookie

# Browsers take `__Host-` over TLS from this host alone, and only with the path `/`: no other host can set it.
# Below a prefix the rest of the host belongs to others, who must not get the cookies. Browsers take
# `__Secure-` over TLS with any path.
_OF_HOST = "__Host-"
_OF_PATH = "__Secure-"


def name_prefix(root_path: str) -> str:
    """What the names of cookies begin with, of a site whose paths begin with `root_path`."""
    if not settings.ENV.wschat_https:
        return ""
    return _OF_PATH if root_path.rstrip("/") else _OF_HOST


def read_cookies(header: str) -> dict[str, str]:
    """The cookies of a request. Of several with one name, the one of the longest path, which comes first.

    Django takes the last: another site's at the root of the host would count instead of ours below it.
    """
    return parse_cookie(";".join(reversed(header.split(";"))))
