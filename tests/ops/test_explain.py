"""Why an item did not sync, told at the command line in the words of the pages."""

import json
import uuid
from dataclasses import replace

import pytest

from ops.tools import Tools
from shared.domain.accounts import Company, Connection, Status
from shared.domain.failures import Reason
from shared.domain.links import LinkState
from shared.domain.rules import Rule
from shared.sync.keeping import Changes
from tests.adapters.storage import samples
from tests.ops.conftest import Operator


@pytest.fixture
async def company(operator: Operator) -> str:
    """A company with a resource that stays private for one event, and holds the copy of another."""
    name, app = f"company-{uuid.uuid4().hex}", Tools(operator.storage)
    await app.store.save_company(Company(id=name, plan="premium"))
    await app.store.save_connection(Connection(company_id=name, resource_id="r1", status=Status.CONNECTED))
    ledger = await app.store.open(name, "r1", app.now())
    assert ledger
    private = replace(samples.link("r1", "AAMk/private=="), state=LinkState.SEEN, reason=Rule.PRIVATE)
    held = replace(samples.link("r1", "AAMk/held=="), state=LinkState.HELD, reason=Rule.HELD_OVERLAP)
    line = replace(samples.line(), item=held.key, rule=Rule.HELD_OVERLAP, outcome="held")
    await ledger.commit(Changes(links=[private, held], conflicts=[samples.conflict(held.key)], log=[line]))
    await ledger.close(samples.state())
    await app.close()
    return name


async def test_an_item_that_stays_by_setting_names_the_setting(operator: Operator, company: str) -> None:
    said = await operator("explain", company, "r1", "AAMk/private==")
    assert said.code == 0
    assert "It has no copy, on purpose: private events stay in Outlook, by setting." in said.out
    assert "held" not in said.out


async def test_a_held_item_names_its_conflict_and_what_the_log_says(operator: Operator, company: str) -> None:
    told = json.loads((await operator("explain", company, "r1", "AAMk/held==", "--json")).out)
    (item,) = told["items"]
    assert (item["state"], item["rule"]) == ("held", "held_overlap")
    assert item["conflicts"][0]["kind"] == "overlap"
    assert "There is something else at this time in the other calendar." in item["sentences"][1]
    assert item["log"][0]["text"].startswith("Outlook told of a change: something else is there at that time.")


async def test_an_unknown_item_of_a_sync_that_stands_still_is_told_both(operator: Operator, company: str) -> None:
    app = Tools(operator.storage)
    found = await app.store.connection(company, "r1")
    assert found
    stopped = replace(found, status=Status.RECONNECT_NEEDED, reason=Reason.ACCESS_REVOKED)
    await app.store.save_connection(stopped)
    await app.close()
    said = await operator("explain", company, "r1", "AAMk/never-seen==")
    assert said.code == 1
    assert "The sync does not run: its status is reconnect_needed." in said.out
    assert "The permission for the resource's calendar was withdrawn" in said.out
    assert "No item with this id is remembered." in said.out
    assert "ImmutableId" in said.out


async def test_a_resource_that_is_not_connected_is_told(operator: Operator, company: str) -> None:
    said = await operator("explain", company, "r9", "AAMk/private==")
    assert (said.code, said.out) == (1, "")
    assert "not-connected" in said.err
