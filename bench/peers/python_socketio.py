"""python-socketio on uvicorn: each "chat" event goes to all clients. The port is the first argument."""

import sys

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi")


@server.on("chat")
async def chat(sid: str, text: str) -> None:
    """Tell everybody."""
    await server.emit("chat", text)


if __name__ == "__main__":
    uvicorn.run(
        socketio.ASGIApp(server),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        log_level="error",
    )
