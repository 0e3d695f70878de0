"""Chat servers that keep history and know who is there: all that are compared, ours first."""

from bench.servers.base import ChatServer
from bench.servers.synapse import Synapse
from bench.servers.wschat import Wschat
from bench.servers.xmpp import Ejabberd, Prosody


def chat_servers() -> list[ChatServer]:
    """Those that are not installed too; they say what they lack."""
    return [Wschat(), Ejabberd(), Prosody(), Synapse()]
