"""All members see what the log has, whatever they do and however often connections break.

A Hypothesis state machine drives real servers and compares them with `tests.support.room_model`. 500 steps;
more with WSCHAT_TEST_STEPS=10000.
"""

import json
import os
import socket
import uuid
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol
from wschat_client.cursor import LOGGED
from wschat_client.events import Message, parse_event, parse_messages
from wschat_client.timeline import Timeline

from tests.support.rest import Rest
from tests.support.room_model import Frame, RoomModel, Seen
from tests.support.server import ServerProcess

STEPS = int(os.environ.get("WSCHAT_TEST_STEPS", "500"))
STEPS_AT_ONCE = 50
PATIENCE = 10.0
NAMES = ("ann", "bob", "cem")
OTHER_NAMES = ("dan", "eve")
TEXTS = st.sampled_from(["hi", "ho", "ξένος", "🙂" * 3])
EMOJI = st.sampled_from(["👍", "🎉"])


class Client:
    """One member: its connection, while it has one, and what it has seen."""

    def __init__(self, url: str, room: int, name: str) -> None:
        self.url, self.room = url, room
        self.hello: Frame = {"type": "hello", "name": name}
        self.socket: ClientConnection | None = None
        self.view: RoomModel | None = None
        self.state = Timeline()  # the same as the Python SDK has it
        self.participant = 0
        self.answers = 0
        self.life = ExitStack()  # of the connection

    def connect(self, last: int) -> None:
        """Connect and join: from where we were, or with the latest messages."""
        connection = connect(self.url, subprotocols=[Subprotocol("wschat.v1")], proxy=None)
        self.socket = self.life.enter_context(connection)
        answer = self.ask(**self.hello)
        self.hello = {"type": "hello", "token": answer.get("session", self.hello.get("token"))}
        self.participant = answer["participant"]
        if self.view is not None:
            self.ask(type="join", room=self.room, since=self.view.seq)
            return
        answer = self.ask(type="join", room=self.room, last=last)
        self.view = RoomModel(answer["seq"])
        self.view.take_snapshot(answer["messages"])
        self.state.load(parse_messages(answer["messages"]), answer["seq"])

    def rename(self, name: str) -> Frame:
        """Leave the room, take another name, and return. Returns the answer to the new name."""
        assert self.view is not None
        assert self.ask(type="leave", room=self.room)["type"] == "ok"
        while (answer := self.ask(**self.hello, name=name)).get("code") == 204:
            pass  # the leave is not stored yet
        assert self.ask(type="join", room=self.room, since=self.view.seq)["type"] == "ok"
        return answer

    def drop(self) -> None:
        """Lose the connection, and what was on its way."""
        assert self.socket is not None
        self.socket.socket.shutdown(socket.SHUT_RDWR)
        self.life.close()
        self.socket = None

    def ask(self, **command: Any) -> Frame:
        """A command's answer; events before it are seen."""
        assert self.socket is not None
        self.answers += 1
        self.socket.send(json.dumps({"id": self.answers, **command}))
        while True:
            frame = self.receive()
            if frame.get("id") == self.answers:
                assert frame["type"] in ("ok", "error")
                return frame

    def receive(self) -> Frame:
        """The next frame; if it is an event of the log, it has to be the next one."""
        assert self.socket is not None
        frame: Frame = json.loads(self.socket.recv(PATIENCE))
        if "id" not in frame and "seq" in frame:
            assert self.view is not None
            self.view.apply(frame)
            event = parse_event(frame)
            assert isinstance(event, LOGGED)
            self.state.apply(event)
        return frame

    def see_all(self, seq: int) -> None:
        """Wait until everything up to `seq` has been seen."""
        assert self.view is not None
        while self.view.seq < seq:
            self.receive()

    def page(self, **where: Any) -> tuple[Frame, dict[int, Seen]]:
        """A page of history; what was seen while it was on its way is applied to it again."""
        assert self.view is not None
        answer = self.ask(type="history", room=self.room, **where)
        page = RoomModel(answer["seq"])
        page.take_snapshot(answer["messages"])
        return answer, page.messages


def reactions_of(message: Message) -> dict[str, dict[int, str]]:
    """As the model has them."""
    return {each.emoji: dict(zip(each.participants, each.who, strict=True)) for each in message.reactions}


