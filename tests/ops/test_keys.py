"""Lists of keys are changed so that nothing is lost by a slip, and no key is seen."""

from pathlib import Path

import pytest

from dev.keyvault import first_version, public_pem
from ops.keys import main
from shared.identity.data_keys import DataKeys
from shared.identity.sealing import Sealer, derived
from shared.identity.signing import Signer
from tests.fakes.identity import no_vault
from tests.identity.keys import URL, VaultWorld

KID = f"{URL}/keys/wrapping/5f0000000000000000000000000000a1"


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The public half of the vault's key, as `az keyvault key download` writes it."""
    file = tmp_path / "wrapping.pem"
    file.write_text(public_pem(first_version()))
    return file


async def test_a_data_key_that_was_made_here_is_opened_by_the_vault(tmp_path: Path, public: Path) -> None:
    file = tmp_path / "vault-keys.txt"
    assert main([str(file), "add", "--name", "k1", "--kid", KID, "--public", str(public)]) == 0
    keys = VaultWorld().process(file.read_text())
    assert await keys.unseal(await keys.seal("token", "place"), "place") == "token"
    assert file.stat().st_mode & 0o077 == 0


def test_a_rotation_step_by_step_never_leaves_the_app_without_the_key_that_is_needed(
    tmp_path: Path, public: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vault-keys.txt"
    steps = [
        (["add", "--name", "k1", "--kid", KID, "--public", str(public)], ["k1"]),
        (["add", "--name", "k2", "--kid", KID, "--public", str(public)], ["k1", "k2"]),
        (["first", "k2"], ["k2", "k1"]),
        (["drop", "k1"], ["k2"]),
    ]
    for change, names in steps:
        assert main([str(file), *change]) == 0
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == names
        assert DataKeys(tuple(file.read_text().split(",")), no_vault, local=True).newest == names[0]


@pytest.mark.parametrize("text", ["", "\n", " , \n"])
@pytest.mark.parametrize("change", [["add"], []])
def test_a_secret_that_could_not_be_read_is_not_replaced_by_a_new_list(
    tmp_path: Path, text: str, change: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "signing-keys.txt"
    file.write_text(text)  # as `az keyvault secret show … > file` leaves it when it fails
    assert main([str(file), *change]) == 2
    assert f"{file} is empty" in capsys.readouterr().err
    assert file.read_text() == text


def test_no_key_is_shown(tmp_path: Path, public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault, signing = tmp_path / "vault-keys.txt", tmp_path / "signing-keys.txt"
    main([str(vault), "add", "--kid", KID, "--public", str(public)])
    main([str(signing), "add"])
    main([str(vault)])
    main([str(signing)])
    said = capsys.readouterr().out
    assert KID in said
    assert vault.read_text().partition("#")[2] not in said
    assert signing.read_text().partition(":")[2] not in said


REFUSED = [
    (["drop", "k1"], "in use"),
    (["lost", "k1"], "in use"),
    (["drop", "k9"], "There are: k1, k2."),
    (["add", "--kid", KID, "--public", "nowhere.pem"], "no public key"),
    (["add", "--name", "k.3", "--kid", KID, "--public", "{public}"], "A name has"),
    (["add", "--kid", "https://elsewhere.example/keys/k/1", "--public", "{public}"], "no key vault of Azure"),
]


@pytest.mark.parametrize(("change", "why"), REFUSED)
def test_what_would_lose_something_is_refused_and_changes_nothing(
    change: list[str], why: str, tmp_path: Path, public: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vault-keys.txt"
    for name in ("k1", "k2"):
        main([str(file), "add", "--name", name, "--kid", KID, "--public", str(public)])
    before = file.read_text()
    assert main([str(file), *(part.format(public=public) for part in change)]) == 2
    assert why in capsys.readouterr().err
    assert file.read_text() == before


async def test_a_key_that_is_declared_lost_seals_nothing_and_stays_named(tmp_path: Path, public: Path) -> None:
    file = tmp_path / "vault-keys.txt"
    for name in ("k1", "k2"):
        main([str(file), "add", "--name", name, "--kid", KID, "--public", str(public)])
    assert main([str(file), "lost", "k2"]) == 0
    assert file.read_text().endswith(",k2:lost")
    assert main([str(file), "first", "k2"]) == 2


def test_two_keys_of_one_day_have_two_names(tmp_path: Path) -> None:
    file = tmp_path / "signing-keys.txt"
    for _ in range(3):
        main([str(file), "add"])
    keys = tuple(file.read_text().split(","))
    names = [key.partition(":")[0] for key in keys]
    assert names[1:] == [f"{names[0]}b", f"{names[0]}c"]
    assert Signer(keys).newest == names[0]
    assert Sealer(derived(keys)).seal("x", "place").startswith(f"{names[0]}.")
