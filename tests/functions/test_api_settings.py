"""Settings of companies and resources over the API."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.settings import (
    Direction,
    OutlookToTimify,
    Settings,
    Switch,
    TimifyToOutlook,
    flatten,
    to_dict,
)
from tests.functions.api_world import World

DEFAULTS = {
    "direction": "two_way",
    "weekly_digest": "off",
    "outlook_to_timify": {
        "event_name": "on",
        "anonymous": "off",
        "private_events": "anonymous",
        "tentative": "sync",
        "working_elsewhere": "skip",
        "free": "skip",
        "all_day": "sync",
        "working_times": "ignore",
    },
    "timify_to_outlook": {
        "service_name": "on",
        "customer_name": "on",
        "resource_name": "off",
        "data_fields": "off",
        "notes": "off",
        "anonymous": "off",
        "when_busy": "copy_and_flag",
        "deleted_in_outlook": "cancel_booking",
    },
}
COMPANY = "/companies/acme/settings"
RESOURCE = "/companies/acme/resources/r0/settings"


@pytest.fixture
async def world() -> World:
    world = World()
    await world.install()
    return world


def any_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any settings dataclass: each field any member of its type."""
    sample = kind()
    return st.builds(kind, **{f.name: st.sampled_from(type(getattr(sample, f.name))) for f in fields(kind)})


ANY_SETTINGS = st.builds(
    Settings,
    direction=st.sampled_from(Direction),
    weekly_digest=st.sampled_from(Switch),
    outlook_to_timify=any_of(OutlookToTimify),
    timify_to_outlook=any_of(TimifyToOutlook),
)


async def test_a_new_company_has_the_defaults_of_the_settings_tab(world: World) -> None:
    assert (await world.call("GET", COMPANY)).data == DEFAULTS


async def test_putting_settings_resets_what_is_left_out(world: World) -> None:
    await world.call("PUT", COMPANY, {"outlook_to_timify": {"free": "sync"}})
    answer = await world.call("PUT", COMPANY, {"direction": "timify_to_outlook"})
    assert answer.status == 200
    assert answer.data == {**DEFAULTS, "direction": "timify_to_outlook"}
    assert (await world.call("GET", "/companies/acme")).data["settings_version"] == 3


async def test_saving_the_same_settings_again_is_no_new_version(world: World) -> None:
    await world.call("PUT", COMPANY, DEFAULTS)
    assert (await world.call("GET", "/companies/acme")).data["settings_version"] == 1


@given(settings=ANY_SETTINGS)
async def test_no_choice_is_lost_between_saving_and_reading(settings: Settings) -> None:
    world = World()
    await world.install()
    body = to_dict(settings)
    assert (await world.call("PUT", COMPANY, body)).data == body
    assert (await world.call("GET", COMPANY)).data == body
    assert (await world.company()).settings == settings


@given(company=ANY_SETTINGS, mine=ANY_SETTINGS, data=st.data())
async def test_a_resource_differs_from_its_company_in_its_own_choices_only(
    company: Settings, mine: Settings, data: st.DataObject
) -> None:
    world = World()
    await world.install()
    await world.call("PUT", COMPANY, to_dict(company))
    choices = flatten(to_dict(mine))
    own = data.draw(st.sets(st.sampled_from(sorted(choices)), min_size=1))
    answer = await world.call("PATCH", RESOURCE, {name: choices[name] for name in own})
    assert flatten(answer.data["effective"]) == flatten(to_dict(company)) | {name: choices[name] for name in own}
    assert flatten(answer.data["overrides"]) == {name: choices[name] for name in own}


@pytest.mark.parametrize(("given_value", "kept"), [(True, "on"), (False, "off"), ("on", "on"), ("off", "off")])
async def test_switches_understand_json_booleans(world: World, given_value: object, kept: str) -> None:
    answer = await world.call("PUT", COMPANY, {"timify_to_outlook": {"notes": given_value}})
    assert answer.data["timify_to_outlook"]["notes"] == kept


async def test_dotted_and_nested_names_mean_the_same(world: World) -> None:
    nested = await world.call("PATCH", RESOURCE, {"outlook_to_timify": {"free": "sync"}})
    dotted = await world.call("PATCH", RESOURCE, {"outlook_to_timify.free": "sync"})
    assert nested.data == dotted.data
    assert dotted.data["overrides"] == {"outlook_to_timify": {"free": "sync"}}


async def test_null_follows_the_company_again_in_that_field_only(world: World) -> None:
    await world.call("PATCH", RESOURCE, {"direction": "outlook_to_timify", "timify_to_outlook.notes": True})
    answer = await world.call("PATCH", RESOURCE, {"direction": None})
    assert answer.data["overrides"] == {"timify_to_outlook": {"notes": "on"}}
    assert answer.data["effective"]["direction"] == "two_way"


