"""What is overdue is found, and what only waits for its moment is not."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from ops.tools import Tools
from shared.domain.accounts import Connection, Progress, RoundState, Status
from shared.sync.keeping import Errand
from tests.ops.conftest import Operator


@pytest.fixture
def company() -> str:
    return f"company-{uuid.uuid4().hex}"


def running(company: str, resource: str, status: Status = Status.CONNECTED) -> Connection:
    return Connection(company_id=company, resource_id=resource, status=status)


async def test_who_is_late_is_named_and_who_is_in_time_is_not(operator: Operator, company: str) -> None:
    app = Tools(operator.storage)
    now, day = app.now(), timedelta(days=1)
    for resource, ends in (("late", now + day - timedelta(hours=2)), ("soon", now + day - timedelta(minutes=30))):
        subscribed = replace(running(company, resource), subscription_id=f"{company}-{resource}")
        await app.store.schedule_renewal(replace(subscribed, subscription_expires=ends))
    for job, due in (("check", now - timedelta(hours=3)), ("poll", now - timedelta(minutes=5))):
        await app.store.schedule_errand(Errand(job=job, company_id=company, resource_id="r1", due=due))
    await app.store.save_connection(replace(running(company, "gone"), subscription_expires=now - timedelta(hours=1)))
    await app.store.save_connection(replace(running(company, "well"), subscription_expires=now + day))
    paused = replace(running(company, "paused", Status.PAUSED), subscription_expires=now - day)
    await app.store.save_connection(paused)
    await app.close()

    said = await operator("overdue", "--company", company, "--json")
    assert said.code == 1
    found = [(late["what"], late["resource"]) for late in json.loads(said.out)["overdue"]]
    assert found == [("check", "r1"), ("renewal", "late"), ("lapsed", "gone")]
    spoken = await operator("overdue", "--company", company)
    assert "3 h" in spoken.out
    assert f"renewal  {company}" in spoken.out


async def test_an_import_that_does_not_end_is_found_by_when_it_began(operator: Operator, company: str) -> None:
    app = Tools(operator.storage)
    now = app.now()
    for resource, begun in (("stuck", now - timedelta(hours=2)), ("busy", now - timedelta(minutes=2))):
        await app.store.save_connection(replace(running(company, resource, Status.IMPORTING), connected_at=begun))
    again = replace(running(company, "again", Status.IMPORTING), connected_at=now - timedelta(days=9))
    await app.store.save_connection(again)
    ledger = await app.store.open(company, "again", now)
    assert ledger
    await ledger.close(RoundState(progress=Progress(purpose="import", started_at=now)))
    await app.close()
    (late,) = json.loads((await operator("overdue", "--company", company, "--json")).out)["overdue"]
    assert (late["what"], late["resource"]) == ("import", "stuck")
    assert late["seconds"] == pytest.approx(7200, abs=60)
    assert company in (await operator("overdue")).out


async def test_where_nothing_is_overdue_that_is_said_and_is_a_success(operator: Operator, company: str) -> None:
    said = await operator("overdue", "--company", company)
    assert (said.code, said.out) == (0, "Nothing is overdue.\n")
