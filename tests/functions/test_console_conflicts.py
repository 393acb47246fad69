"""The tab Sync Conflicts: list, detail, decisions."""

import re
from dataclasses import replace
from html import unescape

import pytest

from shared.domain.accounts import RoundState, Status
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Transient
from shared.domain.items import Side
from shared.domain.links import Face, Link, LinkState
from shared.domain.spans import Span
from shared.identity.console import Right
from shared.sync.resolve import actions_of
from tests.functions.api_world import NOW
from tests.functions.conflict_samples import HOUR, IGNORED, OVERLAP, REFUSED
from tests.functions.console_world import ConsoleWorld
from tests.functions.page import Page

EVENT = Link(
    key=OVERLAP.item,
    origin=Side.OUTLOOK,
    state=LinkState.HELD,
    source=Face(id="event", version="1", span=Span(NOW, NOW + HOUR)),
)
BOOKING = Link(
    key=OVERLAP.other,
    origin=Side.TIMIFY,
    state=LinkState.HELD,
    source=Face(id="booking", version="1", span=Span(NOW + HOUR / 2, NOW + 2 * HOUR)),
)


@pytest.fixture
async def world() -> ConsoleWorld:
    world = ConsoleWorld()
    await world.enter()
    await world.round("r0", RoundState(), OVERLAP, REFUSED)
    await world.round("r1", RoundState(), IGNORED)
    return world


def signed(page: Page) -> str:
    """What confirms the question that is shown."""
    return next(str(each["value"]) for each in page.inputs if each.get("name") == "sure")


async def decide(world: ConsoleWorld, action: str) -> Page:
    """Decide the overlap, and say yes where that is asked."""
    page = await world.post(f"conflicts/{OVERLAP.id}", {"action": action})
    if "sure" not in page.by_id:
        return page
    return await world.post(f"conflicts/{OVERLAP.id}", {"action": action, "sure": signed(page)})


def listed(page: Page) -> list[str]:
    """The ids of the conflicts in the order of the page."""
    return [name.removeprefix("conflict-") for name in page.by_id if name.startswith("conflict-")]


async def test_the_list_shows_names_and_times_as_the_clocks_of_the_resource_show_them(world: ConsoleWorld) -> None:
    page = await world.get("conflicts")
    assert listed(page) == [REFUSED.id, OVERLAP.id], "who waits longest comes first, ignored ones are not shown"
    assert "Zoe" in page.html
    assert "Mon 23 Nov, 10:00–11:00" in page.html
    assert "Mon 23 Nov, 10:30–12:00" in page.html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("resource=r0", [REFUSED, OVERLAP]),
        ("resource_id=r1&state=all", [IGNORED]),
        ("resource=r1", []),
        ("kind=overlap", [OVERLAP]),
        ("state=ignored", [IGNORED]),
        ("state=all", [REFUSED, OVERLAP, IGNORED]),
        ("age=day", [REFUSED]),
        ("age=month", []),
        ("kind=nonsense&state=nonsense&age=nonsense&shown=nonsense", [REFUSED, OVERLAP]),
    ],
)
async def test_filters_let_through_what_they_say(world: ConsoleWorld, query: str, expected: list[Conflict]) -> None:
    page = await world.get(f"conflicts?{query}")
    assert sorted(listed(page)) == sorted(conflict.id for conflict in expected)


async def test_the_number_of_a_resources_conflicts_leads_to_those_and_to_no_others(world: ConsoleWorld) -> None:
    await world.connect("r1", status=Status.CONNECTED)
    await world.round("r1", RoundState(open_conflicts=1), replace(OVERLAP, item="e" * 32))
    for shown in ("overview", "resources/r1"):
        links = set(re.findall(r'href="([^"]+/conflicts\?[^"]+)"', (await world.get(shown)).html))
        assert links
        for link in links:
            assert len(listed(await world.get(unescape(link)))) == 1


async def test_who_has_no_conflict_is_not_told_that_calendars_agree_which_are_not_connected() -> None:
    world = ConsoleWorld()
    await world.enter()
    page = await world.get("conflicts")
    assert "no-conflicts" in page.by_id
    assert "No calendar is connected yet." in page.html
    await world.connect("r0", status=Status.CONNECTED)
    page = await world.get("conflicts")
    assert "No open conflicts." in page.html
    assert "No calendar is connected yet." not in page.html


async def test_many_conflicts_come_in_portions(world: ConsoleWorld) -> None:
    many = [Conflict(kind=ConflictKind.REFUSED, item=f"{n:032}", since=NOW) for n in range(60)]
    await world.round("r2", RoundState(), *many)
    page = await world.get("conflicts?resource=r2")
    assert len(listed(page)) == 50
    assert "10 are left" in page.html
    assert len(listed(await world.get("conflicts?resource=r2&shown=100"))) == 60


