"""The tab Settings: what is chosen, shown, previewed, saved; the privacy policy; uninstalling."""

from dataclasses import replace

import pytest

from shared.domain.accounts import Mailbox, Status
from shared.domain.settings import Direction, Settings, Switch, flatten, to_dict
from shared.identity.console import Right
from shared.sync.companies import change_settings
from shared.sync.preview import Preview
from shared.sync.retention import KEEP_COMPANY
from shared.words.options import options
from shared.words.speech import speech
from tests.functions.console_world import ConsoleWorld
from tests.functions.page import Page

LOOKING = frozenset[Right]()


@pytest.fixture
async def world() -> ConsoleWorld:
    world = ConsoleWorld()
    await world.enter(locale="en")
    return world


def form(page: Page) -> dict[str, str]:
    """What a browser would send of the form as it stands: the last of each name counts."""
    sent: dict[str, str] = {}
    for each in page.inputs:
        chosen = each.get("type") not in ("radio", "checkbox") or "checked" in each
        if each.get("name") and chosen:
            sent[str(each["name"])] = str(each.get("value"))
    return sent


async def test_the_form_names_every_setting_and_saving_it_untouched_changes_nothing(world: ConsoleWorld) -> None:
    before = await world.company()
    page = await world.get("settings")
    assert flatten(to_dict(before.settings)).items() <= form(page).items()
    await world.post("settings", form(page))
    assert world.last.status_code == 200
    assert await world.company() == before


@pytest.mark.parametrize("name", list(flatten(to_dict(Settings()))))
async def test_every_value_of_every_setting_can_be_chosen_and_is_shown_afterwards(
    world: ConsoleWorld, name: str
) -> None:
    (option,) = [o for group in options(speech("en")) for o in group.options if o.name == name]
    for value, _ in option.values[1:]:
        page = await world.post("settings", form(await world.get("settings")) | {name: value})
        assert flatten(to_dict((await world.company()).settings))[name] == value
        assert form(page)[name] == value


async def test_a_switch_that_is_turned_off_is_off(world: ConsoleWorld) -> None:
    """An unchecked box sends nothing: the hidden field in front of it does."""
    name = "timify_to_outlook.customer_name"
    page = await world.get("settings")
    hidden = [each for each in page.inputs if each.get("name") == name and each.get("type") == "hidden"]
    assert [each["value"] for each in hidden] == ["off"]
    await world.post("settings", form(page) | {name: "off"})
    assert not (await world.company()).settings.timify_to_outlook.customer_name


async def test_without_scripts_saving_leads_back_to_the_page_which_says_so(world: ConsoleWorld) -> None:
    chosen = form(await world.get("settings")) | {"direction": "outlook_to_timify"}
    await world.post("settings", chosen, partial=False)
    assert world.last.status_code == 303
    page = await world.get(world.last.headers["Location"])
    assert "Saved." in page.html
    assert form(page)["direction"] == "outlook_to_timify"


async def test_what_somebody_else_saved_meanwhile_is_not_overwritten_and_nothing_typed_is_lost(
    world: ConsoleWorld,
) -> None:
    mine = form(await world.get("settings")) | {"timify_to_outlook.notes": "on"}
    theirs = replace((await world.company()).settings, direction=Direction.OUTLOOK_TO_TIMIFY)
    await change_settings(world.services, "acme", theirs)

    page = await world.post("settings", mine)
    assert (await world.company()).settings == theirs
    assert "changed-meanwhile" in page.by_id
    assert "theirs: Only from Outlook to TIMIFY · yours: Both ways" in page.html
    assert form(page)["timify_to_outlook.notes"] == "on"

    await world.post("settings", form(page))
    saved = (await world.company()).settings
    assert (saved.direction, saved.timify_to_outlook.notes) == (Direction.TWO_WAY, Switch.ON)


async def test_a_value_that_nobody_offers_is_refused(world: ConsoleWorld) -> None:
    before = await world.company()
    await world.post("settings", {"direction": "sideways"})
    assert world.last.status_code == 400
    assert await world.company() == before


async def test_who_may_only_look_cannot_press_anything() -> None:
    world = ConsoleWorld()
    await world.enter(rights=LOOKING)
    page = await world.get("settings")
    assert "save" not in page.by_id
    assert '<fieldset class="all" disabled' in page.html


# -- the live example


