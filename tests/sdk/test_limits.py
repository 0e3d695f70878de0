"""Commands refused as too fast are sent again later, in order."""

import httpx

from tests.clients.test_limits import LIMITED
from tests.sdk.conftest import NewTalker
from tests.support.fixtures import StartServer

MESSAGES = 40


def refused(url: str) -> bool:
    answer = httpx.get(f"{url}/metrics", headers={"Authorization": "Bearer for the tests"}, trust_env=False)
    return 'wschat_refused_total{code="910"}' in answer.text


def test_messages_of_a_fast_client_all_arrive_in_order(
    start_server: StartServer, new_talker: NewTalker
) -> None:
    server = start_server(LIMITED | {"WSCHAT_RATES": "send=5/5"})
    ann = new_talker("ann", site=server.url).join(1)
    texts = [str(number) for number in range(MESSAGES)]
    assert ann.send(1, *texts) == list(range(1, MESSAGES + 1))
    assert [event["text"] for event in ann.waits_for(1, MESSAGES)] == texts
    assert refused(server.url)


def test_client_that_was_closed_comes_back_when_it_may(
    start_server: StartServer, new_talker: NewTalker
) -> None:
    """Another script of its page floods over its connection; what it sends itself meanwhile is not lost."""
    server = start_server(LIMITED)
    ann = new_talker("ann", site=server.url).join(1)
    ann.do(
        """(me) => {
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (frame) {
                send.call(this, frame);
                const { type } = JSON.parse(frame);
                if (type !== "send") return;
                const flood = setInterval(() => {
                    if (this.readyState !== WebSocket.OPEN) clearInterval(flood);
                    else for (let n = 0; n < 20; n += 1) send.call(this, frame);
                }, 20);
                WebSocket.prototype.send = send;
            };
        }"""
    )
    assert ann.send(1, "one", "two") == [1, 2]
    ann.wait("(me) => me.states.some(([state]) => state === 'waiting')")
    assert ann.send(1, "three") == [3]
    assert ann.texts(1) == ["one", "two", "three"]
