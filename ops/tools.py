"""The app's services as far as an operator reaches: tables and queues. None of the app's keys are known here."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property

from ops.account import Account
from shared.app import App
from shared.config import load_config
from shared.storage.keys import valid
from shared.storage.queues import QueueWakes
from shared.storage.tables import Tables
from shared.sync.access import CannotUnseal

_NOT_KNOWN_HERE = (
    "PUBLIC_BASE_URL",
    "ENTRA_CLIENT_ID",
    "TIMIFY_APP_ID",
    "TIMIFY_APP_SECRET",
    "TIMIFY_WEBHOOK_SECRET",
    "SIGNING_KEYS",
    "VAULT_KEYS",
)


class NoKeys:
    """Tokens stay sealed; what an operator sends has no link in it."""

    def seal(self, plain: str, context: str) -> str:
        raise CannotUnseal

    def unseal(self, sealed: str, context: str) -> str:
        raise CannotUnseal


class NoDataKeys:
    """Which key sealed tokens can be told, and they can be erased; opened they cannot be."""

    newest = ""

    async def seal(self, plain: str, context: str) -> str:
        raise CannotUnseal

    async def unseal(self, sealed: str, context: str) -> str:
        raise CannotUnseal


class Tools(App):
    """See `shared.sync.services.Services`. Neither Microsoft nor TIMIFY can be called: the app's worker does that."""

    def __init__(self, storage: str) -> None:
        super().__init__(load_config({"AzureWebJobsStorage": storage, **dict.fromkeys(_NOT_KNOWN_HERE, "unknown")}))

    @cached_property
    def sealer(self) -> NoKeys:  # another than the app's, by the same protocol
        return NoKeys()

    @cached_property
    def data_keys(self) -> NoDataKeys:
        return NoDataKeys()

    @property
    def tables(self) -> Tables:
        """For what no door of the app shows."""
        return self._tables

    @cached_property
    def wakes(self) -> QueueWakes:
        return QueueWakes(self.config.storage)

    async def close(self) -> None:
        """Close the connections of this event loop."""
        await self._tables.close()
        await self.wakes.close()
        await self.mail_queue.close()


@asynccontextmanager
async def tools(account: Account) -> AsyncIterator[Tools]:
    made = Tools(account.storage)
    try:
        yield made
    finally:
        await made.close()


def an_id(text: str) -> str:
    """An id from the command line, that a row can have."""
    try:
        return valid("An id", text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def resource_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("company", type=an_id, metavar="COMPANY", help="the company's id")
    parser.add_argument("resource", type=an_id, metavar="RESOURCE", help="the resource's id")


def told(moment: datetime | None) -> str | None:
    """A moment as JSON has it."""
    return moment.isoformat(timespec="seconds") if moment else None