async def example(world: ConsoleWorld, **choices: str) -> str:
    """The text of the example; group and name are parted by two underscores."""
    query = "&".join(f"{name.replace('__', '.')}={value}" for name, value in choices.items())
    page = await world.get(f"settings/example?{query}", partial=True)
    assert world.last.status_code == 200
    assert not world.wakes.sent
    return page.html


async def test_an_event_is_shown_as_timify_will_show_it(world: ConsoleWorld) -> None:
    html = await example(world)
    assert "09:00–09:50" in html, "rounded outwards"
    assert html.count("Quarterly review") == 2
    assert html.count("Dentist") == 1, "a private title does not leave Outlook"
    assert "Consultation – Maria Lopez" in html
    assert "3 of 10 participants" in html


async def test_a_switch_that_is_on_is_read_from_the_address_as_the_host_hands_it_over(world: ConsoleWorld) -> None:
    """Named twice, by the hidden field and by the box: the host joins both by a comma."""
    assert "Mats are there." in await example(world)
    assert (await example(world, timify_to_outlook__notes="off,on")).count("Mats are there.") == 2


async def test_an_anonymous_example_says_nothing_of_what_it_is(world: ConsoleWorld) -> None:
    html = await example(world, outlook_to_timify__anonymous="on", timify_to_outlook__anonymous="on")
    assert html.count("Quarterly review") == 1
    assert html.count("Room Vienna") == 1
    assert html.count("Maria Lopez") == 1
    assert "TIMIFY booking" in html


async def test_what_is_left_out_says_why(world: ConsoleWorld) -> None:
    assert "All-day events stay in Outlook, by setting" in await example(world, outlook_to_timify__all_day="skip")
    held = await example(world, outlook_to_timify__working_times="enforce")
    assert "The time is outside the working times" in held
    assert "Nothing travels this way" in await example(world, direction="outlook_to_timify")


async def test_examples_are_in_the_words_that_the_company_gets() -> None:
    world = ConsoleWorld()
    await world.enter(language="en", locale="de")
    assert "Kalenderblocker" in await example(world)


async def test_the_example_says_that_nothing_is_saved_yet(world: ConsoleWorld) -> None:
    assert "Not saved yet" in await example(world, timify_to_outlook__notes="on")
    assert "Not saved yet" not in await example(world)
    assert (await world.company()).settings_version == 1


# -- what would change


async def test_the_page_says_before_saving_that_a_change_is_about_future_appointments_only(world: ConsoleWorld) -> None:
    page = await world.get("settings")
    assert "Changes apply to future appointments only" in page.html
    assert page.html.index("future appointments only") < page.html.index("<form")


async def test_what_was_counted_goes_when_something_else_is_chosen(world: ConsoleWorld) -> None:
    page = await world.get("settings/example?timify_to_outlook.notes=on", partial=True)
    assert page.by_id["preview"]["hx-swap-oob"] == "innerHTML"


async def test_a_preview_counts_and_saves_nothing(world: ConsoleWorld) -> None:
    before = await world.company()
    page = await world.post("settings/preview", {"direction": "outlook_to_timify"})
    assert "no resource is connected" in page.html
    assert await world.company() == before


async def test_without_scripts_the_preview_keeps_what_was_chosen(world: ConsoleWorld) -> None:
    page = await world.post("settings/preview", {"timify_to_outlook.notes": "on"}, partial=False)
    assert form(page)["timify_to_outlook.notes"] == "on"
    assert "preview-title" in page.by_id


@pytest.mark.parametrize(("looked_at", "says"), [(118, True), (300, False)])
async def test_a_preview_that_did_not_get_to_all_says_so(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch, looked_at: int, says: bool
) -> None:
    async def foreseen(*_: object) -> Preview:
        counts = {"created": 7, "linked": 0, "skipped": 0, "conflicts": 0}
        return Preview(counts=counts, looked_at=looked_at, of=300)

    monkeypatch.setattr("shared.sync.preview.preview_settings", foreseen)
    page = await world.post("settings/preview", {})
    assert ("118 of 300 calendars could be looked at" in page.html) is says
    assert ("In the calendars of all connected resources" in page.html) is not says


@pytest.mark.parametrize(
    ("direction", "says"), [("outlook_to_timify", "nothing is written to Outlook"), ("two_way", "")]
)
async def test_a_preview_says_what_a_direction_ends(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch, direction: str, says: str
) -> None:
    async def foreseen(*_: object) -> Preview:
        return Preview(counts={"created": 0, "linked": 25, "skipped": 2, "conflicts": 0}, looked_at=1, of=1)

    monkeypatch.setattr("shared.sync.preview.preview_settings", foreseen)
    page = await world.post("settings/preview", {"direction": direction})
    assert ("way" in page.by_id) is bool(says)
    assert says in page.html


