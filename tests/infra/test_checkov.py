"""checkov has read every file and finds nothing that is not explained here; our own policies are among its checks."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep import INFRA, PYTHON, ROOT, run, templates

WEBHOOKS = "Microsoft, TIMIFY and people's browsers call the app: from outside, and without a certificate"
NOT_SITE = "made for the site's own configuration; this resource holds app settings and nothing else"
PARAMETER = "a parameter that is closed with privateNetwork (main.bicep)"

EXPLAINED = {
    ("CKV_AZURE_17", "Microsoft.Web/sites.app"): WEBHOOKS,
    ("CKV_AZURE_222", "Microsoft.Web/sites.app"): WEBHOOKS,
    ("CKV_AZURE_212", "Microsoft.Web/sites.app"): "Flex scales to zero by design; alwaysReady is a parameter",
    (
        "CKV_AZURE_213",
        "Microsoft.Web/sites.app",
    ): "Flex has no health check path; the alert timers-stopped takes its place",
    ("CKV_AZURE_225", "Microsoft.Web/serverfarms.plan"): "a parameter: on in prod",
    ("CKV_AZURE_206", "Microsoft.Storage/storageAccounts.account"): "a parameter: LRS, ZRS, GRS or GZRS",
    ("CKV_AZURE_35", "Microsoft.Storage/storageAccounts.account"): PARAMETER,
    ("CKV_AZURE_109", "Microsoft.KeyVault/vaults.vault"): PARAMETER,
    ("CKV_AZURE_189", "Microsoft.KeyVault/vaults.vault"): PARAMETER,
    ("CKV_AZURE_112", "Microsoft.KeyVault/vaults/keys.wrappingKey"): "in software: a key in hardware needs the premium "
    "vault, and it wraps keys that are in the app's memory anyhow",
} | {
    (f"CKV_AZURE_{number}", "Microsoft.Web/sites/config.appSettings"): NOT_SITE
    for number in (13, 63, 65, 66, 80, 88, 222)
}
"""(check, resource): why it stays as it is."""


OPTIONS: list[str | Path] = ["--framework", "bicep", "--external-checks-dir", INFRA / "policies", "--soft-fail"]
OPTIONS += ["--skip-download", "-o", "json"]


@cache
def report() -> Any:
    answer = run([PYTHON, "-m", "checkov.main", "-d", INFRA, "--skip-path", "entra", *OPTIONS])
    return json.loads(answer)


def test_no_file_is_passed_over() -> None:
    assert report()["summary"]["parsing_errors"] == 0
    seen = {
        check["file_path"].lstrip("/")
        for kind in ("passed", "failed")
        for check in report()["results"][f"{kind}_checks"]
    }
    for name in ("app.bicep", "storage.bicep", "vault.bicep", "telemetry.bicep", "mail.bicep"):
        assert name in seen


def test_nothing_is_found_that_is_not_explained() -> None:
    existing = {
        (name, f"{each.type.split('@')[0]}.{each.symbol}")
        for name, template in templates().items()
        for each in template.resources
        if each.existing  # made, and checked, in another file
    }
    found = {
        (check["check_id"], check["resource"])
        for check in report()["results"]["failed_checks"]
        if (check["file_path"].lstrip("/"), check["resource"]) not in existing
    }
    assert found == set(EXPLAINED)


def test_our_own_policies_are_met_where_they_matter() -> None:
    met = {check["check_id"] for check in report()["results"]["passed_checks"]}
    policies = {line.split()[1] for file in (INFRA / "policies").glob("*.yaml") for line in _ids(file)}
    assert len(policies) == len(list((INFRA / "policies").glob("*.yaml")))
    assert policies <= met


def test_a_breach_of_our_own_policies_is_found(tmp_path: Path) -> None:
    """Each policy, on a template that does the contrary of what it wants."""
    (tmp_path / "bad.bicep").write_text((Path(__file__).parent / "bad.bicep.txt").read_text())
    policies = ",".join(line.split()[1] for file in (INFRA / "policies").glob("*.yaml") for line in _ids(file))
    answer = run([PYTHON, "-m", "checkov.main", "-d", tmp_path, *OPTIONS, "--check", policies])
    found = {check["check_id"] for check in json.loads(answer)["results"]["failed_checks"]}
    assert found == set(policies.split(","))


def _ids(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text().splitlines() if line.strip().startswith("id:")]


def test_nothing_of_the_checks_is_downloaded() -> None:
    assert not (ROOT / ".external_modules").exists()
