"""Every kind of conflict comes by its causes, writes nothing to the side it guards, is told once, and goes by every
cure."""

import inspect
from datetime import timedelta

import pytest

from shared.domain.conflicts import ConflictKind, ConflictState
from shared.domain.links import key_of_mark
from shared.sync.resolve import IGNORE, resolve
from tests.sync.core.world import COMPANY, World, span
from tests.sync.proof.notes import People
from tests.sync.proof.oracle import complaints
from tests.sync.rules.causes import Cause, Scene, Step
from tests.sync.rules.every_conflict import CAUSES

CURES = [
    pytest.param(CAUSES[cause], cure, checked, id=f"{CAUSES[cause].kind}: {cause}: {name}")
    for cause in CAUSES
    for checked, cures in ((False, CAUSES[cause].cures), (True, CAUSES[cause].found_by_check))
    for name, cure in cures.items()
]


async def do(scene: Scene, step: Step) -> None:
    done = step(scene)
    if inspect.isawaitable(done):
        await done


def standing(world: World, side: str) -> object:
    """Everything on one side, as it is."""
    return list(world.salon.entries.items()) if side == "timify" else list(world.outlook_calendar.events)


async def caused(cause: Cause) -> Scene:
    """The conflict as it arose; the side it guards is as people left it."""
    scene = Scene(World(*cause.resources))
    await do(scene, cause.before)
    await scene.connect()
    await scene.world.choose(**cause.settings)
    await scene.world.change()
    await do(scene, cause.trigger)
    before = standing(scene.world, cause.untouched)
    await scene.world.change()
    assert standing(scene.world, cause.untouched) == before
    return scene


async def agree(scene: Scene) -> None:
    """Nobody has anything to complain of. Whoever invited people to a copy did so."""
    invited = {key_of_mark(copy.mark) or "" for copy in scene.world.copies_in_outlook() if copy.attendees}
    wrong = await complaints(scene.world, People(touched=invited))
    assert not wrong, "\n".join([*wrong, *await scene.world.story()])


def test_a_new_kind_of_conflict_without_a_cause_is_noticed() -> None:
    assert {cause.kind for cause in CAUSES.values()} == set(ConflictKind)


@pytest.mark.parametrize("name", list(CAUSES))
async def test_a_conflict_guards_its_side_and_is_told_once(name: str) -> None:
    cause = CAUSES[name]
    scene = await caused(cause)
    (conflict,) = await scene.world.conflicts()
    assert conflict.kind is cause.kind
    lines = (await scene.world.log()).count(f"held_{cause.kind}")
    before = standing(scene.world, cause.untouched)
    scene.world.now.pass_by(timedelta(hours=1))
    if cause.kind is not ConflictKind.REFUSED:  # what was refused is tried again
        assert await scene.world.sweep() == 0
        assert await scene.world.sweep() == 0
        assert list(await scene.world.conflicts()) == [conflict]
        assert (await scene.world.log()).count(f"held_{cause.kind}") == lines
        assert standing(scene.world, cause.untouched) == before


@pytest.mark.parametrize(("cause", "cure", "checked"), CURES)
async def test_a_conflict_goes_by_itself_when_it_is_cured(cause: Cause, cure: Step, checked: bool) -> None:
    scene = await caused(cause)
    await do(scene, cure)
    await scene.world.change()
    if checked:
        await scene.world.sweep()
    assert [conflict.kind for conflict in await scene.world.conflicts()] == [], "\n".join(await scene.world.story())
    assert (await scene.world.state()).open_conflicts == 0
    await agree(scene)
    assert await scene.world.sweep() == 0
    assert await scene.world.conflicts() == []
    assert scene.outlook.mailed == []


@pytest.mark.parametrize("name", [name for name, cause in CAUSES.items() if cause.kind is not ConflictKind.REFUSED])
async def test_a_conflict_that_is_lived_with_stays_so_until_it_is_cured(name: str) -> None:
    cause = CAUSES[name]
    scene = await caused(cause)
    (conflict,) = await scene.world.conflicts()
    await resolve(scene.world, COMPANY, conflict.id, IGNORE)
    assert await scene.world.change() == 0
    assert await scene.world.sweep() == 0
    (lived_with,) = await scene.world.conflicts()
    assert (lived_with.id, lived_with.since) == (conflict.id, conflict.since)
    assert lived_with.state is ConflictState.IGNORED
    await do(scene, next(iter(cause.cures.values())))
    await scene.world.change()
    assert await scene.world.conflicts() == []


async def test_an_event_over_two_bookings_waits_for_both_and_each_is_told_once() -> None:
    scene = Scene(World())
    scene.booking_at("First", span(2, "09:00", "10:00"))
    scene.booking_at("Second", span(2, "10:00", "11:00"))
    await scene.connect()
    scene.event_at("Team", span(2, "09:30", "10:30"))
    for left, cured in ((2, None), (1, "First"), (0, "Second")):
        if cured:
            scene.remove(cured)
        await scene.world.change()
        await scene.world.sweep()
        assert [conflict.kind for conflict in await scene.world.conflicts()] == [ConflictKind.OVERLAP] * left
        assert len(scene.world.copies_in_timify()) == (0 if left else 1)
