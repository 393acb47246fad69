"""Counting what Azure would bill, and nothing that only the local stack asks."""

import pytest

from tests.benchmarks.cost_model import HTTP, ROUNDS, TIMERS
from tests.benchmarks.meter import covered, group_of, row_bytes, usage_of
from tests.benchmarks.storage_log import Storage


def test_executions_are_counted_with_the_group_that_they_scale_with() -> None:
    assert [group_of(name) for name in ("graph_notifications", "sync_worker", "run_errands")] == [HTTP, ROUNDS, TIMERS]
    runs = [
        {"function": "sync_worker", "cpu": 0.05, "ended": 10.0, "took": 0.1},
        {"function": "timify_webhooks", "cpu": 0.01, "ended": 9.0, "took": 0.1},
    ]
    usage = usage_of(runs, Storage(2, 1, 1), 3, 500)
    assert usage.runs == {HTTP: 1, ROUNDS: 1}
    assert usage.busy == pytest.approx({HTTP: 0.01, ROUNDS: 0.05})


def test_work_is_not_counted_twice_because_two_executions_saw_it() -> None:
    both = [{"function": "sync_worker", "cpu": 1.0, "ended": ended, "took": 1.0} for ended in (10.0, 10.5)]
    assert usage_of(both, Storage(0, 0, 0), 0, 0).busy[ROUNDS] == pytest.approx(1.5)
    assert covered([(0, 2), (1, 3), (5, 6)]) == 4
    assert covered([]) == 0


def test_a_row_is_as_large_as_azure_counts_it() -> None:
    """4 + 2×(2+3) keys, then 8 + 2×1 + 8 for a number and 8 + 2×4 + 4 + 2×2 for a text."""
    row = {"PartitionKey": "ab", "RowKey": "cde", "n": 5, "text": "xy"}
    assert row_bytes(row) == 14 + 18 + 24
