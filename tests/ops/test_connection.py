"""Check, pause and resume from the command line: the same as in the app's pages, and never more than asked for."""

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from ops.tools import Tools
from shared.domain.accounts import Company, Connection, Status
from shared.domain.failures import Reason
from tests.ops.conftest import Operator


class Place:
    """A company with one connection, as it is stored."""

    def __init__(self, operator: Operator) -> None:
        self.operator, self.company = operator, f"company-{uuid.uuid4().hex}"

    async def has(self, status: Status, **facts: Any) -> None:
        app = Tools(self.operator.storage)
        await app.store.save_company(Company(id=self.company, plan="premium"))
        bare = Connection(company_id=self.company, resource_id="r1", status=status)
        await app.store.save_connection(replace(bare, **facts))
        await app.close()

    async def now(self) -> tuple[Status, list[str]]:
        """The connection's status, and the rules of its log, newest first."""
        app = Tools(self.operator.storage)
        found = await app.store.connection(self.company, "r1")
        lines, _ = await app.store.log(self.company, "r1", 9, "")
        await app.close()
        assert found
        return found.status, [line.rule for line in lines]

    async def jobs(self) -> list[str]:
        return [json.loads(text)["job"] for text in await self.operator.visible("sync-rounds")]


@pytest.fixture
def place(operator: Operator) -> Place:
    return Place(operator)


async def test_a_check_is_a_message_and_nothing_else(operator: Operator, place: Place) -> None:
    await place.has(Status.CONNECTED)
    said = await operator("check", place.company, "r1", "--json")
    assert (said.code, json.loads(said.out)["status"]) == (0, "connected")
    assert await place.jobs() == ["check"]


async def test_a_paused_sync_goes_on_from_where_it_was_paused(operator: Operator, place: Place) -> None:
    await place.has(Status.IMPORTING)
    assert (await operator("pause", place.company, "r1")).code == 0
    assert (await operator("pause", place.company, "r1")).code == 0
    assert await place.now() == (Status.PAUSED, ["paused"])
    assert await place.jobs() == []
    assert (await operator("resume", place.company, "r1")).code == 0
    assert await place.now() == (Status.IMPORTING, ["resumed", "paused"])
    assert await place.jobs() == ["import"]


async def test_the_brake_is_never_taken_off_without_a_word_from_its_people(operator: Operator, place: Place) -> None:
    await place.has(Status.PAUSED, reason=Reason.MANY_DELETIONS, paused_from=Status.CONNECTED)
    said = await operator("resume", place.company, "r1")
    assert (said.code, "--after-the-brake" in said.err) == (1, True)
    assert await place.now() == (Status.PAUSED, [])
    assert (await operator("resume", place.company, "r1", "--after-the-brake", "keep")).code == 0
    (message,) = [json.loads(text) for text in await operator.visible("sync-rounds")]
    assert (message["job"], message["cause"], message["keep"]) == ("catch_up", "resume", True)


async def test_a_rehearsal_changes_nothing_and_says_the_same(operator: Operator, place: Place) -> None:
    await place.has(Status.CONNECTED)
    for command in ("check", "pause"):
        said = await operator(command, place.company, "r1", "--dry-run", "--json")
        assert (said.code, json.loads(said.out)["dry_run"]) == (0, True)
    assert (await operator("resume", place.company, "r1", "--dry-run")).code == 1
    assert await place.now() == (Status.CONNECTED, [])
    assert await place.jobs() == []


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
@pytest.mark.parametrize("command", ["check", "pause", "resume"])
async def test_what_has_ended_is_not_touched_and_nothing_is_made_where_nothing_was(
    operator: Operator, place: Place, command: str, dry: list[str]
) -> None:
    await place.has(Status.DISABLED)
    for resource in ("r1", "never-seen"):
        said = await operator(command, place.company, resource, *dry)
        assert (said.code, said.out) == (1, "")
    assert await place.now() == (Status.DISABLED, [])
    assert "not-connected" in (await operator("status", place.company, "never-seen")).err
    assert await place.jobs() == []
