"""What is computed from several settings, for pure functions. A single one is read from `settings.ENV`."""

from dataclasses import dataclass

from django.conf import settings

from chat.budgets import COUNTS, FACTORS, RATES, LimitTable, Rate


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """The largest message, frame and body that a client may send; see `wschat_site/env.py`."""

    text: int = 4000
    frame: int = 65_536
    body: int = 65_536


def get_size_limits() -> SizeLimits:
    """The size limits of this server."""
    env = settings.ENV
    return SizeLimits(env.wschat_max_text, env.wschat_max_frame, env.wschat_max_body)


def get_limit_table() -> LimitTable:
    """How fast and how much clients may act: the defaults, changed by the settings."""
    env = settings.ENV
    rates = {act: Rate(*given) for act, given in env.wschat_rates.items()}
    return LimitTable(
        rates={**RATES, **rates},
        factors={**FACTORS, **env.wschat_rate_factors},
        counts={**COUNTS, **env.wschat_counts},
        on=env.wschat_limits,
    )


def root_dialect(port: int) -> str:
    """The protocol of WebSockets at the bare root, on the port that a connection came in by."""
    env = settings.ENV
    return str(env.wschat_listen.get(port, env.wschat_root_dialect))
