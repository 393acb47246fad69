"""The rows of mails: the same in memory and in the tables."""

import uuid
from dataclasses import replace

import pytest

from shared.domain.failures import Stale
from shared.email.records import SENT, MailRecord, Mails
from shared.storage.mails import TABLE, TableMails
from shared.storage.store import TableStore
from shared.storage.tables import Tables, text
from tests.adapters.storage.conftest import SettableClock
from tests.adapters.storage.samples import NOON
from tests.fakes.mails import FakeMails


@pytest.fixture(params=["memory", "tables"])
def mails(request: pytest.FixtureRequest) -> Mails:
    return FakeMails() if request.param == "memory" else TableMails(request.getfixturevalue("tables"))


def record(resource_id: str = "r1") -> MailRecord:
    company = f"company-{uuid.uuid4().hex}"
    return MailRecord(company_id=company, resource_id=resource_id, kind="invitation", cause="0f:é/#?", at=NOON)


async def found(mails: Mails, mail: MailRecord) -> MailRecord | None:
    return await mails.get(mail.company_id, mail.resource_id, mail.kind, mail.cause)


async def test_what_was_saved_is_found_by_its_occasion_and_by_its_message(mails: Mails) -> None:
    first = await mails.save(record())
    saved = await mails.save(replace(first, state=SENT, message_id=f"0100018a-{first.company_id}", code="code"))
    assert await found(mails, first) == saved
    assert await mails.find(saved.message_id) == saved
    assert await mails.find(saved.message_id.upper()) == saved
    assert await mails.find("somebody else's") is None
    assert await found(mails, replace(first, kind="failed")) is None


async def test_of_two_workers_with_the_same_mail_one_begins(mails: Mails) -> None:
    mail = record()
    await mails.save(mail)
    with pytest.raises(Stale):
        await mails.save(mail)


async def test_what_was_forgotten_can_begin_again(mails: Mails) -> None:
    saved = await mails.save(record())
    await mails.forget(saved)
    assert await found(mails, saved) is None
    await mails.save(replace(saved, etag=""))


async def test_nothing_of_a_company_that_is_erased_stays(tables: Tables, clock: SettableClock) -> None:
    mails, mail = TableMails(tables), record()
    other = replace(mail, resource_id="r2")
    for each in (mail, other):
        await mails.save(replace(each, message_id=f"{mail.company_id}-{each.resource_id}"))
    await TableStore(tables, clock).forget_connection(mail.company_id, "r1")
    assert await found(mails, mail) is None
    assert await found(mails, other) is not None
    await TableStore(tables, clock).forget_company(mail.company_id)
    assert await tables.rows(TABLE, f"PartitionKey eq {text(mail.company_id)}") == []
    assert await tables.rows(TABLE, f"company eq {text(mail.company_id)}") == []
