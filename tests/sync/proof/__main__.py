"""The long proof: histories that nobody has seen before, theme after theme, until the time is over (`make prove`).

PROVE_MINUTES says how long (30), PROVE_ONLY names one theme. A failure is printed with its steps and its blob.
"""

import logging
import os
import sys
from time import monotonic

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.proof import tally
from tests.sync.proof.themes import THEMES

AT_ONCE = 150
"""Histories of one theme before it is another one's turn."""
LONGER = 2
"""How much longer than in CI histories are."""


def main() -> int:
    logging.disable(logging.WARNING)  # that calls fail is the point
    ends = monotonic() + 60 * float(os.environ.get("PROVE_MINUTES", "30"))
    only = os.environ.get("PROVE_ONLY", "")
    themes = [theme for theme in THEMES if only in ("", theme.machine.__name__)]
    told = 0.0
    while monotonic() < ends:
        for theme in themes:
            if monotonic() < ends:
                run_state_machine_as_test(theme.machine, settings=_settings(LONGER * theme.steps))
            if monotonic() > told + 60:
                told = monotonic()
                print(tally.lines()[-1], flush=True)
    print("\n".join(tally.lines()))
    return 0


def _settings(steps: int) -> settings:
    return settings(
        max_examples=AT_ONCE,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


if __name__ == "__main__":
    sys.exit(main())
