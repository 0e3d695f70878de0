"""Texts that are being written, with the JavaScript SDK, against a real server."""

from tests.sdk.conftest import NewTalker


def test_unfinished_text_is_kept_told_and_removed(new_talker: NewTalker, place: int) -> None:
    ann = new_talker("ann").join(place)
    phone = new_talker("ann", session=ann.do("me => me.client.session")).connected()
    phone.do("me => { me.told = []; me.client.listen({ onUnfinished: (event) => me.told.push(event) }); }")
    ann.do("(me, id) => me.client.keepUnfinished(id, 'half', { replyTo: 3 })", place)
    phone.wait("me => me.told.length")
    (told,) = phone.do("me => me.told")
    assert (told["room"], told["text"], told["reply_to"]) == (place, "half", 3)
    assert phone.do("me => me.client.unfinished()") == [told]
    assert phone.do("me => me.client.rooms.length") == 0
    ann.do("(me, id) => me.client.keepUnfinished(id, '')", place)
    phone.wait("me => me.told.length === 2")
    assert phone.do("me => me.client.unfinished()") == []
