"""Take pictures of the web UI: `make pictures`, or `make pictures ARGS=--docs` for those of README and docs/.

They show a real server in Chromium, opened by the helpers of the tests (tests/e2e). Without --docs: each page
and each state of the page of a room, at four widths, light and dark, from left to right and from right to
left, in a new folder outside of the project. Emoji and other scripts need fonts, such as those of Debian's
fonts-noto-color-emoji, fonts-noto-cjk and fonts-noto-core.
"""

import argparse
import base64
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, Final

import django
from playwright.sync_api import Browser, Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.e2e.conftest import FLAGS  # noqa: E402
from tests.e2e.kit import Visitor  # noqa: E402
from tests.e2e.programs import ask, change_room, number, program  # noqa: E402
from tests.e2e.states import STATES, choose, enter_full_room, forget_drafts  # noqa: E402
from tests.e2e.test_screens import PHONE  # noqa: E402
from tests.support.accounts import PASSWORD, account  # noqa: E402
from tests.support.server import ServerProcess  # noqa: E402

DOCS: Final = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
THEMES: Final = ("light", "dark")
HEIGHT: Final = 844
WIDTHS: Final = {"phone": (390,), "desktop": (1280, 768, 1920)}
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "phone": PHONE,
    "desktop": {"viewport": {"width": 1280, "height": HEIGHT}},
}
# No language of ours is written from right to left: the layout is looked at with our texts.
RIGHT_TO_LEFT: Final = 'addEventListener("DOMContentLoaded", () => (document.documentElement.dir = "rtl"));'

# All pages but that of a room, by address. {room}: one of the visitor's own; {other}: one that is not.
PAGES: Final = {
    "home": "/",
    "home, nothing found": "/?q=nothing+of+the+kind",
    "new room": "/rooms/new",
    "new message": "/direct",
    "hidden room not found": "/rooms/find?title=nothing",
    "switcher": "/switch",
    "join": "{other}",
    "room settings": "{room}/settings",
    "mentions": "/mentions",
    "person": "/person?name=Carol",
    "conversation": "/direct/Carol",
    "unknown person": "/direct/unknown",
    "profile": "/profile",
    "sign in": "/sign-in",
    "sign up": "/sign-up",
    "not found": "/nothing",
    "protocol": "/api/v1/",
    "account": "/account",  # last: after signing in, the visitor is no longer Ann
}


class Camera:
    """Pictures of one page as it is, in each theme and width of its screen."""

    def __init__(self, folder: Path, screen: str, direction: str) -> None:
        self._folder = folder
        self._screen = screen
        self._direction = direction

    def rest(self, page: Page) -> None:
        """Give it the size at which states are opened."""
        page.set_viewport_size({"width": WIDTHS[self._screen][0], "height": HEIGHT})

    def take(self, page: Page, name: str) -> None:
        """Save what the page shows."""
        for width in WIDTHS[self._screen]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                path = self._folder / f"{width}-{theme}-{self._direction}" / f"{name}.png"
                page.screenshot(path=path, animations="disabled")


def take_all(browser: Browser, server: ServerProcess, folder: Path, wanted: Callable[[str], bool]) -> None:
    """Of each page and state."""
    account(server, "Sue")
    for screen, options in SCREENS.items():
        for direction in ("ltr", "rtl"):
            context = browser.new_context(**options)
            if direction == "rtl":
                context.add_init_script(RIGHT_TO_LEFT)
            ann, carol = Visitor(context.new_page(), server.url), Visitor(browser.new_page(), server.url)
            other = carol.create_room(f"Other {screen} {direction}", "private", "What we grow on the balcony")
            room = enter_full_room(ann, carol, server.ws_url)
            camera = Camera(folder, screen, direction)
            states = [state for state in STATES if screen in state.on and wanted(state.name)]
            take_states(ann, room, camera, states)
            for name in filter(wanted, PAGES):
                if name == "account":
                    sign_in(ann)
                ann.go(PAGES[name].format(room=room, other=other))
                if name == "conversation":
                    ann.is_connected()
                camera.take(ann.page, f"page {name}")
            carol.page.close()
            context.close()


