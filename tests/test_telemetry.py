"""Names of notifications, and the lines that carry them."""

import asyncio
import logging
import re
from uuid import UUID

import pytest

from shared import telemetry
from shared.telemetry import MOST_NAMES, both, count, logger, new_correlation, plain, request_id, trail

NAME = "aaaaaaaaaaaa4bcd"
log = logger("tests.telemetry")


@pytest.fixture(autouse=True)
def all_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_a_line_outside_of_any_round_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    log.info("sent=%d", 3)
    assert caplog.messages == ["sent=3"]


def test_every_line_of_a_round_says_whose_it_is(caplog: pytest.LogCaptureFixture) -> None:
    with trail(NAME, "c1", "r1"):
        log.warning("put off: code=%s", "429")
    with trail(NAME):
        log.warning("read")
    assert caplog.messages == [
        f"put off: code=429 company=c1 resource=r1 correlation={NAME}",
        f"read correlation={NAME}",
    ]


@pytest.mark.parametrize("text", ["Pat Smith", "pat@example.org", "a\nevent=round", "x" * 65, "ä", "a=b", "50%s"])
def test_nothing_that_could_be_a_name_or_another_line_passes_for_an_id(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert (plain(text), plain(""), plain("resource_gone")) == ("?", "-", "resource_gone")
    with trail(text, text, text):
        log.info("read")
    assert text not in caplog.text
    assert re.fullmatch(r"read company=\? resource=\? correlation=[0-9a-f]{16}", caplog.messages[0])


def test_one_name_after_another_does_not_grow_without_end() -> None:
    names = [new_correlation() for _ in range(3 * MOST_NAMES)]
    assert both(names[0], names[0]) == both("", names[0]) == both(names[0], "") == names[0]
    grown = ""
    for name in names:
        grown = both(grown, name)
    assert grown.split(",") == names[:MOST_NAMES]
    with trail(grown, "c1", "r1") as here:
        assert here.correlation == grown


def test_the_id_of_a_call_leads_to_its_notification_and_is_a_guid() -> None:
    with trail(f"{NAME},{'f' * 16}"):
        ids = {request_id() for _ in range(3)}
    assert len(ids) == 3
    assert {UUID(each).hex[:16] for each in ids} == {NAME}
    assert request_id() != request_id()


def test_a_new_name_makes_a_random_guid_of_the_usual_kind() -> None:
    with trail():
        assert UUID(request_id()).version == 4


async def test_rounds_at_once_do_not_count_for_each_other() -> None:
    async def round_of(number: int) -> int:
        with trail() as here:
            for _ in range(number):
                await asyncio.gather(asyncio.create_task(call()), asyncio.sleep(0))
            return here.counts["graph"]

    async def call() -> None:
        await asyncio.sleep(0)
        count("graph")

    assert await asyncio.gather(*map(round_of, range(5))) == [0, 1, 2, 3, 4]


def test_counting_outside_of_a_round_is_of_no_consequence() -> None:
    count("graph")
    with trail() as here:
        assert here.counts == {}
    assert telemetry.correlation() != telemetry.correlation()
