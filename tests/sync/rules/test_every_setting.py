"""Every single setting: who decides it, what each of its values does in the other calendar, and that a change of it
leaves alone what is there."""

from dataclasses import dataclass
from itertools import permutations

import pytest

from shared.domain.accounts import Company
from shared.domain.failures import Refused
from shared.domain.items import Side
from shared.domain.settings import Settings
from shared.domain.spans import Days
from shared.sync.companies import change_overrides
from tests.sync.core.world import COMPANY, World, at, span
from tests.sync.rules.specimens import SPECIMENS, choose, every_field, look, salon

FIELDS = dict(every_field())
DELETED = "timify_to_outlook.deleted_in_outlook"
ANONYMOUS = "outlook_to_timify.anonymous"
AFTER_DELETING = {"cancel_booking": "cancelled", "restore_copy": "restored", "ask": "asked"}
VALUES = [(name, value) for name, specimen in SPECIMENS.items() for value in specimen.shown]
CHANGES = [(name, *change) for name, specimen in SPECIMENS.items() for change in permutations(list(specimen.shown), 2)]


def test_a_new_setting_without_a_test_is_noticed() -> None:
    assert FIELDS.keys() == {*SPECIMENS, "direction", "weekly_digest", DELETED}
    for name, specimen in SPECIMENS.items():
        assert specimen.shown.keys() == {str(value) for value in type(FIELDS[name])}
        assert len(set(specimen.shown.values())) == len(specimen.shown), f"{name}: two values look the same"
    assert AFTER_DELETING.keys() == {str(value) for value in type(FIELDS[DELETED])}


@dataclass
class Seen:
    """A specimen in the calendar of one resource."""

    world: World
    setting: str
    item: str
    name: str = "r1"

    @property
    def looks(self) -> str:
        return look(self.world, self.name, SPECIMENS[self.setting].side, self.item)

    def edit(self) -> None:
        """A person moves and renames it."""
        if SPECIMENS[self.setting].side is Side.OUTLOOK:
            box = self.world.mailboxes[self.name]
            when = box.known(self.item).when
            box.edit(self.item, title="Crew", when=when if isinstance(when, Days) else span(8, "11:00", "12:00"))
        else:
            self.world.salon.edit(self.item, service="Colour")
            self.world.salon.move(self.item, at(8, "11:00"))


async def effective_of(world: World, company: Company) -> Settings:
    return (await world.connection("r1")).effective_settings(company)


def shown(setting: str, value: str, name: str = "r1") -> str:
    return SPECIMENS[setting].shown[value].replace("{name}", name)


def renamed(text: str) -> str:
    return text.replace("Team", "Crew").replace("Cut", "Colour")


async def make(world: World, setting: str, day: int, *names: str) -> list[Seen]:
    """The specimens, once they are synced."""
    made = [Seen(world, setting, SPECIMENS[setting].make(world, name, day), name) for name in names or ("r1",)]
    await world.change()
    return made


@pytest.mark.parametrize("setting", list(SPECIMENS))
async def test_a_company_that_chose_nothing_gets_the_default(setting: str) -> None:
    (seen,) = await make(await salon(), setting, 2)
    assert seen.looks == shown(setting, FIELDS[setting])


@pytest.mark.parametrize(("setting", "value"), VALUES)
async def test_the_companys_choice_decides_for_all_its_resources(setting: str, value: str) -> None:
    world = await salon("r1", "r2", **{setting: value})
    for seen in await make(world, setting, 2, "r1", "r2"):
        assert seen.looks == shown(setting, value, seen.name)
    assert await world.sweep() == 0


@pytest.mark.parametrize(("setting", "companys", "own"), CHANGES)
async def test_a_resources_own_choice_is_its_own_and_only_in_that_field(setting: str, companys: str, own: str) -> None:
    world = await salon("r1", "r2", **{setting: companys})
    await change_overrides(world, COMPANY, "r1", {setting: own})
    mine, others = await make(world, setting, 2, "r1", "r2")
    assert (mine.looks, others.looks) == (shown(setting, own), shown(setting, companys, "r2"))
    company = await world.store.company(COMPANY)
    assert company
    theirs, ours = (dict(every_field(part)) for part in (company.settings, await effective_of(world, company)))
    assert theirs | {setting: own} == ours
    await change_overrides(world, COMPANY, "r1", {setting: None})
    (follows,) = await make(world, setting, 3)
    assert follows.looks == shown(setting, companys)


@pytest.mark.parametrize(("setting", "before", "after"), CHANGES)
async def test_a_change_leaves_alone_what_is_there_and_decides_about_what_comes(
    setting: str, before: str, after: str
) -> None:
    world = await salon(**{setting: before})
    (old,) = await make(world, setting, 2)
    await choose(world, {setting: after})
    if SPECIMENS[setting].keeps:
        assert await world.sweep() == 0
        assert old.looks == shown(setting, before)
    (new,) = await make(world, setting, 3)
    assert new.looks == shown(setting, after)
    if SPECIMENS[setting].keeps:
        old.edit()  # what was never copied is looked at as if it were new
        await world.change()
        assert old.looks == renamed(shown(setting, before) or shown(setting, after))
    await world.sweep()  # what was held may go now
    assert await world.sweep() == 0


@pytest.mark.parametrize("setting", [name for name, specimen in SPECIMENS.items() if not specimen.keeps])
async def test_a_copy_that_is_there_stays_when_a_stricter_rule_comes(setting: str) -> None:
    lax, strict = SPECIMENS[setting].shown
    world = await salon(**{setting: lax})
    (old,) = await make(world, setting, 2)
    before = old.looks
    await choose(world, {setting: strict})
    assert await world.sweep() == 0
    assert old.looks == before != ""


