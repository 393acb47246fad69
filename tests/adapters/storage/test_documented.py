"""Nobody adds a column, or content, without saying so in docs/storage.md: what is stored is read back and compared."""

import json
import re
import uuid
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from shared.domain.accounts import Mailbox
from shared.email.records import MailRecord
from shared.storage.invitations import TableInvitations
from shared.storage.mails import TableMails
from shared.storage.store import TableStore
from shared.storage.tables import Row, Tables, text
from shared.storage.vault import TableVault
from shared.sync.keeping import Changes, Errand, Invitation
from shared.sync.ports import Wake
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import Backwards, SettableClock
from tests.adapters.storage.samples import NOON

PAGE = (Path(__file__).parents[3] / "docs" / "storage.md").read_text()
COMPANY_ROWS = {"company", "connection", "state", "link", "pointer", "conflict", "log"}


def documented(heading: str) -> set[str]:
    """The names in the first column of a section's table."""
    section = PAGE.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def columns(rows: list[Row]) -> set[str]:
    assert rows
    return {name for row in rows for name in row} - {"PartitionKey", "RowKey", "etag"}


def kind_of(row: Row) -> str:
    first, last = row["RowKey"].split("!")[0], row["RowKey"].split("!")[-1]
    if first == "connection":
        return {"self": "connection", "state": "state"}[last]
    return "pointer" if first in ("copy", "booking") else str(first)


async def exercised(tables: Tables, clock: SettableClock, company: str) -> None:
    """A company with one row of every kind, each as full as it can be; its connection's lease is held."""
    store = TableStore(tables, clock)
    await store.save_company(samples.company(company))
    saved = await store.save_connection(replace(samples.connection(company, "r1"), subscription_id=company))
    await store.schedule_renewal(saved)
    ledger = await store.open(company, "r1", clock())
    assert ledger
    await ledger.close(samples.state())
    ledger = await store.open(company, "r1", clock())
    assert ledger
    link = replace(samples.link("r1", "e1", copy="ap1"), unit="unit", reason="reason")
    await ledger.commit(Changes(links=[link], conflicts=[samples.conflict()], log=[samples.line()]))


async def test_no_column_of_a_company_is_stored_that_nobody_documented(tables: Tables, clock: SettableClock) -> None:
    company = f"company-{uuid.uuid4().hex}"
    await exercised(tables, clock, company)
    rows = await tables.rows("companies", f"PartitionKey eq {text(company)}")
    assert {kind_of(row) for row in rows} == COMPANY_ROWS
    for kind in COMPANY_ROWS:
        assert columns([row for row in rows if kind_of(row) == kind]) == documented(f"Row: {kind}"), kind


async def test_a_side_of_a_link_holds_ids_times_and_fingerprints_alone(tables: Tables, clock: SettableClock) -> None:
    company = f"company-{uuid.uuid4().hex}"
    await exercised(tables, clock, company)
    rows = await tables.rows("companies", f"PartitionKey eq {text(company)}")
    stored = next(row for row in rows if kind_of(row) == "link")
    cell = next(line for line in PAGE.splitlines() if line.startswith("| `source`, `copy`")).split("|")[2]
    for side in ("source", "copy"):
        assert set(json.loads(stored[side])) == set(re.findall(r"`([^`]+)`", cell))


async def test_no_column_of_the_other_tables_is_stored_that_nobody_documented(
    tables: Tables, clock: SettableClock
) -> None:
    company = f"company-{uuid.uuid4().hex}"
    await exercised(tables, clock, company)
    await TableStore(tables, clock).claim_calendar(Mailbox(account=company, calendar_id="AAMk/x+y=="), company, "r1")
    await TableVault(tables, Backwards()).save(company, "r1", "x" * 670_000)
    invitation = Invitation(
        token_hash=company, company_id=company, resource_id="r1", expires_at=NOON, sign_in="sealed", link="sealed"
    )
    await TableInvitations(tables).save(invitation)
    mail = MailRecord(company_id=company, resource_id="r1", kind="failed", cause="cause", at=NOON)
    await TableMails(tables).save(replace(mail, message_id=company, code="code"))
    mine = f"company eq {text(company)}"
    assert columns(await tables.rows("subscriptions", mine)) == documented("Row: renewal")
    await TableStore(tables, clock).schedule_errand(Errand(job="check", company_id=company, resource_id="r1", due=NOON))
    assert columns(await tables.rows("agenda", mine)) == documented("Row: errand")
    assert columns(await tables.rows("calendars", mine)) == documented("Row: owner")
    found = await tables.rows("invitations", mine)
    assert columns([row for row in found if row["RowKey"] == "invitation"]) == documented("Row: invitation")
    assert columns([row for row in found if row["RowKey"] != "invitation"]) == documented("Row: entry")
    mails = await tables.rows("mails", f"PartitionKey eq {text(company)}")
    assert columns(mails) == documented("Row: mail")
    assert columns(await tables.rows("mails", mine)) == documented("Row: message")
    parts = {f"part{number}" for number in range(11)}
    vault = columns(await tables.rows("vault", f"PartitionKey eq {text(company)}"))
    assert (vault - parts) | {"part0", "part10"} == documented("Row: vault")
    assert parts <= vault


def test_no_field_of_a_queue_message_goes_undocumented() -> None:
    assert {spec.name for spec in fields(Wake)} == documented("Queue: sync-rounds")


SAMPLES = [
    samples.company("c1"),
    samples.connection("c1", "r1"),
    samples.state(),
    samples.state().progress,
    replace(samples.link("r1", "e1", copy="ap1"), unit="unit", reason="reason"),
    samples.link("r1", "e1").source,
    samples.conflict(),
    samples.line(),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_a_new_field_is_in_the_samples_so_that_a_codec_which_drops_it_is_noticed(sample: Any) -> None:
    unset = {spec.name for spec in fields(sample) if getattr(sample, spec.name) == spec.default}
    assert unset <= {"etag", "state"}
