"""Checks before the server starts: one line now rather than an error for each client."""

import logging

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

REDIS_SECONDS = 2.0

logger = logging.getLogger(__name__)


class NotReady(Exception):
    """The server cannot start; says why in one line."""


def check_settings() -> None:
    """Raises NotReady."""
    env = settings.ENV
    if env.wschat_workers > 1 and not env.redis_url:
        raise NotReady(f"{env.wschat_workers} workers need Redis: set REDIS_URL, or use --workers 1")
    check_database()
    if env.redis_url:
        check_redis(env.redis_url)


def check_database() -> None:
    """Whether it answers, and has all migrations."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise NotReady("the database is not up to date: run `manage.py migrate` first")
    except DatabaseError as error:
        why = str(error).strip().splitlines()[0]
        raise NotReady(f"the database ({database_place()}) is not responding: {why}") from None
    finally:
        connection.close()


def check_redis(url: str) -> None:
    """A warning is all: the server lives without Redis, and finds it when it is there."""
    import redis  # noqa: PLC0415 -- takes a sixth of the start, without Redis for nothing

    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS, retry=None
        ) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        logger.warning("Redis (REDIS_URL) is not responding; starting without it: %s", error)


def database_place() -> str:
    """Where the data lies, without a password."""
    database = settings.DATABASES["default"]
    return str(
        database["NAME"] if connection.vendor == "sqlite" else f"{database['NAME']} on {database['HOST']}"
    )
