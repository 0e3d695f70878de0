"""Refusals, in the words of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from chat.errors import (
    BANNED,
    KICKED,
    MUTED,
    NO_NEWCOMERS,
    RULES_NOT_ACCEPTED,
    SLOW_MODE,
    TOO_FAST,
    ChatError,
)
from chat.filters import NOT_REGULAR

# Errors are English, for all protocols alike. Here stands what a form can be refused for, to be translated.
TRANSLATED: Final = (
    _("a filter does not let this name through"),
    _("a filter of this room does not let this message through"),
    _("a filter of this server does not let this description through"),
    _("a filter of this server does not let this title through"),
    _("amount must be a number from 1 to 100"),
    _("amount must be a number from 2 to 50"),
    _("another room has this title"),
    _("a hidden room needs a password"),
    _("a private room needs a password"),
    _("a public room has no password"),
    _("dates must look like 2026-01-31, as in before:2026-01-31"),
    _("color must have 0 to 32 characters"),
    _("color must not contain control or invisible characters"),
    _("description must have 0 to 70 characters"),
    _("description must not contain control or invisible characters"),
    _("name is too long after Unicode normalization"),
    _("name must have 1 to 50 characters"),
    _("name must be written in one script, without stray marks"),
    _("name must not be a word that mentions everyone"),
    _("name must contain a visible character"),
    _("name must not contain invisible characters"),
    _("name must not contain control or invisible characters"),
    _("note must have at most 200 characters"),
    _("password must have 8 to 128 characters"),
    _("password must not contain a null character"),
    _("each line of pattern must have 1 to 20 words or signs"),
    _("pattern must have at most 2000 characters in 200 lines"),
    _("pattern must not be empty"),
    _("too costly: repeat less in the expression, or remove other filters first"),
    _("there can be at most 50 filters; remove one first"),
    _("there is no such filter"),
    _("this kind of filter has no amount"),
    _("this kind of filter has no pattern"),
    _("this name is taken on this server"),
    _("you can create rooms when staff have approved a message of yours"),
    _("retention must be 0 to 36500 days"),
    _("the default room cannot be deleted"),
    _("the pause of slow mode must be 0 to 21600 seconds"),
    _("rules must have at most 2000 characters"),
    _("rules must not be invisible"),
    _("rules must not contain control characters"),
    _("there is no such ban"),
    _("staff or the owner of this room decided this; only they can change it"),
    _("this is not the title of the room"),
    _("text must have 1 to 100 characters"),
    _("text must contain a visible character"),
    _("no such participant"),
    _("you can block at most 1000 people; unblock some first"),
    _("the server is still busy with your earlier requests; try again when they are done"),
    _("only people with an account can post in this room"),
    _("this room is locked; only moderators can post"),
    _("you can change this room when a moderator has approved a message of yours"),
    _("title must have 2 to 70 characters"),
    _("title must contain a visible character"),
    _(
        "title must not end in a slash, /ws, /token, /renew, /enter, /settings, /kicks or /mutes, or"
        " contain /moderators, /bans or /deletions, which addresses use"
    ),
    _("title must not be a number, because addresses use room numbers"),
    _("title must not be . or .., or contain them between slashes"),
    _("title must not contain control or invisible characters"),
    _("visibility must be public, private or hidden"),
    _("too many new accounts from you within an hour; try again later"),
    _("too many new guests from you within an hour; try again later"),
    _("too many new rooms from you within an hour; try again later"),
    _("too many passwords are being checked; try again in a moment"),
    _("too many wrong passwords; try again later"),
    _("wrong or missing password"),
)


@dataclass(frozen=True, slots=True)
class FormError:
    """An error of a form: its field ("" for the whole form), and its text."""

    field: str
    text: str


def explain_error(error: ChatError, fields: Mapping[str, str]) -> FormError:
    """The error beside the field that it is about; `fields` maps our words to the form's."""
    return FormError(fields.get(error.field, ""), text_of(error))


def text_of(error: ChatError) -> str:
    """The error in the language of the page."""
    if error.kind == NO_NEWCOMERS:
        what, _colon, reason = error.detail.partition(": ")
        words = gettext("No one new can join right now. Try again later.")
        if what.startswith("this room"):
            words = gettext("No one new can join this room right now. Try again later.")
        return f"{words} {gettext('Reason: %(reason)s') % {'reason': reason}}" if reason else words
    if error.detail.startswith(NOT_REGULAR):
        why = error.detail.removeprefix(f"{NOT_REGULAR}: ")
        return gettext("This is not a valid regular expression: %(why)s") % {"why": why}
    if error.kind == MUTED:  # its detail may name the end
        return gettext("A moderator has muted you in this room.")
    if error.kind == RULES_NOT_ACCEPTED:  # its detail has the rules
        return gettext("Accept the rules of this room first.")
    # The detail goes on: after how long, which the header says, too.
    if error.kind == SLOW_MODE or error.detail.startswith(TOO_FAST):
        return gettext("That was too fast. Wait a moment, and try again.")
    if error.kind in (KICKED, BANNED):
        return _explain_removal(error)
    return capfirst(gettext(error.detail or error.kind.text))


def _explain_removal(error: ChatError) -> str:
    """Explain why a visitor may not join: the detail ends with the reason (`ActiveBan.make_error`)."""
    what, _colon, reason = error.detail.partition(": ")
    if error.kind == KICKED:
        words = [gettext("A moderator removed you from this room. Try again in a moment.")]
    elif "server" in what:
        words = [gettext("You're banned from this site.")]
    else:
        words = [gettext("You're banned from this room.")]
    if error.kind == BANNED and error.retry_after is not None:
        end = naturaltime(timezone.now() + timedelta(seconds=error.retry_after))
        words.append(gettext("The ban ends %(when)s.") % {"when": end})
    elif error.kind == BANNED:
        words.append(gettext("Until further notice."))
    if reason:
        words.append(gettext("Reason: %(reason)s") % {"reason": reason})
    return " ".join(words)


def status_of(error: ChatError) -> int:
    """The status of a form that was refused. A 401 would ask for HTTP's own way to sign in."""
    return 400 if error.kind.status == 401 else error.kind.status


def with_wait(page: HttpResponse, error: ChatError) -> HttpResponse:
    """The page, with the time after which the same may succeed, where that is known."""
    if "Retry-After" in error.headers():
        page.headers["Retry-After"] = error.headers()["Retry-After"]
    return page
