"""Talk in a room over the `rooms` dialect: join under a name, send, leave.

python examples/rooms_client.py [ADDRESS] [NAME]
"""

import argparse
import getpass
import json
import sys
import threading

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect


def speak(room: ClientConnection, name: str) -> None:
    """Join, say each line of standard input, then go."""
    room.send(json.dumps({"event_type": "join", "name": name, "color": "purple"}))
    for line in sys.stdin:
        room.send(json.dumps({"event_type": "send", "name": name, "msg": line.rstrip("\n")}))
    room.close()


def hear(room: ClientConnection) -> None:
    """Print what is said, and who joins and leaves, until the connection ends."""
    words = {"join": "* {msg}", "leave": "* {msg}", "send": "{name}: {msg}", "error": "! {error} {field}"}
    for frame in room:
        event = json.loads(frame)
        print(words[event["event_type"]].format(**event), flush=True)


def main() -> None:
    """Connect; then one thread speaks and the other hears."""
    parser = argparse.ArgumentParser(description="Each line that you type is said in the room.")
    parser.add_argument("address", nargs="?", default="ws://127.0.0.1:8000/chats/1/ws")
    parser.add_argument("name", nargs="?", default=getpass.getuser())
    options = parser.parse_args()
    try:
        with connect(options.address) as room:
            threading.Thread(target=speak, args=[room, options.name], daemon=True).start()
            hear(room)
    except KeyboardInterrupt:
        pass
    except (OSError, WebSocketException) as error:
        sys.exit(f"{options.address}: {error}")


if __name__ == "__main__":
    main()
