"""Which form an answer has."""

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class WhatThereIs(DefaultContentNegotiation):
    """`Accept` chooses where there is a choice, and refuses nothing.

    Clients in the wild send `Accept: text/html` and read JSON.
    """

    def select_renderer(  # type: ignore[override]  # the stubs leave out what it returns
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The renderer and its media type."""
        try:
            chosen: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], str(renderers[0].media_type)
        return chosen
