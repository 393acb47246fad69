"""Texts and merges: whose words hold, what flows back, and that nobody's words go without the log saying so."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.accounts import LogLine
from shared.domain.spans import Span
from tests.sync.core.world import COMPANY
from tests.sync.rules.pair import ARRIVALS, DIRECTIONS, ELEVEN, KINDS, NINE, THREE, Arrival, Kind, Pair, pair_at_rest

type Edit = Callable[[Pair], None]
type Look = tuple[Span, str, str] | None
"""Time, title, notes; None when it is not there."""


def moved(what: str, to: Span) -> Edit:
    return lambda pair: pair.move(what, to)


def wrote(what: str, **texts: str) -> Edit:
    return lambda pair: pair.write(what, **texts)


def removed(what: str) -> Edit:
    return lambda pair: pair.remove(what)


EDITS: dict[str, tuple[Edit, ...]] = {
    "origin_title": (wrote("origin", title="Ours"),),
    "copy_title": (wrote("copy", title="Theirs"),),
    "copy_notes": (wrote("copy", notes="Theirs"),),
    "both_titles": (wrote("origin", title="Ours"), wrote("copy", title="Theirs")),
    "same_titles": (wrote("origin", title="Same"), wrote("copy", title="Same")),
    "same_times": (moved("origin", ELEVEN), moved("copy", ELEVEN)),
    "origin_time_copy_title": (moved("origin", ELEVEN), wrote("copy", title="Theirs")),
    "origin_title_copy_time": (wrote("origin", title="Ours"), moved("copy", THREE)),
    "origin_title_copy_notes": (wrote("origin", title="Ours"), wrote("copy", notes="Theirs")),
    "both_times_copy_title": (moved("origin", ELEVEN), moved("copy", THREE), wrote("copy", title="Theirs")),
    "copy_time_both_titles": (moved("copy", THREE), wrote("origin", title="Ours"), wrote("copy", title="Theirs")),
    "origin_title_copy_deleted": (wrote("origin", title="Ours"), removed("copy")),
    "origin_deleted_copy_title": (removed("origin"), wrote("copy", title="Theirs")),
}

type End = tuple[str, Look, Look, str]
"""The rule in the log ("" for no line), how origin and copy look in the end, and which fields were dropped."""


def both(rule: str, when: Span, title: str, dropped: str = "", *, notes: str = "") -> End:
    return rule, (when, title, ""), (when, title, notes), dropped


def apart(rule: str, when: Span, title: str, copy: Look, dropped: str = "") -> End:
    return rule, (when, title, ""), copy, dropped


def two_way_event(cell: str) -> End:
    return {
        "origin_title": both("followed_origin", NINE, "Ours"),
        "copy_title": both("followed_copy", NINE, "Theirs"),
        "copy_notes": both("copy_text_kept", NINE, "Team", notes="Theirs"),
        "both_titles": both("origin_wins", NINE, "Ours", "title"),
        "same_titles": both("agreed", NINE, "Same"),
        "same_times": both("agreed", ELEVEN, "Team"),
        "origin_time_copy_title": both("followed_origin", ELEVEN, "Theirs"),
        "origin_title_copy_time": both("followed_copy", THREE, "Ours"),
        "origin_title_copy_notes": both("followed_origin", NINE, "Ours", notes="Theirs"),
        "both_times_copy_title": both("origin_wins", ELEVEN, "Theirs", "when"),
        "copy_time_both_titles": both("origin_wins", THREE, "Ours", "title"),
        "origin_title_copy_deleted": both("restored", NINE, "Ours"),
        "origin_deleted_copy_title": ("origin_deleted", None, None, ""),
    }[cell]


def two_way_booking(cell: str) -> End:
    """What a person writes into the copy of a booking stays there until the booking's own text changes."""
    return {
        "copy_title": apart("copy_text_kept", NINE, "Cut", (NINE, "Theirs", "")),
        "copy_notes": both("copy_text_kept", NINE, "Cut", notes="Theirs"),
        "same_times": both("agreed", ELEVEN, "Cut"),
        "origin_time_copy_title": apart("followed_origin", ELEVEN, "Cut", (ELEVEN, "Theirs", "")),
        "both_times_copy_title": apart("origin_wins", ELEVEN, "Cut", (ELEVEN, "Theirs", ""), "when"),
    }.get(cell) or two_way_event(cell)