@pytest.mark.parametrize("setting", [name for name, specimen in SPECIMENS.items() if not specimen.keeps])
async def test_what_was_held_goes_by_itself_once_the_rule_is_laxer(setting: str) -> None:
    lax, strict = SPECIMENS[setting].shown
    world = await salon(**{setting: strict})
    (old,) = await make(world, setting, 2)
    assert (old.looks, len(await world.conflicts())) == ("", 1)
    await choose(world, {setting: lax})
    await world.sweep()
    assert old.looks == shown(setting, lax)
    assert len(await world.conflicts()) == (1 if setting.endswith("when_busy") else 0)  # flagged, for it still overlaps
    assert await world.sweep() == 0


# -- what deleting a copy in Outlook means


async def fate(world: World, booking: str, name: str = "r1") -> str:
    """Somebody deletes the copy in Outlook: what becomes of the booking."""
    box = world.mailboxes[name]
    before = len(world.copies_in_outlook(name))
    box.remove(next(copy.id for copy in world.copies_in_outlook(name)))
    await world.change()
    kinds = [str(conflict.kind) for conflict in await world.conflicts(name)]
    if booking not in world.salon.entries:
        assert (world.salon.told, kinds) == ([booking], [])
        return "cancelled"
    assert world.salon.told == []
    return "restored" if len(world.copies_in_outlook(name)) == before else "asked" if kinds == ["copy_deleted"] else "?"


@pytest.mark.parametrize("value", list(AFTER_DELETING))
async def test_what_deleting_means_is_the_companys_choice(value: str) -> None:
    world = await salon(**{DELETED: value})
    booking = world.salon.add(["r1"], at(2, "09:00"), 60, service="Cut")
    await world.change()
    assert await fate(world, booking) == AFTER_DELETING[value]
    assert await world.sweep() == 0


async def test_a_company_that_chose_nothing_has_its_booking_cancelled() -> None:
    world = await salon()
    booking = world.salon.add(["r1"], at(2, "09:00"), 60, service="Cut")
    await world.change()
    assert await fate(world, booking) == AFTER_DELETING[FIELDS[DELETED]]


@pytest.mark.parametrize(("companys", "own"), list(permutations(AFTER_DELETING, 2)))
async def test_what_deleting_means_may_be_a_resources_own_choice(companys: str, own: str) -> None:
    fates = []
    for name in ("r1", "r2"):
        world = await salon("r1", "r2", **{DELETED: companys})
        await change_overrides(world, COMPANY, "r1", {DELETED: own})
        booking = world.salon.add([name], at(2, "09:00"), 60, service="Cut")
        await world.change()
        fates.append(await fate(world, booking, name))
    assert fates == [AFTER_DELETING[own], AFTER_DELETING[companys]]


@pytest.mark.parametrize(("before", "after"), list(permutations(AFTER_DELETING, 2)))
async def test_a_customers_booking_is_dealt_with_as_was_chosen_when_its_copy_was_deleted(
    before: str, after: str
) -> None:
    world = await salon(**{DELETED: before})
    booking = world.salon.add(["r1"], at(2, "09:00"), 60, service="Cut")
    await world.change()
    await choose(world, {DELETED: after})
    assert await world.sweep() == 0
    assert await fate(world, booking) == AFTER_DELETING[after]
    assert await world.sweep() == 0


# -- a shape is kept for life

COPIED_BEFORE = [
    (name, before, after) for name, before, after in CHANGES if SPECIMENS[name].keeps and SPECIMENS[name].shown[before]
]


@pytest.mark.parametrize(("setting", "before", "after"), COPIED_BEFORE)
async def test_a_copy_that_is_made_again_looks_as_it_did(setting: str, before: str, after: str) -> None:
    """An event that was anonymous must not show its title because somebody deleted its copy."""
    law = "outlook_to_timify" if SPECIMENS[setting].side is Side.OUTLOOK else "timify_to_outlook"
    world = await salon(direction=law, **{setting: before})
    (old,) = await make(world, setting, 2)
    await choose(world, {setting: after})
    for copy in world.copies_in_timify():
        world.salon.remove(copy.appointment_id)
    for event in world.copies_in_outlook():
        world.outlook_calendar.remove(event.id)
    assert await world.change() == 1
    assert old.looks == shown(setting, before)
    assert await world.sweep() == 0


@pytest.mark.parametrize(("setting", "before", "after"), COPIED_BEFORE)
async def test_a_copy_that_was_found_again_is_left_alone_by_later_changes(
    setting: str, before: str, after: str
) -> None:
    world = await salon(**{setting: before})
    (old,) = await make(world, setting, 2)
    await world.store.forget_links(COMPANY, "r1")
    assert await world.sweep("catch_up") == 0
    await choose(world, {setting: after})
    assert await world.sweep() == 0
    assert old.looks == shown(setting, before)


async def test_what_was_refused_has_no_shape_yet() -> None:
    world = await salon()
    world.fail("timify", "create", "before", Refused("timify_422"))
    (old,) = await make(world, ANONYMOUS, 2)
    assert [conflict.kind for conflict in await world.conflicts()] == ["refused"]
    await choose(world, {ANONYMOUS: "on"})
    await world.sweep()
    assert old.looks == shown(ANONYMOUS, "on")
