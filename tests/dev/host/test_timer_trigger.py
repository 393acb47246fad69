import json
from datetime import UTC, datetime, timedelta

import pytest

from dev.host.timer_trigger import Schedule
from tests.dev.host.support import Bench, eventually, running_host


def test_a_schedule_counts_seconds_first_and_in_utc() -> None:
    moment = datetime(2026, 3, 29, 0, 59, 58, tzinfo=UTC)
    assert Schedule("30 0 1 * * *").after(moment) == datetime(2026, 3, 29, 1, 0, 30, tzinfo=UTC)
    assert Schedule("0 0 0 * * 0").after(moment) == datetime(2026, 4, 5, tzinfo=UTC)


def test_an_occurrence_never_follows_itself() -> None:
    moment = datetime(2026, 1, 1, 10, 0, 0, tzinfo=UTC)
    assert Schedule("0 0 10 * * *").after(moment) == moment + timedelta(days=1)


@pytest.mark.parametrize("expression", ["* * * * *", "0 61 * * * *", "hourly", "00:05:00"])
def test_a_schedule_that_azure_refuses_is_refused_here(expression: str) -> None:
    with pytest.raises(ValueError, match="NCRONTAB"):
        Schedule(expression)


async def test_a_timer_fires_at_each_of_its_seconds(bench: Bench) -> None:
    del bench.environment["AzureWebJobs.every_second.Disabled"]
    async with running_host(bench):
        await eventually(lambda: len(bench.notes("tick")) >= 3, 6)
    assert {note["past_due"] for note in bench.notes("tick")} == {False}


async def test_occurrences_missed_while_the_host_was_down_are_made_up_for_once(bench: Bench) -> None:
    missed = datetime.now(UTC) - timedelta(days=800)
    status = bench.state / "timers" / "yearly.json"
    status.parent.mkdir(parents=True)
    status.write_text(json.dumps({"Last": None, "Next": missed.isoformat(), "LastUpdated": missed.isoformat()}))
    for _ in range(2):
        async with running_host(bench) as host:
            await eventually(lambda host=host: "functions loaded" in host.log())  # type: ignore[misc]  # bound now
            await eventually(lambda: len(bench.notes("yearly")) >= 1)
    assert [note["past_due"] for note in bench.notes("yearly")] == [True]
    assert datetime.fromisoformat(json.loads(status.read_text("utf-8"))["Next"]) > datetime.now(UTC)


async def test_a_timer_that_missed_nothing_does_not_fire_at_the_start(bench: Bench) -> None:
    async with running_host(bench):
        await eventually(lambda: (bench.state / "timers" / "yearly.json").exists())
    assert bench.notes("yearly") == []