class Machine(RuleBasedStateMachine):
    """Three members of one room, each on one of the servers."""

    servers: list[ServerProcess]

    def __init__(self) -> None:
        super().__init__()
        self.http = httpx.Client(base_url=self.servers[0].url, trust_env=False)
        self.room = Rest(self.http).room(f"room {uuid.uuid4()}")["id"]
        self.expected = RoomModel()
        tag = uuid.uuid4().hex[:8]
        self.clients = [
            Client(f"{self.servers[i % len(self.servers)].ws_url}/ws", self.room, f"{name} {tag}")
            for i, name in enumerate(NAMES)
        ]
        self.names = [f"{name} {tag}" for name in NAMES]
        self.free = [f"{name} {tag}" for name in OTHER_NAMES]
        self.senders: dict[int, int] = {}  # of the messages, whatever they were called

    def connected(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from([i for i, one in enumerate(self.clients) if one.socket is not None]))

    def target(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.expected.messages)))

    def stored(self, answer: Frame, **event: Any) -> None:
        """The command has become the next event."""
        assert (answer["type"], answer.get("seq")) == ("ok", self.expected.seq + 1), answer
        self.expected.apply({"seq": self.expected.seq + 1, **event})

    anybody = precondition(lambda self: any(client.socket is not None for client in self.clients))
    anything = precondition(
        lambda self: any(client.socket is not None for client in self.clients) and self.expected.messages
    )

    @rule(who=st.integers(0, len(NAMES) - 1), last=st.integers(0, 5))
    def come(self, who: int, last: int) -> None:
        if self.clients[who].socket is None:
            self.clients[who].connect(last)

    @anybody
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        self.clients[self.connected(data)].drop()

    @anybody
    @rule(data=st.data())
    def leave_and_join_again(self, data: st.DataObject) -> None:
        client = self.clients[self.connected(data)]
        assert client.view is not None
        assert client.ask(type="leave", room=self.room)["type"] == "ok"
        assert client.ask(type="join", room=self.room, since=client.view.seq)["type"] == "ok"

    @anybody
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        """To a free name, maybe one that another member had before, or to that of a connected member."""
        who = self.connected(data)
        taken = [name for name, one in zip(self.names, self.clients, strict=True) if one.socket is not None]
        name = data.draw(st.sampled_from([*self.free, *taken]))
        answer = self.clients[who].rename(name)
        if name in taken and name != self.names[who]:
            assert answer["code"] == 202
        elif name != self.names[who]:
            assert answer["name"] == name, answer
            self.free.remove(name)
            self.free.append(self.names[who])
            self.names[who] = name

    @anybody
    @rule(data=st.data(), text=TEXTS, times=st.integers(1, 3))
    def send(self, data: st.DataObject, text: str, times: int) -> None:
        """However often it is sent, under one nonce it is one message."""
        who, nonce = self.connected(data), uuid.uuid4().hex
        standing = [seq for seq, message in self.expected.messages.items() if not message.erased]
        reply = data.draw(st.none() | st.sampled_from(standing)) if standing else None
        command = {"type": "send", "room": self.room, "text": text, "nonce": nonce, "reply_to": reply}
        answers = [self.clients[who].ask(**command) for _ in range(times)]
        sender = {"name": self.names[who]}
        self.stored(answers[0], type="message", sender=sender, text=text, reply_to=reply)
        self.senders[self.expected.seq] = who
        assert {answer["seq"] for answer in answers} == {self.expected.seq}

    @anything
    @rule(data=st.data(), text=TEXTS)
    def edit(self, data: st.DataObject, text: str) -> None:
        who, target = self.connected(data), self.target(data)
        message = self.expected.messages[target]
        answer = self.clients[who].ask(type="edit", room=self.room, target=target, text=text)
        if message.erased:
            assert answer["code"] == 205
        elif self.senders[target] != who:
            assert answer["code"] == 204
        elif message.text == text:
            assert (answer["type"], "seq" in answer) == ("ok", False)
        else:
            self.stored(answer, type="edited", target=target, text=text)

    @anything
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        who, target = self.connected(data), self.target(data)
        message = self.expected.messages[target]
        answer = self.clients[who].ask(type="delete", room=self.room, target=target)
        if self.senders[target] != who:
            assert answer["code"] == 204
        elif message.erased:
            assert (answer["type"], "seq" in answer) == ("ok", False)
        else:
            self.stored(answer, type="erased", target=target)

    @anything
    @rule(data=st.data(), emoji=EMOJI, on=st.booleans())
    def react(self, data: st.DataObject, emoji: str, on: bool) -> None:
        who, target = self.connected(data), self.target(data)
        message, name = self.expected.messages[target], self.names[who]
        answer = self.clients[who].ask(type="react", room=self.room, target=target, emoji=emoji, on=on)
        if message.erased:
            assert answer["code"] == 205
        elif (self.clients[who].participant in message.reactions.get(emoji, ())) == on:
            assert (answer["type"], "seq" in answer) == ("ok", False)
        else:
            by = {"participant": self.clients[who].participant, "who": {"name": name}}
            self.stored(answer, type="reacted", target=target, emoji=emoji, on=on, **by)

    @anything
    @rule(data=st.data(), limit=st.integers(1, 4), direction=st.sampled_from(["before", "after", ""]))
    def page(self, data: st.DataObject, limit: int, direction: str) -> None:
        client = self.clients[self.connected(data)]
        where = {direction: data.draw(st.integers(0, self.expected.seq + 1))} if direction else {}
        answer, page = client.page(limit=limit, **where)
        seqs = sorted(self.expected.messages)
        if direction == "after":
            seqs = [seq for seq in seqs if seq > where["after"]]
            wanted = seqs[:limit]
        else:
            seqs = [seq for seq in seqs if seq < where.get("before", seq + 1)]
            wanted = seqs[-limit:]
        assert (answer["seq"], answer["more"]) == (self.expected.seq, len(seqs) > limit)
        assert page == {seq: self.expected.messages[seq] for seq in wanted}

    @anybody
    @rule()
    def all_see_the_same(self) -> None:
        self.compare()

    def compare(self) -> None:
        """Snapshot and events come to what a fresh snapshot shows."""
        for client in self.clients:
            if client.socket is not None and client.view is not None:
                client.see_all(self.expected.seq)
                shown = client.view.messages
                assert shown == {seq: self.expected.messages[seq] for seq in shown}
                for message in client.state.messages:
                    assert reactions_of(message) == shown[message.seq].reactions

    def teardown(self) -> None:
        self.compare()
        for client in self.clients:
            if client.socket is not None:
                client.drop()
        self.http.close()


@pytest.mark.timeout(60 + STEPS)
def test_all_see_what_the_log_says(servers: list[ServerProcess]):
    machine = type("Machine", (Machine,), {"servers": servers})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_AT_ONCE),
            stateful_step_count=STEPS_AT_ONCE,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
