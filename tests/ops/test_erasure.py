"""Export and erasure from the command line to the last row, with the app's worker and the emulator's tables."""

import asyncio
import json
import uuid
from dataclasses import replace
from functools import cached_property
from typing import cast

import pytest

from ops.tools import Tools
from shared.domain.accounts import Connection, Mailbox, Status
from shared.identity.data_keys import DataKeys
from shared.identity.sealing import Sealer
from shared.storage.queues import wake_from_json
from shared.sync.access import TokenProvider
from shared.sync.ports import Outlook
from shared.sync.worker import Worker
from tests.adapters.storage import samples
from tests.fakes.identity import no_vault
from tests.fakes.outlook import FakeOutlook
from tests.ops.conftest import Operator


class Running(Tools):
    """The app as it runs, with keys of its own and a calendar in memory."""

    def __init__(self, storage: str) -> None:
        super().__init__(storage)
        self.calendar = FakeOutlook()

    @property
    def sealer(self) -> Sealer:  # type: ignore[override]  # the app has keys
        return Sealer(("t1:" + "A" * 43 + "=",))

    @cached_property
    def data_keys(self) -> DataKeys:  # type: ignore[override]  # the app has keys
        return DataKeys(("t1:" + "A" * 43 + "=",), no_vault, local=True)

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        return cast(Outlook, self.calendar)


@pytest.fixture
def company() -> str:
    return f"company-{uuid.uuid4().hex}"


async def connected(operator: Operator, company: str) -> Running:
    """A company with one connected resource, whose tokens are in the vault."""
    app = Running(operator.storage)
    await app.store.save_company(replace(samples.company(company), uninstalled_at=None))
    subscription = await app.calendar.subscribe("state", app.now())
    mailbox = Mailbox(account=company, calendar_id="cal")
    bare = Connection(company_id=company, resource_id="r1", status=Status.CONNECTED, mailbox=mailbox)
    saved = replace(bare, subscription_id=subscription.id, subscription_expires=subscription.expires)
    await app.store.save_connection(replace(saved, connected_at=app.now(), joined_at=app.now()))
    await app.store.claim_calendar(mailbox, company, "r1")
    await app.vault.save(company, "r1", "refresh-token")
    await app.store.append_log(company, "r1", samples.line())
    return app


async def test_an_export_is_one_json_with_everything_but_keys(operator: Operator, company: str) -> None:
    await (await connected(operator, company)).close()
    said = await operator("export", company, "r1")
    assert said.code == 0
    told = json.loads(said.out)
    assert told["tokens"] is True
    assert set(told["kept"]) == {"connection", "log", "calendar"}
    assert told["kept"]["log"][0]["cause"] == "notification"
    assert "refresh-token" not in said.out
    assert said.err.splitlines()[-1] == "Looking through every table"


async def test_a_rehearsal_of_an_erasure_counts_and_ends_nothing(operator: Operator, company: str) -> None:
    app = await connected(operator, company)
    said = await operator("erase", company, "r1", "--dry-run", "--json")
    assert said.code == 0
    assert json.loads(said.out)["left"] == {"connection": 1, "log": 1, "calendar": 2, "tokens": 1}
    found = await app.store.connection(company, "r1")
    assert found
    assert found.status is Status.CONNECTED
    assert await operator.visible("sync-rounds") == []
    await app.close()


async def test_what_the_worker_has_erased_is_gone_from_every_table(operator: Operator, company: str) -> None:
    app = await connected(operator, company)
    said = await operator("erase", company, "r1", "--wait", "0")
    assert (said.code, "not erased yet" in said.out) == (1, True)
    assert [json.loads(text)["kind"] for text in await operator.visible("emails")] == ["disabled"]
    (first,) = await operator.visible("sync-rounds")
    assert json.loads(first)["job"] == "remove"
    erase = replace(wake_from_json(first), job="erase", keep=True)
    await operator.forget()

    watching = asyncio.create_task(operator("erase", company, "r1", "--keep-copies", "--wait", "60"))
    await asyncio.sleep(0.5)
    await Worker(app).handle(replace(erase, at=app.now()))
    said = await watching
    assert (said.code, said.out) == (0, "Nothing is kept of this resource.\n")
    assert app.calendar.subscriptions == {}
    assert json.loads((await operator("export", company, "r1")).out)["kept"] == {}
    await Worker(app).handle(erase)
    await Worker(app).handle(replace(erase, job="remove"))
    assert (await operator("erase", company, "r1")).code == 0
    await app.close()
