"""Ours, as it comes."""

import contextlib
from dataclasses import replace
from pathlib import Path

from bench.contenders import V1, V1_ROOMS
from bench.generator import Options, Talk
from bench.ours import fall_behind, fill_room, make_rooms
from bench.servers.base import SocketServer
from bench.stand import Running, Stand


class Wschat(SocketServer):
    """In `wschat.v1`, with guests, on SQLite."""

    name = "wschat"
    keeps = "SQLite, WAL, `synchronous=NORMAL`: a killed server loses nothing, a power cut the last moments"
    room = V1

    def serving(self, stand: Stand, folder: Path) -> contextlib.AbstractContextManager[Running]:
        return stand.alone(folder)

    def talk_in_rooms(self, server: Running, rooms: int) -> tuple[Talk, Options]:
        return V1_ROOMS, {"f": str(make_rooms(server, rooms))}

    def talk_of_history(self) -> Talk:
        frame = '{"type":"history","id":%n,"room":1,"before":%r,"limit":50}'
        return replace(V1, publication=frame, marker='"ok","id":')

    def fall_behind(self, server: Running, clients: int, behind: int) -> tuple[Talk, Options]:
        return fall_behind(server, clients, behind)

    def fill(self, server: Running, messages: int) -> int:
        fill_room(server, messages)
        return messages
