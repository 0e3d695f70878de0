"""Talk in a room, or to one person, over the `envelope` dialect: typed messages with a body.

python examples/envelope_client.py [ADDRESS] [NAME]
"""

import argparse
import getpass
import json
import sys
import threading

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect


def send(room: ClientConnection, kind: str, **body: str) -> None:
    """A message of this kind, its body under the kind's name."""
    room.send(json.dumps({"message_type": kind, "message_body": {kind: body}, "token": None}))


def speak(room: ClientConnection, name: str) -> None:
    """Enter, say each line of standard input (`@bob psst` to bob alone), then go."""
    send(room, "Enter", sender_username=name)
    for line in sys.stdin:
        text = line.rstrip("\n")
        if text.startswith("@"):
            target, _, text = text[1:].partition(" ")
            send(room, "PrivateChat", target_username=target, sender_username=name, content=text)
        else:
            send(room, "GroupChat", sender_username=name, content=text)
    room.close()


def hear(room: ClientConnection) -> None:
    """Print what is said and told, until the connection ends."""
    words = {
        "GroupChat": "{sender_username}: {content}",
        "PrivateChat": "{sender_username}, to you: {content}",
    }
    words |= {"GroupInfo": "* {info}", "PrivateInfo": "! {info}"}
    for frame in room:
        message = json.loads(frame)
        kind = message["message_type"]
        print(words[kind].format(**message["message_body"][kind]), flush=True)


def main() -> None:
    """Connect; then one thread speaks and the other hears."""
    parser = argparse.ArgumentParser(description="Each line that you type is said in the room.")
    parser.add_argument("address", nargs="?", default="ws://127.0.0.1:8000/dialects/envelope/")
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
