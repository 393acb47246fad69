"""What the code reads and what the deployment sets are the same, roles, tables and queues included."""

import re
from functools import cache

import pytest

from shared.identity.sign_in import SCOPES
from shared.storage.given_up import QUEUES, poison_of
from tests.infra.bicep import ROOT, Node, templates

NOT_IN_AZURE = {
    "AzureWebJobsStorage": "a connection string has a key; in Azure the identity signs in (…__accountName)",
    "ENTRA_CLIENT_SECRET": "the registration trusts the managed identity (federated credential)",
    "EMAIL_OUTBOX_DIR": "of the outbox, which is for one machine",
    "ACS_ACCESS_KEY": "the identity signs in; keys are switched off",
    "KEY_VAULT_TOKEN": "the identity signs in; it is for the simulator",
}
"""Read by the code and not set, each with the reason."""

NOT_OURS = {
    "AzureWebJobsStorage__credential": "the Functions host: sign in as an identity …",
    "AzureWebJobsStorage__clientId": "… as this one",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "the Functions host: where telemetry goes …",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "… and as whom",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "the Functions host: larger bodies never reach the app",
}
"""Set, and read by somebody else."""

FORBIDDEN = frozenset(
    {"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTSHARE"}
    | {"WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD"}
    | {"WEBSITE_TIME_ZONE", "TZ", "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT"}
    | {"WEBSITES_CONTAINER_START_TIME_LIMIT", "AzureWebJobsStorage", "AzureWebJobsDashboard"}
)
"""Refused or ignored by Flex Consumption, or at odds with an identity that signs in.
https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations"""

SECRETS = ("TIMIFY_APP_SECRET", "TIMIFY_WEBHOOK_SECRET", "SIGNING_KEYS", "VAULT_KEYS", "AWS_SECRET_ACCESS_KEY")

ROLES = {
    "storageBlobDataOwner": ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "appMayUseStorage"),
    "storageQueueDataContributor": ("974c5e8b-45b9-4653-ba55-5f855dd0fb88", "appMayUseStorage"),
    "storageTableDataContributor": ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "appMayUseStorage"),
    "keyVaultSecretsUser": ("4633458b-17de-408a-b874-0445c86b69e6", "appMayReadSecrets"),
    "keyVaultCryptoServiceEncryptionUser": ("e147488a-f6f5-4113-8e2d-b22465e65bf6", "appMayUnwrap"),
    "monitoringMetricsPublisher": ("3913510d-42f4-4e42-8a64-420c390055eb", "appMaySendTelemetry"),
    "communicationAndEmailServiceOwner": ("09976791-48a7-449e-bb21-39d1a415f350", "appMaySendMail"),
}
"""What the app's identity needs (docs/azure.md says what for), and the assignment that gives it."""

OF_OPERATORS = {
    "keyVaultSecretsOfficer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "keyVaultReader": "21090545-7ca7-4776-b22c-e363652d74d2",
}
"""What operators need in the vault: to write secrets, and the public half of the wrapping key to wrap with."""

DELEGATED = {
    "Calendars.ReadWrite": "1ec239c2-d7c9-4623-a91a-a9775856bb36",
    "openid": "37f7f235-527c-4136-accd-4a02d197296e",
    "profile": "14dad69e-099b-42c9-810b-d002981feec1",
    "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
}
"""Ids of Microsoft Graph's delegated permissions. https://learn.microsoft.com/graph/permissions-reference"""
ALWAYS = frozenset({"openid", "profile", "offline_access"})
"""MSAL asks for these with every sign-in."""


@cache
def settings() -> dict[str, Node]:
    config = templates()["app.bicep"].of_type("Microsoft.Web/sites/config")
    assert [each.body.items["name"].literal for each in config] == ["appsettings"]
    return config[0].body.items["properties"].items


@cache
def read() -> frozenset[str]:
    text = "".join((ROOT / file).read_text() for file in ("shared/config.py", "ops/account.py"))
    return frozenset(re.findall(r'"([A-Z][A-Za-z]*(?:_+[A-Za-z]+)+|AzureWebJobsStorage)"', text))


def test_no_setting_is_read_that_the_deployment_forgets() -> None:
    assert read() - set(NOT_IN_AZURE) - set(settings()) == set()


