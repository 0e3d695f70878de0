"""uWebSockets, through socketify: each message goes to all clients. The port is the first argument."""

import sys
from typing import Any

from socketify import App, AppListenOptions, OpCode

app = App()


def opened(socket: Any) -> None:
    """Hear the room."""
    socket.subscribe("room")


def message(socket: Any, text: str, opcode: OpCode) -> None:
    """Tell everybody."""
    app.publish("room", text, opcode)


app.ws("/*", {"open": opened, "message": message})
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"))
app.run()
