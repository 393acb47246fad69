"""Which carrier a deployment uses, what it needs, and the folder of one machine."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.config import ConfigError
from shared.email.acs import Acs
from shared.email.carriers import Envelope, carrier, is_address
from shared.email.outbox import Outbox
from shared.email.ses import Ses
from tests.fakes.identity import FakeServices

CONFIG = FakeServices().config
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENVELOPE = Envelope(
    at=AT, to="a@example.org", kind="failed", subject="1", text="1", html="1", link="l", once="occasion"
)
ACS: dict[str, Any] = {
    "email_carrier": "acs",
    "acs_endpoint": "https://post.example.com",
    "email_sender": "a@b.example",
}
SES: dict[str, Any] = {
    "email_carrier": "ses",
    "aws_region": "eu-central-1",
    "aws_access_key_id": "id",
    "aws_secret_access_key": "secret",
    "email_sender": "a@b.example",
}


def outbox_of(folder: Path) -> list[dict[str, Any]]:
    """All mails, and nothing half-written beside them."""
    assert {path.suffix for path in folder.iterdir()} <= {".json"}
    return [json.loads(path.read_text()) for path in sorted(folder.iterdir())]


async def test_a_mail_arrives_with_everything_the_outbox_promises(tmp_path: Path) -> None:
    await Outbox(tmp_path).carry(ENVELOPE)
    (mail,) = outbox_of(tmp_path)
    assert set(mail) == {"at", "to", "kind", "subject", "text", "html", "link"}
    assert (mail["to"], mail["link"], mail["at"]) == ("a@example.org", "l", "2026-03-02T09:00:00+00:00")


@pytest.mark.parametrize("again", [True, False])
async def test_the_first_mail_of_an_occasion_stays_as_it_is(tmp_path: Path, again: bool) -> None:
    await Outbox(tmp_path).carry(ENVELOPE)
    await Outbox(tmp_path).carry(replace(ENVELOPE, subject="2"), again=again)
    (mail,) = outbox_of(tmp_path)
    assert mail["subject"] == "1"


def test_each_carrier_is_made_from_its_settings(tmp_path: Path) -> None:
    made = [
        carrier(replace(CONFIG, email_carrier="outbox", email_outbox_dir=str(tmp_path))),
        carrier(replace(CONFIG, **ACS)),
        carrier(replace(CONFIG, **SES)),
    ]
    assert [type(each) for each in made] == [Outbox, Acs, Ses]


@pytest.mark.parametrize(
    ("settings", "missing"),
    [({"email_carrier": "outbox"}, "email_outbox_dir")]
    + [(ACS, name) for name in ACS if name != "email_carrier"]
    + [(SES, name) for name in SES if name != "email_carrier"],
)
def test_a_setting_that_a_carrier_lacks_is_asked_for_by_name(settings: dict[str, Any], missing: str) -> None:
    with pytest.raises(ConfigError, match=missing.upper()):
        carrier(replace(CONFIG, **{**settings, missing: ""}))


def test_an_unknown_carrier_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="pigeon"):
        carrier(replace(CONFIG, email_carrier="pigeon"))


def test_a_key_that_is_no_key_is_refused_before_any_mail_is() -> None:
    with pytest.raises(ConfigError, match="ACS_ACCESS_KEY"):
        carrier(replace(CONFIG, **ACS, acs_access_key="not base64!"))


def test_no_secret_shows_where_settings_are_printed() -> None:
    printed = repr(replace(CONFIG, acs_access_key="hidden-1", aws_secret_access_key="hidden-2"))
    assert "hidden" not in printed


@pytest.mark.parametrize("address", ["pat@example.org", "pat.o'neil+sync@mail.example.org", "jürgen@müller.example"])
def test_addresses_of_people_are_accepted(address: str) -> None:
    assert is_address(address)
