"""The ASGI application: pages and REST by Django, WebSockets by the chat."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wschat_site.settings")
django_application = get_asgi_application()  # before anything that imports models

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from chat import conf  # noqa: E402
from chat.engine import process  # noqa: E402
from chat.polling import Polling  # noqa: E402
from chat.routing import route_socket  # noqa: E402
from chat.server.guard import MEGABYTE, Guard, KnownClients, UnreadAnswers  # noqa: E402
from chat.server.prefix import PathPrefix  # noqa: E402


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Start the chat's engine with the server, and stop it after the last connection."""
    await receive()
    await process.get_running()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await _polling.stop()
    await process.stop_runtime()
    await send({"type": "lifespan.shutdown.complete"})


def _behind_proxy(app: Any) -> Any:
    """Believe what a trusted proxy says: the prefix of the path, and the client."""
    app = KnownClients(app, settings.ENV.wschat_forwarded_allow_ips)
    return PathPrefix(app, settings.ENV.wschat_path_prefix)


_polling = Polling(django_application, route_socket)

application = ProtocolTypeRouter(
    {
        "http": _behind_proxy(
            Guard(
                UnreadAnswers(_polling, conf.get_limit_table().max_count("unread_mb_per_address") * MEGABYTE),
                conf.get_size_limits().body,
            )
        ),
        # No origin validator: pages of other sites may connect, but their cookies do not count
        # (`ChatConsumer._same_origin`).
        "websocket": _behind_proxy(route_socket),
        "lifespan": lifespan,
    }
)
