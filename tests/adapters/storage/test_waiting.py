"""What waits for its moment, in memory or in tables: the timers get all that is due and read nothing else."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.storage.agenda import Agenda
from shared.storage.renewals import Renewals
from shared.storage.rows import moment, row_of
from shared.storage.tables import MAX_OPERATIONS, Tables
from shared.sync.keeping import Errand, Renewal, renewal_of
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import Doors
from tests.adapters.storage.samples import NOON
from tests.adapters.storage.test_store_conformance import all_of


async def test_only_subscriptions_that_end_in_time_are_due_for_renewal(doors: Doors) -> None:
    mine = samples.connection(doors.company, "r1")
    for name, end in {"soon": 1, "later": 60, "over": -30, "long-over": -24 * 10}.items():
        expires = NOON + timedelta(hours=end)
        await doors.store.schedule_renewal(replace(mine, subscription_id=name, subscription_expires=expires))
    await doors.store.schedule_renewal(replace(mine, subscription_id="", subscription_expires=None))

    async def due() -> set[str]:
        found = await all_of(doors.store.due_renewals(NOON + timedelta(hours=24)))
        return {renewal.subscription_id for renewal in found if renewal.company_id == doors.company}

    assert await due() == {"soon", "over", "long-over"}
    await doors.store.drop_renewal("soon", NOON + timedelta(hours=1))
    await doors.store.drop_renewal("soon", NOON + timedelta(hours=1))
    assert await due() == {"over", "long-over"}


async def test_no_subscription_that_has_ended_lies_around_for_ever(doors: Doors) -> None:
    mine = samples.connection(doors.company, "r1")
    for number in range(3):
        expires = NOON + timedelta(days=-20 * number, minutes=number)
        await doors.store.schedule_renewal(replace(mine, subscription_id=f"s{number}", subscription_expires=expires))
    assert len(await renewals_of(doors, NOON + timedelta(hours=1))) == 3
    await doors.store.drop_renewals(await renewals_of(doors, NOON + timedelta(hours=1)))
    assert await renewals_of(doors, NOON + timedelta(days=400)) == []


async def test_a_renewal_that_was_entered_anew_while_its_message_went_out_is_not_dropped(doors: Doors) -> None:
    mine = replace(samples.connection(doors.company, "r1"), subscription_expires=NOON)
    other = replace(mine, subscription_id="other")
    for connection in (mine, other):
        await doors.store.schedule_renewal(connection)
    sent = await renewals_of(doors, NOON + timedelta(hours=1))
    assert len(sent) == 2
    later = NOON + timedelta(minutes=30)
    await doors.store.schedule_renewal(replace(mine, subscription_expires=later))
    await doors.store.drop_renewals(sent)
    [left] = await renewals_of(doors, NOON + timedelta(hours=1))
    assert (left.subscription_id, left.expires) == (mine.subscription_id, later)


async def renewals_of(doors: Doors, until: datetime) -> list[Renewal]:
    return [found for found in await all_of(doors.store.due_renewals(until)) if found.company_id == doors.company]


async def errands_of(doors: Doors, until: datetime) -> list[Errand]:
    return [found for found in await all_of(doors.store.due_errands(until)) if found.company_id == doors.company]


@pytest.mark.parametrize("others", [0, 1, 150])
async def test_an_errand_that_was_entered_anew_while_its_message_went_out_is_not_dropped(
    doors: Doors, others: int
) -> None:
    store, until, soon = doors.store, NOON + timedelta(hours=2), NOON + timedelta(minutes=9)
    look = Errand(job="poll", company_id=doors.company, resource_id="r1", due=NOON)
    for errand in (look, *(replace(look, resource_id=f"other-{number}") for number in range(others))):
        await store.schedule_errand(errand)
    sent = await errands_of(doors, until)
    await store.schedule_errand(replace(look, due=soon))
    await store.drop_errands(sent)
    [left] = await errands_of(doors, until)
    assert (left.resource_id, left.due) == ("r1", soon)
    await store.drop_errands([left])
    await store.drop_errands([left])
    assert await errands_of(doors, until) == []


async def test_the_same_job_entered_for_another_run_is_another_entry(doors: Doors) -> None:
    look = Errand(job="poll", company_id=doors.company, resource_id="r1", due=NOON)
    for minutes in (0, 9, 10, 25):
        await doors.store.schedule_errand(replace(look, due=NOON + timedelta(minutes=minutes)))
    due = [errand.due - NOON for errand in await errands_of(doors, NOON + timedelta(hours=1))]
    assert due == [timedelta(minutes=minutes) for minutes in (9, 10, 25)]


@pytest.mark.parametrize("minutes", [9, 10, 11, 19, 24 * 60])
async def test_nothing_is_sent_before_it_is_due_and_nothing_that_is_due_is_overlooked(
    doors: Doors, minutes: int
) -> None:
    look = Errand(job="poll", company_id=doors.company, resource_id="r1", due=NOON + timedelta(minutes=minutes))
    await doors.store.schedule_errand(look)
    assert await errands_of(doors, look.due - timedelta(microseconds=1)) == []
    for later in (timedelta(0), timedelta(minutes=1), timedelta(hours=13), timedelta(days=40)):
        assert len(await errands_of(doors, look.due + later)) == 1


@pytest.mark.parametrize("minutes", [0, 1, 59, 60, 24 * 60])
async def test_no_subscription_is_renewed_before_its_time_and_none_is_overlooked(doors: Doors, minutes: int) -> None:
    ends = NOON + timedelta(minutes=minutes)
    await doors.store.schedule_renewal(replace(samples.connection(doors.company, "r1"), subscription_expires=ends))
    assert await renewals_of(doors, ends) == []
    for later in (timedelta(microseconds=1), timedelta(hours=1), timedelta(days=40)):
        assert len(await renewals_of(doors, ends + later)) == 1


# -- in tables: what it costs, and rows as they were written before


@pytest.fixture
def company() -> str:
    return f"company-{uuid.uuid4().hex}"


async def test_taking_what_was_sent_off_the_agenda_costs_one_request_for_a_hundred(
    tables: Tables, company: str
) -> None:
    agenda = Agenda(tables)
    looks = [Errand(job="poll", company_id=company, resource_id=f"r{number}", due=NOON) for number in range(250)]
    for look in looks:
        await agenda.schedule(look)
    tables.requests.clear()
    sent = [found async for found in agenda.due(NOON) if found.company_id == company]
    await agenda.drop(sent)
    assert len(sent) == 250
    assert [kind for _, kind in tables.requests].count("transaction") == -(-len(sent) // MAX_OPERATIONS)
    assert [kind for _, kind in tables.requests].count("row") == 0


async def test_what_is_due_later_is_not_even_looked_at(tables: Tables, company: str) -> None:
    """No filter is needed to tell what is due from what stands in later partitions."""
    agenda, renewals = Agenda(tables), Renewals(tables)
    for minutes in (0, 10, 60):
        due = NOON + timedelta(minutes=minutes)
        await agenda.schedule(Errand(job="poll", company_id=company, resource_id=f"r{minutes}", due=due))
        await renewals.schedule(
            Renewal(company_id=company, resource_id="r1", subscription_id=f"{company}-{minutes}", expires=due)
        )
    mine = f"company eq '{company}'"
    for table, ranges in (
        ("agenda", {"2026-11-23T12:00": 1, "2026-11-23T12:10": 2, "2026-11-23T12:50": 2, "2026-11-23T13:00": 3}),
        ("subscriptions", {"2026-11-23T11": 0, "2026-11-23T12": 2, "2026-11-23T13": 3}),
    ):
        for last, rows in ranges.items():
            assert len(await tables.rows(table, f"PartitionKey le '{last}' and {mine}")) == rows, (table, last)


@pytest.mark.parametrize("hours", [0, 13])
async def test_rows_that_were_entered_by_the_day_are_due_in_time_and_can_be_dropped(
    tables: Tables, company: str, hours: int
) -> None:
    due = NOON.replace(hour=0) + timedelta(hours=hours)
    columns = {"job": "check", "company": company, "resource": "r1", "due": moment(due)}
    await tables.put("agenda", row_of("2026-11-23", f"check!{company}!r1", columns))
    columns = {"company": company, "resource": "r1", "expires": moment(due)}
    await tables.put("subscriptions", row_of("2026-11-23", company, columns))
    agenda, renewals = Agenda(tables), Renewals(tables)

    async def found(until: datetime) -> tuple[list[Errand], list[Renewal]]:
        errands = [entry async for entry in agenda.due(until) if entry.company_id == company]
        return errands, [entry async for entry in renewals.due(until) if entry.company_id == company]

    assert await found(due - timedelta(seconds=1)) == ([], [])
    errands, ended = await found(due + timedelta(seconds=1))
    assert (len(errands), len(ended)) == (1, 1)
    await agenda.drop(errands)
    await renewals.drop(ended)
    assert await found(due + timedelta(days=3)) == ([], [])


def test_a_connection_without_a_subscription_has_nothing_to_renew() -> None:
    connection = samples.connection("c1", "r1")
    assert renewal_of(replace(connection, subscription_id="")) is None
    assert renewal_of(replace(connection, subscription_expires=None)) is None
