"""The data map leaves no row out, and says of none that it lives longer or shorter than it does."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.config import load_config
from shared.storage.kept import ELSEWHERE
from shared.sync import retention
from shared.sync.errands import NO_CHECK_BEFORE
from shared.sync.invite import VALID
from tests.fakes.identity import SETTINGS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/privacy.md").read_text()
STORAGE = (ROOT / "docs/storage.md").read_text()
DAY = timedelta(days=1)

LASTS = {
    "company": {retention.KEEP_COMPANY},
    "link": {retention.KEEP_PAST, load_config(SETTINGS).back},
    "log": {retention.KEEP_LOG},
    "invitation": {VALID, retention.KEEP_INVITATIONS},
    "mail": {retention.KEEP_MAILS},
    "vault": {timedelta(days=90)},  # Microsoft's: of a refresh token that is not used
}
"""What the line of a row must say, and no other number of days."""


def section(heading: str) -> str:
    return PAGE.split(f"## {heading}\n", 1)[1].split("\n## ")[0]


def lines(heading: str) -> dict[str, list[str]]:
    """The cells of a section's table, by the first."""
    rows = [row.strip("|").split("|") for row in section(heading).splitlines() if row.startswith("| ")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows[1:]}


def days(text: str) -> set[timedelta]:
    return {timedelta(days=int(number)) for number in re.findall(r"(\d+) days", text)}


def test_every_kind_of_row_has_its_line_and_every_line_its_row() -> None:
    """docs/storage.md names every kind that the code writes: another test reads them back."""
    assert set(lines("Rows")) == set(re.findall(r"^### Row: (\w+)$", STORAGE, re.MULTILINE))


@pytest.mark.parametrize("kind", sorted(lines("Rows")))
def test_a_row_lives_as_long_as_the_map_says(kind: str) -> None:
    whose, why, how_long, ends = lines("Rows")[kind]
    assert all((whose, why, how_long, ends))
    assert days(how_long) == LASTS.get(kind, set())


def test_the_export_knows_no_kind_that_the_map_does_not() -> None:
    exported = {"connection", "state", "link", "pointer", "conflict", "log", "mail", "message", "invitation", "entry"}
    operations = (ROOT / "docs/operations.md").read_text()
    told = re.findall(r"every row by kind \(([^)]*)\)", operations.replace("\n", " "))[0].split(", ")
    assert set(told) == exported | set(ELSEWHERE)
    assert {"owner" if kind == "calendar" else kind for kind in told} <= set(lines("Rows"))


def test_what_lies_elsewhere_lives_as_long_as_the_code_or_the_deployment_says() -> None:
    elsewhere = lines("Elsewhere")
    assert days(elsewhere["poison queues"][1]) == {retention.KEEP_GIVEN_UP}
    said = days(elsewhere["logs and traces (Application Insights)"][1])
    main = (ROOT / "infra/main.bicep").read_text()
    set_to = {int(re.findall(r"param logRetentionDays int = (\d+)", main)[0])}
    for file in (ROOT / "infra/parameters").glob("*.json"):
        chosen = json.loads(file.read_text())["parameters"].get("logRetentionDays", {}).get("value")
        set_to |= {chosen} if chosen else set()
    assert said == {timedelta(days=number) for number in set_to}
    assert max(said) <= retention.KEEP_TELEMETRY, "the privacy policy promises no more"


def test_what_is_over_goes_within_the_time_that_is_promised() -> None:
    assert f"within {retention.WEEK.days} days" in section("Rows")
    assert NO_CHECK_BEFORE + DAY < retention.WEEK
    assert timedelta(hours=36) == NO_CHECK_BEFORE + DAY
