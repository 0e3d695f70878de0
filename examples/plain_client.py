"""Talk in a room over the `plain` dialect: each message carries the name that it is said under.

python examples/plain_client.py [ADDRESS] [NAME]
"""

import argparse
import getpass
import json
import sys
import threading

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect


def speak(room: ClientConnection, name: str) -> None:
    """Say each line of standard input, then go."""
    for line in sys.stdin:
        room.send(json.dumps({"usr": name, "msg": line.rstrip("\n")}))
    room.close()


def hear(room: ClientConnection) -> None:
    """Print all messages, our own too, until the connection ends."""
    for frame in room:
        said = json.loads(frame)
        print(f"{said['usr']}: {said['msg']}", flush=True)


def main() -> None:
    """Connect; then one thread speaks and the other hears."""
    parser = argparse.ArgumentParser(description="Each line that you type is said in the room.")
    parser.add_argument("address", nargs="?", default="ws://127.0.0.1:8000/dialects/plain/")
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
