"""The site, with little patience for a hello, and with `/close/<code>`, which closes with that code."""

from typing import Any

# isort: off
from wschat_site.asgi import application as site  # first: it sets Django up
from chat import consumers, errors
from chat.delivery.outbox import SendOutbox
# isort: on

consumers.HELLO_SECONDS = 0.2  # type: ignore[misc]
REASONS = {each.code: each for each in vars(errors).values() if isinstance(each, errors.CloseReason)}


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket" or not scope["path"].startswith("/close/"):
        await site(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    outbox = SendOutbox(send, limit=1000)
    outbox.send_frame(b"bye")
    outbox.close(REASONS[int(scope["path"].removeprefix("/close/"))])
    while (await receive())["type"] != "websocket.disconnect":
        pass
