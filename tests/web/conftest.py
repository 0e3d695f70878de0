"""Browsers without a browser."""

import pytest
from django.test import Client


@pytest.fixture
def visitor() -> Client:
    """A visitor without cookies."""
    return Client()
