"""A secret that Azure could not read from the key vault is no secret."""

import logging
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import pytest

from functions.email_worker import email_worker
from functions.failing import Unforeseen
from functions.graph_webhook import graph_notifications
from functions.sync_worker import sync_worker
from functions.timify_webhook import timify_webhooks
from shared.app import services
from shared.config import ConfigError, load_config
from shared.storage.wakes import wake_to_json
from shared.sync.ports import Wake
from tests.fakes.identity import SETTINGS, FakeClock

REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv-calsync-prod-1a2b.vault.azure.net/secrets/THE-SECRET)"
"""What the app finds in the setting then. Everything in it can be guessed."""


@pytest.mark.parametrize(
    "name",
    [
        "SIGNING_KEYS",
        "VAULT_KEYS",
        "TIMIFY_WEBHOOK_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "PRIVACY_CONTACT",
        "SYNC_DAYS_BACK",
    ],
)
@pytest.mark.parametrize(
    "value", [REFERENCE, f" {REFERENCE.lower()}", "@Microsoft.KeyVault(VaultName=kv;SecretName=s)"]
)
def test_nobody_forges_what_is_signed_by_the_text_of_a_reference(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is a reference .*does it exist, .*operations.md"):
        load_config(SETTINGS | {name: value})


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose signing keys Azure could not read."""
    for name, value in (SETTINGS | {"SIGNING_KEYS": REFERENCE}).items():
        monkeypatch.setenv(name, value)
    services.cache_clear()
    yield
    services.cache_clear()


@pytest.mark.usefixtures("unread")
async def test_no_wake_up_and_no_message_is_lost_while_a_secret_is_missing() -> None:
    for trigger in (graph_notifications, timify_webhooks):
        request = func.HttpRequest("POST", "/api/x", headers={"x-secret": REFERENCE}, body=b'{"value": []}')
        assert (await user_function(trigger)(request)).status_code == 500  # both send again what is not answered by 2xx
    message = wake_to_json(Wake(company_id="acme", resource_id="mia", cause="notification", at=FakeClock().at))
    for worker in (sync_worker, email_worker):
        with pytest.raises(Unforeseen, match="ConfigError"):  # so the host keeps the message
            await user_function(worker)(func.QueueMessage(body=message.encode()))


@pytest.mark.usefixtures("unread")
def test_whoever_is_on_call_reads_which_secret_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        with caplog.at_level(logging.ERROR), pytest.raises(ConfigError):
            services()
    assert [each.getMessage() for each in caplog.records] == [
        "Azure could not read the secret of the setting SIGNING_KEYS"
    ] * 2


def user_function(trigger: Any) -> Any:
    return trigger._function.get_user_function() if hasattr(trigger, "_function") else trigger
