"""Where the local stack listens and what it tells the app: its ports and the app's settings, in one place.

Nothing here is secret: the keys protect made-up data on one machine.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

# Azurite's one account; the key is published in its documentation.
_AZURITE_ACCOUNT = "devstoreaccount1"
_AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_WANTED_BY = {
    "functions": ("the function host", "FUNCTIONS_PORT", 7071),
    "outlook": ("the Outlook simulator", "OUTLOOK_PORT", 7073),
    "timify": ("the TIMIFY simulator", "TIMIFY_PORT", 7074),
    "keyvault": ("the Key Vault simulator", "KEYVAULT_PORT", 7075),
    "blob": ("Azurite's blob service", "AZURITE_BLOB_PORT", 10000),
    "queue": ("Azurite's queue service", "AZURITE_QUEUE_PORT", 10001),
    "table": ("Azurite's table service", "AZURITE_TABLE_PORT", 10002),
}


class PortProblem(Exception):
    """A port cannot be used; the text says which, what for, and how to change it."""


@dataclass(frozen=True)
class Ports:
    """The loopback port of each part."""

    functions: int
    outlook: int
    timify: int
    keyvault: int
    blob: int
    queue: int
    table: int

    @classmethod
    def from_environment(cls) -> "Ports":
        """The ports the environment names, else the usual ones. Raises PortProblem on one that is no port."""
        chosen = {}
        for part, (_, variable, usual) in _WANTED_BY.items():
            text = os.environ.get(variable) or str(usual)
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
                raise PortProblem(f"{variable} is {text!r}, which is no port number.")
            chosen[part] = int(text)
        return cls(**chosen)

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses at this moment."""
        sockets = [socket.socket() for _ in _WANTED_BY]
        try:
            for each in sockets:
                each.bind(("127.0.0.1", 0))
            return cls(*(each.getsockname()[1] for each in sockets))
        finally:
            for each in sockets:
                each.close()

    def check(self) -> None:
        """Raises PortProblem when one of them is in use or wanted twice."""
        seen: dict[int, str] = {}
        for part, port in asdict(self).items():
            wanted_by, variable, _ = _WANTED_BY[part]
            if port in seen:
                raise PortProblem(f"Port {port} is wanted twice, by {seen[port]} and {wanted_by}: change {variable}.")
            seen[port] = wanted_by
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise PortProblem(
                        f"Port {port}, wanted by {wanted_by}, is already in use: set {variable} to another one."
                    ) from None


@dataclass(frozen=True)
class Addresses:
    """Where the parts of a running stack answer (URLs without a final slash)."""

    functions: str
    outlook: str
    timify: str
    storage: str
    function_key: str
    keyvault: str = ""


def addresses(ports: Ports) -> Addresses:
    def url(port: int) -> str:
        return f"http://127.0.0.1:{port}"

    function_key = os.environ.get("FUNCTIONS_KEY") or "local-function-key"
    storage = storage_connection_string(ports)
    return Addresses(
        url(ports.functions), url(ports.outlook), url(ports.timify), storage, function_key, url(ports.keyvault)
    )


def storage_connection_string(ports: Ports) -> str:
    endpoints = (("Blob", ports.blob), ("Queue", ports.queue), ("Table", ports.table))
    return f"DefaultEndpointsProtocol=http;AccountName={_AZURITE_ACCOUNT};AccountKey={_AZURITE_KEY};" + "".join(
        f"{name}Endpoint=http://127.0.0.1:{port}/{_AZURITE_ACCOUNT};" for name, port in endpoints
    )


def app_settings(ports: Ports, outbox: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The app's settings (environment variables) on one machine. Addresses are the stack's own; the rest may be
    overridden by `environment`."""
    from dev.keyvault.keys import wrap  # what asking for ports does not need

    where = addresses(ports)
    fixed = {
        "AzureWebJobsStorage": where.storage,
        "GRAPH_BASE_URL": f"{where.outlook}/v1.0",
        "LOGIN_BASE_URL": where.outlook,
        "TIMIFY_BASE_URL": where.timify,
        "PUBLIC_BASE_URL": where.functions,
        "EMAIL_OUTBOX_DIR": str(outbox),
    }
    usual = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "FUNCTIONS_MAX_POLLING_MS": "100",
        "ENTRA_CLIENT_ID": "00000000-0000-4000-8000-00000000c11e",
        "ENTRA_CLIENT_SECRET": "local-entra-client-secret",
        "TIMIFY_APP_ID": "local-timify-app",
        "TIMIFY_APP_SECRET": "local-timify-app-secret",
        "TIMIFY_WEBHOOK_SECRET": "local-timify-webhook-secret",
        "SIGNING_KEYS": "local-signing-key-0123456789abcdef",
        "VAULT_KEYS": wrap(where.keyvault, "local-1", b"a vault key for local use only!!"),
        "KEY_VAULT_TOKEN": "local-key-vault-token",
        "EMAIL_CARRIER": "outbox",
        "CONSOLE_FRAME_ORIGINS": "http://127.0.0.1:*",
        "SYNC_DAYS_BACK": "10",
        "SYNC_DAYS_AHEAD": "365",
    }
    return fixed | {name: environment.get(name) or value for name, value in usual.items()}
