"""Run the files first whose tests may take long: begun last, one of them would run while a core is idle.

`--dist=loadfile` gives each file to one process, in this order (with `--no-loadscope-reorder`).
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that may take long says so by its own time limit."""
    long = {item.path for item in items if item.get_closest_marker("timeout") is not None}
    items.sort(key=lambda item: item.path not in long)
