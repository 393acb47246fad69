"""From the queue to the carrier: once for one cause, and put off as long as somebody is away."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.email_worker import LONGEST_PAUSE, TRIES, pause
from shared.domain.accounts import Mailbox, Status
from shared.domain.failures import Broken, Reason, Refused, Throttled, Transient
from shared.email.carriers import Envelope, Unsure
from shared.identity.leaving import read_leave_token
from shared.sync.access import CannotUnseal
from shared.sync.connections import update
from shared.sync.disable import KEEP, REMOVE_FUTURE, By
from shared.sync.invite import invite, revoke
from shared.sync.ports import Message, Resource
from tests.email.post import Post, failing
from tests.fakes.trouble import give_way

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINK = "http://127.0.0.1:9/connect/THE-ONE-TIME-SECRET"
MESSAGE = Message(kind="invitation", company_id="c1", resource_id="r1", at=AT, cause="hash-1", link=LINK)


class Died(BaseException):
    """The worker's process is no more."""


@pytest.fixture
async def post() -> Post:
    post = Post()
    await post.with_company()
    return post


async def invited(post: Post) -> Message:
    """An invitation on its way through the queue."""
    await invite(post, "c1", "r1")
    message = post.mail.sent[-1]
    await post.letterbox.send(message)
    return message


async def test_neither_link_nor_name_nor_address_waits_in_the_queue(post: Post) -> None:
    await post.letterbox.send(MESSAGE)
    (queued,) = post.queue.take()
    assert all(secret not in queued for secret in ("THE-ONE-TIME-SECRET", "example.org", "Pat", "Salon"))


async def test_of_a_mail_that_was_sent_neither_address_nor_text_is_kept(post: Post) -> None:
    await invited(post)
    await post.deliver_all()
    (envelope,), (row,) = post.carrier.arrived, post.mails.rows.values()
    assert envelope.to == "r1@example.org"
    kept = repr(row)
    assert row.message_id == envelope.operation_id
    assert all(secret not in kept for secret in ("example.org", "Pat", "Salon", "/connect/"))
    assert "example.org" not in repr(envelope)


async def test_a_message_delivered_twice_is_one_mail(post: Post) -> None:
    await post.letterbox.send(MESSAGE)
    (text,) = post.queue.take()
    await post.deliver(text)
    await post.deliver(text)
    assert len(post.carrier.arrived) == 1


async def test_the_same_cause_for_another_resource_or_kind_is_another_mail(post: Post) -> None:
    for message in (MESSAGE, replace(MESSAGE, resource_id="r2"), replace(MESSAGE, kind="taken_over")):
        await post.letterbox.send(message)
    await post.deliver_all()
    assert len(post.carrier.arrived) == 3
    assert len({envelope.operation_id for envelope in post.carrier.arrived}) == 3


@pytest.mark.parametrize("asks", [True, False])
async def test_a_worker_that_dies_after_the_carrier_took_the_mail_sends_no_second_one(asks: bool) -> None:
    post = Post(asks=asks)
    await post.with_company()
    await post.letterbox.send(MESSAGE)
    (text,) = post.queue.take()
    post.carrier.after = failing(Died())
    with pytest.raises(Died):
        await post.deliver(text)
    assert post.states == ["carrying"]
    await post.deliver(text)
    assert (len(post.carrier.arrived), post.states) == (1, ["sent"])


async def test_a_worker_that_dies_before_the_carrier_took_the_mail_loses_none_where_one_can_ask(post: Post) -> None:
    await post.letterbox.send(MESSAGE)
    (text,) = post.queue.take()
    post.carrier.before = failing(Died())
    with pytest.raises(Died):
        await post.deliver(text)
    await post.deliver(text)
    assert (len(post.carrier.arrived), post.states) == (1, ["sent"])


async def test_where_nobody_can_ask_a_mail_that_may_have_gone_is_rather_not_sent_again() -> None:
    post = Post(asks=False)
    await post.with_company()
    await post.letterbox.send(MESSAGE)
    post.carrier.after = failing(Unsure("ReadTimeout"))
    await post.deliver_all()
    await post.deliver_all()
    assert (len(post.carrier.arrived), post.states, post.queue.sent) == (1, ["sent"], [])


