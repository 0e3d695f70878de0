"""The yardstick of two processes: a message is committed to PostgreSQL and passed on over Redis.

    bare_pair.py PORT DATABASE_URL REDIS_URL     on 127.0.0.1; two of them with the same database and Redis

Each text frame goes as it came to all clients of this process and, by PUBLISH, to those of the other. No
JSON, no numbers, no names, and no way to get what was missed.
"""

import asyncio
import sys

import psycopg
from redis import asyncio as redis
from websockets.asyncio.server import ServerConnection, broadcast, serve

_CHANNEL = "room"


async def main(port: int, database_url: str, redis_url: str) -> None:
    """Serve until the process is ended."""
    database = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    await database.execute(
        "CREATE TABLE IF NOT EXISTS messages (n bigserial PRIMARY KEY, text text NOT NULL)"
    )
    bus = redis.from_url(redis_url, decode_responses=True)
    heard = bus.pubsub(ignore_subscribe_messages=True)
    await heard.subscribe(_CHANNEL)
    clients: set[ServerConnection] = set()
    own = f"{port} "  # what comes back from Redis to the one that sent it

    async def pass_on() -> None:
        async for message in heard.listen():
            if not message["data"].startswith(own):
                broadcast(clients, message["data"].partition(" ")[2])

    async def serve_client(client: ServerConnection) -> None:
        clients.add(client)
        try:
            async for text in client:
                await database.execute("INSERT INTO messages (text) VALUES (%s)", [text])
                broadcast(clients, text)
                await bus.publish(_CHANNEL, own + str(text))
        finally:
            clients.remove(client)

    async with serve(serve_client, "127.0.0.1", port, compression=None):
        await pass_on()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