async def test_a_choice_equal_to_the_companys_outlives_a_change_of_the_company(world: World) -> None:
    await world.call("PATCH", RESOURCE, {"direction": "two_way"})
    await world.call("PUT", COMPANY, {"direction": "timify_to_outlook"})
    assert (await world.call("GET", RESOURCE)).data["effective"]["direction"] == "two_way"


async def test_deleting_a_resources_settings_follows_the_company_in_everything(world: World) -> None:
    await world.call("PATCH", RESOURCE, {"direction": "outlook_to_timify", "timify_to_outlook.notes": "on"})
    answer = await world.call("DELETE", RESOURCE)
    assert answer.data == {"effective": DEFAULTS, "overrides": {}}


async def test_a_choice_for_one_resource_leaves_its_neighbour_alone(world: World) -> None:
    await world.call("PATCH", RESOURCE, {"direction": "outlook_to_timify"})
    neighbour = await world.call("GET", "/companies/acme/resources/r1/settings")
    assert neighbour.data == {"effective": DEFAULTS, "overrides": {}}


async def test_a_resource_that_timify_does_not_know_cannot_have_settings(world: World) -> None:
    for method, body in (("GET", None), ("PATCH", {"direction": "two_way"}), ("DELETE", None)):
        answer = await world.call(method, "/companies/acme/resources/nobody/settings", body)
        assert (answer.status, answer.code) == (404, "unknown-resource")
    assert [pair async for pair in world.store.connections("acme")] == []


async def test_choices_made_before_the_invitation_are_kept_with_the_resources_own_clock(world: World) -> None:
    await world.call("PATCH", RESOURCE, {"timify_to_outlook.notes": "on"})
    connection = await world.connection("r0")
    assert connection.overrides == {"timify_to_outlook.notes": "on"}
    assert connection.status == "not_invited"


WRONG = [
    ({"outlook_to_timify": {"event_title": "on"}}, "#/outlook_to_timify/event_title", "event_title"),
    ({"outlook_to_timify.event_title": "on"}, "#/outlook_to_timify/event_title", "event_title"),
    ({"colour": "blue"}, "#/colour", "colour"),
    ({"direction": "both"}, "#/direction", "'two_way', 'outlook_to_timify' or 'timify_to_outlook'"),
    ({"direction": True}, "#/direction", "direction"),
    ({"timify_to_outlook": {"notes": "yes"}}, "#/timify_to_outlook/notes", "'on' or 'off'"),
    ({"timify_to_outlook": {"notes": 1}}, "#/timify_to_outlook/notes", "notes"),
    ({"timify_to_outlook": "off"}, "#/timify_to_outlook", "object"),
    ({"timify_to_outlook.notes.more": "off"}, "#/timify_to_outlook/notes.more", "notes.more"),
    ({"timify_to_outlook": {"notes": "on"}, "timify_to_outlook.notes": "off"}, "#/timify_to_outlook.notes", "twice"),
]


@pytest.mark.parametrize(("body", "pointer", "words"), WRONG)
@pytest.mark.parametrize(("method", "path"), [("PUT", COMPANY), ("PATCH", RESOURCE)])
async def test_a_slip_in_a_setting_is_named_and_changes_nothing(
    world: World, method: str, path: str, body: object, pointer: str, words: str
) -> None:
    before = await world.facts()
    answer = await world.call(method, path, body)
    assert (answer.status, answer.code) == (400, "invalid")
    assert answer.pointers == [pointer]
    assert words in answer.data["detail"]
    assert await world.facts() == before


async def test_every_wrong_setting_is_named_at_once(world: World) -> None:
    answer = await world.call("PUT", COMPANY, {"direction": 1, "x": 2, "timify_to_outlook": {"notes": 3}})
    assert sorted(answer.pointers) == ["#/direction", "#/timify_to_outlook/notes", "#/x"]


@pytest.mark.parametrize("body", [{"x": None}, {"timify_to_outlook": {"x": None}}, {"timify_to_outlook": None}, {}, []])
async def test_null_for_something_that_is_no_setting_is_refused(world: World, body: object) -> None:
    assert (await world.call("PATCH", RESOURCE, body)).status == 400


async def test_a_group_that_is_null_is_told_to_name_its_settings(world: World) -> None:
    answer = await world.call("PATCH", RESOURCE, {"timify_to_outlook": None})
    assert answer.pointers == ["#/timify_to_outlook"]
    assert "name each of its settings" in answer.data["detail"]


def test_every_switch_reads_booleans_as_itself() -> None:
    assert {value: bool(value) for value in Switch} == {Switch.ON: True, Switch.OFF: False}


async def test_a_preview_says_over_how_many_calendars_it_counted(world: World) -> None:
    answer = await world.call("POST", f"{COMPANY}/preview", {})
    assert answer.data == {
        "created": 0,
        "linked": 0,
        "skipped": 0,
        "conflicts": 0,
        "looked_at": 0,
        "connections": 0,
    }
