"""Keys on the running stack, by processes of their own: the vault is silent, keys are rotated, a key is lost."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from dev.keyvault import wrap
from dev.stack import Stack
from dev.stack.parts import loopback_client
from shared.storage.queues import SYNC_ROUNDS, queue_client
from shared.storage.tables import Tables
from shared.storage.vault import sealed_rows
from shared.storage.wakes import wake_to_json
from shared.sync.ports import Wake
from tests.stack.first_use import FirstUse, first_use
from tests.stack.world import World

pytestmark = pytest.mark.stack


class Keys:
    """One connected resource, the stack's own data key, a newer one, and fresh processes with either or both."""

    def __init__(self, stack: Stack, world: World) -> None:
        self.stack = stack
        self.world = world
        self.old = stack.settings["VAULT_KEYS"]
        self.new = wrap(stack.keyvault_url, "local-2", os.urandom(32))

    async def process(self, job: str, *keys: str, **settings: str) -> FirstUse:
        """One message, dealt with by a process that has just begun and has these keys."""
        wake = Wake(
            company_id=self.world.company_id,
            resource_id=self.world.resource("anna"),
            cause="notification",
            at=datetime.now(UTC),
            job=job,
            outlook=True,
        )
        chosen: Mapping[str, str] = {**self.stack.settings, "VAULT_KEYS": ",".join(keys), **settings}
        use = await first_use("sync_worker", wake_to_json(wake), chosen)
        assert use.error is None
        return use

    async def sealed_by(self) -> list[str]:
        tables = Tables(self.stack.storage)
        try:
            return [row.key async for row in sealed_rows(tables) if row.company_id == self.world.company_id]
        finally:
            await tables.close()

    async def put_off(self) -> int:
        """How many messages wait for later. They are taken away: the stack would wait for minutes to be quiet."""
        async with queue_client(self.stack.storage, SYNC_ROUNDS) as queue:
            waiting = (await queue.get_queue_properties()).approximate_message_count or 0
            await queue.clear_messages()
        return waiting

    async def unwrapped(self) -> int:
        """How often the vault was asked to open a key, since somebody last asked."""
        async with loopback_client(self.stack.keyvault_url) as vault:
            entries = (await vault.get("/_sim/requests?take")).json()
        return sum(entry["path"].endswith("/unwrapkey") for entry in entries)


@pytest.fixture
async def keys(stack: Stack, world: World) -> Keys:
    await world.open()
    await world.connect()
    await world.actors.forget_journals()
    made = Keys(stack, world)
    await made.unwrapped()
    return made


async def test_keys_are_rotated_under_a_connection_that_never_stops(keys: Keys) -> None:
    assert await keys.sealed_by() == ["local-1"]
    await keys.process("reseal", keys.new, keys.old)
    assert await keys.sealed_by() == ["local-2"]
    await keys.process("round", keys.old, keys.new)  # an instance that has not ended yet
    await keys.unwrapped()
    await keys.process("round", keys.new)  # dropped
    assert await keys.unwrapped() == 1
    assert await keys.world.cost() == ["GET outlook delta"] * 2
    await keys.process("reseal", keys.old, keys.new)  # as the stack has it
    assert (await keys.world.line())["status"] == "connected"
    assert await keys.world.actors.mails("reconnect_needed", keys.world.upn("anna")) == []


@pytest.mark.parametrize(
    ("fault", "settings"),
    [({"status": 503}, {}), ({}, {"KEY_VAULT_TOKEN": "of-somebody-else"})],
    ids=["silent", "says no"],
)
async def test_a_vault_that_does_not_open_makes_rounds_wait_and_disconnects_nobody(
    keys: Keys, fault: dict[str, int], settings: dict[str, str]
) -> None:
    async with loopback_client(keys.stack.keyvault_url) as vault:
        if fault:
            told = {"path": "unwrapkey", "times": None, **fault}
            (await vault.post("/_sim/faults", json=told)).raise_for_status()
        await keys.process("round", keys.old, **settings)
        await vault.delete("/_sim/faults")
    assert await keys.put_off() == 1
    assert await keys.world.cost() == [], "nobody was called without a token"
    line = await keys.world.line()
    assert (line["status"], line["reason"]) == ("connected", None)
    assert await keys.world.actors.mails("reconnect_needed", keys.world.upn("anna")) == []
    await keys.world.actors.forget_journals()
    await keys.process("round", keys.old)
    assert await keys.world.cost() == ["GET outlook delta"]


async def test_whose_key_is_lost_is_asked_to_sign_in_again_and_goes_on_without_a_second_copy(keys: Keys) -> None:
    world = keys.world
    await keys.process("round", keys.new, "local-1:lost")
    line = await world.line()
    assert (line["status"], line["reason"]) == ("reconnect_needed", "sign_in_lost")
    await world.actors.quiet()
    (mail,) = await world.actors.mails("reconnect_needed", world.upn("anna"))
    assert "we have lost the key" in json.dumps(mail)
    await world.connect()
    assert await keys.sealed_by() == ["local-1"]
    await world.no_duplicates()


async def test_the_identity_of_azure_gets_the_vault_opened(stack: Stack) -> None:
    """By azure-identity itself, from the endpoint that it finds in Azure."""
    script = (
        "import asyncio, httpx, sys\n"
        "from shared.identity.key_vault import KeyVault, identity_token\n"
        "from shared.storage.account import identity\n"
        "async def main():\n"
        "    async with httpx.AsyncClient() as http:\n"
        "        for again in (False, True):\n"
        "            assert await identity_token(again) == 'local-key-vault-token'\n"
        "        print(len(await KeyVault(http, identity_token).unwrap(*sys.argv[1].split('#'))))\n"
        "    await identity().close()\n"
        "asyncio.run(main())\n"
    )
    entry = stack.settings["VAULT_KEYS"].partition(":")[2]
    endpoint = {
        "IDENTITY_ENDPOINT": f"{stack.keyvault_url}/msi/token",
        "IDENTITY_HEADER": "local-identity-secret",
        "AZURE_CLIENT_ID": "00000000-0000-4000-8000-00000000c11d",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, entry, env=os.environ | endpoint, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    assert (child.returncode, output.strip()) == (0, b"32")
