"""Talk in a room over the `uuid` dialect: the server gives each connection its name.

python examples/uuid_client.py [ADDRESS]
"""

import argparse
import json
import sys
import threading

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect


def speak(room: ClientConnection) -> None:
    """Say each line of standard input, then go."""
    for line in sys.stdin:
        room.send(json.dumps({"contents": line.rstrip("\n")}))
    room.close()


def hear(room: ClientConnection) -> None:
    """Print our own name, which comes first; then arrivals, messages and departures."""
    words = {"connect": "* {contents} is here", "disconnect": "* {contents} has gone"}
    words |= {"chat": "{sender}: {contents}", "error": "! {contents}"}
    print(f"* you are {json.loads(room.recv())['contents']}", flush=True)
    for frame in room:
        message = json.loads(frame)
        print(words[message["action"]].format(**message), flush=True)


def main() -> None:
    """Connect; then one thread speaks and the other hears."""
    parser = argparse.ArgumentParser(description="Each line that you type is said in the room.")
    parser.add_argument("address", nargs="?", default="ws://127.0.0.1:8000/dialects/uuid/")
    options = parser.parse_args()
    try:
        with connect(options.address) as room:
            threading.Thread(target=speak, args=[room], daemon=True).start()
            hear(room)
    except KeyboardInterrupt:
        pass
    except (OSError, WebSocketException) as error:
        sys.exit(f"{options.address}: {error}")


if __name__ == "__main__":
    main()
