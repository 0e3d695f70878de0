"""Blocks with the JavaScript SDK, against a real server."""

from tests.sdk.conftest import NewTalker


def test_person_is_blocked_and_unblocked(new_talker: NewTalker, place: int) -> None:
    ann, bob = new_talker("ann").join(place), new_talker("bob").join(place)
    ann.do("me => { me.told = []; me.client.listen({ onBlocked: (event) => me.told.push(event) }); }")
    bob.send(place, "hi")
    ann.wait("(me, id) => me.rooms[id].message(1)", place)
    number = ann.do("(me, id) => me.rooms[id].message(1).participant", place)
    assert number == bob.do("me => me.client.me.participant")
    ann.do("(me, number) => me.client.block(number)", number)
    ann.wait("me => me.told.length")
    (told,) = ann.do("me => me.told")
    assert (told["participant"], told["on"]) == (number, True)
    (person,) = ann.do("me => me.client.blocked()")
    assert person == {"participant": number, "name": told["name"], "color": person["color"]}
    ann.do("(me, number) => me.client.block(number, false)", number)
    assert ann.do("me => me.client.blocked()") == []
    ann.wait("me => me.told.length === 2")
