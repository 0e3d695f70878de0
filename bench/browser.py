"""A real Chromium with the pages of a server, and the measurements on them."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, StorageState, sync_playwright
from websockets.sync.client import connect

from bench.machine import Lacking
from tests.support.processes import find_binary

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)
_CONNECTED: Final = "#state[data-state=connected]"
_PATIENCE: Final = 60_000  # milliseconds
_BETWEEN_KEYS: Final = 40  # milliseconds: as fast as people are

# Notes when the message box accepts text: the page is usable then.
_NOTE_USABLE: Final = """
    new MutationObserver((_, observer) => {
        const state = document.getElementById("state")?.dataset.state;
        if (state !== "connected" || document.getElementById("text")?.disabled !== false) return;
        observer.disconnect();
        window.usable = performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true });
"""
# Notes for each key how long it took until the frame that shows its letter was drawn.
_NOTE_KEYS: Final = """() => {
    window.keys = [];
    document.getElementById("text").addEventListener("input", () => {
        const { pressed } = window;
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => window.keys.push(performance.now() - pressed);
            port2.postMessage(0); // comes when the frame is drawn
        });
    });
    addEventListener("keydown", ({ timeStamp }) => (window.pressed = timeStamp), { capture: true });
}"""
_COUNT_FRAMES: Final = """(milliseconds) => new Promise((resolve) => {
    const begin = performance.now();
    let frames = 0;
    const next = (now) => {
        if (now - begin >= milliseconds) resolve((1000 * frames) / (now - begin));
        else {
            frames += 1;
            requestAnimationFrame(next);
        }
    };
    requestAnimationFrame(next);
})"""
_CHANGE_ROOM: Final = """(address) => new Promise((resolve) => {
    const [, id] = /(\\d+)$/.exec(address);
    const chat = () => document.querySelector(`#chat[data-room="${id}"]`);
    const begin = performance.now();
    new MutationObserver((_, observer) => {
        if (!chat()?.querySelector("#rows article")) return;
        observer.disconnect();
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - begin);
            port2.postMessage(0); // comes when the frame is drawn
        });
    }).observe(document, { subtree: true, childList: true });
    document.querySelector(`#sidebar a[href$="/room/${id}"]`).click();
})"""
_TO_THE_TOP: Final = """() => {
    document.getElementById("messages").scrollTo(0, 0);
    return document.getElementById("earlier").dataset.beginning === "true";
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """A first visit: what came over the network, and after how long one could write."""

    bytes: int
    milliseconds: float


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window. Raises Lacking."""
    path = next(filter(None, map(find_binary, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not path:
        raise Lacking("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


def entered(browser: Browser, rooms: list[str], name: str) -> StorageState:
    """The cookies of a visitor who has joined the rooms at these addresses."""
    context = browser.new_context()
    page = context.new_page()
    for room in rooms:
        page.goto(room)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Join").click()
        page.wait_for_selector(_CONNECTED, state="attached", timeout=_PATIENCE)
    state = context.storage_state()
    context.close()
    return state


def first_load(browser: Browser, room: str, cookies: StorageState) -> Load:
    """Open the room with nothing in the browser's cache."""
    context = browser.new_context(storage_state=cookies)
    page = context.new_page()
    page.add_init_script(_NOTE_USABLE)
    transferred = _count_bytes(context.new_cdp_session(page))
    page.goto(room)
    page.wait_for_function("() => window.usable", timeout=_PATIENCE)
    page.wait_for_load_state("networkidle")
    milliseconds = float(page.evaluate("window.usable"))
    context.close()
    return Load(sum(transferred), milliseconds)


def change_rooms(browser: Browser, rooms: list[str], cookies: StorageState, times: int) -> list[float]:
    """Go to and fro between two rooms: the milliseconds from each click to the frame with messages."""
    context = browser.new_context(storage_state=cookies)
    page = context.new_page()
    page.goto(rooms[0])
    page.wait_for_selector(_CONNECTED, state="attached", timeout=_PATIENCE)
    taken = []
    for n in range(1, times + 1):
        taken.append(float(page.evaluate(_CHANGE_ROOM, rooms[n % 2])))
        page.wait_for_selector(_CONNECTED, state="attached", timeout=_PATIENCE)
    context.close()
    return taken


def _count_bytes(session: CDPSession) -> list[int]:
    """All that comes from now on: HTTP with its headers, and what is in WebSocket frames."""
    sizes: list[int] = []

    def note_frame(event: dict[str, Any]) -> None:
        sizes.append(len(event["response"]["payloadData"].encode()))

    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    session.on("Network.webSocketFrameReceived", note_frame)
    session.send("Network.enable")
    return sizes


class Reader:
    """A visitor with all messages of the room loaded, at its end."""

    def __init__(self, browser: Browser, room: str, cookies: StorageState) -> None:
        self._context: BrowserContext = browser.new_context(storage_state=cookies)
        self._page: Page = self._context.new_page()
        self._page.goto(room)
        self._page.wait_for_selector(_CONNECTED, state="attached", timeout=_PATIENCE)
        self._page.wait_for_function(_TO_THE_TOP, polling=20, timeout=4 * _PATIENCE)
        self._page.keyboard.press("Alt+End")
        self._page.evaluate(_NOTE_KEYS)

    def close(self) -> None:
        self._context.close()

    def type(self, seconds: float) -> list[float]:
        """Type for so long, fast; the milliseconds that each key took until its letter was drawn."""
        self._page.evaluate("window.keys.length = 0")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._page.locator("#text").fill("")
            self._page.keyboard.type("a few words", delay=_BETWEEN_KEYS)
        self._page.wait_for_function("() => window.keys.length > 5")
        times: list[float] = self._page.evaluate("window.keys")
        return times

    def frames(self, seconds: float) -> float:
        """Frames a second, for so long."""
        return float(self._page.evaluate(_COUNT_FRAMES, 1000 * seconds))


@contextlib.contextmanager
def burst(url: str, room: int, rate: int) -> Iterator[None]:
    """Send messages at this rate a second, for as long as the block lasts."""
    over = threading.Event()
    talking = threading.Event()

    def talk() -> None:
        with connect(f"{url}/ws", subprotocols=["wschat.v1"], proxy=None) as socket:  # type: ignore[list-item]
            socket.send(json.dumps({"type": "hello", "id": 1, "name": f"talker {time.monotonic_ns()}"}))
            socket.send(json.dumps({"type": "join", "id": 2, "room": room}))
            begin, said = time.monotonic(), 0
            while not over.is_set():
                text = f"message {said} of a burst, of some length as people write them"
                socket.send(json.dumps({"type": "send", "id": 3 + said, "room": room, "text": text}))
                said += 1
                talking.set()
                time.sleep(max(0.0, begin + said / rate - time.monotonic()))

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        if not talking.wait(timeout=10):
            raise Lacking("a connection for the burst")
        yield
    finally:
        over.set()
        thread.join()