# -- the privacy policy


async def test_nothing_but_the_policy_is_there_before_it_is_accepted_and_who_accepted_is_kept() -> None:
    world = ConsoleWorld()
    await world.enter(privacy_policy=None)
    page = await world.get("settings")
    assert "accept-policy" in page.by_id
    assert "settings-form" not in page.by_id

    await world.post("settings/policy", form(page), partial=False)
    accepted = (await world.company()).privacy_policy
    assert accepted
    assert (accepted.version, accepted.accepted_by, accepted.accepted_at) == ("1", "Ada <Lovelace>", world.now())
    page = await world.get("settings")
    assert "Version 1 was accepted by Ada &lt;Lovelace&gt; on 23 November 2026" in page.html
    assert "accept-policy" not in page.by_id


async def test_a_second_click_does_not_accept_in_another_name() -> None:
    world = ConsoleWorld()
    await world.enter(privacy_policy=None)
    await world.post("settings/policy", {"policy_version": "1"})
    first = await world.company()
    world.later(hours=0.5)
    await world.post("settings/policy", {"policy_version": "1"})
    assert await world.company() == first


async def test_a_policy_that_changed_while_it_was_read_is_not_accepted_unread() -> None:
    world = ConsoleWorld()
    await world.enter(privacy_policy=None)
    world.config = replace(world.config, privacy_policy_version="2", privacy_policy_url="https://timify.example/2")
    await world.post("settings/policy", {"policy_version": "1"}, partial=False)
    assert (await world.company()).privacy_policy is None
    page = await world.get(world.last.headers["Location"].partition("#")[0])
    assert "changed meanwhile" in page.html
    assert 'href="https://timify.example/2"' in page.html


# -- uninstalling


@pytest.mark.parametrize("typed", ["", "acm", "Acme Studio", "yes"])
async def test_a_slip_uninstalls_nothing(world: ConsoleWorld, typed: str) -> None:
    page = await world.post("uninstall", {"confirmation": typed, "copies": "keep"}, partial=False)
    assert (await world.company()).uninstalled_at is None
    assert "confirmation-wrong" in page.by_id
    assert [each for each in page.inputs if each.get("value") == "keep" and "checked" in each]


@pytest.mark.parametrize(("typed", "copies"), [("acme", "remove_future"), (" ACME studios ", "keep")])
async def test_name_or_id_uninstalls_with_the_choice_about_the_copies(
    world: ConsoleWorld, typed: str, copies: str
) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    page = await world.post("uninstall", {"confirmation": typed, "copies": copies}, partial=False)
    assert "uninstalled" in page.by_id
    assert (await world.company()).uninstalled_at == world.now()
    assert [wake.job for wake in world.wakes.sent] == ["remove" if copies == "remove_future" else "disconnect"]


async def test_uninstalling_that_broke_off_is_finished_by_pressing_again_and_the_data_goes_in_any_case(
    world: ConsoleWorld,
) -> None:
    for resource in ("r0", "r1"):
        await world.connect(resource, status=Status.CONNECTED, mailbox=Mailbox(account="oid.tid", calendar_id=resource))
    form = {"confirmation": "acme", "copies": "keep"}
    world.wakes.broken = True
    await world.post("uninstall", form, partial=False)
    assert world.last.status_code >= 500
    due = [errand async for errand in world.store.due_errands(world.now() + KEEP_COMPANY)]
    assert "erase" in [errand.job for errand in due]
    world.wakes.broken = False
    await world.get("uninstall")
    assert world.last.status_code == 200, "the back button leads to the form"
    page = await world.post("uninstall", form, partial=False)
    assert "uninstalled" in page.by_id
    assert sorted(wake.resource_id for wake in world.wakes.sent) == ["r0", "r1"]
    await world.get("overview")
    assert world.last.status_code == 410


async def test_without_the_right_nobody_is_shown_the_way_out() -> None:
    world = ConsoleWorld()
    await world.enter(rights=frozenset({Right.CHANGE_SETTINGS}))
    assert "/uninstall" not in (await world.get("settings")).html
    assert "confirmation" not in (await world.get("uninstall")).by_id