async def test_a_carrier_that_is_busy_gets_the_mail_when_it_asked_for_it(post: Post) -> None:
    await post.letterbox.send(MESSAGE)
    post.carrier.before = failing(Throttled("429", 77.0))
    await post.deliver_all()
    ((_, delay),) = post.queue.sent
    assert (delay, post.carrier.arrived, post.states) == (77.0, [], [])
    await post.deliver_all()
    assert (len(post.carrier.arrived), post.states, post.queue.sent) == (1, ["sent"], [])


async def test_a_carrier_that_cannot_be_asked_still_sends_what_it_refused_to_take_before() -> None:
    post = Post(asks=False)
    await post.with_company()
    await post.letterbox.send(MESSAGE)
    post.carrier.before = failing(Transient("ConnectError"), times=3)
    for _ in range(4):
        await post.deliver_all()
    assert len(post.carrier.arrived) == 1


@pytest.mark.parametrize("trouble", [Transient("503"), Broken(Reason.OUR_CREDENTIALS)])
async def test_timify_being_away_for_an_hour_keeps_the_mail_for_later(post: Post, trouble: Exception) -> None:
    await post.letterbox.send(MESSAGE)
    post.directory.trouble = trouble  # type: ignore[assignment]  # both are failures
    waited = 0.0
    while waited < 3600:
        await post.deliver_all()
        ((_, delay),) = post.queue.sent
        waited += delay
    post.directory.trouble = None
    await post.deliver_all()
    assert (len(post.carrier.arrived), post.queue.sent) == (1, [])


async def test_a_mail_that_cannot_be_sent_for_days_is_shown_to_operations(post: Post) -> None:
    await post.letterbox.send(MESSAGE)
    post.directory.trouble = Transient("503")
    data = json.loads(post.queue.take()[0]) | {"tries": TRIES}
    with pytest.raises(Transient):
        await post.deliver(json.dumps(data))
    assert post.queue.sent == []
    assert 2 < sum(pause(Transient(), tries) for tries in range(TRIES)) / 86400 < 7


