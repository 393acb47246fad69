"""A key vault in-process, on the real contract, and the app's adapter before it."""

import asyncio
import base64
import os
from dataclasses import dataclass, field

import httpx

from dev.keyvault import KeyVaultSimulator, wrap
from shared.identity.data_keys import DataKeys
from shared.identity.key_vault import KeyVault

URL = "http://127.0.0.1:7"
TOKEN = "token-of-the-identity"


def plain(name: str) -> str:
    """A data key as it may be on one machine."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def wrapped(name: str) -> str:
    """A data key that the vault's first version opens."""
    return wrap(URL, name, os.urandom(32))


@dataclass
class VaultWorld:
    """A vault, what it was asked, and what was slept. `tokens`: those that the identity gives, one after the other."""

    simulator: KeyVaultSimulator = field(default_factory=lambda: KeyVaultSimulator(base_url=URL, token=TOKEN))
    tokens: list[str] = field(default_factory=lambda: [TOKEN])
    asked_for_new: list[bool] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.simulator.app))

    async def token(self, again: bool) -> str:
        self.asked_for_new.append(again)
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def vault(self) -> KeyVault:
        return KeyVault(self.http, self.token, self.sleep)

    def process(self, *keys: str) -> DataKeys:
        """The data keys of one process of the app."""
        vault = self.vault()
        return DataKeys(keys, lambda: vault, local=True)

    async def fault(self, **fault: object) -> None:
        (await self.http.post(f"{URL}/_sim/faults", json=fault)).raise_for_status()

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """What an operator does with the vault."""
        address = f"{URL}{path}?api-version=7.4"
        answer = await self.http.request(method, address, json=body, headers={"authorization": f"Bearer {TOKEN}"})
        return answer.raise_for_status()

    def unwrapped(self) -> int:
        """How often it was asked to open a key."""
        return sum("unwrapkey" in entry["path"] for entry in self.simulator.journal.entries())
