"""The sync log: readable, searchable, and as a file that harms no spreadsheet."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from functions.console.sync_log import harmless
from shared.domain.accounts import LogLine, RoundState, Status
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.rules import Rule
from shared.domain.spans import Span
from tests.functions.api_world import NOW
from tests.functions.console_world import ConsoleWorld


async def entered(number: int = 0, language: str = "en") -> ConsoleWorld:
    world = ConsoleWorld()
    await world.enter(language=language)
    await world.connect("r0", status=Status.CONNECTED)
    for each in range(number):
        await write(world, at=NOW + timedelta(seconds=each), detail=f"n{each}")
    return world


async def write(world: ConsoleWorld, **facts: object) -> None:
    given = {"at": NOW, "cause": "notification", "rule": Rule.FOLLOWED_ORIGIN, **facts}
    await world.store.append_log("acme", "r0", LogLine(**given))  # type: ignore[arg-type]  # as LogLine takes them


async def test_a_change_is_one_line_in_words_with_the_companys_clock() -> None:
    world = await entered()
    await write(world, fields=("when",), took_ms=1234, times=Span(NOW, NOW + timedelta(hours=1)))
    page = await world.get("resources/r0/log")
    assert "Outlook told of a change: the copy followed its original. Changed: time." in page.html
    assert "Mon 23 Nov, 10:00" in page.html, "Berlin is an hour ahead"
    assert "Appointment: Mon 23 Nov, 10:00–11:00" in page.html
    assert "1,234 ms" in page.html


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"rule": Rule.COPIED, "side": "timify"}, "Outlook told of a change: copied to TIMIFY."),
        ({"rule": Rule.COPIED, "side": "outlook"}, "Outlook told of a change: copied to Outlook."),
        (
            {"rule": Rule.COPIED, "side": "outlook", "outcome": "held"},
            "copied to Outlook all the same; something else is there. A person has to decide.",
        ),
        (
            {"cause": "person", "rule": Rule.KEPT_BY_CHOICE, "side": "outlook"},
            "By a person: TIMIFY holds, the Outlook event was deleted.",
        ),
        (
            {"cause": "person", "rule": Rule.KEPT_BY_CHOICE, "side": "timify"},
            "By a person: Outlook holds, the booking was cancelled.",
        ),
        (
            {"cause": "person", "rule": Rule.FOLLOWED_COPY, "side": "timify"},
            "By a person: Outlook holds, TIMIFY follows.",
        ),
        ({"rule": "switched_off", "detail": "remove_future"}, "(the copies of coming appointments go)"),
        ({"times": Span(NOW + timedelta(days=60), NOW + timedelta(days=60, hours=1))}, "22 Jan 2027, 10:00–11:00"),
    ],
)
async def test_a_line_says_which_side_holds_where_it_went_and_in_which_year(
    facts: dict[str, object], said: str
) -> None:
    world = await entered()
    await write(world, **facts)
    assert said in (await world.get("resources/r0/log")).html


async def test_what_a_person_ignores_is_a_line_too() -> None:
    world = await entered()
    conflict = Conflict(kind=ConflictKind.REFUSED, item="c" * 32, outlook=Span(NOW, NOW + timedelta(hours=1)))
    await world.round("r0", RoundState(), conflict)
    for _ in range(2):
        await world.post(f"conflicts/{conflict.id}", {"action": "ignore"})
    page = await world.get("resources/r0/log")
    assert page.html.count("By a person: the conflict is ignored.") == 1


async def test_the_log_speaks_german() -> None:
    world = await entered(language="de")
    await write(world, outcome="failed")
    page = await world.get("resources/r0/log")
    assert "Outlook hat eine Änderung gemeldet" in page.html
    assert "told" not in page.html


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("cause=person", 1),
        ("outcome=held", 1),
        ("day=2026-11-24", 1),
        ("q=INVITATION", 1),
        ("q=held_overlap", 1),
        ("cause=person&outcome=held", 0),
        ("day=nonsense", 0),
        ("", 4),
    ],
)
async def test_the_log_is_searched_by_cause_outcome_day_and_words(query: str, hits: int) -> None:
    world = await entered()
    await write(world)
    await write(world, cause="person", rule="invited")
    await write(world, outcome="held", rule=Rule.HELD_OVERLAP)
    await write(world, at=NOW + timedelta(hours=15))
    page = await world.get(f"resources/r0/log?{query}", partial=True)
    assert page.html.count("<time") == hits


async def test_older_lines_come_when_they_are_asked_for_and_each_once() -> None:
    world = await entered(120)
    address, seen = "resources/r0/log", list[str]()
    while address:
        page = await world.get(address, partial=bool(seen))
        seen += [part.partition(")")[0] for part in page.html.split("(n")[1:]]
        older = page.html.partition('id="older"')[2]
        address = older.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert seen == [str(each) for each in reversed(range(120))]


async def test_a_made_up_cursor_shows_the_newest_lines() -> None:
    world = await entered(2)
    page = await world.get("resources/r0/log?after=..%2F..")
    assert page.html.count("<time") == 2


async def test_the_file_holds_every_line_for_the_spreadsheets_of_the_language() -> None:
    for language, delimiter in (("en", ","), ("de", ";")):
        world = await entered(600, language)
        await world.get("resources/r0/log.csv")
        body = world.last.get_body()
        assert body.startswith(b"\xef\xbb\xbf"), "without it Excel reads umlauts wrong"
        lines = list(csv.reader(StringIO(body.decode("utf-8-sig")), delimiter=delimiter))
        assert len(lines) == 601
        assert lines[1][0] == "2026-11-23 10:09:59"
        assert world.last.headers["Content-Disposition"].startswith("attachment")


async def test_no_cell_becomes_a_formula() -> None:
    world = await entered()
    await write(world, cause="=HYPERLINK(1)", rule="+1")
    await world.get("resources/r0/log.csv")
    cells = [cell for line in csv.reader(StringIO(world.last.get_body().decode("utf-8-sig"))) for cell in line]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    assert harmless("\t=1") == "'\t=1"
    assert harmless("10:00") == "10:00"


async def test_an_empty_log_says_what_will_be_here() -> None:
    world = await entered()
    assert "Nothing has happened yet" in (await world.get("resources/r0/log")).html
    assert "Nothing found" in (await world.get("resources/r0/log?q=x")).html