def test_no_setting_is_set_that_nobody_reads() -> None:
    assert set(settings()) - read() == set(NOT_OURS)
    assert set(NOT_IN_AZURE) <= read()
    assert set(NOT_IN_AZURE).isdisjoint(settings())


def test_nothing_is_set_that_the_plan_forbids() -> None:
    assert FORBIDDEN.isdisjoint(settings())
    assert "appSettings" not in templates()["app.bicep"].of_type("Microsoft.Web/sites")[0].body.text


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_stands_in_a_template(name: str) -> None:
    assert f"@Microsoft.KeyVault(SecretUri=${{secretsUri}}/{name.replace('_', '-')})" in settings()[name].text


def test_no_setting_that_sounds_secret_is_left_open() -> None:
    sounds = {name for name in settings() if re.search("SECRET|KEYS$|ACCESS_KEY$|PASSWORD|TOKEN", name)}
    assert sounds == set(SECRETS)


def test_the_setting_that_defaults_do_not_cover_is_never_empty() -> None:
    """An empty value is not a missing one: the code would take it instead of its default."""
    for name in ("GRAPH_BASE_URL", "LOGIN_BASE_URL"):
        assert settings()[name].literal
    for name in ("timifyBaseUrl", "privacyPolicyVersion", "syncDaysBack", "syncDaysAhead", "syncLeaseSeconds"):
        assert templates()["main.bicep"].parameters[name].children[-1].literal


def test_no_table_and_no_queue_is_missing_when_the_app_starts() -> None:
    storage = templates()["storage.bicep"].variables
    page = (ROOT / "docs/storage.md").read_text()
    assert {each.literal for each in storage["tableNames"].children} == set(
        re.findall("^## Table `([a-z]+)`", page, re.M)
    )
    assert {each.literal for each in storage["queueNames"].children} == {*QUEUES, *map(poison_of, QUEUES)}


def test_the_app_has_each_role_that_it_needs_and_no_other() -> None:
    access = templates()["access.bicep"]
    names = {name: node.literal for name, node in access.variables.items() if node.literal}
    assert {name: names[name] for name in ROLES} == {name: role for name, (role, _) in ROLES.items()}
    assert set(names) - set(ROLES) == set(OF_OPERATORS)
    given = {each.symbol: each.node.text for each in access.of_type("Microsoft.Authorization/roleAssignments")}
    lists = {name: node.text for name, node in access.variables.items() if node.literal is None}
    for name, (_, assignment) in ROLES.items():
        text = given[assignment]
        assert name in text or any(f"in {each}:" in text and name in told for each, told in lists.items()), name
        assert "principalId: principalId" in text
    assert {assignment for _, assignment in ROLES.values()} == {name for name in given if name.startswith("app")}


def test_operators_can_wrap_a_data_key_but_open_none() -> None:
    access = templates()["access.bicep"]
    given = {each.symbol: each.node.text for each in access.of_type("Microsoft.Authorization/roleAssignments")}
    of_operators = {symbol: text for symbol, text in given.items() if symbol.startswith("operators")}
    assert {name: access.variables[name].literal for name in OF_OPERATORS} == OF_OPERATORS
    assert "scope: wrappingKey" in of_operators["operatorsMaySeeTheWrappingKey"]
    assert not any("keyVaultCrypto" in text for text in of_operators.values())
    assert "keyVaultCrypto" not in access.variables["operatorsOnWrappingKey"].text


def test_the_wrapping_key_can_do_what_the_code_asks_of_it_and_nothing_else() -> None:
    text = templates()["vault.bicep"].of_type("Microsoft.KeyVault/vaults/keys")[0].node.text
    assert "keyOps: ['wrapKey', 'unwrapKey']" in text
    assert "kty: 'RSA'" in text


def test_every_role_is_told_about() -> None:
    page = (ROOT / "docs/azure.md").read_text()
    assert [name for name in (*ROLES, *OF_OPERATORS) if f"`{name}`" not in page] == []


def test_the_registration_asks_for_what_the_code_uses_and_nothing_else() -> None:
    asked = set(SCOPES) | ALWAYS
    text = templates()["entra/main.bicep"].variables["scopes"].text
    assert set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", text)) == {DELEGATED[name] for name in asked}
    assert set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", (ROOT / "infra/entra/scopes.json").read_text())) == {
        DELEGATED[name] for name in asked
    } | {"00000003-0000-0000-c000-000000000000"}
