"""The script that deploys, with a CLI that only writes down what it is asked for."""

import json
import os
import subprocess
from pathlib import Path

from dev.keyvault import first_version, public_pem
from shared.identity.data_keys import DataKeys
from shared.identity.signing import Signer
from tests.fakes.identity import no_vault
from tests.infra.bicep import INFRA

AZ = """#!/usr/bin/env python3
import json, os, sys
given = sys.argv[1:]
note = {"given": given}
if "--file" in given:
    name = given[given.index("--file") + 1]
    note["file"] = open(name).read() if os.path.exists(name) else ""
with open(os.environ["ASKED"], "a") as asked:
    asked.write(json.dumps(note) + "\\n")
said = " ".join(given)
if "ad app list" in said:
    registered = any('"entra"' in line for line in open(os.environ["ASKED"]))
    print("the-client-id" if registered or os.environ["KNOWN"] == "yes" else "")
elif "deployment group show" in said:
    print(given[given.index("--query") + 1].split(".")[2])
elif "key show" in said:
    print(os.environ["KID"])
elif "key download" in said:
    open(given[given.index("--file") + 1], "x").write(os.environ["PUBLIC"])
elif "secret list" in said:
    print(os.environ["PRESENT"])
"""
SECRETS = {"TIMIFY_APP_SECRET": "app-secret-of-timify", "TIMIFY_WEBHOOK_SECRET": "webhook-secret-of-timify"}
ALL = "SIGNING-KEYS\nVAULT-KEYS\nTIMIFY-APP-SECRET\nTIMIFY-WEBHOOK-SECRET"

KID = "https://kv-calsync-test-1a2b.vault.azure.net/keys/wrapping/5f0000000000000000000000000000a1"
PUBLIC = public_pem(first_version())

type Asked = list[dict[str, object]]


def deploy(folder: Path, known: str = "no", present: str = "", **secrets: str) -> tuple[int, str, Asked]:
    tool = folder / "az"
    tool.write_text(AZ)
    tool.chmod(0o755)
    asked = folder / "asked"
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "ASKED": str(asked), **secrets}
    done = subprocess.run(
        [INFRA / "deploy.sh", "test", "the-group", "westeurope"],
        env={**environment, "KNOWN": known, "PRESENT": present, "KID": KID, "PUBLIC": PUBLIC},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, [json.loads(line) for line in asked.read_text().splitlines()]


def lines(asked: Asked, *words: str) -> list[str]:
    every = [" ".join(map(str, note["given"])) for note in asked]  # type: ignore[call-overload]  # a list of strings
    return [line for line in every if all(word in line for word in words)]


def test_the_first_deployment_ends_with_an_app_that_knows_its_registration(tmp_path: Path) -> None:
    code, said, asked = deploy(tmp_path, **SECRETS)
    assert code == 0, said
    parameters = [line.split("entraClientId=")[1].split()[0] for line in lines(asked, "infra/main.bicep")]
    assert parameters == ["--output", "the-client-id"]  # unknown at first
    assert lines(asked, "infra/entra/main.bicep", "redirectUri=redirectUri", "identityName=identityName")
    assert lines(asked, "config-zip", "--name appName")
    assert lines(asked, "infra/mail-events.bicep", "communicationName=communicationName")


def test_a_second_deployment_changes_no_secret(tmp_path: Path) -> None:
    code, said, asked = deploy(tmp_path, known="yes", present=ALL)
    assert code == 0, said
    assert lines(asked, "secret set") == []
    assert len(lines(asked, "infra/main.bicep")) == 1


def test_no_secret_is_seen_by_others_on_the_machine(tmp_path: Path) -> None:
    code, said, asked = deploy(tmp_path, **SECRETS)
    assert code == 0, said
    written = {
        str(note["given"]).split("'--name', '")[1].split("'")[0]: str(note["file"])
        for note in asked
        if "file" in note and "'secret'" in str(note["given"])
    }
    assert written["TIMIFY-APP-SECRET"] == SECRETS["TIMIFY_APP_SECRET"]
    assert DataKeys((written["VAULT-KEYS"],), no_vault, local=False).newest.isdigit()
    assert f":{KID}#" in written["VAULT-KEYS"]
    assert Signer((written["SIGNING-KEYS"],)).newest.isdigit()
    for value in written.values():
        assert value not in said
        assert not lines(asked, value)


def test_a_forgotten_secret_is_named_before_any_code_goes_out(tmp_path: Path) -> None:
    code, said, asked = deploy(tmp_path, present="SIGNING-KEYS\nVAULT-KEYS")
    assert code == 1
    assert "set TIMIFY_APP_SECRET in the environment" in said
    assert lines(asked, "config-zip") == []
