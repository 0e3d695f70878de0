"""The WebSocket protocol, case by case, on our server and on daphne."""

from collections.abc import Iterator

import pytest

from tests.conformance.cases import CASES
from tests.conformance.kit import ABNORMAL, LONGEST, MAX_FRAME, Ended, Step, connect
from tests.support.server import DaphneProcess, ServerProcess

# It does not count fragments, and does not know that code.
NOT_UNDER_DAPHNE = {"9 64 KiB in fragments of 63", "9 endless empty fragments", "7 valid code 1014"}
SETTINGS = {"WSCHAT_MAX_TEXT": str(LONGEST)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("serve"), SETTINGS) as server:
        yield server
    assert "Traceback" not in server.output()


@pytest.fixture(scope="module")
def daphne(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    limit = ("--websocket-max-message-size", str(MAX_FRAME))
    with DaphneProcess(tmp_path_factory.mktemp("daphne"), SETTINGS, arguments=limit) as server:
        yield server


def as_daphne_does(step: Step) -> Step:
    """It cuts a connection that fails, and answers each close frame with 1000."""
    return Ended(ABNORMAL if step.failed else 1000) if isinstance(step, Ended) else step


@pytest.mark.parametrize("case", CASES)
def test_server_answers_each_case_as_rfc_6455_says(server: ServerProcess, case: str):
    with connect(server.port) as connection:
        connection.play(CASES[case])


def test_each_category_has_cases():
    categories = {case.split()[0].split(".")[0] for case in CASES}
    assert categories == {"1", "2", "3", "4", "5", "6", "7", "9", "10"}
    assert len(CASES) >= 140


@pytest.mark.parametrize("case", [case for case in CASES if case not in NOT_UNDER_DAPHNE])
def test_daphne_answers_each_case_or_cuts_the_connection(daphne: ServerProcess, case: str):
    with connect(daphne.port) as connection:
        connection.play(tuple(map(as_daphne_does, CASES[case])))
