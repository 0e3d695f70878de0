"""Every setting of the server: once, typed, explained; read from the environment or from `.env`.

The README's table is made from this file (`manage.py settings_table`), so a description is written for
operators. An invalid value stops the start with one line that names it.
"""

import re
import sys
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from itertools import pairwise
from math import log2
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

import dj_database_url
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chat import accents, budgets

Positive = Annotated[float, Field(gt=0)]
Words = Annotated[list[str], NoDecode]  # "a, b" in the environment
# What addresses of the site begin with. Below a prefix that does, one could not be told from the other.
ADDRESSES = frozenset(
    {"account", "admin", "api", "chats", "dialects", "direct", "healthz", "introduce", "livez", "metrics"}
    | {"person", "profile", "switch"}
    | {"readyz", "room", "rooms", "sign-in", "sign-out", "sign-up", "static", "theme", "ws"}
)
DialectName = Literal["plain", "uuid", "envelope", "rooms", "wschat.v1"]
Factors = Annotated[dict[str, Positive], NoDecode]  # "account=3, address=10"
Counts = Annotated[dict[str, Annotated[int, Field(ge=0)]], NoDecode]  # "rooms_per_socket=100"
Rates = Annotated[dict[str, tuple[Positive, Positive]], NoDecode]  # "send=10/2, join=30/5"
Ports = Annotated[dict[int, DialectName], NoDecode]  # "8081=plain, 8082=envelope" in the environment

_LEAST_BITS = 64  # of a SECRET_KEY
_LEAST_BYTES = 20  # the same, compressed
_ZLIB_BYTES = 8  # that compression adds

# As `_count_unexpected` counts. Of 100,000 keys of 32 random characters, none had less than 56 (hexadecimal
# digits) or 48 (letters of one case), and half of them more than 82 or 72.
_LEAST_UNEXPECTED = 45
# What people type one after the other, in both directions, and which two letters are most often together.
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop qwertzuiop azertyuiop asdfghjkl qsdfghjklm"
    " zxcvbnm yxcvbnm qazwsxedcrfvtgbyhnujmikolp 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p !@#$%^&*()"
    " 1234567890-="
)
_TOGETHER = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me"
    " de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot"
    " il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai"
    " sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op sa ay ke oo ba tt rr ap"
)
_EXPECTED = {
    first + second for run in _RUNS.split() for first, second in (*pairwise(run), *pairwise(run[::-1]))
}
_EXPECTED |= set(_TOGETHER.split())

_ROWS: dict[str, Mapping[str, Any]] = {
    "wschat_rates": budgets.RATES,
    "wschat_rate_factors": budgets.FACTORS,
    "wschat_counts": budgets.COUNTS,
}