async def test_one_and_several_are_counted_in_german_too(world: ConsoleWorld) -> None:
    await world.enter(language="de")
    assert "2 Konflikte" in (await world.get("conflicts")).html
    assert "1 Konflikt<" in (await world.get("conflicts?kind=overlap")).html


async def test_conflicts_are_shown_without_names_while_timify_is_away(world: ConsoleWorld) -> None:
    world.timify_answers(yes=False, failure=Transient())
    page = await world.get("conflicts")
    assert world.last.status_code == 200
    assert listed(page) == [REFUSED.id, OVERLAP.id]


async def test_looking_again_costs_timify_nothing_until_something_changes(world: ConsoleWorld) -> None:
    again = (await world.get("conflicts")).by_id["conflicts"]["hx-get"]
    assert again
    asked = len(world.acme.calls)
    await world.get(again, partial=True)
    assert (world.last.status_code, world.last.headers["HX-Reswap"]) == (204, "none")
    assert len(world.acme.calls) == asked

    await world.cure("r0", REFUSED)
    page = await world.get(again, partial=True)
    assert listed(page) == [OVERLAP.id]


async def test_one_conflict_shows_both_sides_and_what_stands_in_the_way(world: ConsoleWorld) -> None:
    page = await world.get(f"conflicts/{OVERLAP.id}")
    drawn = page.html.partition('<svg class="day"')[2].partition("</svg>")[0]
    assert "In Outlook: Mon 23 Nov, 10:00–11:00. In TIMIFY: Mon 23 Nov, 10:30–12:00." in drawn
    assert drawn.count('class="block') == 2
    assert 'class="band"' in drawn
    assert "style=" not in page.html
    assert "help#conflict-overlap" in page.html
    assert [name for name in page.by_id if name.startswith("act-")] == [f"act-{a}" for a in actions_of(OVERLAP)]


async def test_what_was_moved_onto_something_shows_what_stands_there(world: ConsoleWorld) -> None:
    """On the administrator's page and on the one behind the link: as a time only, for it may be anonymous."""
    moved = replace(OVERLAP, other="e" * 32, timify=Span(NOW + 4 * HOUR, NOW + 5 * HOUR), way=OVERLAP.timify)
    await world.round("r0", RoundState(), moved)
    page = await world.get(f"conflicts/{moved.id}")
    link = next(str(each["value"]) for each in page.inputs if each.get("id") == "send-link")
    for html in (page.html, (await world.follow(link))[1].html):
        drawn = html.partition('<svg class="day"')[2].partition("</svg>")[0]
        assert "In the way in TIMIFY: Mon 23 Nov, 10:30–12:00." in drawn
        assert drawn.count('class="block') == 3
        assert 'class="band"' in drawn
        assert html.partition('id="way">')[2].startswith("Mon 23 Nov, 10:30–12:00")


async def test_what_is_missing_on_one_side_is_drawn_as_missing(world: ConsoleWorld) -> None:
    page = await world.get(f"conflicts/{REFUSED.id}")
    assert 'class="block timify missing"' in page.html
    assert "In TIMIFY: nothing." in page.html
    assert "&lt;ErrorX&gt;" in page.html
    assert 'class="band"' not in page.html


@pytest.mark.parametrize(("action", "side"), [("retry", ""), ("keep_timify", "timify"), ("keep_outlook", "outlook")])
async def test_a_decision_reaches_the_worker_and_the_page_says_that_it_is_under_way(
    world: ConsoleWorld, action: str, side: str
) -> None:
    page = await decide(world, action)
    assert [(wake.prefer, wake.retry) for wake in world.wakes.sent] == [(side, OVERLAP.parties)]
    assert page.html.partition('id="decided"')[2].startswith(' role="status">\n<p><b>It is being done')
    assert "act-retry" not in page.by_id, "what was decided stands where the form was"
    assert "notices" in page.by_id, "and where everybody sees it"
    assert str(page.by_id["conflict"]["hx-trigger"]).startswith("every 2s")


@pytest.mark.parametrize("partial", [True, False])
async def test_what_deletes_is_asked_about_first_and_a_double_click_does_not_confirm(
    world: ConsoleWorld, partial: bool
) -> None:
    await world.keep("r0", EVENT, BOOKING)
    for _ in range(2):
        page = await world.post(f"conflicts/{OVERLAP.id}", {"action": "keep_timify"}, partial=partial)
        assert world.last.status_code == 200
        assert "The Outlook event of Mon 23 Nov, 10:00 will be deleted." in page.html
        assert "Delete the event" in page.html
        assert "Back" in page.html
    assert not world.wakes.sent
    await decide(world, "keep_timify")
    assert [wake.prefer for wake in world.wakes.sent] == ["timify"]


