"""The small words of the domain: marks and keys, settings and their overrides, who is eligible, what is explained."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.accounts import Company, Connection, Progress, Status
from shared.domain.catalogue import explain
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Broken, Reason, Refused, Throttled, Transient
from shared.domain.items import Side
from shared.domain.links import (
    Face,
    Link,
    LinkState,
    fingerprint,
    generation_of_mark,
    is_copy,
    key_of_mark,
    link_key,
)
from shared.domain.picture import Picture
from shared.domain.settings import Direction, Settings, effective, flatten, from_dict, to_dict
from tests.domain import kit

often = settings(max_examples=150, deadline=None, derandomize=True)


@often
@given(st.one_of(st.text(), st.just("\ud800")), st.sampled_from(Side), st.integers(0, 10**6))
def test_a_mark_names_its_link_and_its_generation(item_id: str, side: Side, generation: int) -> None:
    key = link_key("r1", side, item_id)
    event = kit.meeting()
    mark = Link(key=key, origin=side, state=LinkState.SEEN, source=kit_face(), generation=generation).mark()
    assert key_of_mark(mark) == key
    assert generation_of_mark(mark) == generation
    assert is_copy(replace(event, mark=mark))


def kit_face() -> Face:
    return Face(id="a", version="1", span=kit.TEN)


@pytest.mark.parametrize(
    "mark", [None, "", "tfy-", "tfy-short-0", "abc", f"tfy-{'0' * 32}", f"tfy-{'0' * 32}-x", f"tfy-{'0' * 32}-²"]
)
def test_a_mark_of_somebody_else_is_none_of_ours(mark: str | None) -> None:
    assert key_of_mark(mark) is None
    assert generation_of_mark(mark) == 0
    assert not is_copy(kit.meeting(mark=mark))


@often
@given(st.text(), st.text())
def test_a_fingerprint_says_whether_a_text_changed_and_not_what_it_is(key: str, text: str) -> None:
    printed = fingerprint(key, text)
    assert printed == fingerprint(key, f"  {text}\n")
    assert bool(printed) == bool(text.split())
    assert len(text) < 4 or text not in printed


def test_two_calendars_give_one_item_two_keys() -> None:
    assert link_key("r1", Side.TIMIFY, "a") != link_key("r2", Side.TIMIFY, "a")
    assert link_key("r1", Side.TIMIFY, "a") != link_key("r1", Side.OUTLOOK, "a")


@often
@given(kit.settings)
def test_settings_come_back_from_plain_data(chosen: Settings) -> None:
    assert from_dict(to_dict(chosen)) == chosen
    assert effective(Settings(), flatten(to_dict(chosen))) == chosen


def test_an_old_row_with_names_nobody_knows_still_reads() -> None:
    assert from_dict({"direction": "two_way", "forgotten": 1}) == Settings()


def test_a_resource_overrides_single_fields_and_follows_the_company_in_the_others() -> None:
    company = effective(Settings(), {"direction": "outlook_to_timify", "timify_to_outlook.notes": "on"})
    own = effective(company, {"timify_to_outlook.notes": "off"})
    assert own.direction is Direction.OUTLOOK_TO_TIMIFY
    assert not own.timify_to_outlook.notes
    connection = Connection(company_id="c", resource_id="r", overrides={"timify_to_outlook.notes": "off"})
    assert connection.effective_settings(Company(id="c", plan="premium", settings=company)) == own


@pytest.mark.parametrize(
    ("plan", "eligible"), [("premium", True), ("Enterprise", True), ("classic", False), ("", False)]
)
def test_only_two_plans_are_eligible(plan: str, eligible: bool) -> None:
    assert Company(id="c", plan=plan).eligible == eligible


def test_only_two_statuses_are_live() -> None:
    assert {status for status in Status if status.live} == {Status.IMPORTING, Status.CONNECTED}


def test_progress_is_never_done_before_the_end() -> None:
    assert Progress().percent == 0
    assert Progress(total=200, done=84).percent == 42
    assert Progress(total=10, done=50).percent == 99


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained_to_everybody(reason: Reason) -> None:
    said = explain(reason)
    assert all((said.title, said.person, said.administrator, said.next_step, said.administrator_step))
    assert explain(reason, str.upper).title == said.title.upper()


def test_failures_say_what_they_are() -> None:
    assert str(Transient("503")) == "503"
    assert str(Refused()) == "Refused"
    assert Throttled("429", 7.0).retry_after == 7.0
    assert str(Broken(Reason.TAKEN_OVER)) == "taken_over"
    assert str(Broken(Reason.TAKEN_OVER, "x")) == "taken_over: x"


def test_only_a_master_stands_for_its_whole_series() -> None:
    event = kit.meeting()
    assert [replace(event, series=name).whole_series for name in (None, "master", event.id)] == [False, False, True]


def test_a_conflict_concerns_both_of_its_items() -> None:
    conflict = Conflict(kind=ConflictKind.OVERLAP, item="a", other="b")
    assert conflict.concerns("a")
    assert conflict.concerns("b")
    assert not conflict.concerns("c")
    assert conflict.id == replace(conflict, item="b", other="a").id
    assert conflict.id != replace(conflict, kind=ConflictKind.REFUSED).id


def test_a_picture_knows_what_was_put_into_it() -> None:
    link = kit.linked(kit.context(), kit.meeting())
    picture = Picture([link])
    assert link.key in picture
    assert picture.get(link.key) == link
    assert list(picture) == [link]
    assert picture.in_timify(kit.TEN, but="other") == [link]
    assert picture.in_timify(kit.TEN.shifted(timedelta(days=1)), but="other") == []
    picture.drop(link.key)
    assert link.key not in picture
