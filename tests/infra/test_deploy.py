"""The script that deploys, with a CLI that only writes down what it is asked for."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.keyvault import first_version, public_pem
from shared.identity.data_keys import DataKeys
from shared.identity.signing import Signer
from tests.fakes.identity import no_vault
from tests.infra.bicep import INFRA

AZ = """#!/usr/bin/env -S python3 -IS
import json, os, sys
given = sys.argv[1:]
said = " ".join(given)
note = {"given": given}
if "--file" in given:
    name = given[given.index("--file") + 1]
    note["file"] = open(name).read() if os.path.exists(name) else ""
    note["open to"] = os.stat(os.path.dirname(name)).st_mode & 0o077
with open(os.environ["ASKED"], "a") as asked:
    asked.write(json.dumps(note) + "\\n")
fails = os.environ["FAILS"]
if fails and fails in said:
    sys.exit("az: it failed")
answers = json.loads(os.environ["ANSWERS"])
known = [words for words in answers if words in said]
if known:
    print(answers[known[0]])
elif "deployment group show" in said:
    print(given[given.index("--query") + 1].split(".")[2])
elif "key download" in said:
    open(given[given.index("--file") + 1], "x").write(os.environ["PUBLIC"])
"""
SECRETS = {"TIMIFY_APP_SECRET": "app-secret-of-timify", "TIMIFY_WEBHOOK_SECRET": "webhook-secret-of-timify"}
ALL = "SIGNING-KEYS\nVAULT-KEYS\nTIMIFY-APP-SECRET\nTIMIFY-WEBHOOK-SECRET"

KID = "https://kv-calsync-test-1a2b.vault.azure.net/keys/wrapping/5f0000000000000000000000000000a1"
PUBLIC = public_pem(first_version())
FIRST = {"--name entra --query": "the-client-id", "key show": KID}
"""What the directory and the vault say when nothing is there yet."""
LATER = FIRST | {
    "ad app list": "the-client-id",
    "functionapp list": "the-app",
    "appsettings list": "the-client-id",
    "keyvault list": "the-vault",
    "secret list": ALL,
    "function keys list": "true",
}
"""… and when all of it is."""

type Asked = list[dict[str, object]]


@dataclass(frozen=True)
class Run:
    code: int
    said: str
    asked: Asked
    left: list[Path]
    """On the disk, of what the script wrote for itself."""

    def lines(self, *words: str) -> list[str]:
        return [line for line in self.every if all(word in line for word in words)]

    def at(self, *words: str) -> int:
        """When it was last asked for."""
        return max(i for i, line in enumerate(self.every) if all(word in line for word in words))

    @property
    def every(self) -> list[str]:
        return [" ".join(map(str, note["given"])) for note in self.asked]  # type: ignore[call-overload]  # a list of strings

    @property
    def client_ids(self) -> list[str]:
        """Those that the app was told, one after the other; empty is `--output`."""
        return [line.split("entraClientId=")[1].split()[0] for line in self.lines("infra/main.bicep")]


def deploy(folder: Path, answers: dict[str, str], fails: str = "", **environment: str) -> Run:
    tool, asked, temporary = folder / "az", folder / "asked", folder / "temporary"
    tool.write_text(AZ)
    tool.chmod(0o755)
    temporary.mkdir()
    ours = {"PATH": f"{folder}:{os.environ['PATH']}", "ASKED": str(asked), "TMPDIR": str(temporary), "FAILS": fails}
    done = subprocess.run(
        [INFRA / "deploy.sh", "test", "the-group", "westeurope"],
        env={
            **os.environ,
            **ours,
            "ANSWERS": json.dumps(answers),
            "PUBLIC": PUBLIC,
            "DEPLOY_PAUSE": "0",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    notes = [json.loads(line) for line in asked.read_text().splitlines()]
    return Run(done.returncode, done.stdout + done.stderr, notes, list(temporary.iterdir()))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The first deployment, from nothing."""
    run = deploy(tmp_path_factory.mktemp("first"), FIRST, **SECRETS)
    assert run.code == 0, run.said
    return run


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Another one of the same."""
    run = deploy(tmp_path_factory.mktemp("second"), LATER)
    assert run.code == 0, run.said
    return run


def test_the_first_deployment_ends_with_an_app_that_knows_its_registration(first: Run) -> None:
    assert first.client_ids == ["--output", "the-client-id"]  # unknown at first
    assert first.lines("infra/entra/main.bicep", "redirectUri=redirectUri", "identityName=identityName")
    assert first.lines("config-zip", "--name appName")
    assert first.lines("infra/mail-events.bicep", "communicationName=communicationName")


def test_a_second_deployment_changes_no_secret(second: Run) -> None:
    assert second.lines("secret set") == []
    assert second.lines("keys set") == []
    assert second.client_ids == ["the-client-id"]


def test_no_secret_is_seen_by_others_on_the_machine(first: Run) -> None:
    written = {
        str(note["given"]).split("'--name', '")[1].split("'")[0]: str(note["file"])
        for note in first.asked
        if "file" in note and "'secret'" in str(note["given"])
    }
    assert written["TIMIFY-APP-SECRET"] == SECRETS["TIMIFY_APP_SECRET"]
    assert DataKeys((written["VAULT-KEYS"],), no_vault, local=False).newest.isdigit()
    assert f":{KID}#" in written["VAULT-KEYS"]
    assert Signer((written["SIGNING-KEYS"],)).newest.isdigit()
    for value in written.values():
        assert value not in first.said
        assert not first.lines(value)
    assert {note["open to"] for note in first.asked if "file" in note} == {0}


def test_no_secret_stays_on_the_disk_when_a_step_fails(tmp_path: Path, first: Run) -> None:
    run = deploy(tmp_path, FIRST, fails="secret set", **SECRETS)
    assert run.code != 0
    assert run.lines("secret set", "SIGNING-KEYS")
    assert run.left == first.left == []


def test_the_app_takes_up_its_secrets_at_once_and_not_within_a_day(first: Run, second: Run) -> None:
    assert first.at("secret set") < first.at("configreferences/appsettings/refresh") < first.at("functionapp restart")
    assert first.at("infra/main.bicep") < first.at("configreferences/appsettings/refresh")  # it writes references
    assert first.at("functionapp restart") < first.at("config-zip")
    assert second.lines("configreferences/appsettings/refresh")  # the first may have stopped before it
    assert second.lines("functionapp restart") == []


@pytest.mark.parametrize("answers", [FIRST, LATER | {"secret list": "SIGNING-KEYS\nVAULT-KEYS"}])
def test_a_forgotten_secret_is_named_before_anything_is_made(tmp_path: Path, answers: dict[str, str]) -> None:
    run = deploy(tmp_path, answers)
    assert run.code == 1
    assert "set TIMIFY_APP_SECRET in the environment" in run.said
    assert run.lines("deployment group create") == []


def test_a_registration_that_was_made_by_hand_stays_the_one_of_the_app(tmp_path: Path) -> None:
    run = deploy(tmp_path, LATER | {"ad app list": ""}, ENTRA_CLIENT_ID="made-by-hand")
    assert run.code == 0, run.said
    assert run.client_ids == ["made-by-hand"]
    assert run.lines("infra/entra/main.bicep") == run.lines("ad app list") == []


@pytest.mark.parametrize("registered", ["", "another-client-id"])
def test_nobody_must_connect_again_because_a_registration_was_made_by_hand(tmp_path: Path, registered: str) -> None:
    run = deploy(tmp_path, LATER | {"appsettings list": "made-by-hand", "ad app list": registered})
    assert run.code == 1
    assert "signs in as the registration made-by-hand" in run.said
    assert "set ENTRA_CLIENT_ID" in run.said
    assert run.lines("deployment group create") == []


@pytest.mark.parametrize("fails", ["ad app list", "appsettings list", "outputs.redirectUri", "key show", "secret list"])
def test_what_fails_stops_the_script_instead_of_counting_as_empty(tmp_path: Path, fails: str) -> None:
    answers = LATER | {"secret list": ALL.replace("VAULT-KEYS\n", "")}
    run = deploy(tmp_path, answers, fails=fails)
    assert run.code != 0
    assert fails in run.every[-1]


def test_an_app_is_never_told_an_empty_client_id_at_the_end(tmp_path: Path) -> None:
    run = deploy(tmp_path, FIRST | {"--name entra --query": ""}, **SECRETS)
    assert run.code == 1
    assert "does not tell its client id" in run.said
    assert len(run.client_ids) == 1


def test_whoever_reads_the_address_of_delivery_reports_can_call_nothing_else(
    tmp_path: Path, first: Run, second: Run
) -> None:
    made = first.lines("function keys set", "--function-name email_events", "--key-name reports")
    assert len(made) == 1
    assert "--key-value" not in made[0]  # Azure makes it
    assert first.at("config-zip") < first.at("function keys set") < first.at("infra/mail-events.bicep")
    template = (INFRA / "mail-events.bicep").read_text()
    assert "listKeys('${app.id}/functions/email_events', '2024-11-01').reports" in template
    assert "host/default" not in template
    late = deploy(tmp_path, LATER, fails="function keys list")
    assert late.code == 1
    assert len(late.lines("function keys list")) == 5
    assert late.lines("infra/mail-events.bicep") == []
