"""The hub: which connections get an event, and which leave the loop."""

from chat.delivery.hub import Hub, LiveRoom, Subscription
from chat.errors import CLOSE_ROOM_DELETED, CLOSE_TOKEN_VOID
from chat.events import Joined, RoomChanged, RoomDeleted, Sender
from tests.delivery.fakes import NOW, ROOMS, RecordingOutbox, message, subscription


def changed(generation: int, seq: int = 1) -> RoomChanged:
    return RoomChanged(1, seq, NOW, "t", "", "private", False, generation)


def hub_with(*outboxes: RecordingOutbox, generation: int = 1) -> Hub:
    hub = Hub()
    hub.open_room(LiveRoom(1, 0))
    for outbox in outboxes:
        assert hub.add_subscription(subscription(outbox, generation=generation))
    return hub


def test_every_member_gets_every_event_once():
    outboxes = [RecordingOutbox() for _ in range(3)]
    hub_with(*outboxes).deliver(1, [message(1), message(2)])
    assert [outbox.seqs for outbox in outboxes] == [[1, 2]] * 3


def test_each_dialect_gets_its_own_form_and_nothing_for_what_it_cannot_say():
    v1, rooms = RecordingOutbox(), RecordingOutbox()
    hub = hub_with(v1)
    hub.add_subscription(Subscription(1, rooms, ROOMS, 1))
    hub.deliver(1, [message(1), changed(1, 2)])
    assert b'"type":"message"' in v1.payloads[0]
    assert len(v1.payloads) == 2
    assert [b'"event_type":"send"' in payload for payload in rooms.payloads] == [True]


def test_member_that_left_gets_nothing():
    outbox = RecordingOutbox()
    hub = Hub()
    hub.open_room(LiveRoom(1, 0))
    gone = subscription(outbox)
    hub.add_subscription(gone)
    hub.remove_subscription(gone)
    hub.deliver(1, [message(1)])
    assert outbox.payloads == []
    hub.close_room(1)
    assert hub.rooms == {}


def test_room_with_members_is_not_forgotten():
    hub = hub_with(RecordingOutbox())
    hub.close_room(1)
    assert 1 in hub.rooms


def test_full_connection_leaves_the_loop_where_it_was_and_the_others_go_on():
    slow, quick = RecordingOutbox(room_for=2), RecordingOutbox()
    hub = hub_with(slow, quick)
    lagging: list[object] = []
    hub.on_lag = lagging.append
    for seq in range(1, 6):
        hub.deliver(1, [message(seq)])
    assert slow.seqs == [1, 2]
    assert quick.seqs == [1, 2, 3, 4, 5]
    assert lagging == [slow]
    (behind,) = hub.rooms[1].lagging
    assert behind.seq == 2


def test_full_connection_is_taken_out_of_all_its_rooms():
    slow = RecordingOutbox(room_for=1)
    hub = hub_with(slow)
    hub.open_room(LiveRoom(2, 7))
    hub.add_subscription(subscription(slow, room=2))
    hub.deliver(1, [message(1)])
    hub.deliver(2, [message(8, room=2)])
    assert slow.seqs == [1]
    assert {behind.seq for room in hub.rooms.values() for behind in room.lagging} == {1, 7}


def test_member_that_has_caught_up_goes_live_again():
    slow = RecordingOutbox(room_for=1)
    hub = hub_with(slow)
    hub.deliver(1, [message(1)])
    hub.deliver(1, [message(2)])
    (behind,) = hub.rooms[1].lagging
    slow.drain()
    assert not hub.resume_live(behind)  # it has not got 2
    behind.seq = 2
    assert hub.resume_live(behind)
    hub.deliver(1, [message(3)])
    assert slow.seqs == [1, 3]


def test_member_that_joins_from_the_past_is_lagging():
    hub = hub_with()
    hub.deliver(1, [message(1)])
    late = subscription(RecordingOutbox())
    assert not hub.add_subscription(late, since=0)
    assert late.seq == 0
    assert hub.add_subscription(subscription(RecordingOutbox()), since=1)


def test_form_that_no_connection_uses_is_forgotten():
    hub, one = hub_with(), subscription(RecordingOutbox())
    hub.add_subscription(one)
    hub.remove_subscription(one)
    assert hub.rooms[1].live == {}


def test_ended_connection_gets_nothing_after_its_close_frame():
    outbox = RecordingOutbox()
    hub = hub_with(outbox)
    outbox.detach()
    hub.deliver(1, [message(1)])
    assert outbox.payloads == []
    assert hub.rooms[1].is_empty


def test_transport_that_closes_under_the_loop_does_not_stop_it():
    class Closing(RecordingOutbox):
        def write(self, payloads: list[bytes]) -> None:
            raise RuntimeError("the handler is closed")

    quick = RecordingOutbox()
    hub_with(Closing(), quick, Closing()).deliver(1, [message(1)])
    assert quick.seqs == [1]


def test_deleted_room_ends_all_its_connections_after_the_last_event():
    live, slow = RecordingOutbox(), RecordingOutbox(room_for=1)
    hub = hub_with(live, slow)
    hub.deliver(1, [message(1)])
    hub.deliver(1, [RoomDeleted(1, 2, NOW)])
    assert live.seqs == [1, 2]
    assert live.reasons == slow.reasons == [CLOSE_ROOM_DELETED]


def test_new_password_ends_the_connections_of_earlier_generations_alone():
    old = RecordingOutbox()
    hub = hub_with(old, generation=1)
    new = RecordingOutbox()
    hub.add_subscription(subscription(new, generation=2))
    hub.deliver(1, [changed(generation=2)])
    assert old.reasons == [CLOSE_TOKEN_VOID]
    assert new.reasons == []


def test_live_events_move_no_seq():
    outbox = RecordingOutbox()
    hub = hub_with(outbox)
    hub.deliver(1, [Joined(1, NOW, Sender("ann"))])
    assert hub.rooms[1].seq == 0
    assert len(outbox.payloads) == 1
