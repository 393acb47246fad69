"""The Key Vault simulator keeps what it wrapped openable, and refuses as the vault of Azure does."""

from pathlib import Path

import httpx
import pytest

from dev.keyvault import KeyVaultSimulator

URL, TOKEN = "http://127.0.0.1:7", "token"
ONE = f"{URL}/keys/wrapping"


def client(folder: Path) -> tuple[KeyVaultSimulator, httpx.AsyncClient]:
    simulator = KeyVaultSimulator(base_url=URL, token=TOKEN, data_dir=folder)
    transport = httpx.ASGITransport(simulator.app)
    headers = {"authorization": f"Bearer {TOKEN}"}
    return simulator, httpx.AsyncClient(transport=transport, headers=headers, params={"api-version": "7.4"})


async def test_what_a_version_wrapped_is_opened_by_it_alone_also_after_a_restart(tmp_path: Path) -> None:
    simulator, http = client(tmp_path)
    first = (await http.get(ONE)).json()["key"]["kid"]
    second = (await http.post(f"{ONE}/rotate")).json()["key"]["kid"]
    assert (await http.get(ONE)).json()["key"]["kid"] == second
    body = {"alg": "RSA-OAEP-256", "value": "c2VjcmV0"}
    wrapped = (await http.post(f"{second}/wrapkey", json=body)).json()
    assert wrapped["kid"] == second
    await simulator.aclose()

    _, http = client(tmp_path)
    body["value"] = wrapped["value"]
    assert (await http.post(f"{second}/unwrapkey", json=body)).json() == {"kid": second, "value": "c2VjcmV0"}
    other = await http.post(f"{first}/unwrapkey", json=body)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "BadParameter")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"headers": {"authorization": ""}}, 401, "Unauthorized"),
        ({"headers": {"authorization": "Bearer other"}}, 401, "Unauthorized"),
        ({"params": {"api-version": ""}}, 400, "BadParameter"),
        ({"json": {"alg": "RSA-OAEP", "value": "c2VjcmV0"}}, 400, "BadParameter"),
        ({"json": {"alg": "RSA-OAEP-256"}}, 400, "BadParameter"),
        ({"json": []}, 400, "BadParameter"),
        ({"content": b"no json"}, 400, "BadParameter"),
    ],
)
async def test_a_request_that_azure_would_refuse_is_refused(
    tmp_path: Path, change: dict[str, object], status: int, code: str
) -> None:
    _, http = client(tmp_path)
    kid = (await http.get(ONE)).json()["key"]["kid"]
    answer = await http.post(f"{kid}/unwrapkey", **change)  # type: ignore[arg-type]  # one keyword, of several kinds
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (status == 401) == ("www-authenticate" in answer.headers)


async def test_the_journal_shows_no_key(tmp_path: Path) -> None:
    _, http = client(tmp_path)
    kid = (await http.get(ONE)).json()["key"]["kid"]
    body = {"alg": "RSA-OAEP-256", "value": "c2VjcmV0"}
    wrapped = (await http.post(f"{kid}/wrapkey", json=body)).json()["value"]
    journal = (await http.get(f"{URL}/_sim/requests")).text
    assert "wrapkey" in journal
    assert "c2VjcmV0" not in journal
    assert wrapped not in journal
    assert TOKEN not in journal.replace("/msi/token", "")
