"""A person who has only a keyboard, and hears roles and names instead of seeing the page."""

import re
from typing import Literal

from playwright.sync_api import Locator, expect

from tests.e2e.kit import Visitor

Role = Literal[
    "article", "button", "combobox", "dialog", "heading", "link", "menuitem", "radio", "searchbox", "textbox"
]
Name = str | re.Pattern[str]
_MOST = 60  # presses of a key that a person would put up with


class Keys:
    """The keyboard of a visitor. Nothing here touches the mouse or gives the focus to anything."""

    def __init__(self, visitor: Visitor) -> None:
        self.page = visitor.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def there_is(self, role: Role, name: Name) -> Locator:
        """What has this role and name in the accessibility tree."""
        return self.page.get_by_role(role, name=name, exact=isinstance(name, str))

    def is_at(self, role: Role, name: Name) -> Locator:
        """What has the focus has this role and name."""
        expect(self.there_is(role, name).and_(self.page.locator(":focus"))).to_be_visible()
        return self.page.locator(":focus")

    def go_to(self, role: Role, name: Name, key: str = "Tab") -> Locator:
        """Press the key until the focus is there."""
        wanted = self.there_is(role, name).and_(self.page.locator(":focus"))
        met = []
        for _ in range(_MOST):
            self.press(key)
            if wanted.count():
                return self.is_at(role, name)
            focus = self.page.locator(":focus")
            met.append(focus.aria_snapshot().partition("\n")[0] if focus.count() else "nothing")
        raise AssertionError(f"{key} does not lead to the {role} {name!r}, but to {met}")
