"""What is told of a company and its connections: codes and moments, nothing of a person."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ops.tools import Tools
from shared.domain.accounts import Company, Connection, Mailbox, RoundState, Status
from shared.domain.failures import Reason
from tests.adapters.storage import samples
from tests.ops.conftest import Operator


async def paused(operator: Operator) -> str:
    """A company with one connection that is paused and one that runs; answers its id."""
    company, app = f"company-{uuid.uuid4().hex}", Tools(operator.storage)
    await app.store.save_company(replace(samples.company(company), uninstalled_at=None))
    await app.store.save_connection(samples.connection(company, "r1"))
    runs = Connection(company_id=company, resource_id="r2", status=Status.CONNECTED)
    await app.store.save_connection(replace(runs, mailbox=Mailbox(account="oid.tid", calendar_id="AAMkSecret")))
    for resource, state in (("r1", samples.state()), ("r2", RoundState(covered_until=read_at()))):
        ledger = await app.store.open(company, resource, app.now())
        assert ledger
        await ledger.close(state)
    await app.close()
    return company


def read_at() -> datetime:
    return datetime.now(UTC) - timedelta(hours=2)


async def test_a_company_is_told_with_each_of_its_connections(operator: Operator) -> None:
    company = await paused(operator)
    said = await operator("status", company, "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["company"], told["eligible"], told["policy_version"]) == (company, True, "3")
    first, second = told["connections"]
    assert (first["status"], first["reason"]) == (Status.PAUSED, Reason.PLAN_NOT_ELIGIBLE)
    assert (first["open_conflicts"], first["lag_seconds"]) == (3, None)
    assert first["subscription_expires"] == "2026-11-29T12:00:00+00:00"
    assert second["lag_seconds"] == pytest.approx(7200, abs=60)
    spoken = await operator("status", company)
    assert "r2" in spoken.out
    assert "2 h" in spoken.out


async def test_one_connection_is_told_in_full_and_nothing_of_the_person(operator: Operator) -> None:
    company = await paused(operator)
    for said in (await operator("status", company, "r1"), await operator("status", company, "r1", "--json")):
        assert said.code == 0
        for secret in ("AAMk", "oid.tid", "deltatoken", "0f0f", "admin-7"):
            assert secret not in said.out + said.err
    assert json.loads(said.out)["connections"][0]["reading"] == "import 80/200"
    assert "r2" not in said.out


@pytest.mark.parametrize("resource", [[], ["r1"]])
async def test_an_id_that_nobody_knows_is_told_and_is_no_success(operator: Operator, resource: list[str]) -> None:
    unknown = await operator("status", "nobody-at-all", *resource)
    assert (unknown.code, unknown.out) == (1, "")
    assert "unknown-company" in unknown.err


async def test_a_resource_without_a_connection_is_told(operator: Operator) -> None:
    app, company = Tools(operator.storage), f"company-{uuid.uuid4().hex}"
    await app.store.save_company(Company(id=company, plan="premium"))
    await app.close()
    assert "not-connected" in (await operator("status", company, "r9")).err


async def test_what_can_be_no_id_is_refused_before_anything_is_asked(operator: Operator) -> None:
    with pytest.raises(SystemExit) as stopped:
        await operator("status", "a/b")
    assert stopped.value.code == 2


async def test_whoever_knows_no_company_yet_is_told_which_there_are(operator: Operator) -> None:
    company, gone = await paused(operator), f"company-{uuid.uuid4().hex}"
    app = Tools(operator.storage)
    left = datetime(2026, 11, 1, tzinfo=UTC)
    await app.store.save_company(Company(id=gone, plan="no-such-plan", uninstalled_at=left))
    await app.close()
    told = {line["company"]: line for line in json.loads((await operator("status", "--json")).out)["companies"]}
    assert told[company] == {
        "company": company,
        "eligible": True,
        "uninstalled_at": None,
        "connections": {"connected": 1, "paused": 1},
    }
    assert (told[gone]["eligible"], told[gone]["connections"]) == (False, {})
    lines = (await operator("status")).out.splitlines()
    assert f"{company} yes - 1 connected, 1 paused" in [" ".join(line.split()) for line in lines]
    assert any(line.startswith(gone) and "2026-11-01" in line for line in lines)
