"""The ASGI application: pages and REST by Django, WebSockets by the chat."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wschat_site.settings")
django_application = get_asgi_application()  # before anything that imports models

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware, SessionMiddleware  # noqa: E402

from chat import conf  # noqa: E402
from chat.engine import process  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from chat.server.guard import Guard  # noqa: E402


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Start the chat's engine with the server, and stop it after the last connection."""
    await receive()
    await process.get_running()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await process.stop_runtime()
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter(
    {
        "http": Guard(django_application, conf.get_limits().body),
        # No origin validator: pages of other sites may connect, but their cookies do not count
        # (`ChatConsumer._same_origin`).
        "websocket": CookieMiddleware(SessionMiddleware(URLRouter(websocket_urlpatterns))),
        "lifespan": lifespan,
    }
)
