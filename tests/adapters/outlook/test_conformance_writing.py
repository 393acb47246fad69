"""What every `Outlook` must do when it is written to, asked of the fake and of the real adapter over the simulator."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.domain.failures import Broken, Reason, Refused, Stale
from shared.domain.items import Change, Draft, ShowAs
from shared.domain.spans import Days
from tests.adapters.outlook.asking import (
    DRAFT,
    MARCH,
    MARK,
    OTHER_MARK,
    Attempt,
    events_in,
    pull,
    seen,
    span,
    the_one,
)
from tests.adapters.outlook.worlds import NOW, World

# -- our copies


async def test_a_copy_comes_back_as_it_was_drafted_and_known_as_ours(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    assert (receipt.when, receipt.title, receipt.notes) == (DRAFT.when, DRAFT.title, DRAFT.notes)
    assert (receipt.mark, receipt.show_as, receipt.attendees) == (MARK, ShowAs.BUSY, False)
    assert await the_one(world.door(), receipt.id) == receipt


async def test_the_echo_of_a_copy_carries_its_mark(world: World) -> None:
    _, link = await pull(world.door())
    receipt = await world.door().create(DRAFT, MARK)
    pages, _ = await pull(world.door(), link)
    assert events_in(pages) == {receipt.id: receipt}


async def test_making_a_copy_twice_makes_one(world: World) -> None:
    first = await world.door().create(DRAFT, MARK)
    second = await world.door().create(DRAFT, MARK)
    assert second == first
    assert len(await seen(world.door())) == 1


async def test_a_copy_that_was_made_with_another_text_is_found_again_not_made_again(world: World) -> None:
    first = await world.door().create(DRAFT, MARK)
    second = await world.door().create(Draft(when=span(4, 9), title="Changed", notes=""), MARK)
    assert second == first


async def test_the_mark_of_a_deleted_copy_is_refused(world: World) -> None:
    first = await world.door().create(DRAFT, MARK)
    await world.remove(first.id)
    with pytest.raises(Refused) as refused:
        await world.door().create(DRAFT, MARK)
    assert refused.value.code == "ErrorDuplicateTransactionId"


async def test_a_copy_is_found_by_its_tag_after_a_lost_table(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    await world.door().create(Draft(when=span(4, 9), title="Other", notes=""), OTHER_MARK)
    assert await world.door().find(MARK) == receipt
    assert await world.door().find(f"tfy-{'0' * 32}-0") is None


async def test_a_persons_duplicate_of_our_copy_is_the_persons_own(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    duplicate = await world.duplicate(receipt.id, MARK)
    assert (await the_one(world.door(), duplicate)).mark is None
    assert await world.door().find(MARK) == receipt


async def test_a_whole_day_can_be_copied(world: World) -> None:
    days = Days(date(2026, 3, 7), date(2026, 3, 9))
    receipt = await world.door().create(Draft(when=days, title="Fair", notes=""), MARK)
    assert receipt.when == days


async def test_texts_that_exchange_would_refuse_are_cut_down(world: World) -> None:
    draft = Draft(when=span(3, 9), title="T\x00itle\n" + "x" * 300, notes="\ud800n" * 2_000)
    receipt = await world.door().create(draft, MARK)
    assert receipt.title == ("Title " + "x" * 300)[:255]
    assert receipt.notes == "n" * 2_000


# -- changing


async def test_only_what_the_change_names_changes(world: World) -> None:
    event_id = await world.add(span(2, 9), "Review", notes="Agenda")
    before = await the_one(world.door(), event_id)
    after = await world.door().update(event_id, Change(when=span(2, 15)), before.version)
    assert after is not None
    assert (after.when, after.title, after.notes) == (span(2, 15), "Review", "Agenda")
    assert after.version != before.version
    renamed = await world.door().update(event_id, Change(title="Retro", notes="None"), after.version)
    assert renamed is not None
    assert (renamed.when, renamed.title, renamed.notes) == (span(2, 15), "Retro", "None")


async def test_an_event_that_somebody_changed_meanwhile_is_stale(world: World) -> None:
    event_id = await world.add(span(2, 9), "Review")
    before = await the_one(world.door(), event_id)
    await world.retitle(event_id, "Retro")
    with pytest.raises(Stale):
        await world.door().update(event_id, Change(when=span(2, 15)), before.version)
    with pytest.raises(Stale):
        await world.door().delete(event_id, before.version)
    assert (await the_one(world.door(), event_id)).when == span(2, 9)


async def test_housekeeping_changes_the_version_and_nothing_else(world: World) -> None:
    event_id = await world.add(span(2, 9), "Review")
    before = await the_one(world.door(), event_id)
    await world.touch(event_id)
    after = await the_one(world.door(), event_id)
    assert after.version != before.version
    assert replace(after, version="") == replace(before, version="")


async def test_without_a_version_the_change_wins(world: World) -> None:
    event_id = await world.add(span(2, 9))
    after = await world.door().update(event_id, Change(when=span(2, 15)), "")
    assert after is not None
    assert after.when == span(2, 15)


async def test_a_meeting_becomes_a_whole_day_and_a_meeting_again(world: World) -> None:
    event_id = await world.add(span(2, 9))
    for when in (Days(date(2026, 3, 2), date(2026, 3, 3)), span(2, 9)):
        after = await world.door().update(event_id, Change(when=when), "")
        assert after is not None
        assert after.when == when


async def test_changing_one_occurrence_leaves_the_others(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    _, middle, _ = await world.door().series(master, MARCH) or ()
    after = await world.door().update(middle.id, Change(when=span(3, 12)), middle.version)
    assert after is not None
    assert (after.when, after.series) == (span(3, 12), master)
    found = await world.door().series(master, MARCH) or ()
    assert [event.when for event in found] == [span(2, 9), span(3, 12), span(4, 9)]


async def test_a_write_to_a_series_reaches_every_occurrence_and_its_deletion_too(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3, "Standup")
    before = await the_one(world.door(), master)
    after = await world.door().update(master, Change(title="Daily"), before.version)
    assert after is not None
    assert after.title == "Daily"
    assert {event.title for event in await world.door().series(master, MARCH) or ()} == {"Daily"}
    await world.door().delete(master, after.version)
    assert await world.door().series(master, MARCH) is None
    assert await world.door().read(master) is None


async def test_an_event_gone_meanwhile_is_none_and_deleting_it_is_fine(world: World) -> None:
    event_id = await world.add(span(2, 9))
    await world.door().delete(event_id)
    assert await world.door().read(event_id) is None
    await world.door().delete(event_id)
    assert await world.door().update(event_id, Change(title="Late"), "") is None


async def test_nobody_gets_mail_from_a_copy(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    changed = await world.door().update(receipt.id, Change(when=span(3, 12), title="Later"), receipt.version)
    assert changed is not None
    await world.door().delete(receipt.id, changed.version)
    assert await world.mails() == 0


async def test_touching_a_meeting_with_attendees_would_mail_them(world: World) -> None:
    event_id = await world.add(span(2, 9), attendees=True)
    await world.door().update(event_id, Change(when=span(2, 10)), "")
    assert await world.mails() == 1


# -- the calendar itself


async def test_a_read_only_calendar_breaks_the_connection_not_one_item(world: World) -> None:
    event_id = await world.add(span(2, 9))
    await world.make_read_only()
    attempts: list[Attempt] = [
        lambda: world.door().create(DRAFT, MARK),
        lambda: world.door().update(event_id, Change(title="No"), ""),
        lambda: world.door().delete(event_id),
    ]
    for attempt in attempts:
        with pytest.raises(Broken) as broken:
            await attempt()
        assert broken.value.reason is Reason.CALENDAR_READ_ONLY


async def test_a_deleted_calendar_never_looks_like_deleted_events(world: World) -> None:
    event_id = await world.add(span(2, 9))
    master = await world.add_daily(span(3, 9), 2)
    _, link = await pull(world.door())
    await world.remove_calendar()
    attempts: list[Attempt] = [
        lambda: world.door().read(event_id),
        lambda: world.door().series(master, MARCH),
        lambda: world.door().update(event_id, Change(title="No"), ""),
        lambda: world.door().find(MARK),
        lambda: world.door().create(DRAFT, MARK),
        lambda: seen(world.door()),
        lambda: pull(world.door(), link),
        lambda: pull(world.door()),
    ]
    for attempt in attempts:
        with pytest.raises(Broken) as broken:
            await attempt()
        assert broken.value.reason is Reason.CALENDAR_GONE


# -- subscriptions


async def test_a_subscription_lives_until_it_is_ended(world: World) -> None:
    door = world.door()
    made = await door.subscribe("state", NOW + timedelta(days=3))
    assert made.expires == NOW + timedelta(days=3)
    renewed = await door.renew(made.id, NOW + timedelta(days=4))
    assert renewed is not None
    assert (renewed.id, renewed.expires) == (made.id, NOW + timedelta(days=4))
    await door.unsubscribe(made.id)
    await door.unsubscribe(made.id)
    assert await door.renew(made.id, NOW + timedelta(days=5)) is None


async def test_subscribing_again_replaces_the_old_subscription(world: World) -> None:
    door = world.door()
    first = await door.subscribe("state", NOW + timedelta(days=3))
    second = await door.subscribe("state", NOW + timedelta(days=3))
    assert second.id != first.id
    assert await door.renew(first.id, NOW + timedelta(days=4)) is None
    assert await door.renew(second.id, NOW + timedelta(days=4)) is not None


async def test_a_copy_is_known_by_its_tag_alone_and_a_persons_event_has_none(world: World) -> None:
    door = world.door()
    receipt = await door.create(DRAFT, MARK)
    person = await world.add(span(4, 9), "Meeting")
    assert receipt.category
    assert await door.tag(receipt.id) == MARK
    assert await door.tag(person) is None
    assert not (await the_one(door, person)).category
    await world.remove(person)
    assert await door.tag(person) is None