def test_pauses_grow_from_seconds_to_an_hour_and_no_further() -> None:
    pauses = [pause(Transient(), tries) for tries in range(TRIES)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (15.0, LONGEST_PAUSE)
    assert pause(Throttled("429", 0.0), 0) == 1.0


async def test_a_refused_mail_is_not_tried_again_and_shows_on_the_resource(post: Post) -> None:
    await invited(post)
    post.carrier.before = failing(Refused("InvalidRecipient"))
    await post.deliver_all()
    assert (post.carrier.arrived, post.queue.sent, post.states) == ([], [], ["refused"])
    assert (await post.connection()).undelivered_at == post.now()
    line = (await post.store.log("c1", "r1", 10, ""))[0][0]
    assert (line.rule, line.outcome, line.detail) == ("undelivered", "failed", "InvalidRecipient")


@pytest.mark.parametrize("asks", [True, False])
async def test_a_refusal_shows_even_if_the_storage_was_away_when_it_was_to_be_noted(asks: bool) -> None:
    post = Post(asks=asks)
    await post.with_company()
    await invited(post)

    async def refuse(envelope: Envelope) -> None:
        post.store.trouble = away
        raise Refused("InvalidRecipient")

    async def away(moment: str) -> None:
        post.store.trouble = give_way
        raise Transient("503")

    post.carrier.before = refuse
    await post.deliver_all()
    post.carrier.before = failing(Refused("InvalidRecipient"))
    await post.deliver_all()
    assert post.states == ["refused"]
    assert (await post.connection()).undelivered_at == post.now()
    assert post.carrier.arrived == []


async def test_the_next_invitation_makes_a_refusal_forgotten(post: Post) -> None:
    await invited(post)
    post.carrier.before = failing(Refused("InvalidRecipient"))
    await post.deliver_all()
    await invite(post, "c1", "r1")
    assert (await post.connection()).undelivered_at is None


async def test_an_address_that_is_gone_or_none_stops_nothing_but_shows(post: Post) -> None:
    await invited(post)
    post.directory.add("c1", Resource(id="r1", name="Pat", email="pat@example.org, eve@example.org"))
    await post.letterbox.send(replace(MESSAGE, resource_id="room"))
    await post.letterbox.send(replace(MESSAGE, resource_id="nobody"))
    await post.deliver_all()
    assert (post.carrier.arrived, post.states) == ([], [])
    assert (await post.connection()).undelivered_at is not None


@pytest.mark.parametrize(
    "address", ["a@b.c\r\nBcc: eve@b.c", "Pat <a@b.c>", "a@b.c;d@e.f", "a b@c.d", "a@b@c", "@", ""]
)
async def test_no_address_can_bring_another_receiver_or_header_with_it(post: Post, address: str) -> None:
    post.directory.add("c1", Resource(id="r1", name="Pat", email=address))
    await post.letterbox.send(MESSAGE)
    await post.deliver_all()
    assert post.carrier.arrived == []


async def test_an_invitation_that_was_revoked_while_it_waited_is_not_sent(post: Post) -> None:
    await invited(post)
    await revoke(post, "c1", "r1")
    await post.deliver_all()
    assert post.carrier.arrived == []


async def test_a_link_moved_into_another_message_is_not_sent(post: Post) -> None:
    await post.letterbox.send(MESSAGE)
    forged = json.loads(post.queue.take()[0]) | {"cause": "hash-2"}
    with pytest.raises(CannotUnseal):
        await post.deliver(json.dumps(forged))


async def test_a_mail_speaks_the_language_of_its_company(post: Post) -> None:
    company = await post.store.company("c1")
    assert company
    await post.store.save_company(replace(company, locale="de-AT"))
    await invited(post)
    await post.deliver_all()
    (envelope,) = post.carrier.arrived
    assert 'lang="de"' in envelope.html
    assert "Kalender verbinden" in envelope.text
    assert "16. März 2026" in envelope.text


async def test_an_administrator_who_must_approve_is_reached_by_the_mail_alone(post: Post) -> None:
    reason = str(Reason.ADMIN_APPROVAL_REQUIRED)
    await post.letterbox.send(replace(MESSAGE, kind="failed", reason=reason))
    await post.letterbox.send(replace(MESSAGE, kind="failed", cause="2", reason=str(Reason.CONSENT_DECLINED)))
    await post.deliver_all()
    assert [post.sign_in.admin_consent_url() in mail.text for mail in post.carrier.arrived] == [True, False]


async def test_a_mail_of_a_living_connection_has_a_link_that_ends_it(post: Post) -> None:
    await update(
        post,
        "c1",
        "r1",
        lambda found: replace(
            found, status=Status.CONNECTED, mailbox=Mailbox(account="o.t", calendar_id="cal"), joined_at=AT
        ),
    )
    await post.letterbox.send(replace(MESSAGE, kind="connected", link=""))
    await post.deliver_all()
    token = post.carrier.arrived[0].text.rpartition("/leave/")[2].split()[0]
    assert read_leave_token(post.signer, token, post.now()) == ("c1", "r1", int(AT.timestamp()))


async def test_a_mail_of_a_connection_that_ended_offers_no_second_end(post: Post) -> None:
    await post.letterbox.send(replace(MESSAGE, kind="disabled", link=""))
    await post.deliver_all()
    assert "/leave/" not in post.carrier.arrived[0].text


@pytest.mark.parametrize(("by", "said"), [(By.THEMSELVES, "with the link"), (By.UNINSTALLING, "any more")])
async def test_who_ended_a_sync_survives_the_queue(post: Post, by: By, said: str) -> None:
    await post.letterbox.send(replace(MESSAGE, kind="disabled", link="", by=by))
    await post.deliver_all()
    assert said in post.carrier.arrived[0].text.replace("\n", " ")


COPIES = [(REMOVE_FUTURE, ["removed"]), (KEEP, ["stay"]), ("", [])]


@pytest.mark.parametrize(("copies", "said"), COPIES)
async def test_whose_sync_ended_reads_what_becomes_of_the_copies(post: Post, copies: str, said: list[str]) -> None:
    await post.letterbox.send(replace(MESSAGE, kind="disabled", link="", copies=copies))
    await post.deliver_all()
    text = post.carrier.arrived[0].text.replace("\n", " ")
    assert re.findall(r"The copies .*?(stay|removed)", text) == said


async def test_names_and_addresses_stay_out_of_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await invited(post)
    post.carrier.before = failing(Throttled("429", 1.0))
    await post.deliver_all()
    post.carrier.before = failing(Refused("InvalidRecipient"))
    await post.deliver_all()
    assert "InvalidRecipient" in caplog.text
    assert not any(secret in caplog.text for secret in ("example.org", "Pat", "Salon", "/connect/"))
