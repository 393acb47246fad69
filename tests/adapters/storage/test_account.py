"""The same code with a connection string and with a managed identity, and nothing imported that is not used."""

import logging
import subprocess
import sys

import pytest

from shared.storage.queues import JsonQueue, queue_client
from shared.storage.tables import Tables, table_service
from shared.storage.vault import TableVault
from tests.adapters.storage.conftest import Backwards


async def test_an_account_name_means_the_managed_identity_over_https() -> None:
    tables, queue = table_service("timifysync"), queue_client("timifysync", "emails")
    assert tables.url == "https://timifysync.table.core.windows.net"
    assert queue.url == "https://timifysync.queue.core.windows.net/emails"
    assert hasattr(tables.credential, "get_token")
    assert queue.credential is tables.credential
    await tables.close()
    await queue.close()


async def test_a_connection_string_needs_no_identity(azurite: str) -> None:
    service = table_service(azurite)
    assert not hasattr(service.credential, "get_token")
    await service.close()


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("shared.storage.wakes", "azure"),
        ("shared.storage.keys", "azure"),
        ("shared.storage.store", "azure.storage.queue"),
        ("shared.storage.store", "azure.identity"),
        ("shared.storage.queues", "azure.data.tables"),
        ("shared.storage.queues", "azure.identity"),
    ],
)
def test_a_cold_start_does_not_load_what_the_trigger_never_uses(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; sys.exit({unwanted!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_storage_client_does_not_log_every_request() -> None:
    name = "azure.core.pipeline.policies.http_logging_policy"
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)


async def test_a_proxy_that_the_environment_names_never_comes_between_us_and_the_storage(
    azurite: str, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for one before every request was a third of what a request costs us."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert await tables.get("companies", "c-proxied", "r1") is None
    queue = JsonQueue(azurite, "q-proxied")
    await queue.put({"job": "round"})
    await queue.close()


async def test_a_cache_too_large_for_a_row_is_refused_in_plain_words(tables: Tables) -> None:
    with pytest.raises(ValueError, match="token cache of 7000"):
        await TableVault(tables, Backwards()).save("c1", "r1", "x" * 700_000)


async def test_a_token_cache_of_one_resource_cannot_be_moved_to_another(tables: Tables) -> None:
    vault = TableVault(tables, Backwards())
    await vault.save("c-moved", "r1", "secret")
    row = await tables.get("vault", "c-moved", "r1")
    assert row is not None
    assert b"secret" not in row["part0"]
    await tables.put("vault", {**row, "RowKey": "r2"})
    with pytest.raises(ValueError, match="another place"):
        await vault.load("c-moved", "r2")
