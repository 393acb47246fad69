"""host.json and local.settings.json, as far as this host follows them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OVERRIDES = "AzureFunctionsJobHost__"


@dataclass(frozen=True)
class QueueSettings:
    """host.json `extensions.queues`; times in seconds. Defaults are Azure's."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_polling_interval: float = 60.0
    visibility_timeout: int = 0
    max_dequeue_count: int = 5
    lease: int = 600


@dataclass(frozen=True)
class HostSettings:
    """What host.json and the environment say; times in seconds."""

    route_prefix: str
    function_timeout: float
    queues: QueueSettings
    log_level: str
    function_key: str
    master_key: str


def seconds(span: str) -> float:
    """A .NET time span `[d.]hh:mm:ss[.f]` in seconds."""
    hours, minutes, rest = span.split(":")
    days, _, hour = hours.rpartition(".")
    return int(days or 0) * 86400 + int(hour) * 3600 + int(minutes) * 60 + float(rest)


def read_settings(root: Path) -> HostSettings:
    """Read `root`/host.json; FUNCTIONS_KEY, FUNCTIONS_MASTER_KEY, FUNCTIONS_MAX_POLLING_MS and
    FUNCTIONS_QUEUE_LEASE_SECONDS (how long a received message stays hidden) override, and, as in Azure,
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout and its like any value of host.json."""
    host: dict[str, Any] = json.loads((root / "host.json").read_text("utf-8"))
    for name, value in os.environ.items():
        if name.startswith(_OVERRIDES):
            _override(host, name.removeprefix(_OVERRIDES).split("__"), value)
    extensions = host.get("extensions", {})
    return HostSettings(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        function_timeout=seconds(host.get("functionTimeout", "00:30:00")),
        queues=_queues(extensions.get("queues", {})),
        log_level=host.get("logging", {}).get("logLevel", {}).get("default", "Information"),
        function_key=os.environ.get("FUNCTIONS_KEY") or "local-function-key",
        master_key=os.environ.get("FUNCTIONS_MASTER_KEY") or "local-master-key",
    )


def _override(host: dict[str, Any], path: list[str], value: str) -> None:
    *sections, key = path
    for section in sections:
        host = host.setdefault(section, {})
    host[key] = value


def _queues(raw: dict[str, Any]) -> QueueSettings:
    if raw.get("messageEncoding", "base64") != "base64":
        raise ValueError("host.json: this host only emulates messageEncoding base64")
    batch_size = int(raw.get("batchSize", 16))
    polling_ms = os.environ.get("FUNCTIONS_MAX_POLLING_MS")
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=int(raw.get("newBatchThreshold", batch_size // 2)),
        max_polling_interval=int(polling_ms) / 1000
        if polling_ms
        else seconds(raw.get("maxPollingInterval", "00:01:00")),
        visibility_timeout=int(seconds(raw.get("visibilityTimeout", "00:00:00"))),
        max_dequeue_count=int(raw.get("maxDequeueCount", 5)),
        lease=int(os.environ.get("FUNCTIONS_QUEUE_LEASE_SECONDS") or 600),
    )


def load_local_settings(root: Path) -> None:
    """Put the Values of local.settings.json into the environment; what is set already wins."""
    path = root / "local.settings.json"
    if path.exists():
        for name, value in json.loads(path.read_text("utf-8")).get("Values", {}).items():
            os.environ.setdefault(name, value)


def is_disabled(function_name: str) -> bool:
    """True when the app setting `AzureWebJobs.<name>.Disabled` says so."""
    return os.environ.get(f"AzureWebJobs.{function_name}.Disabled", "").lower() in ("1", "true")


def connection_string(connection: str) -> str:
    """The storage connection a binding names: the setting itself or, as Azure does, `AzureWebJobs` + name."""
    for name in (connection, f"AzureWebJobs{connection}"):
        if os.environ.get(name):
            return os.environ[name]
    raise ValueError(f"the storage connection setting {connection} is missing")
