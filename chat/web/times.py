"""The template filters for short times. Templates load them as `times`."""

from datetime import datetime, timedelta
from typing import Final

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

register = template.Library()

_YEAR: Final = timedelta(days=365)
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


@register.filter
def last_seen(at: datetime) -> str:
    """When a person was last here: "Last seen 2 h ago"."""
    if timezone.now() - at < _MINUTE:
        return _("Last seen just now")
    return _("Last seen %(time)s ago") % {"time": short_ago(at)}


@register.filter
def short_ago(at: datetime) -> str:
    """How long ago it was, in its largest unit: "2 d"."""
    ago = timezone.now() - at
    if ago >= _YEAR:
        return _("%(count)d y") % {"count": ago // _YEAR}
    if ago >= _DAY:
        return _("%(count)d d") % {"count": ago // _DAY}
    if ago >= _HOUR:
        return _("%(count)d h") % {"count": ago // _HOUR}
    if ago >= _MINUTE:
        return _("%(count)d min") % {"count": ago // _MINUTE}
    return _("now")
