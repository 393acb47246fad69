"""What is overdue is found, and what only waits for its moment is not."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from ops.overdue import AGENDA_ENDS, ON_ITS_WAY
from ops.tools import Tools
from shared.domain.accounts import Company, Connection, Progress, RoundState, Status
from shared.sync.errands import CHECK_EVERY
from shared.sync.keeping import Errand
from shared.sync.spread import next_turn, own_time
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
    for resource in ("gone", "well"):
        await app.store.schedule_errand(Errand(job="check", company_id=company, resource_id=resource, due=now + day))
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
    found = json.loads((await operator("overdue", "--company", company, "--json")).out)["overdue"]
    (late,) = [late for late in found if late["what"] == "import"]
    assert (late["what"], late["resource"]) == ("import", "stuck")
    assert late["seconds"] == pytest.approx(7200, abs=60)
    assert company in (await operator("overdue")).out


async def test_where_nothing_is_overdue_that_is_said_and_is_a_success(operator: Operator, company: str) -> None:
    said = await operator("overdue", "--company", company)
    assert (said.code, said.out) == (0, "Nothing is overdue.\n")


async def test_what_a_lost_agenda_would_have_done_is_missed_until_it_is_entered_again(
    operator: Operator, company: str
) -> None:
    """Else a company that was promised to be forgotten after 30 days is kept for ever, and nothing is overdue."""
    app = Tools(operator.storage)
    now = app.now()
    left = Company(id=company, plan="premium", uninstalled_at=now - timedelta(days=40))
    await app.store.save_company(left)
    at_rest = (own_time(company, resource) for resource in (f"r{number}" for number in range(2000)))
    turns = [next_turn(own, CHECK_EVERY, now) - CHECK_EVERY for own in at_rest]
    resource = next(f"r{number}" for number, turn in enumerate(turns) if now - turn > ON_ITS_WAY * 2)
    busy = next(f"r{number}" for number, turn in enumerate(turns) if now - turn < ON_ITS_WAY / 2)
    for each, status in ((resource, Status.CONNECTED), (busy, Status.CONNECTED), ("paused", Status.PAUSED)):
        await app.store.save_connection(running(company, each, status))
    ago = replace(running(company, "importing", Status.IMPORTING), connected_at=now - timedelta(minutes=5))
    await app.store.save_connection(ago)

    mine, everything = ("overdue", "--company", company, "--json"), ("check", "--all", "--company", company, "--json")
    said = await operator(*mine)
    assert said.code == 1
    found = [(late["what"], late["resource"]) for late in json.loads(said.out)["overdue"]]
    assert found == [("no-erase", None), ("no-check", resource)]

    rehearsal = await operator(*everything, "--dry-run")
    assert await operator.visible("sync-rounds") == []
    assert (await operator(*mine)).out.count("no-") == 2
    said = await operator(*everything)
    counted = {"check": 2, "later": 1, "tidy": 1, "erase": 1}
    assert json.loads(rehearsal.out) == {"dry_run": True, **counted}
    assert (said.code, json.loads(said.out)) == (0, {"dry_run": False, **counted})
    sent = [json.loads(text) for text in await operator.visible("sync-rounds")]
    assert {(wake["job"], wake["resource_id"]) for wake in sent} == {("check", resource), ("check", busy)}
    agenda = [each async for each in app.store.due_errands(now + AGENDA_ENDS) if each.company_id == company]
    assert {(each.job, each.resource_id) for each in agenda} == {
        ("erase", ""),
        ("check", "importing"),
        ("tidy", "importing"),
        ("tidy", "paused"),
    }
    assert "no-erase" not in (await operator(*mine)).out
    await app.close()


async def test_a_check_of_everything_is_not_asked_for_by_a_slip(operator: Operator, company: str) -> None:
    for slip in ((), (company,), (company, "r1", "--all"), (company, "--all")):
        assert (await operator("check", *slip)).code == 2, slip