def law(cell: str, name: str) -> End:
    """The source is the law: what was written into its copy is put right."""
    return {
        "origin_title": both("followed_origin", NINE, "Ours"),
        "copy_title": both("put_back", NINE, name),
        "copy_notes": both("put_back", NINE, name),
        "both_titles": both("origin_wins", NINE, "Ours", "title"),
        "same_titles": both("agreed", NINE, "Same"),
        "same_times": both("agreed", ELEVEN, name),
        "origin_time_copy_title": both("followed_origin", ELEVEN, name),
        "origin_title_copy_time": both("put_back", NINE, "Ours"),
        "origin_title_copy_notes": both("followed_origin", NINE, "Ours"),
        "both_times_copy_title": both("origin_wins", ELEVEN, name, "when"),
        "copy_time_both_titles": both("origin_wins", NINE, "Ours", "title"),
        "origin_title_copy_deleted": both("put_back", NINE, "Ours"),
        "origin_deleted_copy_title": ("origin_deleted", None, None, ""),
    }[cell]


def closed(cell: str, name: str) -> End:
    """The way is closed: a copy stays as it is until its origin changes."""
    if cell == "origin_deleted_copy_title":
        return "origin_deleted", None, None, ""
    if cell.startswith("copy") and cell != "copy_time_both_titles":
        title, notes = ("Theirs", "") if cell == "copy_title" else (name, "Theirs")
        return apart("", NINE, name, (NINE, title, notes))
    when = ELEVEN if cell in ("same_times", "origin_time_copy_title", "both_times_copy_title") else NINE
    title = "Same" if cell == "same_titles" else name if when is ELEVEN else "Ours"
    return apart("" if cell == "origin_title_copy_deleted" else "direction", when, title, None)


def wanted(direction: str, kind: Kind, cell: str) -> End:
    name = "Team" if kind == "event" else "Cut"
    if direction == "two_way":
        return two_way_event(cell) if kind == "event" else two_way_booking(cell)
    own = direction.startswith("outlook") == (kind == "event")
    return law(cell, name) if own else closed(cell, name)


def looks(pair: Pair) -> tuple[Look, Look]:
    """Origin and copy as they look now."""
    outlook = [(event.when, event.title, event.notes) for event in pair.world.outlook_calendar.events]
    timify = [(booking.span, booking.service or booking.title, booking.notes) for booking in pair.world.booked()]
    ours, theirs = (outlook, timify) if pair.kind == "event" else (timify, outlook)
    assert len(ours) < 2 > len(theirs)
    return next(iter(ours), None), next(iter(theirs), None)  # type: ignore[return-value]  # the caller knows which is there


async def last_lines(pair: Pair) -> list[LogLine]:
    lines, _ = await pair.world.store.log(COMPANY, "r1", 100, "")
    return [line for line in list(reversed(lines))[pair.lines :] if line.rule != "checked"]


@pytest.mark.parametrize("arrival", ARRIVALS)
@pytest.mark.parametrize("cell", list(EDITS))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_nobodys_words_are_lost_but_by_a_rule(direction: str, kind: Kind, cell: str, arrival: Arrival) -> None:
    pair = await pair_at_rest(kind, direction)
    for edit in EDITS[cell]:
        edit(pair)
    await pair.come_to_rest(arrival)
    rule, origin, copy, dropped = wanted(direction, kind, cell)
    assert looks(pair) == (origin, copy)
    assert await pair.world.conflicts() == []
    if arrival == "whole_check":  # both sides are seen at once
        lines = await last_lines(pair)
        assert [line.rule for line in lines] == ([rule] if rule else [])
        assert [line.detail for line in lines] == ([f"dropped:{dropped}" if dropped else ""] if rule else [])
    await pair.stays_as_it_is()


