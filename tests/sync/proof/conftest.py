"""The number of histories that were played, at the end of every run."""

import logging
from collections.abc import Iterator

import pytest

from tests.sync.proof import tally


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in tally.lines():
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What thousands of histories log would be kept until the end, and a failure has its own story."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
