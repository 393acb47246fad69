"""What a notification costs, counted by the storage itself."""

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import azure.functions as func
import pytest_asyncio

from dev.settings import Ports, app_settings
from dev.stack.parts import start_azurite
from dev.stack.processes import Processes
from functions.graph_webhook import receive
from shared.app import App
from shared.config import load_config
from tests.benchmarks.storage_log import StorageLog

PUT = "POST sync-rounds/messages 201"


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """The app with its real adapters, on a storage that writes a line for every request."""
    ports, processes = Ports.free(), Processes(tmp_path / "logs")
    try:
        await start_azurite(processes, ports, None, os.environ | {"AZURITE_ACCESS_LOG": "1"})
        app = App(load_config(app_settings(ports, tmp_path)))
        await notify(app, "first")  # makes the queue
        await StorageLog(tmp_path).until(PUT, 1)
        yield app
        await app.wakes.close()  # type: ignore[attr-defined]  # the door has none, the adapter does
    finally:
        await processes.stop()


async def notify(app: App, *resource_ids: str) -> int:
    states = [app.signer.client_state("acme", resource_id) for resource_id in resource_ids]
    body = json.dumps({"value": [{"clientState": state} for state in states]}).encode()
    request = func.HttpRequest("POST", "https://sync.example/api/graph/notifications", body=body)
    return int((await receive(request, app)).status_code)


async def test_a_notification_asks_the_storage_for_one_message_and_for_nothing_else(app: App, tmp_path: Path) -> None:
    log = StorageLog(tmp_path)
    log.news()
    assert [await notify(app, "anna") for _ in range(5)] == [202] * 5
    assert await log.until(PUT, 5) == Counter({PUT: 5})


async def test_a_thousand_notifications_in_one_body_ask_for_a_message_for_each_connection(
    app: App, tmp_path: Path
) -> None:
    log = StorageLog(tmp_path)
    log.news()
    assert await notify(app, *(f"r{number % 10}" for number in range(1000))) == 202
    assert await log.until(PUT, 10) == Counter({PUT: 10})