class Env(BaseSettings):
    """The environment of one server process."""

    # Django's `settings` ask each value for it that they give out, and pydantic takes long to say no.
    _mask_wrapped: ClassVar[bool] = True

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", case_sensitive=False
    )

    # What every Django site has
    secret_key: str = Field(
        "", description="Key that signs sessions and tokens. Required unless DEBUG is on."
    )
    secret_key_file: Path | None = Field(
        None,
        description="File with the SECRET_KEY. Empty: `secret_key` in the data folder, if it exists.",
    )
    debug: bool = Field(False, description="For development only: error pages with source code.")
    allowed_hosts: Words = Field(
        ["localhost", "127.0.0.1", "[::1]"], description="Host names the server answers to, comma-separated."
    )
    csrf_trusted_origins: Words = Field(
        [], description="Full origins (https://chat.example.org) of pages that may use the site's cookies."
    )
    wschat_cors_origins: Words = Field(
        [],
        description="Full origins of pages of other sites that may use REST, without cookies. Empty: none.",
    )
    database_url: str = Field(
        "",
        description="sqlite:///path or postgres://user:password@host/name. Empty: SQLite in the data folder.",
    )
    redis_url: str = Field(
        "", description="redis://host:6379/0, required by more than one process. Empty: no Redis."
    )

    # `manage.py serve`: each of these is an option of it, too
    port: int = Field(8000, ge=1, le=65535, description="Port of `serve` when the address has no port.")
    wschat_listen: Ports = Field(
        {},
        description="More ports of `serve`, each with the protocol of WebSockets at its bare root: "
        "`8081=plain,8082=envelope`. Everything else is the same on every port.",
    )
    wschat_root_dialect: DialectName = Field(
        "uuid",
        description="Protocol of WebSockets at the bare root of the main port: "
        "plain, uuid, envelope, rooms or wschat.v1.",
    )
    wschat_uuid_timestamp: Literal["seconds", "nanoseconds"] = Field(
        "seconds",
        description="Unit of `timestamp` in the `uuid` protocol: seconds, as its documentation has it, or "
        "nanoseconds, by which some of its clients sort.",
    )
    wschat_auth_required: bool = Field(
        False, description="Clients of the `envelope` protocol must sign in with an account."
    )
    wschat_max_connections: int = Field(
        0,
        ge=0,
        description="Maximum open WebSockets and polled connections in all workers; further ones get 503. "
        "0: no limit.",
    )
    wschat_workers: int = Field(
        1, ge=1, description="Number of `serve` processes. More than one requires REDIS_URL."
    )
    wschat_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum level to log: debug, info, warning or error."
    )
    wschat_log_format: Literal["text", "json"] = Field(
        "text", description="Log format: text, or json with one object per line."
    )

    # Folders
    wschat_data_dir: Path = Field(
        Path("data"), description="Folder for the SQLite file and collected static files."
    )
    wschat_static_root: Path | None = Field(
        None, description="Folder for collected static files. Empty: `static` in the data folder."
    )

    # Behind a proxy
    wschat_https: bool = Field(
        False,
        description="The site is served over HTTPS only: secure cookies, HSTS, X-Forwarded-Proto trusted.",
    )
    wschat_path_prefix: str = Field(
        "",
        description="Path under which the site has a part of a host, such as `/chat`. Empty: all of it, "
        "or what X-Forwarded-Prefix of a trusted proxy says.",
    )
    wschat_forwarded_allow_ips: str = Field(
        "127.0.0.1",
        description="Proxies whose X-Forwarded-For, -Proto and -Prefix are trusted, comma-separated.",
    )

    # Limits
    wschat_max_text: int = Field(4000, ge=1, le=60_000, description="Maximum characters in a message.")
    wschat_max_frame: int = Field(
        65_536,
        ge=1024,
        description="Maximum bytes in a WebSocket message; a larger one closes the connection with 1009.",
    )
    wschat_max_body: int = Field(
        65_536, ge=1024, description="Maximum bytes in a request body; a larger one gets 413."
    )
    wschat_slow_reader_bytes: int = Field(
        262_144,
        ge=16_384,
        description="Unsent bytes after which a connection reads from the log instead of live.",
    )
    wschat_slow_reader_seconds: float = Field(
        15, gt=0, description="Seconds after which a connection that accepts no data is closed."
    )

    wschat_limits: bool = Field(
        True,
        description="Whether rates and counts hold. `off` is for benchmarks and closed tests; back-pressure "
        "and the limits on passwords hold always.",
    )
    wschat_rates: Rates = Field(
        {},
        description="How fast a guest may act, where it differs from the table in docs/operations.md: burst, "
        "then acts a second, as in `send=10/2,join=30/5`.",
    )
    wschat_rate_factors: Factors = Field(
        {},
        description="How many times as fast others may act, where it differs from that table: "
        "`account=3,moderator=6,address=10`.",
    )
    wschat_counts: Counts = Field(
        {},
        description="How many there may be, where it differs from that table: `sockets_per_address=50`. "
        "0: any number.",
    )

    wschat_ping_seconds: float = Field(
        20, gt=0, description="Seconds between pings, and until a connection that does not answer is closed."
    )
    wschat_drain_seconds: float = Field(
        0,
        ge=0,
        le=60,
        description="Seconds that a server keeps running after SIGTERM, while `/readyz` answers 503: as long "
        "as a load balancer needs to notice.",
    )
    wschat_lease_seconds: float = Field(
        30, ge=1, description="Seconds until members of a crashed server process are removed."
    )

    # Looks
    wschat_site_name: str = Field(
        "wschat", min_length=1, max_length=40, description="Name of the site, in titles and on every page."
    )
    wschat_site_logo: str = Field(
        "chat/favicon.svg",
        min_length=1,
        pattern=r"^[^\\:?#]+$",
        description="Square picture, also the icon of browser tabs: an address of this site such as "
        "`/files/logo.svg`, or the path of a static file.",
    )

    wschat_accent: str = Field(
        "",
        description="Accent color of links and buttons, such as `#7a1fa2`. It needs a contrast of 4.5 with "
        "the light pages, else the server does not start; on dark pages it is made as light as needed.",
    )

    # Who may do what
    wschat_sign_up: bool = Field(
        True, description="Visitors can create accounts. If false, staff create them in the admin site."
    )
    wschat_anonymous_rooms: bool = Field(
        True, description="Anonymous REST clients can create rooms (which any client can then change)."
    )
    wschat_retention_days: int = Field(
        0, ge=0, description="Days to keep messages in rooms without a setting of their own. 0: forever."
    )
    wschat_address_days: int = Field(
        7,
        ge=0,
        description="Days to keep the addresses that participants come from, for staff and bans. 0: none.",
    )
    wschat_guest_name_seconds: float = Field(
        60, ge=0, description="Seconds after which the name of a guest who left can be taken by others."
    )
    wschat_guest_session_days: int = Field(
        30, ge=1, description="Days for which a guest can return with the same identity."
    )
    wschat_token_lifetime: int = Field(3600, ge=1, description="Lifetime of a room token, in seconds.")
    jwt_secret: str = Field(
        "",
        description="Secret that the jwt of a `plain` message must be signed with. Empty: no jwt required.",
    )

    # Operations
    wschat_metrics_token: str = Field(
        "", description="Bearer token for /metrics (Prometheus). Empty: /metrics is off."
    )

    @field_validator("allowed_hosts", "csrf_trusted_origins", "wschat_cors_origins", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return value

    @field_validator("wschat_accent")
    @classmethod
    def accent(cls, value: str) -> str:
        return accents.check_accent(value.strip())

    @field_validator("wschat_listen", mode="before")
    @classmethod
    def split_ports(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        ports: dict[int, str] = {}
        for word in filter(None, (word.strip() for word in value.split(","))):
            port, dialect = port_and_dialect(word)
            if port in ports:
                raise ValueError(f"port {port} is given twice")
            ports[port] = dialect
        return ports

    @field_validator("wschat_rates", "wschat_rate_factors", "wschat_counts", mode="before")
    @classmethod
    def split_rows(cls, value: Any, info: ValidationInfo) -> Any:
        """`word=number, ...`; of rates `word=number/number`."""
        if not isinstance(value, str):
            return value
        known = _ROWS[info.field_name or ""]
        rows: dict[str, Any] = {}
        for given in filter(None, (word.strip() for word in value.split(","))):
            name, _, number = (part.strip() for part in given.partition("="))
            if name not in known:
                raise ValueError(f"{name!r} is none of {', '.join(known)}")
            if info.field_name != "wschat_rates":
                rows[name] = number
            elif number.count("/") == 1:
                rows[name] = number.split("/")
            else:
                raise ValueError(f"{given!r} is no ACT=BURST/RATE, such as send=10/2")
        return rows

    @field_validator("wschat_path_prefix")
    @classmethod
    def path_prefix(cls, value: str) -> str:
        prefix = value.rstrip("/")
        if prefix and not re.fullmatch(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", prefix):
            raise ValueError(f"{value!r} is not a path, such as /chat")
        if prefix.split("/")[1:2] and prefix.split("/")[1] in ADDRESSES:
            raise ValueError(f"{value!r} begins as an address of the site does: choose another one")
        return prefix

    @field_validator("wschat_forwarded_allow_ips")
    @classmethod
    def proxies(cls, value: str) -> str:
        """Each in its one spelling. A name, or a network that no one knows, would match none."""
        return ",".join(_read_proxy(word) for word in filter(None, map(str.strip, value.split(","))))

    @field_validator("wschat_cors_origins")
    @classmethod
    def bare_origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            if not re.fullmatch(r"https?://[^/?#\s*]+", origin):
                raise ValueError(f"{origin!r} is not a full origin, such as https://app.example.org")
        return value

    @field_validator("csrf_trusted_origins")
    @classmethod
    def full_origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            if not origin.startswith(("http://", "https://")):
                raise ValueError(f"{origin!r} is not a full origin, such as https://chat.example.org")
        return value

    @field_validator("database_url")
    @classmethod
    def known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgres://", "postgresql://")):
            raise ValueError("must start with sqlite:///, postgres:// or postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def known_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @model_validator(mode="after")
    def has_secret(self) -> "Env":
        own = self.wschat_data_dir / "secret_key"  # made by `make run`
        file = self.secret_key_file or (own if own.exists() else None)
        if not self.secret_key and file:
            try:
                self.secret_key = file.read_text("utf-8").strip()
            except OSError as error:
                raise ValueError(f"SECRET_KEY_FILE: cannot read {file}: {error.strerror}") from None
        if not self.secret_key and self.debug:
            self.secret_key = "insecure-development-key-" + "0" * 40
        if not self.secret_key:
            raise ValueError("SECRET_KEY: must be set (or SECRET_KEY_FILE) unless DEBUG is on")
        key = self.secret_key
        if not self.debug and (len(key) < 32 or key.startswith("insecure") or is_guessable(key)):
            raise ValueError("SECRET_KEY: too weak; use at least 32 random characters")
        return self

    @property
    def static_root(self) -> Path:
        return self.wschat_static_root or self.wschat_data_dir / "static"

    @property
    def database(self) -> dj_database_url.DBConfig:
        url = self.database_url or f"sqlite:///{self.wschat_data_dir / 'wschat.sqlite3'}"
        return dj_database_url.parse(url)


def is_guessable(key: str) -> bool:
    """Whether a key has so little in it that it was made up: rows of keys, words, repetitions, counting.

    32 random hexadecimal digits have 93 bits or more by this measure, and 27 bytes.
    """
    again = (key + key).find(key, 1)
    once = key[:again]  # what is repeated, if anything
    steps = [ord(after) - ord(before) for before, after in pairwise(once)]
    bits = min(_count_bits(once), _count_bits(steps))
    if _count_unexpected(key.lower()) < _LEAST_UNEXPECTED:
        return True
    return bits < _LEAST_BITS or len(zlib.compress(key.encode(), 9)) - _ZLIB_BYTES < _LEAST_BYTES


def _count_unexpected(key: str) -> int:
    """Little more than what a guesser has to try: nothing for what was there before, and 1 bit for a
    character that is expected after the last one, 3 for any other.
    """
    seen: set[str] = set()
    bits = 3
    for at in range(1, len(key)):
        last, this, three = key[at - 1], key[at], key[max(0, at - 2) : at + 1]
        between = last.isalpha() and not this.isalnum()
        if three not in seen:
            bits += 1 if last + this in _EXPECTED or last == this or between else 3
        seen.add(three)
    return bits


def _count_bits(values: Sequence[object]) -> float:
    """Shannon's measure, by how often each value is there."""
    return -sum(count * log2(count / len(values)) for count in Counter(values).values())


def _read_proxy(word: str) -> str:
    """The address or network of a proxy; `*` is any. Raises ValueError."""
    if word == "*":
        return word
    try:
        if "/" in word:
            return str(ip_network(word, strict=False))
        address = ip_address(word)
    except ValueError:
        raise ValueError(f"{word!r} is no address or network, such as 10.0.0.1 or 172.16.0.0/12") from None
    return str(getattr(address, "ipv4_mapped", None) or address)


def port_and_dialect(word: str) -> tuple[int, str]:
    """`8081=plain`. Raises ValueError."""
    port, _, dialect = (part.strip() for part in word.partition("="))
    names = get_args(DialectName)
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536) or dialect not in names:
        raise ValueError(
            f"{word!r} is not PORT=DIALECT, such as 8081=plain; the dialects are {', '.join(names)}"
        )
    return int(port), dialect


def load_env() -> Env:
    """The settings of this process. An invalid value ends it with status 2 and one line that names it."""
    try:
        return Env()
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]).upper() if problem["loc"] else ""
            text = problem["msg"].removeprefix("Value error, ")
            sys.stderr.write(f"wschat: invalid setting: {name + ': ' if name else ''}{text}\n")
        sys.exit(2)
