"""Browsers without a browser."""

import pytest
from django.test import Client


@pytest.fixture
def visitor() -> Client:
    """Somebody who was never here before."""
    return Client()
