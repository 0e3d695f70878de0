"""The faults, and what must hold during each."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from tests.faults.apps import app_frozen, app_killed, app_stopped
from tests.faults.bus import redis_cut_off, redis_frozen, redis_killed
from tests.faults.clients import all_dropped, same_nonce
from tests.faults.database import database_crashed, database_down
from tests.faults.flood import many_flooders, one_flooder
from tests.faults.links import link_down
from tests.faults.readers import reader_stops
from tests.faults.rights import rights_lost
from tests.faults.stage import Figure, Stage

Scenario: TypeAlias = Callable[[Stage], Awaitable[list[Figure]]]

SCENARIOS: Final[dict[str, Scenario]] = {
    "one app process killed": app_killed,
    "one app process told to end": app_stopped,
    "Redis killed for 3 s": redis_killed,
    "Redis frozen": redis_frozen,
    "Redis cut off without FIN": redis_cut_off,
    "one app process frozen for 5 s": app_frozen,
    "a client stops reading": reader_stops,
    "links of clients down without FIN": link_down,
    "the same nonce five times at once": same_nonce,
    "all clients dropped at once": all_dropped,
    "one client floods": one_flooder,
    "50 clients flood": many_flooders,
    "rights are lost": rights_lost,
    "PostgreSQL stopped at once": database_crashed,
    "PostgreSQL away": database_down,
}
