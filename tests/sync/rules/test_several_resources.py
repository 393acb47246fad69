"""A booking of several resources has a copy in each calendar: what happens when their people disagree."""

import pytest

from shared.domain.spans import Span
from tests.sync.core.world import World, at, span

NINE, ELEVEN, THREE, FIVE = (span(2, f"{hour}:00", f"{hour + 1}:00") for hour in (9, 11, 15, 17))
PLACES = {"r1": ELEVEN, "r2": THREE}


class Shared:
    """One booking of r1 and r2, and its two copies."""

    def __init__(self) -> None:
        self.world = World("r1", "r2")
        self.booking = self.world.salon.add(["r1", "r2"], NINE.start, 60, service="Cut")
        self.copies: dict[str, str] = {}

    async def connect(self) -> "Shared":
        await self.world.connect()
        self.copies = {name: self.world.copies_in_outlook(name)[0].id for name in PLACES}
        return self

    def move(self, name: str, to: Span) -> None:
        self.world.mailboxes[name].move(self.copies[name], to)

    async def heard_first(self, name: str) -> None:
        """That calendar's notification comes before the other's, TIMIFY's webhook last."""
        told = self.world.tell()
        self.world.wakes.drop_newest(len(told))
        for wake in sorted(told, key=lambda wake: (not wake.outlook, wake.resource_id != name)):
            await self.world.hand_over(wake)
        await self.world.drain()

    async def stand_at(self) -> list[object]:
        """Where the booking and its two copies are, once nothing is left to do."""
        assert await self.world.sweep() == 0
        assert [list(await self.world.conflicts(name)) for name in PLACES] == [[], []]
        events = [event.when for name in PLACES for event in self.world.mailboxes[name].events]
        return [*(booking.span for booking in self.world.booked()), *events]


@pytest.mark.parametrize("first", list(PLACES))
async def test_two_people_who_move_it_apart_end_where_the_first_who_was_heard_moved_it(first: str) -> None:
    shared = await Shared().connect()
    for name, place in PLACES.items():
        shared.move(name, place)
    await shared.heard_first(first)
    (last,) = PLACES.keys() - {first}
    assert ((await shared.world.log(first))[-1], (await shared.world.log(last))[-1]) == ("followed_copy", "origin_wins")
    assert await shared.stand_at() == [PLACES[first]] * 3


@pytest.mark.parametrize("first", list(PLACES))
async def test_two_people_who_move_it_alike_do_not_quarrel(first: str) -> None:
    shared = await Shared().connect()
    for name in PLACES:
        shared.move(name, ELEVEN)
    await shared.heard_first(first)
    assert await shared.stand_at() == [ELEVEN] * 3
    assert shared.world.write_count() == 3  # two copies made, one booking moved


@pytest.mark.parametrize("first", list(PLACES))
async def test_where_the_booking_itself_was_moved_that_holds_against_both(first: str) -> None:
    shared = await Shared().connect()
    for name, place in PLACES.items():
        shared.move(name, place)
    shared.world.salon.move(shared.booking, at(2, "17:00"))
    await shared.heard_first(first)
    assert await shared.stand_at() == [FIVE] * 3


@pytest.mark.parametrize("deleted", list(PLACES))
async def test_a_copy_deleted_in_one_calendar_cancels_it_once_for_all(deleted: str) -> None:
    shared = await Shared().connect()
    shared.world.mailboxes[deleted].remove(shared.copies[deleted])
    await shared.world.change()
    assert await shared.stand_at() == []
    assert shared.world.salon.told == [shared.booking]


async def test_a_booking_that_was_moved_in_one_calendar_is_not_cancelled_because_the_other_lost_its_copy_then() -> None:
    shared = await Shared().connect()
    shared.move("r2", THREE)
    shared.world.mailboxes["r1"].remove(shared.copies["r1"])
    await shared.heard_first("r2")
    assert await shared.stand_at() == [THREE] * 3
    assert shared.world.salon.told == []
