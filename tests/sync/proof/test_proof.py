"""After any history of edits, notifications and faults: once quiet, both calendars agree, or a conflict says why.

The same histories every time, as many as fit into a minute; `make prove` looks further.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.proof.themes import THEMES, Theme

PHASES = [Phase.generate, *([] if os.environ.get("PROOF_SHRINKS") == "no" else [Phase.shrink, Phase.explain])]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.machine.__name__)
def test_once_quiet_all_is_well(theme: Theme) -> None:
    run_state_machine_as_test(
        theme.machine,
        settings=settings(
            max_examples=theme.histories,
            stateful_step_count=theme.steps,
            deadline=None,
            derandomize=True,
            database=None,
            print_blob=True,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
