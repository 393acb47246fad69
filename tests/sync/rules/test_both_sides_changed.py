"""The table of docs/rules.md: what became of an item and of its copy since they agreed, and what follows.

Every cell of it, for an event and for a booking and in every direction, and however the sync comes to hear of it.
"""

import re
from pathlib import Path

import pytest

from shared.domain.spans import Span
from tests.sync.rules.pair import ARRIVALS, DIRECTIONS, ELEVEN, KINDS, NINE, THREE, Arrival, Kind, pair_at_rest

RULES = Path(__file__).resolve().parents[3] / "docs" / "rules.md"
FATES = ("unchanged", "changed", "deleted")
PLACES = {"then": NINE, "origin's": ELEVEN, "copy's": THREE, "none": None}

type Cell = tuple[str, str, str, str]
"""The rule in the log ("" for no line), where origin and copy stand in the end, and the write."""

FREE_BOTH_WAYS: dict[tuple[str, str], Cell] = {
    ("unchanged", "unchanged"): ("", "then", "then", ""),
    ("unchanged", "changed"): ("followed_copy", "copy's", "copy's", "update origin"),
    ("unchanged", "deleted"): ("copy_deleted", "none", "none", "delete origin"),
    ("changed", "unchanged"): ("followed_origin", "origin's", "origin's", "update copy"),
    ("changed", "changed"): ("origin_wins", "origin's", "origin's", "update copy"),
    ("changed", "deleted"): ("restored", "origin's", "origin's", "create copy"),
    ("deleted", "unchanged"): ("origin_deleted", "none", "none", "delete copy"),
    ("deleted", "changed"): ("origin_deleted", "none", "none", "delete copy"),
    ("deleted", "deleted"): ("origin_deleted", "none", "none", ""),
}
THE_SOURCE_IS_THE_LAW = FREE_BOTH_WAYS | {
    ("unchanged", "changed"): ("put_back", "then", "then", "update copy"),
    ("unchanged", "deleted"): ("put_back", "then", "then", "create copy"),
    ("changed", "deleted"): ("put_back", "origin's", "origin's", "create copy"),
}
THE_WAY_IS_CLOSED = FREE_BOTH_WAYS | {
    ("unchanged", "changed"): ("", "then", "copy's", ""),
    ("unchanged", "deleted"): ("", "then", "none", ""),
    ("changed", "unchanged"): ("direction", "origin's", "none", "delete copy"),
    ("changed", "changed"): ("direction", "origin's", "none", "delete copy"),
    ("changed", "deleted"): ("", "origin's", "none", ""),
}
OF_A_BOOKING: dict[tuple[str, str], Cell] = {
    ("unchanged", "deleted"): ("booking_cancelled", "none", "none", "delete origin"),
}
TABLE: dict[tuple[str, Kind], dict[tuple[str, str], Cell]] = {
    ("two_way", "event"): FREE_BOTH_WAYS,
    ("two_way", "booking"): FREE_BOTH_WAYS | OF_A_BOOKING,
    ("outlook_to_timify", "event"): THE_SOURCE_IS_THE_LAW,
    ("outlook_to_timify", "booking"): THE_WAY_IS_CLOSED,
    ("timify_to_outlook", "event"): THE_WAY_IS_CLOSED,
    ("timify_to_outlook", "booking"): THE_SOURCE_IS_THE_LAW,
}
CELLS = {
    f"{direction}-{kind}-{origin}-{copy}": (direction, kind, origin, copy, cell)
    for (direction, kind), cells in TABLE.items()
    for (origin, copy), cell in cells.items()
}

