"""What the sessions of one process work with."""

from dataclasses import dataclass, field

from chat.budgets import Budgets, Places, Table
from chat.conf import Limits
from chat.delivery.hub import Hub
from chat.delivery.presence import Presence
from chat.delivery.recipients import Recipients
from chat.delivery.router import Router
from chat.delivery.subscriptions import Subscriptions
from chat.delivery.tasks import Tasks
from chat.log.log import Log
from chat.services.loaders import Loaders


@dataclass(frozen=True, slots=True)
class Collaborators:
    """All of them are called on the event loop; what may wait for the database is awaited.

    `auth_required`: clients of `envelope` have to sign in.
    """

    limits: Limits
    auth_required: bool
    log: Log
    hub: Hub
    subscriptions: Subscriptions
    recipients: Recipients
    router: Router
    presence: Presence
    loaders: Loaders
    tasks: Tasks
    places: Places = field(default_factory=Places)
    budgets: Budgets = field(default_factory=lambda: Budgets(Table(on=False)))
