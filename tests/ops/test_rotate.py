"""Rotation from the command line, with the app's worker, on the emulator's tables."""

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
from shared.identity.signing import Signer
from shared.storage.queues import wake_from_json
from shared.sync.access import TokenProvider
from shared.sync.ports import Outlook
from shared.sync.worker import Worker
from tests.adapters.storage import samples
from tests.fakes.identity import no_vault
from tests.fakes.outlook import FakeOutlook
from tests.identity.keys import plain
from tests.ops.conftest import Operator, Said

K1, K2 = plain("k1"), plain("k2")
S1, S2 = "s1:signing-key-number-one", "s2:signing-key-number-two"


class Running(Tools):
    """A process of the app, with these keys, and calendars in memory."""

    def __init__(self, storage: str, *keys: str, signing: tuple[str, ...] = (S1,)) -> None:
        super().__init__(storage)
        self.keys = keys
        self.signing = signing
        self.calendar = FakeOutlook()

    @cached_property
    def data_keys(self) -> DataKeys:  # type: ignore[override]  # the app has keys
        return DataKeys(self.keys, no_vault, local=True)

    @property
    def signer(self) -> Signer:
        return Signer(self.signing)

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        return cast(Outlook, self.calendar)


@pytest.fixture
def company() -> str:
    return f"company-{uuid.uuid4().hex}"


async def working(operator: Operator, app: Running, said: "asyncio.Task[Said]") -> Said:
    """The worker takes what it is sent until the operator's command has ended."""
    seen: set[str] = set()
    while not said.done():
        for text in await operator.visible("sync-rounds"):
            if text not in seen:
                seen.add(text)
                await Worker(app).handle(wake_from_json(text))
        await asyncio.sleep(0.05)
    return await said


async def test_tokens_are_resealed_and_the_tool_says_when_the_old_key_may_go(operator: Operator, company: str) -> None:
    old, new = Running(operator.storage, K1), Running(operator.storage, K2, K1)
    for resource in ("r1", "r2", "r3"):
        await old.vault.save(company, resource, f"tokens of {resource}")
    await new.vault.save(company, "r3", "renewed meanwhile")

    mine = ("rotate", "tokens", "--company", company)
    told = json.loads((await operator(*mine, "--json")).out)
    assert (told["by_key"], told["left"]) == ({"k1": 2, "k2": 1}, [])
    rehearsal = await operator(*mine, "--key", "k2", "--dry-run")
    assert (rehearsal.code, "2 would be done again by k2." in rehearsal.out) == (0, True)
    assert await operator.visible("sync-rounds") == []

    command = operator(*mine, "--key", "k2", "--pace", "100", "--wait", "30")
    said = await working(operator, new, asyncio.create_task(command))
    assert (said.code, said.out.splitlines()) == (
        0,
        ["3 tokens by the key k2", "Nothing of this company is left to do."],
    )
    assert "2 of 2 messages sent" in said.err
    last = Running(operator.storage, K2)
    assert [await last.vault.load(company, each) for each in ("r1", "r2", "r3")] == [
        "tokens of r1",
        "tokens of r2",
        "renewed meanwhile",
    ]
    await operator.forget()
    again = await operator(*mine, "--key", "k2", "--json")
    assert (again.code, json.loads(again.out)["found"]) == (0, 0)
    assert await operator.visible("sync-rounds") == []
    for app in (old, new, last):
        await app.close()


async def test_an_app_without_the_new_key_leaves_everything_and_the_tool_does_not_say_done(
    operator: Operator, company: str
) -> None:
    old = Running(operator.storage, K1)
    await old.vault.save(company, "r1", "tokens")
    command = operator("rotate", "tokens", "--company", company, "--key", "k2", "--wait", "1")
    said = await working(operator, old, asyncio.create_task(command))
    assert (said.code, "1 are left" in said.out, f"{company} r1 k1" in said.out) == (1, True, True)
    assert await old.vault.load(company, "r1") == "tokens"
    await old.close()


async def test_a_slip_in_the_name_of_a_key_is_told_after_a_few_messages(operator: Operator, company: str) -> None:
    """Else all of a large deployment is sent, for hours, for nothing."""
    app = Running(operator.storage, K2, K1)
    for number in range(8):
        await app.vault.save(company, f"r{number}", "tokens")
    command = operator("rotate", "tokens", "--company", company, "--key", "k3", "--wait", "1", "--pace", "100")
    said = await working(operator, app, asyncio.create_task(command))
    assert (said.code, "Is k3 the app's first key by now?" in said.out) == (1, True)
    assert "None of the first 5 was done within 1 s" in said.err
    assert len(await operator.visible("sync-rounds")) == 5
    await app.close()


async def test_all_are_sent_once_the_first_ones_are_done(operator: Operator, company: str) -> None:
    old, new = Running(operator.storage, K1), Running(operator.storage, K2, K1)
    for number in range(8):
        await old.vault.save(company, f"r{number}", "tokens")
    command = operator("rotate", "tokens", "--company", company, "--key", "k2", "--wait", "30", "--pace", "100")
    said = await working(operator, new, asyncio.create_task(command))
    assert (said.code, said.out.splitlines()[0]) == (0, "8 tokens by the key k2")
    for app in (old, new):
        await app.close()


async def test_tokens_that_no_key_opens_stop_nobody_elses_rotation(operator: Operator, company: str) -> None:
    lost = Running(operator.storage, plain("k0"))
    await lost.vault.save(company, "r1", "tokens")
    old, new = Running(operator.storage, K1), Running(operator.storage, K2, K1)
    await old.vault.save(company, "r2", "tokens")
    command = operator("rotate", "tokens", "--company", company, "--key", "k2", "--wait", "2", "--json")
    said = await working(operator, new, asyncio.create_task(command))
    told = json.loads(said.out)
    assert (said.code, told["by_key"], [row["key"] for row in told["left"]]) == (1, {"k0": 1, "k2": 1}, ["k0"])
    for app in (lost, old, new):
        await app.close()


async def test_client_states_are_signed_anew_while_the_old_ones_still_count(operator: Operator, company: str) -> None:
    old = Running(operator.storage, K1)
    new = Running(operator.storage, K1, signing=(S2, S1))
    await old.store.save_company(replace(samples.company(company), uninstalled_at=None))
    before = old.signer.client_state(company, "r1")
    subscription = await new.calendar.subscribe(before, old.now())
    mailbox = Mailbox(account=company, calendar_id="cal")
    bare = Connection(company_id=company, resource_id="r1", status=Status.CONNECTED, mailbox=mailbox)
    known = replace(bare, subscription_id=subscription.id, subscription_expires=subscription.expires)
    await old.store.save_connection(replace(known, subscription_key="s1"))
    idle = replace(bare, resource_id="r2", subscription_id="", subscription_key="")
    await old.store.save_connection(idle)

    command = operator("rotate", "client-state", "--company", company, "--key", "s2", "--wait", "30", "--json")
    said = await working(operator, new, asyncio.create_task(command))
    assert (said.code, json.loads(said.out)["by_key"]) == (0, {"s2": 1})
    ((made, after),) = new.calendar.subscriptions.values()
    assert made.id != subscription.id
    assert Signer((S2,)).read_client_state(after) == (company, "r1")
    assert new.signer.read_client_state(before) == (company, "r1")
    assert Signer((S2,)).read_client_state(before) is None
    jobs = [json.loads(text)["job"] for text in await operator.visible("sync-rounds")]
    assert jobs == ["renew", "round"], "what was not told in between is read"
    await old.close()
    await new.close()
