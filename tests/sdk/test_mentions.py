"""Mentions with the JavaScript SDK, against a real server."""

from tests.sdk.conftest import NewTalker


def test_mention_reaches_a_client_outside_of_the_room(new_talker: NewTalker, place: int) -> None:
    ann, bob = new_talker("ann").join(place), new_talker("bob").join(place)
    bob.do("(me, id) => me.rooms[id].leave()", place)
    bob.do("me => { me.calls = []; me.client.listen({ onMentioned: (call) => me.calls.push(call) }); }")
    ann.send(place, "@Bob, look")
    bob.wait("me => me.calls.length")
    (call,) = bob.do("me => me.calls")
    assert (call["room"], call["target"], call["text"]) == (place, 1, "@Bob, look")
    assert bob.do("me => me.client.rooms.length") == 0
    ann.wait("(me, id) => me.rooms[id].messages.at(-1)?.mentions?.[0] === 'bob'", place)
    page = bob.do("me => me.client.mentions()")
    (mention,) = page["mentions"]
    assert (page["more"], mention["title"], mention["message"]["seq"]) == (False, call["title"], 1)
    before = "(me, [room, before]) => me.client.mentions({ room, before, limit: 5 })"
    assert bob.do(before, [place, mention["id"]]) == {"mentions": [], "more": False}
    bob.do("(me, id) => me.client.setLevel(id, 'mentions', { seconds: 60 })", place)
    (told,) = bob.do("me => me.client.joinedRooms()")
    assert (told["unread"], told["mentions"], told["level"]) == (1, 1, "mentions")


def test_messages_are_saved_for_later(new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann").join(place)
    ann.send(place, "one", "two")
    ann.wait("(me, id) => me.rooms[id].message(2)", place)
    for seq in (1, 2):
        ann.do("(me, [id, seq]) => me.client.save(id, seq)", [place, seq])
    page = ann.do("me => me.client.saved({ limit: 1 })")
    assert ([one["message"]["text"] for one in page["saved"]], page["more"]) == (["two"], True)
    ann.do("(me, [id, seq]) => me.client.save(id, seq, false)", [place, 2])
    left = ann.do("(me, id) => me.client.saved({ room: id })", place)
    assert ([one["message"]["seq"] for one in left["saved"]], left["more"]) == ([1], False)


def test_changes_by_another_connection_of_ours_are_told(new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann").connected()
    phone = new_talker("ann", session=ann.do("me => me.client.session")).connected()
    listen = "onJoinedRoom: (event) => me.told.push(event), onSaved: (event) => me.told.push(event)"
    phone.do(f"me => {{ me.told = []; me.client.listen({{ {listen} }}); }}")
    ann.join(place)
    ann.send(place, "one")
    ann.wait("(me, id) => me.rooms[id].message(1)", place)
    ann.do("(me, id) => me.client.setLevel(id, 'mentions')", place)
    ann.do("(me, id) => me.client.save(id, 1)", place)
    phone.wait("me => me.told.length === 3")
    joined, level, kept = phone.do("me => me.told")
    assert (joined["room"], joined["on"], joined["level"]) == (place, True, "all")
    assert (level["room"], level["level"], level["level_until"]) == (place, "mentions", None)
    assert (kept["room"], kept["target"], kept["on"]) == (place, 1, True)
    assert phone.do("me => me.client.rooms.length") == 0
