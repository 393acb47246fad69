import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.email_worker import send
from shared.config import ConfigError
from shared.domain.failures import Transient
from shared.email.carriers import Envelope, Outbox, carrier
from shared.email.queue_mail import QueueMail
from shared.sync.access import CannotUnseal
from shared.sync.ports import Message
from tests.fakes.identity import FakeServices

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINK = "http://127.0.0.1:9/connect/THE-ONE-TIME-SECRET"
MESSAGE = Message(kind="invitation", company_id="c1", resource_id="r1", at=AT, cause="hash-1", link=LINK)


class FakeQueue:
    def __init__(self) -> None:
        self.messages: list[str] = []

    async def put(self, message: dict[str, Any], delay: float = 0) -> None:
        self.messages.append(json.dumps(message))


def outbox_of(folder: Path) -> list[dict[str, Any]]:
    """All mails, and nothing half-written beside them."""
    assert {path.suffix for path in folder.iterdir()} <= {".json"}
    return [json.loads(path.read_text()) for path in sorted(folder.iterdir())]


class Post:
    """Everything between a use case and the folder."""

    def __init__(self, folder: Path, services: FakeServices) -> None:
        self.folder = folder
        self.services = services
        self.queue = FakeQueue()
        self.mail = QueueMail(self.queue, services.sealer)

    async def deliver(self) -> None:
        for message in self.queue.messages:
            await send(self.services, Outbox(self.folder), message.encode())

    def outbox(self) -> list[dict[str, Any]]:
        return outbox_of(self.folder)


@pytest.fixture
async def post(tmp_path: Path) -> Post:
    return Post(tmp_path, await FakeServices().with_company())


async def test_a_mail_arrives_with_everything_the_outbox_promises(post: Post) -> None:
    await post.mail.send(MESSAGE)
    await post.deliver()
    (mail,) = post.outbox()
    assert set(mail) == {"at", "to", "kind", "subject", "text", "html", "link"}
    assert (mail["to"], mail["kind"], mail["link"], mail["at"]) == (
        "r1@example.org",
        "invitation",
        LINK,
        "2026-03-02T09:00:00+00:00",
    )
    assert "Salon <c1> invites you" in mail["text"]


async def test_neither_link_nor_name_nor_address_waits_in_the_queue(post: Post) -> None:
    await post.mail.send(MESSAGE)
    (queued,) = post.queue.messages
    assert all(secret not in queued for secret in ("THE-ONE-TIME-SECRET", "example.org", "Pat", "Salon"))


async def test_a_message_delivered_twice_is_one_mail(post: Post) -> None:
    await post.mail.send(MESSAGE)
    await post.deliver()
    await post.deliver()
    assert len(post.outbox()) == 1


async def test_the_same_cause_for_another_resource_or_kind_is_another_mail(post: Post) -> None:
    for message in (MESSAGE, replace(MESSAGE, resource_id="r2"), replace(MESSAGE, kind="taken_over")):
        await post.mail.send(message)
    await post.deliver()
    assert len(post.outbox()) == 3


async def test_a_resource_without_an_address_by_now_stops_nothing(post: Post) -> None:
    await post.mail.send(replace(MESSAGE, resource_id="room"))
    await post.mail.send(replace(MESSAGE, resource_id="nobody"))
    await post.deliver()
    assert post.outbox() == []


async def test_timify_being_away_keeps_the_mail_for_later(post: Post) -> None:
    await post.mail.send(MESSAGE)
    post.services.directory.trouble = Transient("503")
    with pytest.raises(Transient):
        await post.deliver()
    post.services.directory.trouble = None
    await post.deliver()
    assert len(post.outbox()) == 1


async def test_a_link_moved_into_another_message_is_not_sent(post: Post) -> None:
    await post.mail.send(MESSAGE)
    forged = json.loads(post.queue.messages[0]) | {"cause": "hash-2"}
    with pytest.raises(CannotUnseal):
        await send(post.services, Outbox(post.folder), json.dumps(forged).encode())


async def test_the_first_mail_of_an_occasion_stays_as_it_is(tmp_path: Path) -> None:
    first = Envelope(at=AT, to="a@example.org", kind="failed", subject="1", text="1", html="1", once="occasion")
    await Outbox(tmp_path).carry(first)
    await Outbox(tmp_path).carry(replace(first, subject="2"))
    (mail,) = outbox_of(tmp_path)
    assert mail["subject"] == "1"


def test_an_unknown_carrier_is_refused_by_name() -> None:
    config = FakeServices().config
    with pytest.raises(ConfigError, match="pigeon"):
        carrier(replace(config, email_carrier="pigeon"))
    with pytest.raises(ConfigError, match="EMAIL_OUTBOX_DIR"):
        carrier(replace(config, email_carrier="outbox", email_outbox_dir=""))
