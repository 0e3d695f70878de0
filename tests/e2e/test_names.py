"""Names are unique on the whole server, and the page explains a refusal."""

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import program
from tests.support.server import ServerProcess


def test_name_taken_meanwhile_is_refused(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.page.goto("about:blank")  # each page of the site keeps the name
    with program(server.ws_url, room, "ANN"):
        ann.go(room)
        ann.is_told("This name is taken. Leave the room and join under another name.")
        ann.cannot_write()
        ann.leave()
        ann.knock(room, "Anna")
        ann.is_connected()


def test_visitor_has_one_name_at_a_time(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Bea")
    ann.go("/")
    ann.enter("/room/1", "Ann")
    tab = Visitor(ann.page.context.new_page(), server.url)
    tab.go(room)
    tab.is_connected()
    tab.sees_people("Ann")
