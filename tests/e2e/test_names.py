"""Names are unique on the whole server, and the page says so where that is in the way."""

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import program
from tests.e2e.visitor import Visitor
from tests.support.server import ServerProcess


def test_a_name_that_somebody_took_meanwhile(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.go("/")
    with program(server.ws_url, room, "ANN"):
        ann.go(room)
        ann.is_told("This name is taken. Leave the room and join under another name.")
        ann.cannot_write()
        ann.page.get_by_role("button", name="Leave").click()
        ann.knock(room, "Anna")
        ann.is_connected()


def test_one_person_has_one_name_at_a_time(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Bea")
    ann.go("/")
    ann.enter("/room/1", "Ann")
    tab = Visitor(ann.page.context.new_page(), server.url)
    tab.go(room)
    tab.is_told("You're in another room under a different name")
    tab.cannot_write()
    ann.page.get_by_role("button", name="Leave").click()
    tab.page.get_by_role("link", name="Try again").click()
    tab.is_connected()
    tab.sees_people("Bea")
