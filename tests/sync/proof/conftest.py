"""The number of histories that were played, at the end of every run."""

import pytest

from tests.sync.proof import tally


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in tally.lines():
        terminalreporter.write_line(line)
