"""The settings that the chat itself needs, as values that pure functions can take."""

from dataclasses import dataclass

from django.conf import settings

from chat.budgets import COUNTS, FACTORS, RATES, Rate, Table


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may hand in at once; see `wschat_site/env.py` for the words to the operator."""

    text: int = 4000
    frame: int = 65_536
    body: int = 65_536


def get_limits() -> Limits:
    """The limits of this server."""
    env = settings.ENV
    return Limits(env.wschat_max_text, env.wschat_max_frame, env.wschat_max_body)


def table() -> Table:
    """How much each may do, and how many there may be."""
    env = settings.ENV
    rates = {act: Rate(*given) for act, given in env.wschat_rates.items()}
    return Table(
        rates={**RATES, **rates},
        factors={**FACTORS, **env.wschat_rate_factors},
        counts={**COUNTS, **env.wschat_counts},
        on=env.wschat_limits,
    )


def guest_name_seconds() -> float:
    """How long the name of a guest who is gone is kept for them."""
    return float(settings.ENV.wschat_guest_name_seconds)


def lease_seconds() -> float:
    """How long a process counts as alive without renewing its lease."""
    return float(settings.ENV.wschat_lease_seconds)


def root_dialect(port: int) -> str:
    """The protocol of WebSockets at the bare root, on the port that a connection came in by."""
    env = settings.ENV
    return str(env.wschat_listen.get(port, env.wschat_root_dialect))


def auth_required() -> bool:
    """Whether clients of the `envelope` protocol must sign in."""
    return bool(settings.ENV.wschat_auth_required)


def jwt_secret() -> str:
    """What the jwt of a `plain` message must be signed with; empty if none is needed."""
    return str(settings.ENV.jwt_secret)


def slow_reader() -> tuple[int, float]:
    """Unsent bytes from which a reader is slow, and seconds without progress until it is closed."""
    return settings.ENV.wschat_slow_reader_bytes, settings.ENV.wschat_slow_reader_seconds
