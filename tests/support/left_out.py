"""Names the tests that were left out, with the reason, in the last lines of the output."""

from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield  # the terminal reporter prints its summary in here
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    for report in reporter.stats.get("skipped", []):
        _, _, reason = report.longrepr
        reporter.write_line(f"Left out: {report.nodeid}: {reason.removeprefix('Skipped: ')}")
