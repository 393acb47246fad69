"""Settings of the deployment, from the environment. Nothing but addresses and credentials differs between places."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from shared.telemetry import logger

log = logger(__name__)


class ConfigError(Exception):
    """A setting is missing or cannot be read; the message names it and says what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`signing_keys` and `vault_keys` are newest first: the first one is used, the others are still understood."""

    storage: str = field(repr=False)
    public_base_url: str
    graph_base_url: str
    login_base_url: str
    entra_client_id: str
    entra_client_secret: str = field(repr=False)
    entra_identity_client_id: str
    timify_base_url: str
    timify_app_id: str
    timify_app_secret: str = field(repr=False)
    timify_auth_scheme: str
    timify_webhook_secrets: tuple[str, ...] = field(repr=False)
    signing_keys: tuple[str, ...] = field(repr=False)
    vault_keys: tuple[str, ...] = field(repr=False)
    email_carrier: str
    email_outbox_dir: str
    email_sender: str
    acs_endpoint: str
    acs_access_key: str = field(repr=False)
    aws_region: str
    aws_access_key_id: str
    aws_secret_access_key: str = field(repr=False)
    ses_configuration_set: str
    ses_topic_arn: str
    key_vault_token: str = field(repr=False)
    console_frame_origins: tuple[str, ...]
    api_audience: str
    api_tenant_id: str
    privacy_policy_url: str
    privacy_policy_version: str
    privacy_operator: str
    privacy_contact: str
    days_back: int
    days_ahead: int
    lease_seconds: int

    @property
    def back(self) -> timedelta:
        return timedelta(days=self.days_back)

    @property
    def ahead(self) -> timedelta:
        return timedelta(days=self.days_ahead)

    @property
    def own_privacy_policy(self) -> bool:
        """Is the policy our own page? Anything that a browser would run, instead of opening it, is no address."""
        return not self.privacy_policy_url.startswith(("https://", "http://"))

    @property
    def privacy_link(self) -> str:
        """Where people read the privacy policy."""
        return f"{self.public_base_url}/privacy" if self.own_privacy_policy else self.privacy_policy_url

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)


def load_config(env: Mapping[str, str] = os.environ) -> Config:
    """Read the environment. Raises ConfigError for a missing or unreadable setting."""
    env = _Resolved(env)
    return Config(
        storage=storage_of(env),
        public_base_url=_need(env, "PUBLIC_BASE_URL").rstrip("/"),
        graph_base_url=env.get("GRAPH_BASE_URL", "https://graph.microsoft.com/v1.0").rstrip("/"),
        login_base_url=env.get("LOGIN_BASE_URL", "https://login.microsoftonline.com").rstrip("/"),
        entra_client_id=_need(env, "ENTRA_CLIENT_ID"),
        entra_client_secret=env.get("ENTRA_CLIENT_SECRET", ""),
        entra_identity_client_id=env.get("AZURE_CLIENT_ID", ""),
        timify_base_url=env.get("TIMIFY_BASE_URL", "https://api.timify.com").rstrip("/"),
        timify_app_id=_need(env, "TIMIFY_APP_ID"),
        timify_app_secret=_need(env, "TIMIFY_APP_SECRET"),
        timify_auth_scheme=env.get("TIMIFY_AUTH_SCHEME", "Bearer"),
        timify_webhook_secrets=_several(env, "TIMIFY_WEBHOOK_SECRET"),
        signing_keys=_several(env, "SIGNING_KEYS"),
        vault_keys=_several(env, "VAULT_KEYS"),
        key_vault_token=env.get("KEY_VAULT_TOKEN", "").strip(),
        email_carrier=env.get("EMAIL_CARRIER", "outbox"),
        email_outbox_dir=env.get("EMAIL_OUTBOX_DIR", ""),
        email_sender=env.get("EMAIL_SENDER", "").strip(),
        acs_endpoint=env.get("ACS_ENDPOINT", "").strip(),
        acs_access_key=env.get("ACS_ACCESS_KEY", "").strip(),
        aws_region=env.get("AWS_REGION", "").strip(),
        aws_access_key_id=env.get("AWS_ACCESS_KEY_ID", "").strip(),
        aws_secret_access_key=env.get("AWS_SECRET_ACCESS_KEY", "").strip(),
        ses_configuration_set=env.get("SES_CONFIGURATION_SET", "").strip(),
        ses_topic_arn=env.get("SES_TOPIC_ARN", "").strip(),
        console_frame_origins=_origins(env, "CONSOLE_FRAME_ORIGINS"),
        api_audience=env.get("API_AUDIENCE", "").strip(),
        api_tenant_id=_tenant(env),
        privacy_policy_url=env.get("PRIVACY_POLICY_URL", ""),
        privacy_operator=env.get("PRIVACY_OPERATOR", "").strip() or "TIMIFY",
        privacy_contact=env.get("PRIVACY_CONTACT", "").strip(),
        privacy_policy_version=env.get("PRIVACY_POLICY_VERSION", "1"),
        days_back=_whole(env, "SYNC_DAYS_BACK", 10, "days"),
        days_ahead=_whole(env, "SYNC_DAYS_AHEAD", 365, "days"),
        lease_seconds=_whole(env, "SYNC_LEASE_SECONDS", 120, "seconds"),
    )


def storage_of(env: Mapping[str, str]) -> str:
    """A connection string (locally), or the name of the account that the managed identity may use (in Azure).

    Raises ConfigError."""
    return env.get("AzureWebJobsStorage") or _need(env, "AzureWebJobsStorage__accountName")


class _Resolved(Mapping[str, str]):
    """Settings, without those that Azure hands out as the reference itself because it could not read the secret. Such
    a text can be guessed, and would be taken for the secret.

    https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#troubleshoot-key-vault-references"""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def __getitem__(self, name: str) -> str:
        value = self._env[name]
        if value.strip().casefold().startswith("@microsoft.keyvault("):
            log.error("Azure could not read the secret of the setting %s", name)
            raise ConfigError(
                f"The setting {name} is a reference to the key vault, and Azure could not read the secret: does it "
                'exist, and has the app\'s identity its role? See docs/operations.md, "Secrets that are not read".'
            )
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._env)

    def __len__(self) -> int:
        return len(self._env)


def _need(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ConfigError(f"The setting {name} is missing: set it in the app's environment (docs/settings.md).")
    return value


def _several(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _need(env, name).split(",") if part.strip())


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Origins for a Content-Security-Policy: a stray word there could lift the rest of it."""
    origins = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://(\*\.)?[a-z0-9.-]+(:([0-9]{1,5}|\*))?", origin):
            raise ConfigError(f"The setting {name} must name origins such as https://web.timify.com, not {origin!r}.")
    return origins


def _tenant(env: Mapping[str, str]) -> str:
    """Whose tokens the API takes. One organisation, by its id: any other word would let others in too."""
    tenant = env.get("API_TENANT_ID", "").strip().lower()
    if env.get("API_AUDIENCE", "").strip() and not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", tenant):
        raise ConfigError("API_AUDIENCE is set, so API_TENANT_ID must be the id of the organisation (a GUID).")
    return tenant


def _whole(env: Mapping[str, str], name: str, default: int, unit: str) -> int:
    text = env.get(name, str(default))
    if not text.isdigit():
        raise ConfigError(f"The setting {name} must be a whole number of {unit}, not {text!r}.")
    return int(text)