HEARD_OF_ONE_BY_ONE: dict[tuple[str, Arrival], tuple[list[str], list[str]]] = {
    # TIMIFY takes a write whatever stood there before: who hears of the event first does not see the copy's move
    ("two_way-event-changed-changed", "outlook_first"): (["followed_origin"], ["update timify"]),
    ("outlook_to_timify-event-changed-changed", "outlook_first"): (["followed_origin"], ["update timify"]),
    # what is not the law's is put back before the law's own change is heard of
    ("outlook_to_timify-event-changed-changed", "timify_first"): (
        ["put_back", "followed_origin"],
        ["update timify", "update timify"],
    ),
    ("outlook_to_timify-event-deleted-changed", "timify_first"): (
        ["put_back", "origin_deleted"],
        ["update timify", "delete timify"],
    ),
    ("timify_to_outlook-booking-changed-changed", "outlook_first"): (
        ["put_back", "followed_origin"],
        ["update outlook", "update outlook"],
    ),
    ("timify_to_outlook-booking-deleted-changed", "outlook_first"): (
        ["put_back", "origin_deleted"],
        ["update outlook", "delete outlook"],
    ),
    # Outlook refuses a write that does not know of the last change, so both sides are read again
    ("two_way-event-changed-changed", "timify_first"): (["origin_wins"], ["update outlook", "update timify"]),
    ("two_way-event-changed-deleted", "timify_first"): (["restored"], ["delete outlook", "create timify"]),
    ("two_way-booking-changed-changed", "timify_first"): (["origin_wins"], ["update outlook", "update outlook"]),
    ("two_way-booking-deleted-changed", "timify_first"): (["origin_deleted"], ["delete outlook", "delete outlook"]),
    ("timify_to_outlook-booking-changed-changed", "timify_first"): (
        ["origin_wins"],
        ["update outlook", "update outlook"],
    ),
    ("timify_to_outlook-booking-deleted-changed", "timify_first"): (
        ["origin_deleted"],
        ["delete outlook", "delete outlook"],
    ),
    ("outlook_to_timify-booking-changed-changed", "timify_first"): (
        ["direction"],
        ["delete outlook", "delete outlook"],
    ),
    ("outlook_to_timify-booking-deleted-changed", "timify_first"): (
        ["origin_deleted"],
        ["delete outlook", "delete outlook"],
    ),
    # a write to what is gone shows that it is gone
    ("two_way-event-changed-deleted", "outlook_first"): (["restored"], ["update timify", "create timify"]),
    ("two_way-event-deleted-changed", "timify_first"): (["origin_deleted"], ["update outlook", "delete timify"]),
    ("outlook_to_timify-event-changed-deleted", "outlook_first"): (["put_back"], ["update timify", "create timify"]),
    ("two_way-booking-changed-deleted", "timify_first"): (["restored"], ["update outlook", "create outlook"]),
    ("timify_to_outlook-booking-changed-deleted", "timify_first"): (
        ["put_back"],
        ["update outlook", "create outlook"],
    ),
    ("timify_to_outlook-event-changed-deleted", "outlook_first"): (["direction"], ["delete timify"]),
    ("outlook_to_timify-booking-changed-deleted", "timify_first"): (["direction"], ["delete outlook"]),
    ("two_way-event-deleted-deleted", "outlook_first"): (["origin_deleted"], ["delete timify"]),
    ("two_way-event-deleted-deleted", "timify_first"): (["copy_deleted"], ["delete outlook"]),
    ("outlook_to_timify-event-deleted-deleted", "outlook_first"): (["origin_deleted"], ["delete timify"]),
    ("timify_to_outlook-event-deleted-deleted", "outlook_first"): (["origin_deleted"], ["delete timify"]),
    ("two_way-booking-deleted-deleted", "timify_first"): (["origin_deleted"], ["delete outlook"]),
    ("outlook_to_timify-booking-deleted-deleted", "timify_first"): (["origin_deleted"], ["delete outlook"]),
    ("timify_to_outlook-booking-deleted-deleted", "timify_first"): (["origin_deleted"], ["delete outlook"]),
}
"""Where both sides changed and are heard of by two messages, the way to the same end is another: rules and writes."""


def standing(place: str, title: str) -> list[tuple[object, str]]:
    span: Span | None = PLACES[place]
    return [] if span is None else [(span, title)]


@pytest.mark.parametrize("arrival", ARRIVALS)
@pytest.mark.parametrize("cell", list(CELLS))
async def test_nobody_is_surprised_by_what_becomes_of_an_item_and_its_copy(cell: str, arrival: Arrival) -> None:
    direction, kind, origin, copy, (rule, origin_at, copy_at, write) = CELLS[cell]
    pair = await pair_at_rest(kind, direction)
    pair.do("origin", origin)
    pair.do("copy", copy)
    await pair.come_to_rest(arrival)

    ours, theirs = (pair.outlook(), pair.timify()) if kind == "event" else (pair.timify(), pair.outlook())
    assert (ours, theirs) == (standing(origin_at, pair.title), standing(copy_at, pair.title))
    usual = (
        [rule] if rule else [],
        [write.replace("origin", pair.side).replace("copy", pair.side.other)] if write else [],
    )
    assert (await pair.rules(), pair.writes()) == HEARD_OF_ONE_BY_ONE.get((cell, arrival), usual)
    assert pair.world.salon.told == ([pair.origin] if rule == "booking_cancelled" else [])
    assert await pair.world.conflicts() == []
    await pair.stays_as_it_is()


def test_a_cell_that_is_tested_is_documented_and_the_other_way_round() -> None:
    tested = {cell: (rule, _ends(*ends), write) for cell, (*_, (rule, *ends, write)) in CELLS.items()}
    assert documented_cells() == tested


def test_no_way_of_hearing_is_listed_for_a_cell_that_does_not_exist() -> None:
    assert {cell for cell, _ in HEARD_OF_ONE_BY_ONE} <= CELLS.keys()
    assert {(d, k) for d, k in TABLE} == {(d, k) for d in DIRECTIONS for k in KINDS}
    assert all(cells.keys() == {(o, c) for o in FATES for c in FATES} for cells in TABLE.values())


def _ends(origin_at: str, copy_at: str) -> str:
    """Where both end, in the words of the table."""
    if origin_at == copy_at:
        return {"none": "both gone", "then": "both as they were"}.get(origin_at, f"both at the {origin_at} time")
    words = {"then": "as it was", "origin's": "at its new time", "copy's": "at its new time", "none": "gone"}
    return f"origin {words[origin_at]}, copy {words[copy_at]}"


def documented_cells() -> dict[str, tuple[str, str, str]]:
    """By cell: the rule, where both end, and the write, as docs/rules.md has them."""
    found: dict[str, tuple[str, str, str]] = {}
    kind, directions = "", list[str]()
    for line in RULES.read_text().splitlines():
        if line.startswith("#"):
            heading = re.fullmatch(r"### An? \w+ (event|booking) and its copy", line)
            kind, directions = heading.group(1) if heading else "", []
        elif kind and line.startswith("| "):
            first, *texts = (column.strip() for column in line.strip("|").split("|"))
            if not directions:
                directions = [text.strip("`") for text in texts]
                continue
            for direction, text in zip(directions, texts, strict=True):
                said = re.fullmatch(r"(?:`(\w+)`|no line): ([^;]+)(?:; (.+))?", text)
                assert said, text
                rule, ends, write = said.groups("")
                found[f"{direction}-{kind}-{first.replace(' · ', '-')}"] = (rule, ends, write)
    return found
