"""The agreement check: it says how many of how many agree, or what differs by kind, and heals it by the same rules."""

from collections.abc import Callable

import pytest

from shared.domain.failures import Transient
from shared.domain.items import Draft
from shared.words.log_lines import log_text
from tests.sync.core.world import COMPANY, World, at, span

TEN = span(2, "10:00", "11:00")


async def a_dozen() -> World:
    world = World()
    for day in range(2, 8):
        world.outlook_calendar.add(span(day, "10:00", "11:00"), f"Team {day}")
        world.salon.add(["r1"], at(day, "12:00"), 60, service="Cut")
    return await world.connect()


async def checked(world: World) -> tuple[int, int, dict[str, int]]:
    world.lose_news()
    await world.sweep()
    state = await world.state()
    return state.checked_agree, state.checked_items, state.checked_differences


async def said(world: World) -> str:
    lines, _ = await world.store.log(COMPANY, "r1", 100, "")
    return next(log_text(line) for line in lines if line.rule == "checked")


def new_event(world: World) -> None:
    world.outlook_calendar.add(span(9, "10:00", "11:00"), "New")


def event_gone(world: World) -> None:
    world.outlook_calendar.remove(next(e for e in world.outlook_calendar.events if not e.mark).id)


def event_moved(world: World) -> None:
    world.outlook_calendar.move(
        next(e for e in world.outlook_calendar.events if not e.mark).id, span(9, "10:00", "11:00")
    )


def event_retitled(world: World) -> None:
    world.outlook_calendar.edit(next(e for e in world.outlook_calendar.events if not e.mark).id, title="Renamed")


def event_onto_a_booking(world: World) -> None:
    world.outlook_calendar.add(span(2, "12:30", "13:30"), "Lunch")


async def test_who_lost_the_claim_to_a_calendar_has_it_again_with_the_next_check() -> None:
    """Else the next resource that connects the calendar takes nothing over, and two are synced with it."""
    world = await World().connect()
    mailbox = (await world.connection()).mailbox
    assert mailbox
    await world.store.release_calendar(mailbox, COMPANY, "r1")
    await world.sweep()
    assert await world.store.users_of(mailbox.account) == [(COMPANY, "r1")]
    assert await world.store.claim_calendar(mailbox, COMPANY, "r2") == (COMPANY, "r1")


async def test_all_agree_and_the_log_says_so() -> None:
    world = await a_dozen()
    assert await checked(world) == (12, 12, {})
    assert await said(world) == "Agreement check: 12 of 12 agreed."


async def test_a_first_import_ends_in_agreement_and_not_in_a_list_of_all_that_was_copied() -> None:
    world = await a_dozen()
    state = await world.state()
    assert (state.checked_agree, state.checked_items, state.checked_differences) == (12, 12, {})


@pytest.mark.parametrize(
    ("edit", "agree", "items", "kind"),
    [
        (new_event, 12, 13, "missing"),
        (event_gone, 11, 12, "left_over"),
        (event_moved, 11, 12, "time"),
        (event_retitled, 11, 12, "text"),
    ],
)
async def test_what_nobody_told_of_is_found_named_and_healed(
    edit: Callable[[World], None], agree: int, items: int, kind: str
) -> None:
    world = await a_dozen()
    edit(world)
    assert await checked(world) == (agree, items, {kind: 1})
    assert (await said(world)).startswith(f"Agreement check: {agree} of {items} agreed; 1 ")
    again, of, left = await checked(world)
    assert (again == of, left) == (True, {})


async def test_what_waits_for_a_person_is_said_each_time_for_both_items_of_the_pair() -> None:
    world = await a_dozen()
    event_onto_a_booking(world)
    for _ in range(2):
        assert await checked(world) == (11, 13, {"conflict": 2})
    assert await said(world) == "Agreement check: 11 of 13 agreed; 2 in conflicts."


async def test_a_second_copy_is_counted_and_goes() -> None:
    world = await a_dozen()
    copy = world.copies_in_timify()[0]
    draft = Draft(when=copy.span, title=copy.title, notes="")
    await world.salon.calendar("r1").create(draft, str(copy.mark), copy.span)
    assert (await checked(world))[2] == {"duplicate": 1}
    assert await checked(world) == (12, 12, {})


async def test_an_item_that_could_not_be_written_is_no_agreement() -> None:
    world = await a_dozen()
    new_event(world)
    world.fail("timify", "create", "before", Transient("503"))
    assert (await checked(world))[2] == {"put_off": 1}
    assert await checked(world) == (13, 13, {})


async def test_an_item_that_was_waiting_for_another_is_counted_once() -> None:
    world = await a_dozen()
    event_onto_a_booking(world)
    await world.change()
    world.salon.remove(
        next(b for b in world.booked() if not b.mark and b.span == span(2, "12:00", "13:00")).appointment_id
    )
    agree, items, differences = await checked(world)
    assert (items, differences) == (13, {"left_over": 1, "missing": 1})
    assert agree == 11
