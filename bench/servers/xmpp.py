"""ejabberd and Prosody: XMPP over WebSocket (RFC 7395), rooms (XEP-0045), archives (XEP-0313), and guests."""

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from websockets.sync.client import ClientConnection, connect

from bench.generator import Options, Talk
from bench.servers.base import SocketServer, configuration
from bench.stand import Running, Stand
from tests.support.processes import free_port

_LIBRARIES: Final = Path("/usr/lib")
PAGE: Final = 50  # Prosody's archive gives no more at once
_PATIENCE: Final = 20
_OPEN: Final = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
_IN: Final = (  # what each client sends to begin with, and what is in the answer to it
    (_OPEN, "<stream:features"),
    ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>", "<success"),
    (_OPEN, "<stream:features"),
    (
        "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        "<jid>",
    ),
)
_JOIN: Final = (
    "<presence xmlns='jabber:client' to='{room}@conference.localhost/{nick}'>"
    "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
    "<status code='110'/>",
)
_SAY: Final = (
    "<message xmlns='jabber:client' type='groupchat' to='{room}@conference.localhost' id='m'>"
    "<body>{text}</body></message>"
)
_ASK: Final = (
    "<iq xmlns='jabber:client' type='set' id='{id}' to='room@conference.localhost'>"
    "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>"
    f"<max>{PAGE}</max>{{where}}</set></query></iq>"
)
_ARCHIVED: Final = re.compile("<stanza-id [^>]*?\\bid='([^']+)'")
_FILL: Final = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
    " INSERT INTO {} SELECT {} FROM c"
)
_XML: Final = (
    "'<message xml:lang=''en'' to=''room@conference.localhost'' from=''{}'' type=''groupchat'' id=''m''"
    " xmlns=''jabber:client''><body>message number ' || n || '</body></message>'"
)


class XmppServer(SocketServer):
    """`path`: of its WebSocket. `database`: the file with its archive. `before`: a random id there."""

    path: str
    database: str
    before: str
    archive: tuple[str, str]  # a row of it: the table with its columns, and what is put into them

    @property
    def room(self) -> Talk:  # type: ignore[override]
        return self._talk("room")

    def talk_in_rooms(self, server: Running, rooms: int) -> tuple[Talk, Options]:
        return self._talk("bench-%i"), {}

    def talk_of_history(self) -> Talk:
        ask = _ASK.format(id="page-%n", where=f"<before>{self.before}</before>")
        return replace(self.room, publication=ask, marker="id='page-")

    def fall_behind(self, server: Running, clients: int, behind: int) -> tuple[Talk, Options]:
        ids = self._say(server, behind + 1)  # the first is the last one that they know
        pages = [*range(PAGE, behind, PAGE), behind]
        asked = tuple(
            (_ASK.format(id="m", where=f"<after>{ids[after]}</after>"), f"<body>{_text(last)}<")
            for after, last in zip([0, *pages], pages, strict=False)
        )
        return replace(self.room, steps=(*self.room.steps, *asked)), {}

    def fill(self, server: Running, messages: int) -> int:
        self._say(server, 1)  # so that the room is there
        database = sqlite3.connect(server.folder / self.database, timeout=_PATIENCE)
        with database:
            database.execute(_FILL.format(*self.archive), (messages,))
        database.close()
        return messages

    def _talk(self, room: str) -> Talk:
        join, joined = _JOIN
        steps = (*_IN, (join.format(room=room, nick="u%s-%i"), joined))
        return Talk(self.path, _SAY.format(room=room, text="%b"), steps=steps, subprotocol="xmpp")

    def _say(self, server: Running, count: int) -> list[str]:
        """Send messages to the room, each when the one before has come back. Their ids in the archive."""
        url = f"ws://127.0.0.1:{server.port}{self.path}"
        join, joined = _JOIN
        ids = []
        with connect(url, subprotocols=["xmpp"], proxy=None) as socket:  # type: ignore[list-item]
            for frame, answer in (*_IN, (join.format(room="room", nick="speaker"), joined)):
                socket.send(frame)
                _receive(socket, answer)
            for number in range(count):
                socket.send(_SAY.format(room="room", text=_text(number)))
                found = _ARCHIVED.search(_receive(socket, f"<body>{_text(number)}<"))
                assert found, "it is not archived"
                ids.append(found[1])
        return ids


def _receive(socket: ClientConnection, wanted: str) -> str:
    while wanted not in (frame := str(socket.recv(timeout=_PATIENCE))):
        pass
    return frame


def _text(number: int) -> str:
    return f"message {number} " + "x" * 64


class Ejabberd(XmppServer):
    """Of Debian."""

    name = "ejabberd"
    keeps = "SQLite, rollback journal: on disk"
    path = "/ws"
    database = "ejabberd.sqlite3"
    before = "%r000000"  # microseconds since 1970
    archive = (
        "archive (username, timestamp, peer, bare_peer, xml, txt, kind, nick)",
        "'room@conference.localhost', n * 1000000, 'ann@localhost/1', 'ann@localhost',"
        f" {_XML.format('ann@localhost/1')}, 'message number ' || n, 'groupchat', 'ann'",
    )

    def lacks(self) -> str:
        installed = shutil.which("erl") and _ejabberd() and any(_LIBRARIES.glob("erlang/lib/p1_sqlite3-*"))
        return "" if installed else "ejabberd, erlang-p1-sqlite3"

    @contextlib.contextmanager
    def serving(self, stand: Stand, folder: Path) -> Iterator[Running]:
        port = free_port()
        env = {
            "ERL_LIBS": str(_ejabberd()[0].parents[1]),
            "ERL_CRASH_DUMP_BYTES": "0",
            "EJABBERD_CONFIG_PATH": str(configuration("ejabberd.yml", folder, port)),
            "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
            "HOME": str(folder),
        }
        command = [
            "erl",
            "-noinput",
            "+P",
            "250000",
            "-mnesia",
            "dir",
            f'"{folder}/mnesia"',
            "-s",
            "ejabberd",
        ]
        with stand.launched(command, env, port, folder) as running:
            yield running


def _ejabberd() -> list[Path]:
    """Its compiled modules; the folder is the second one above."""
    return sorted(_LIBRARIES.glob("*/ejabberd-*/ebin"))


class Prosody(XmppServer):
    """Of Debian."""

    name = "Prosody"
    keeps = "SQLite, rollback journal: on disk"
    path = "/xmpp-websocket"
    database = "prosody.sqlite3"
    before = "n%r"
    archive = (
        'prosodyarchive (host, user, store, "key", "when", "with", type, value)',
        "'conference.localhost', 'room', 'muc_log', 'n' || n, strftime('%s') + n, 'message<groupchat',"
        f" 'xml', {_XML.format('room@conference.localhost/ann')}",
    )

    def lacks(self) -> str:
        sqlite = any(_LIBRARIES.glob("*/lua/5.*/dbd/sqlite3.so"))
        return "" if shutil.which("prosody") and sqlite else "prosody, lua-dbi-sqlite3"

    @contextlib.contextmanager
    def serving(self, stand: Stand, folder: Path) -> Iterator[Running]:
        port = free_port()
        command = ["prosody", "--config", str(configuration("prosody.cfg.lua", folder, port)), "-F"]
        with stand.launched(command, {}, port, folder) as running:
            yield running
