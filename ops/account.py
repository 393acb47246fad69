"""Which storage account: what the app's own settings name, else local.settings.json, as `func` reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azure.storage.queue import QueueClient

from shared.config import ConfigError, storage_of
from shared.storage.account import is_connection_string

FILE = "local.settings.json"
_NOWHERE = (
    "No storage account is named. Set AzureWebJobsStorage (a connection string) or AzureWebJobsStorage__accountName "
    "(the account's name; `az login` first).\n"
    "For the local stack, write its settings once: .venv/bin/python -m dev settings > local.settings.json"
)


class NoAccount(Exception):
    """Nothing names the account, or the file that should cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """`storage` is a connection string or a name, `origin` where it was found."""

    storage: str
    origin: str

    @property
    def name(self) -> str:
        """The account's name, which is no secret."""
        if not is_connection_string(self.storage):
            return self.storage
        parts = dict(part.split("=", 1) for part in self.storage.split(";") if "=" in part)
        return parts.get("AccountName", "the emulator's")


def find_account(environment: Mapping[str, str], folder: Path) -> Account:
    """The environment's account; only where it names none, that of the file in `folder`. Raises NoAccount."""
    for values, origin in ((environment, "the environment"), (_file(folder / FILE), FILE)):
        try:
            account = Account(storage_of(values), origin)
        except ConfigError:
            continue
        _check(account)
        return account
    raise NoAccount(_NOWHERE)


def _check(account: Account) -> None:
    if is_connection_string(account.storage):
        try:
            QueueClient.from_connection_string(account.storage, "any").close()
        except ValueError:
            raise NoAccount(f"AzureWebJobsStorage, from {account.origin}, is no connection string.") from None


def _file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text("utf-8"))["Values"]
    except (ValueError, KeyError, TypeError):
        raise NoAccount(f"{path} is no local.settings.json: it needs an object `Values`.") from None
    return {name: value for name, value in values.items() if isinstance(value, str)}
