"""What was refused, in the words of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from chat.errors import CLIENT_UNAUTHORIZED, TOO_FAST, ChatError

# Errors are English, for all protocols alike. Here stands what a form can be refused for, to be translated.
TRANSLATED: Final = (
    _("another room has this title"),
    _("a hidden room needs a password"),
    _("a private room needs a password"),
    _("a public room has no password"),
    _("color must have 0 to 32 characters"),
    _("color must not contain control or invisible characters"),
    _("description must have 0 to 70 characters"),
    _("description must not contain control or invisible characters"),
    _("name is too long after Unicode normalization"),
    _("name must have 1 to 50 characters"),
    _("name must contain a visible character"),
    _("name must not contain invisible characters"),
    _("name must not contain control or invisible characters"),
    _("password must have 8 to 128 characters"),
    _("password must not contain a null character"),
    _("this name is taken on this server"),
    _("title must have 2 to 70 characters"),
    _("title must contain a visible character"),
    _(
        "title must not end in a slash, /ws, /token, /renew or /enter, or contain /moderators,"
        " which addresses use"
    ),
    _("title must not be a number, because addresses use room numbers"),
    _("title must not be . or .., or contain them between slashes"),
    _("title must not contain control or invisible characters"),
    _("visibility must be public, private or hidden"),
    _("too many new accounts from you in this hour; try again in the next"),
    _("too many new guests from you in this hour; try again in the next"),
    _("too many new rooms from you in this hour; try again in the next"),
    _("too many passwords are being checked; try again in a moment"),
    _("too many wrong passwords; try again later"),
    _("wrong or missing password"),
)


@dataclass(frozen=True, slots=True)
class FormError:
    """What is wrong with a form: in which of its fields ("" for the form as a whole), in words."""

    field: str
    text: str


def explain_error(error: ChatError, fields: Mapping[str, str]) -> FormError:
    """The error beside the field that it is about; `fields` maps our words to the form's."""
    return FormError(fields.get(error.field, ""), text_of(error))


def text_of(error: ChatError) -> str:
    """The error in the language of the page."""
    if error.kind == CLIENT_UNAUTHORIZED:  # its detail names the other name
        return gettext("You're in a room under another name. Leave that room before you change your name.")
    if error.detail.startswith(TOO_FAST):  # and goes on: after how long, which the header says, too
        return gettext("That was too fast. Wait a moment, and try again.")
    return capfirst(gettext(error.detail or error.kind.text))


def status_of(error: ChatError) -> int:
    """The status of a form that was refused. A 401 would ask for HTTP's own way to sign in."""
    return 400 if error.kind.status == 401 else error.kind.status


def with_wait(page: HttpResponse, error: ChatError) -> HttpResponse:
    """The page, with the time after which the same may succeed, where that is known."""
    if "Retry-After" in error.headers():
        page.headers["Retry-After"] = error.headers()["Retry-After"]
    return page