async def test_what_was_asked_is_asked_anew_when_the_answer_would_do_something_else(world: ConsoleWorld) -> None:
    await world.keep("r0", EVENT, BOOKING)
    sign = signed(await world.post(f"conflicts/{OVERLAP.id}", {"action": "keep_outlook"}))
    later = Span(NOW + HOUR / 4, NOW + 2 * HOUR)
    await world.keep("r0", replace(BOOKING, source=replace(BOOKING.source, span=later)))
    page = await world.post(f"conflicts/{OVERLAP.id}", {"action": "keep_outlook", "sure": sign})
    assert "The booking of Mon 23 Nov, 10:15 will be cancelled, and TIMIFY tells the customer." in page.html
    assert not world.wakes.sent


async def test_what_goes_back_is_done_at_once_and_says_to_when(world: ConsoleWorld) -> None:
    before = Span(NOW - 2 * HOUR, NOW - HOUR)
    there = replace(BOOKING.source, id="copy", span=before)
    moved = replace(BOOKING, state=LinkState.LINKED, copy=there, base=(before, before))
    await world.keep("r0", EVENT, moved)
    page = await world.get(f"conflicts/{OVERLAP.id}")
    assert "The booking of Mon 23 Nov, 10:30 goes back to Mon 23 Nov, 08:00." in page.html
    assert "decided" in (await world.post(f"conflicts/{OVERLAP.id}", {"action": "keep_outlook"})).by_id
    assert [wake.prefer for wake in world.wakes.sent] == ["outlook"]


async def test_a_booking_that_is_over_is_not_said_to_be_cancelled(world: ConsoleWorld) -> None:
    over = replace(BOOKING.source, span=Span(NOW - 2 * HOUR, NOW - HOUR))
    await world.keep("r0", EVENT, replace(BOOKING, source=over))
    page = await world.get(f"conflicts/{OVERLAP.id}")
    assert "The booking of Mon 23 Nov, 08:00 is over: it is not cancelled." in page.html


async def test_a_cancellation_names_its_booking(world: ConsoleWorld) -> None:
    deleted = Conflict(
        kind=ConflictKind.COPY_DELETED, item="f" * 32, timify=Span(NOW, NOW + HOUR), keeps=(Side.TIMIFY, Side.OUTLOOK)
    )
    await world.round("r0", RoundState(), deleted)
    page = await world.post(f"conflicts/{deleted.id}", {"action": "keep_outlook"})
    assert "The booking of Mon 23 Nov, 10:00 will be cancelled" in page.html
    assert "Cancel the booking" in page.html
    assert not world.wakes.sent


async def test_without_scripts_a_decision_leads_back_to_the_conflict(world: ConsoleWorld) -> None:
    await world.post(f"conflicts/{OVERLAP.id}", {"action": "retry"}, partial=False)
    assert world.last.status_code == 303
    assert "in the background" in (await world.get(world.last.headers["Location"])).html


async def test_a_double_click_on_ignore_is_no_error(world: ConsoleWorld) -> None:
    for _ in range(2):
        page = await world.post(f"conflicts/{OVERLAP.id}", {"action": "ignore"})
        assert world.last.status_code == 200
        assert "Ignored" in page.html
        assert "The conflict is ignored. Both calendars stay as they are." in page.html
    assert listed(await world.get("conflicts")) == [REFUSED.id]
    assert not world.wakes.sent


async def test_an_ignored_conflict_can_be_found_and_tried_again(world: ConsoleWorld) -> None:
    await world.post(f"conflicts/{IGNORED.id}", {"action": "retry"})
    assert [wake.resource_id for wake in world.wakes.sent] == ["r1"]


async def test_what_is_not_offered_is_refused(world: ConsoleWorld) -> None:
    await world.post(f"conflicts/{REFUSED.id}", {"action": "keep_outlook"})
    assert world.last.status_code == 409
    assert not world.wakes.sent


@pytest.mark.parametrize("partial", [True, False])
async def test_a_conflict_that_was_cured_meanwhile_is_settled_not_an_error(world: ConsoleWorld, partial: bool) -> None:
    again = (await world.get(f"conflicts/{OVERLAP.id}")).by_id["conflict"]["hx-get"]
    await world.cure("r0", OVERLAP)
    assert "is settled" in (await world.get(again or "", partial=True)).html
    page = await world.post(f"conflicts/{OVERLAP.id}", {"action": "keep_timify"}, partial=partial)
    if not partial:
        page = await world.get(world.last.headers["Location"])
    assert "is settled" in page.html
    assert not world.wakes.sent


async def test_who_may_only_look_is_shown_no_buttons() -> None:
    world = ConsoleWorld()
    await world.enter(rights=frozenset({Right.CHANGE_SETTINGS}))
    await world.round("r0", RoundState(), OVERLAP)
    assert "decide" not in (await world.get(f"conflicts/{OVERLAP.id}")).by_id