def take_states(ann: Visitor, room: str, camera: Camera, states: list[Any]) -> None:
    """Of the page of a room."""
    for state in states:
        camera.rest(ann.page)
        forget_drafts(ann)
        ann.go(room)
        ann.is_connected()
        state.open(ann)
        camera.take(ann.page, f"room {state.name.replace(':', '')}")


def sign_in(visitor: Visitor) -> None:
    """With the account."""
    visitor.go("/sign-in?next=/account")
    visitor.page.get_by_label("Name").fill("Sue")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.get_by_role("heading", name="My account").wait_for()


def write_index(folder: Path) -> None:
    """A page with all of them, each state in a row."""
    kinds = sorted(path.name for path in folder.iterdir() if path.is_dir())
    names = sorted({path.name for path in folder.glob("*/*.png")})
    rows = (
        f"<h2>{escape(name)}</h2>"
        + "".join(f'<img loading="lazy" src="{kind}/{escape(name)}" title="{kind}">' for kind in kinds)
        for name in names
    )
    style = "img { height: 300px; margin: 4px; border: 1px solid #888 }"
    (folder / "index.html").write_text(f"<meta charset=utf-8><style>{style}</style>{''.join(rows)}", "utf-8")


# For the docs

WIDE: Final = {"width": 1200, "height": 600}
RULES: Final = "Be kind.\nPictures of your own garden only.\nNo ads."
SAID: Final = (
    ("Bert", "Has anyone grown leeks from seed?"),
    ("Carla", "Every year. Start them indoors in February."),
    ("Dave", "CHEAP FERTILIZER!!! Only today at https://shop.example"),
)
# Who says what, in answer to which message, and who reacts how.
TALK: Final[tuple[tuple[str, str, int | None, dict[str, str]], ...]] = (
    (
        "Mia",
        "The new irrigation timer is **in**. Who has time on Saturday?",
        None,
        {"Jonas": "🎉", "Aiko": "🎉"},
    ),
    ("Jonas", "Me, from ten. I bring the hose adapters.", 1, {}),
    ("Jonas", "We still need:\n- two 3/4\u2033 couplings\n- sealing tape\n- *patience*", None, {"Mia": "😂"}),
    ("Aiko", "Couplings are in the shed, second shelf 🌱", 3, {"Jonas": "👍", "Mia": "👍"}),
    (
        "Mia",
        "It runs this now:\n```python\nfor bed in beds:\n    if bed.dry():\n        bed.water(12)\n```",
        None,
        {},
    ),
    ("Aiko", "@Ann can you check the flow rate of bed 4? It was low last week.", None, {}),
)
COLORS: Final = {"Mia": "#9c2f6f", "Jonas": "#1f7336", "Aiko": "#8a5a00"}
ROOMS: Final = (
    ("Greenhouse", "public", "Tomatoes, mostly"),
    ("Tool library", "public", "Who has the wheelbarrow?"),
    ("Board", "private", "Minutes and money"),
    ("Bees", "public", "What the hives are up to"),
)


def save(page: Page, name: str) -> None:
    """What the page shows, as WebP, which the browser makes: a fifth of the PNG."""
    shot = base64.b64encode(page.screenshot(animations="disabled")).decode()
    painter = page.context.browser.new_page()  # type: ignore[union-attr]
    address = painter.evaluate(
        """async (shot) => {
            const picture = new Image();
            picture.src = `data:image/png;base64,${shot}`;
            await picture.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [picture.width, picture.height];
            canvas.getContext("2d").drawImage(picture, 0, 0);
            return canvas.toDataURL("image/webp", 0.85);
        }""",
        shot,
    )
    painter.close()
    (DOCS / f"{name}.webp").write_bytes(base64.b64decode(address.partition(",")[2]))


def take_for_docs(browser: Browser, server: ServerProcess) -> None:
    """Those that README and docs/ show."""

    def visitor(**options: Any) -> Visitor:
        return Visitor(browser.new_context(**{"viewport": WIDE, **options}).new_page(), server.url)

    take_moderation(visitor(), visitor(), server.ws_url)
    take_talk(visitor(viewport={"width": 1280, "height": 760}), server)


