"""The storage account: a connection string (locally) or an account's name and the managed identity (in Azure)."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)

DIRECT = {"use_env_settings": False}
"""The account is reached without a proxy. Otherwise the client looks for one in the environment, and for a password in
a file of the user, each handed to a thread, before every single request: a third of what a request costs us."""

CALLS: dict[str, Any] = {
    **DIRECT,
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 3,
    "retry_connect": 2,
    "retry_read": 2,
    "retry_status": 3,
    "retry_backoff_factor": 0.3,
    "retry_backoff_max": 5,
}
"""Time-outs in seconds, and how often a call is tried again before the caller hears of it."""


def is_connection_string(storage: str) -> bool:
    return "=" in storage


class PerLoop[T]:
    """One client per event loop, made when first asked for: connections of one loop are of no use to another."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[asyncio.AbstractEventLoop, T] = {}

    def get(self) -> T:
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            self._made = {known: client for known, client in self._made.items() if not known.is_closed()}
            self._made[loop] = self._make()
        return self._made[loop]

    def pop(self) -> T | None:
        """This loop's client, which is then forgotten."""
        return self._made.pop(asyncio.get_running_loop(), None)


def identity() -> Any:
    """The managed identity's credential, one for all clients of an event loop."""
    return _identities.get()


def fresh_identity() -> Any:
    """The same, without what it remembers: for one call, whose token was refused. Close it."""
    return _identity()


def _identity() -> Any:
    # slow to load, and no local run needs it
    from azure.identity.aio import DefaultAzureCredential

    return DefaultAzureCredential()


_identities = PerLoop(_identity)
