"""Messages of one connection, in one process."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.failures import Transient
from shared.sync.gate import Gate
from shared.sync.ports import Wake

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def wake(number: int = 0, **fields: object) -> Wake:
    values: dict[str, object] = {"company_id": "c", "resource_id": "r", "cause": "webhook"} | fields
    return Wake(at=NOON + timedelta(seconds=number), **values)  # type: ignore[arg-type]  # any field, by its name


class Dealer:
    """Records what it was asked to deal with; waits until it is told to go on."""

    def __init__(self) -> None:
        self.dealt: list[Wake] = []
        self.go = asyncio.Event()
        self.at_once = self.most = 0
        self.failure: Exception | None = None

    async def __call__(self, message: Wake) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.dealt.append(message)
        try:
            await self.go.wait()
            if self.failure is not None:
                raise self.failure
        finally:
            self.at_once -= 1


async def test_a_burst_is_not_fifty_rounds() -> None:
    gate, dealer = Gate(), Dealer()
    burst = [asyncio.create_task(gate.pass_through(wake(n, bookings=(f"b{n % 3}",)), dealer)) for n in range(50)]
    await asyncio.sleep(0)
    dealer.go.set()
    await asyncio.gather(*burst)
    assert len(dealer.dealt) == 2
    assert dealer.most == 1
    assert set(dealer.dealt[1].bookings) == {"b0", "b1", "b2"}
    assert dealer.dealt[1].at == NOON + timedelta(seconds=49)


async def test_a_burst_that_trickles_in_is_not_a_round_for_each() -> None:
    """Fifty notifications within a tenth of a second, and rounds that are over at once."""
    gate, dealt = Gate(breath=0.1), list[Wake]()

    async def deal(message: Wake) -> None:
        dealt.append(message)
        await asyncio.sleep(0.005)

    async def late(number: int) -> None:
        await asyncio.sleep(number * 0.002)
        await gate.pass_through(wake(number), deal)

    await asyncio.gather(*(late(number) for number in range(50)))
    assert len(dealt) == 2
    assert dealt[1].at == NOON + timedelta(seconds=49)


async def test_the_echoes_of_an_import_do_not_keep_everybody_else_out() -> None:
    """Every copy that an import writes makes news; those messages must not wait for its end in the places of others."""
    sent: list[Wake] = []

    async def later(message: Wake) -> None:
        sent.append(message)

    gate, dealer = Gate(later, breath=0.02), Dealer()
    reading = asyncio.create_task(gate.pass_through(wake(job="import"), dealer))
    await asyncio.sleep(0)
    echoes = [gate.pass_through(wake(n, bookings=(f"b{n}",)), dealer) for n in range(1, 24)]
    kept = asyncio.create_task(gate.pass_through(wake(30, job="renew"), dealer))
    await asyncio.wait_for(asyncio.gather(*echoes), 5)
    assert not reading.done()
    assert [len(message.bookings) for message in sent] == [23]
    assert sent[0].at == NOON + timedelta(seconds=23)
    dealer.go.set()
    await asyncio.gather(reading, kept)
    assert [message.job for message in dealer.dealt] == ["import", "renew"]


async def test_nobody_leads_one_part_of_an_import_after_the_other() -> None:
    """Its invocation would last longer than a function may, and take the whole process down with it."""
    gate, ended = Gate(), list[int]()

    async def part(number: int) -> None:
        await gate.pass_through(wake(number, job="import"), deal)
        ended.append(number)

    async def deal(message: Wake) -> None:
        number = (message.at - NOON).seconds
        if number < 4:
            parts.append(asyncio.create_task(part(number + 1)))
        await asyncio.sleep(0.01)
        assert len(ended) == number, "each part ends before the next one begins"

    parts = [asyncio.create_task(part(0))]
    for number in range(5):
        await parts[number]
    assert ended == [0, 1, 2, 3, 4]


async def test_an_echo_that_could_not_be_sent_again_is_not_taken_for_done() -> None:
    async def later(message: Wake) -> None:
        raise Transient("the queue is away")

    gate, dealer = Gate(later, breath=0.01), Dealer()
    reading = asyncio.create_task(gate.pass_through(wake(job="import"), dealer))
    await asyncio.sleep(0)
    with pytest.raises(Transient):
        await gate.pass_through(wake(1, bookings=("b",)), dealer)
    dealer.go.set()
    await reading


async def test_another_connection_does_not_wait() -> None:
    gate, dealer = Gate(), Dealer()
    both = [asyncio.create_task(gate.pass_through(wake(resource_id=name), dealer)) for name in ("r1", "r2")]
    await asyncio.sleep(0)
    assert dealer.most == 2
    dealer.go.set()
    await asyncio.gather(*both)


async def test_a_joined_message_is_not_lost_when_its_round_fails() -> None:
    gate, dealer = Gate(), Dealer()
    dealer.failure = RuntimeError("down")
    burst = [asyncio.create_task(gate.pass_through(wake(n), dealer)) for n in range(5)]
    await asyncio.sleep(0)
    dealer.go.set()
    results = await asyncio.gather(*burst, return_exceptions=True)
    assert all(isinstance(result, RuntimeError) for result in results)
    dealer.failure = None
    await gate.pass_through(wake(9), dealer)
    assert dealer.dealt[-1].at == NOON + timedelta(seconds=9)


async def test_an_import_and_a_retry_are_not_swallowed_by_a_round() -> None:
    gate, dealer = Gate(), Dealer()
    messages = [wake(0), wake(1), wake(2, job="import"), wake(3, retry=("key",), tries=3), wake(4)]
    burst = [asyncio.create_task(gate.pass_through(message, dealer)) for message in messages]
    await asyncio.sleep(0)
    dealer.go.set()
    await asyncio.gather(*burst)
    assert [(m.job, m.retry, m.tries) for m in dealer.dealt] == [
        ("round", (), 0),
        ("round", (), 0),
        ("round", ("key",), 3),
        ("import", (), 0),
    ]


async def test_nobody_waits_for_ever_when_the_process_is_taken_down() -> None:
    gate, dealer = Gate(), Dealer()
    first = asyncio.create_task(gate.pass_through(wake(0), dealer))
    await asyncio.sleep(0)
    others = [asyncio.create_task(gate.pass_through(wake(n, job="renew"), dealer)) for n in (1, 2)]
    await asyncio.sleep(0)
    first.cancel()
    for task in (first, *others):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_round_for_several_notifications_names_them_all() -> None:
    dealer, gate = Dealer(), Gate()
    names = [f"{number:016x}" for number in range(3)]
    tasks = [asyncio.create_task(gate.pass_through(wake(n, correlation=name), dealer)) for n, name in enumerate(names)]
    await asyncio.sleep(0)
    dealer.go.set()
    await asyncio.gather(*tasks)
    assert [each.correlation for each in dealer.dealt] == [names[0], ",".join(names[1:])]
