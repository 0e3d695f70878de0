"""The collaborators of the sessions of one process."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from chat.budgets import LimitTable, Slots
from chat.conf import SizeLimits
from chat.delivery.hub import Hub
from chat.delivery.recipients import Recipients
from chat.delivery.router import Router
from chat.delivery.subscriptions import Subscriptions
from chat.delivery.tasks import Tasks
from chat.log.log import Log
from chat.meter import Budgets
from chat.presence.members import Members
from chat.services.loaders import Loaders


@dataclass(frozen=True, slots=True)
class Collaborators:
    """All of them are called on the event loop; what may wait for the database is awaited.

    `auth_required`: clients of `envelope` have to sign in. `activity`: when each member was last active.
    """

    limits: SizeLimits
    auth_required: bool
    log: Log
    hub: Hub
    subscriptions: Subscriptions
    recipients: Recipients
    router: Router
    members: Members
    loaders: Loaders
    tasks: Tasks
    activity: dict[uuid.UUID, datetime] = field(default_factory=dict)
    slots: Slots = field(default_factory=Slots)
    budgets: Budgets = field(default_factory=lambda: Budgets(LimitTable(on=False)))