SHUT: dict[str, dict[str, Any]] = {
    "attendees": {"attendees": True},
    "not_ours": {"organizer": False},
    "private": {"private": True},
}


@pytest.mark.parametrize("facts", list(SHUT))
async def test_a_title_in_timify_never_flows_to_where_it_could_be_mailed_or_was_hidden(facts: str) -> None:
    pair = await pair_at_rest("event", **SHUT[facts])
    hidden = facts == "private"
    pair.write("copy", title="Theirs")
    await pair.come_to_rest("timify_first")
    assert looks(pair) == ((NINE, "Team", ""), (NINE, "Calendar blocker" if hidden else "Team", ""))
    assert (await pair.rules(), pair.writes()) == (["put_back"], ["update timify"])
    assert pair.world.outlook_calendar.mailed == []
    await pair.stays_as_it_is()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_written_into_a_copy_stays_until_its_origins_own_text_changes(kind: Kind) -> None:
    pair = await pair_at_rest(kind)
    pair.write("copy", notes="Theirs")
    await pair.world.change()
    pair.move("origin", ELEVEN)
    await pair.world.change()
    assert looks(pair) == ((ELEVEN, pair.title, ""), (ELEVEN, pair.title, "Theirs"))
    pair.write("origin", title="Ours")
    await pair.world.change()
    assert looks(pair) == ((ELEVEN, "Ours", ""), (ELEVEN, "Ours", "Theirs"))
    await pair.stays_as_it_is()


async def test_an_edit_of_a_copy_that_is_taken_back_leaves_no_trace() -> None:
    pair = await pair_at_rest("booking")
    pair.write("copy", title="Theirs")
    await pair.world.change()
    pair.write("copy", title="Cut")
    await pair.world.change()
    pair.write("origin", title="Ours")
    await pair.world.change()
    assert looks(pair) == ((NINE, "Ours", ""), (NINE, "Ours", ""))
    assert (await pair.rules(), pair.writes()) == (
        ["copy_text_kept", "no_effect", "followed_origin"],
        ["update outlook"],
    )


async def test_notes_never_flow_back_and_the_events_own_notes_win() -> None:
    pair = await pair_at_rest("event")
    pair.write("origin", notes="Ours")
    pair.write("copy", notes="Theirs")
    await pair.come_to_rest("whole_check")
    assert looks(pair) == ((NINE, "Team", "Ours"), (NINE, "Team", "Ours"))
    assert [(line.rule, line.detail) for line in await last_lines(pair)] == [("origin_wins", "dropped:notes")]
    await pair.stays_as_it_is()


@pytest.mark.parametrize("blank", ["", "  ", "\x07 \t"])
async def test_a_title_wiped_out_in_timify_does_not_wipe_out_the_meetings(blank: str) -> None:
    pair = await pair_at_rest("event")
    pair.write("copy", title=blank)
    await pair.world.change()
    assert looks(pair) == ((NINE, "Team", ""), (NINE, "Team", ""))
    assert await pair.rules() == ["put_back"]
    await pair.stays_as_it_is()


@pytest.mark.parametrize("blank", ["", " ", "\x07"])
async def test_a_meeting_without_a_title_shows_the_neutral_one_whatever_is_wiped_out(blank: str) -> None:
    pair = await pair_at_rest("event")
    pair.write("origin", title="")
    await pair.world.change()
    pair.write("copy", title=blank)
    await pair.world.change()
    assert pair.timify() == [(NINE, "Calendar blocker")]
    await pair.stays_as_it_is()
