"""dev/settings.py: what the stack tells the app."""

import socket
from pathlib import Path

import pytest

from dev.settings import PortProblem, Ports, app_settings
from shared.identity.data_keys import DataKeys
from tests.fakes.identity import no_vault


def test_a_port_in_use_is_named_with_what_wanted_it_and_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = Ports(**{**vars(Ports.free()), "timify": port})
        with pytest.raises(PortProblem, match=rf"^Port {port}, wanted by the TIMIFY simulator, .*TIMIFY_PORT"):
            ports.check()


def test_one_port_for_two_parts_is_refused() -> None:
    free = Ports.free()
    with pytest.raises(PortProblem, match=r"wanted twice.*OUTLOOK_PORT"):
        Ports(**{**vars(free), "outlook": free.functions}).check()


def test_the_local_data_key_is_wrapped_as_it_is_in_azure() -> None:
    ports = Ports.free()
    settings = app_settings(ports, Path("outbox"), {})
    key = DataKeys((settings["VAULT_KEYS"],), no_vault, local=True)  # refuses what it cannot read
    assert key.newest == "local-1"
    assert f":http://127.0.0.1:{ports.keyvault}/keys/wrapping/" in settings["VAULT_KEYS"]


def test_the_environment_may_change_a_key_but_never_send_local_traffic_elsewhere() -> None:
    ports = Ports.free()
    chosen = {"SIGNING_KEYS": "mine", "GRAPH_BASE_URL": "https://elsewhere.example"}
    settings = app_settings(ports, Path("outbox"), chosen)
    assert settings["SIGNING_KEYS"] == "mine"
    assert settings["GRAPH_BASE_URL"] == f"http://127.0.0.1:{ports.outlook}/v1.0"