def take_talk(ann: Visitor, server: ServerProcess) -> None:
    """The list of rooms, and a room on a desktop and on a phone."""
    with contextlib.ExitStack() as stack:
        for title, visibility, description in ROOMS:
            other = ann.create_room(title, visibility, description)
            if visibility == "public":
                ann.enter(other, "Ann")
                bea = stack.enter_context(program(server.ws_url, other, f"Bea {title[:1]}"))
                ask(bea, type="send", room=number(other), text="Good morning everyone")
        room = ann.create_room("Community garden", description="Beds, tools and Saturday work")
        ann.enter(room, "Ann")
        people = {
            name: stack.enter_context(program(server.ws_url, room, name, color=color))
            for name, color in COLORS.items()
        }
        where = number(room)
        seqs: list[int] = []
        for name, text, answered, reactions in TALK:
            answer = {"reply_to": seqs[answered - 1]} if answered else {}
            seqs.append(ask(people[name], type="send", room=where, text=text, **answer)["seq"])
            for other_name, emoji in reactions.items():
                ask(people[other_name], type="react", room=where, target=seqs[-1], emoji=emoji)
        ask(people["Mia"], type="direct", to="Ann", text="Thanks for Saturday!")
        ann.say("Done: 4.1 l/min, as good as new")
        ann.page.mouse.move(0, 0)
        ann.page.wait_for_selector("#rows .message.mine[data-seq]")
        save(ann.page, "room-desktop")
        ann.page.emulate_media(color_scheme="dark")
        save(ann.page, "room-dark")
        ann.go("/")
        ann.page.emulate_media(color_scheme="light")
        save(ann.page, "rooms")
        phone = ann.page.context.browser.new_context(  # type: ignore[union-attr]
            **(PHONE | {"storage_state": ann.page.context.storage_state(), "color_scheme": "dark"})
        )
        small = Visitor(phone.new_page(), server.url)
        small.go(room)
        small.is_connected()
        small.go_to_end()
        save(small.page, "room-phone")


def take_moderation(ann: Visitor, newcomer: Visitor, url: str) -> None:
    """A room as its owner sees it, and a newcomer."""
    room = ann.create_room("Gardeners", description="Everything that grows")
    for name, text in SAID:
        with program(url, room, name) as socket:
            ask(socket, type="send", room=number(room), text=text)
    with program(url, room, "Bert") as bert:
        ask(bert, type="report", room=number(room), target=3, reason="spam", note="Every day!")
    ann.enter(room, "Sam")
    ann.go_to_end()
    if ann.page.locator("#people-button").get_attribute("aria-expanded") == "false":
        ann.page.locator("#people-button").click()
    ann.page.locator("#reports-button").click()
    ann.page.locator("#reports li").wait_for()
    save(ann.page, "moderation-reports")
    choose(ann, 3, "Ban Dave")
    ann.page.locator("#removal").wait_for()
    save(ann.page, "moderation-ban")
    ann.page.keyboard.press("Escape")
    change_room(ann, "PUT", room, rules=RULES)
    newcomer.enter(room, "Emma")
    newcomer.page.get_by_role("button", name="Accept rules").wait_for()
    save(newcomer.page, "moderation-rules")


def main() -> None:
    """Start a server and a browser, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="those of README and docs/ alone")
    parser.add_argument("words", nargs="*", help="only pages and states whose name has one of these")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        ServerProcess(Path(tempfile.mkdtemp())) as server,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=list(FLAGS)) as browser,
    ):
        if asked.docs:
            take_for_docs(browser, server)
            return
        folder = Path(tempfile.mkdtemp(prefix="wschat-pictures-"))
        take_all(
            browser, server, folder, lambda name: not asked.words or any(word in name for word in asked.words)
        )
        write_index(folder)
        sys.stdout.write(f"{folder}/index.html\n")


if __name__ == "__main__":
    main()
