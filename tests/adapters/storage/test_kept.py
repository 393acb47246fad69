"""What is kept of a resource is shown without any secret, and erased wherever it lies: in the real tables."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Connection, Mailbox
from shared.domain.failures import Stale
from shared.email.records import MailRecord
from shared.storage import keys
from shared.storage.invitations import TableInvitations
from shared.storage.kept import forget, named
from shared.storage.mails import TableMails
from shared.storage.store import TableStore
from shared.storage.tables import Row, Tables
from shared.storage.vault import TableVault
from shared.sync.keeping import Changes, Errand, Invitation
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import Backwards, Doors, SettableClock
from tests.adapters.storage.samples import NOON

TABLES = ("companies", "subscriptions", "agenda", "calendars", "vault", "invitations", "mails")


@pytest.fixture
def company() -> str:
    return f"company-{uuid.uuid4().hex}"


async def full(tables: Tables, clock: SettableClock, company: str, resource: str) -> None:
    """One row of every kind of a resource, in each of the tables; a second calendar that it once claimed."""
    store, name = TableStore(tables, clock), f"{company}-{resource}"
    saved = replace(samples.connection(company, resource), subscription_id=name)
    saved = replace(saved, mailbox=Mailbox(account=name, calendar_id="AAMk/x+y=="))
    await store.save_connection(saved)
    await store.schedule_renewal(saved)
    await store.schedule_renewal(replace(saved, subscription_id=f"{name}-earlier"))
    for calendar_id in ("AAMk/x+y==", "AAMk/left+behind=="):
        await store.claim_calendar(Mailbox(account=name, calendar_id=calendar_id), company, resource)
    await store.schedule_errand(Errand(job="look", company_id=company, resource_id=resource, due=NOON))
    ledger = await store.open(company, resource, clock())
    assert ledger
    link = samples.link(resource, "e1", copy="ap1")
    await ledger.commit(Changes(links=[link], conflicts=[samples.conflict()], log=[samples.line()]))
    await ledger.close(replace(samples.state(), closed_until=None))
    await TableVault(tables, Backwards()).save(company, resource, "refresh-token")
    invitation = Invitation(token_hash=name, company_id=company, resource_id=resource, expires_at=NOON, link="sealed-1")
    await TableInvitations(tables).save(replace(invitation, sign_in="sealed-2"))
    mail = MailRecord(company_id=company, resource_id=resource, kind="failed", cause=name, at=NOON)
    await TableMails(tables).save(replace(mail, message_id=name))


async def rows_of(tables: Tables, company: str, resource: str) -> list[tuple[str, Row]]:
    """Every row of any table that names the resource, in its keys or columns. `r1` is not `r10`."""
    found: list[tuple[str, Row]] = []
    for table in TABLES:
        async for page in tables.query(table, ""):
            mine = [row for row in page if company in str(row)]
            found += [(table, row) for row in mine if names(row, resource)]
    return found


def names(row: Row, resource: str) -> bool:
    parts = [part for value in row.values() for part in str(value).split("!")]
    return resource in parts


async def erased(tables: Tables, clock: SettableClock, company: str, resource: str) -> None:
    await TableVault(tables, Backwards()).destroy(company, resource)
    await TableInvitations(tables).forget(company, resource)
    await TableStore(tables, clock).forget_connection(company, resource)


async def test_no_row_of_who_is_erased_is_left_in_any_table_and_every_row_of_the_next(
    tables: Tables, clock: SettableClock, company: str
) -> None:
    for resource in ("r1", "r10"):
        await full(tables, clock, company, resource)
    before = await rows_of(tables, company, "r10")
    assert {table for table, _ in await rows_of(tables, company, "r1")} == set(TABLES)
    for _ in range(2):
        await erased(tables, clock, company, "r1")
        assert await rows_of(tables, company, "r1") == []
        assert await rows_of(tables, company, "r10") == before


async def test_a_mail_that_the_carrier_has_at_that_moment_leaves_no_row_behind(
    tables: Tables, clock: SettableClock, company: str
) -> None:
    mails = TableMails(tables)
    mail = MailRecord(company_id=company, resource_id="r1", kind="failed", cause=company, at=NOON)
    carried = await mails.save(mail)
    await erased(tables, clock, company, "r1")
    with pytest.raises(Stale):
        await mails.save(replace(carried, message_id=company))
    assert await rows_of(tables, company, "r1") == []


async def test_of_a_company_that_is_erased_no_invitation_and_no_errand_stays(
    tables: Tables, clock: SettableClock, company: str
) -> None:
    await full(tables, clock, company, "r1")
    await TableVault(tables, Backwards()).destroy(company, "r1")
    await TableInvitations(tables).forget(company)
    await TableStore(tables, clock).forget_company(company)
    assert await rows_of(tables, company, "r1") == []


async def test_what_is_exported_is_every_kind_of_row_and_no_secret(
    tables: Tables, clock: SettableClock, company: str
) -> None:
    await full(tables, clock, company, "r1")
    kept = [each async for each in TableStore(tables, clock).kept(company, "r1")]
    kept += [each async for each in TableInvitations(tables).kept(company, "r1")]
    stored = [row for table, row in await rows_of(tables, company, "r1") if table != "vault"]
    assert len(kept) == len(stored)
    text = json.dumps([each.columns for each in kept])
    for secret in ("deltatoken", "sealed-", "refresh-token", "lease"):
        assert secret not in text
    (link,) = [each for each in kept if each.kind == "link"]
    assert link.columns["source"]["id"] == "e1"


class Meanwhile(Tables):
    """Somebody else writes each row of `changes` once more right after it was found."""

    changes = ""

    async def query(
        self, table: str, where: str, *, page: int | None = None, select: list[str] | None = None
    ) -> AsyncIterator[list[Row]]:
        async for rows in super().query(table, where, page=page, select=select):
            for row in rows:
                if table == self.changes:
                    key = {name: row[name] for name in ("PartitionKey", "RowKey")}
                    await self.replace(table, key | {"resource": "r2"}, row["etag"], merge=True)
            yield rows


async def test_a_calendar_that_somebody_else_took_over_while_its_rows_were_looked_for_stays_theirs(
    azurite: str, clock: SettableClock, company: str
) -> None:
    tables = Meanwhile(azurite)
    await full(tables, clock, company, "r1")
    found = await tables.rows("calendars", named(company, "r1"))
    tables.changes = "calendars"
    await forget(tables, "calendars", named(company, "r1"))
    tables.changes = ""
    left = await tables.rows("calendars", named(company, "r2"))
    assert len(found) >= 2
    assert [row["RowKey"] for row in left] == [row["RowKey"] for row in found]
    await forget(tables, "calendars", named(company, "r2"))
    assert await tables.rows("calendars", named(company, "r2")) == []
    await tables.close()


async def test_whether_there_are_tokens_is_known_without_opening_them(doors: Doors) -> None:
    assert await doors.vault.holds(doors.company, "r1") is False
    await doors.vault.save(doors.company, "r1", "cache")
    assert await doors.vault.holds(doors.company, "r1") is True
    assert await doors.vault.holds(doors.company, "r10") is False


async def test_only_the_invitations_of_who_is_named_go(doors: Doors) -> None:
    for resource in ("r1", "r10"):
        token = f"{doors.company}-{resource}"
        await doors.invitations.save(
            Invitation(token_hash=token, company_id=doors.company, resource_id=resource, expires_at=NOON, link="sealed")
        )
    every = [each async for each in doors.invitations.kept(doors.company, "r1")]
    (kept,) = [each for each in every if each.kind == "invitation"]
    assert (kept.kind, kept.columns["state"], "link" in kept.columns) == ("invitation", "open", False)
    await doors.invitations.forget(doors.company, "r1")
    assert await doors.invitations.get(f"{doors.company}-r1") is None
    assert await doors.invitations.get(f"{doors.company}-r10") is not None
    await doors.invitations.forget(doors.company)
    assert await doors.invitations.get(f"{doors.company}-r10") is None


async def test_only_what_was_over_before_goes_and_nothing_of_the_next(doors: Doors) -> None:
    hour, over = timedelta(hours=1), list[str]()
    for resource in ("r1", "r10"):
        for name, ends in (("over", NOON - hour), ("kept", NOON)):
            token = f"{doors.company}-{resource}-{name}"
            invitation = Invitation(token_hash=token, company_id=doors.company, resource_id=resource, expires_at=ends)
            await doors.invitations.save(invitation)
            over += [token] if (resource, name) == ("r1", "over") else []
    await doors.invitations.forget_older(doors.company, "r1", NOON)
    for resource in ("r1", "r10"):
        for name in ("over", "kept"):
            token = f"{doors.company}-{resource}-{name}"
            assert (await doors.invitations.get(token) is None) == (token in over)
    kinds = [each.kind async for each in doors.invitations.kept(doors.company, "r1")]
    assert set(kinds) - {"entry"} == {"invitation"}
    assert kinds.count("entry") in (0, 1)


async def test_of_old_mails_the_carriers_id_goes_too_and_the_next_keeps_its_own(tables: Tables, company: str) -> None:
    mails, hour = TableMails(tables), timedelta(hours=1)
    for resource in ("r1", "r10"):
        for kind, at in (("failed", NOON - hour), ("connected", NOON)):
            mail = MailRecord(company_id=company, resource_id=resource, kind=kind, cause="cause", at=at)
            await mails.save(replace(mail, message_id=f"{company}-{resource}-{kind}"))
    await mails.forget_older(company, "r1", NOON)
    assert await mails.get(company, "r1", "failed", "cause") is None
    assert await tables.rows("mails", f"PartitionKey eq 'message!{keys.hashed(f'{company}-r1-failed')}'") == []
    for resource, kind in (("r1", "connected"), ("r10", "failed"), ("r10", "connected")):
        assert await mails.find(f"{company}-{resource}-{kind}")


async def test_memory_and_tables_name_the_same_kinds_of_rows(doors: Doors) -> None:
    saved = replace(samples.connection(doors.company, "r1"), subscription_id=doors.company)
    await doors.store.save_connection(saved)
    await doors.store.schedule_renewal(saved)
    await doors.store.claim_calendar(Mailbox(account="a.t", calendar_id=doors.company), doors.company, "r1")
    await doors.store.schedule_errand(Errand(job="look", company_id=doors.company, resource_id="r1", due=NOON))
    ledger = await doors.store.open(doors.company, "r1", doors.clock())
    assert ledger
    link = samples.link("r1", "e1", copy="ap1")
    await ledger.commit(Changes(links=[link], conflicts=[samples.conflict()], log=[samples.line()]))
    await ledger.close(samples.state())
    await doors.store.save_connection(Connection(company_id=doors.company, resource_id="r10"))
    kinds = {each.kind async for each in doors.store.kept(doors.company, "r1")}
    every = {"connection", "state", "link", "pointer", "conflict", "log", "calendar", "renewal", "errand"}
    assert kinds == every
    await doors.store.forget_connection(doors.company, "r1")
    assert [each async for each in doors.store.kept(doors.company, "r1")] == []
    assert [each.kind async for each in doors.store.kept(doors.company, "r10")][:1] == ["connection"]
