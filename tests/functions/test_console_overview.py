"""The tab Overview: who stands where, and inviting one, some or all of them."""

import asyncio
from datetime import timedelta

import pytest

from functions.console.overview import PORTION
from shared.domain.accounts import Progress, RoundState, Status
from shared.domain.failures import Reason, Transient
from shared.domain.settings import Direction
from shared.identity.console import Right
from shared.sync import patience
from shared.sync.ports import Resource
from tests.functions.api_world import NOW
from tests.functions.console_world import ConsoleWorld

IMPORT = Progress(total=1000, done=420, purpose="import", started_at=NOW - timedelta(minutes=5))


async def entered(**options: object) -> ConsoleWorld:
    world = ConsoleWorld()
    await world.enter(**options)  # type: ignore[arg-type]  # as `enter` takes them
    return world


async def crowd(world: ConsoleWorld, number: int) -> None:
    for each in range(number):
        world.acme.add_resource(Resource(id=f"c{each:04}", name=f"Chair {each:04}", email=f"c{each}@acme.example"))


async def test_everybody_is_listed_with_what_they_stand_at() -> None:
    world = await entered()
    await world.connect("r0", status=Status.CONNECTED, overrides={"direction": Direction.TIMIFY_TO_OUTLOOK})
    checked = RoundState(
        checked_at=NOW - timedelta(hours=3),
        checked_items=412,
        checked_agree=411,
        checked_differences={"time": 1},
        last_change=NOW - timedelta(minutes=5),
        open_conflicts=2,
    )
    await world.round("r0", checked)
    page = await world.get("overview")
    assert "411 of 412 items agree, 3 hours ago (1 at different times)" in page.html
    assert "Last change 5 minutes ago" in page.html
    assert "Only from TIMIFY to Outlook" in page.html
    assert '/conflicts?resource=r0">2 conflicts' in page.html
    assert '<span class="count">2</span>' in page.html, "the tab of the conflicts says how many there are"
    assert page.html.index("anna") < page.html.index("Room 1") < page.html.index("Zoe"), "in order of name"
    assert "No e-mail address" in page.html
    assert "act-r2" not in page.by_id, "a room without an address cannot be invited"


async def test_german_administrators_read_german() -> None:
    world = await entered(language="de")
    await world.connect("r0", status=Status.IMPORTING)
    await world.round("r0", RoundState(progress=IMPORT))
    page = await world.get("overview")
    assert "Import: 42 %" in page.html
    assert "420 von 1.000 Einträgen" in page.html
    assert "noch etwa 7 Minuten" in page.html
    assert "Einladen" in page.html


async def test_the_reason_is_said_where_there_is_one() -> None:
    world = await entered()
    await world.connect("r0", status=Status.FAILED, reason=Reason.CALENDAR_READ_ONLY)
    page = await world.get("overview")
    assert "The chosen calendar is read-only for the resource." in page.html


async def test_a_search_finds_by_name_and_by_address_and_counts_what_it_finds() -> None:
    world = await entered()
    await world.connect("r1", status=Status.CONNECTED)
    found = await world.get("overview?q=ZOE", partial=True)
    assert ("name-r0" in found.by_id, "name-r1" in found.by_id) == (True, False)
    assert "filter-connected" not in found.by_id
    by_address = await world.get("overview?q=anna@ACME", partial=True)
    assert "name-r1" in by_address.by_id
    assert "filter-connected" in by_address.by_id
    assert "Nothing found" in (await world.get("overview?q=nobody", partial=True)).html


async def test_a_filter_shows_one_status_and_a_senseless_one_shows_all() -> None:
    world = await entered()
    await world.connect("r1", status=Status.CONNECTED)
    assert "name-r0" not in (await world.get("overview?status=connected")).by_id
    assert "name-r0" in (await world.get("overview?status=nonsense&from=x")).by_id


async def test_what_a_person_searches_for_is_text_and_no_markup() -> None:
    world = await entered()
    assert "<script>" not in (await world.get("overview?q=%22%3E%3Cscript%3E")).html


async def test_many_resources_come_portion_by_portion_and_nobody_is_left_out() -> None:
    world = await entered()
    await crowd(world, 120)
    seen: set[str] = set()
    address: str | None = "overview"
    while address:
        page = await world.get(address, partial="from=" in address)
        seen |= {name for name in page.by_id if name.startswith("name-")}
        more = page.html.partition('id="more"')[2]
        address = more.partition('href="')[2].partition('"')[0].replace("&amp;", "&") if more else None
    assert len(seen) == 123


async def test_a_resource_that_is_gone_from_timify_is_explained() -> None:
    world = await entered()
    await world.connect("gone", status=Status.CONNECTED)
    page = await world.get("overview")
    assert "This resource was deleted in TIMIFY." in page.html
    assert "act-gone" not in page.by_id


async def test_a_company_without_resources_reads_what_will_be_here() -> None:
    world = await entered()
    world.acme.resources.clear()
    assert "There are no resources yet" in (await world.get("overview")).html


async def test_timify_unreachable_is_said_and_a_page_that_is_open_stays() -> None:
    world = await entered()
    world.timify_answers(False, Transient("down"))
    page = await world.get("overview")
    assert (world.last.status_code, page.by_id["stopped"]["data-code"]) == (503, "timify-unreachable")
    assert "Try again" in page.html
    await world.get("overview?q=zoe", partial=True)
    assert world.last.headers["HX-Reswap"] == "none"


async def test_an_import_is_followed_until_it_ends_and_nothing_is_asked_after_that() -> None:
    world = await entered()
    await world.connect("r0", status=Status.IMPORTING)
    await world.round("r0", RoundState(progress=IMPORT))
    first = await world.get("overview")
    address = str(first.by_id["poll-0"]["hx-get"])
    assert address.endswith("ids=r0")
    world.timify_answers(False, Transient("down"))
    running = await world.get(address, partial=True)
    assert "Importing 42 %" in running.html, "TIMIFY is not asked for progress"
    assert "every 2s" in running.html
    await world.store.save_connection(
        (await world.connection("r0")).__class__(
            company_id="acme", resource_id="r0", status=Status.CONNECTED, etag=(await world.connection("r0")).etag
        )
    )
    after = await world.get(address, partial=True)
    assert "Synced" in after.html
    assert "every 2s" not in after.html


async def test_a_look_at_statuses_leaves_boxes_and_drop_downs_alone() -> None:
    world = await entered()
    page = await world.get("overview/live?ids=r0,r1,../x", partial=True)
    assert {name for name in page.by_id if not name.startswith("act-")} == {"live-r0", "live-r1", "poll-0"}


async def test_a_double_click_invites_once() -> None:
    world = await entered()
    form = {"resource_id": "r0.0"}
    assert "on its way" in (await world.post("invitations", form)).html
    again = await world.post("invitations", form)
    assert len(world.mail.sent) == 1
    assert "done already" in again.html


async def test_sending_again_is_possible_from_the_line_that_shows_the_invitation() -> None:
    world = await entered()
    page = await world.post("invitations", {"resource_id": "r0.0"})
    value = page.html.partition('name="resource_id" value="')[2].partition('"')[0]
    world.later(minutes=1)
    await world.post("invitations", {"resource_id": value})
    assert len(world.mail.sent) == 2


async def test_several_are_invited_and_whoever_cannot_be_is_named_with_the_reason() -> None:
    world = await entered()
    page = await world.post("invitations", {"resource_id": ["r0.0", "r1.0", "r2.0"]})
    assert len(world.mail.sent) == 2
    assert "2 invitations are on their way." in page.html
    assert "<b>Room 1</b>: The resource has no e-mail address" in page.html
    assert {"live-r0", "live-r1"} <= set(page.by_id)


async def test_without_scripts_the_answer_is_a_page() -> None:
    world = await entered()
    await world.post("invitations", {"resource_id": "r0.0"}, partial=False)
    assert (world.last.status_code, world.last.headers["Location"][-9:]) == (303, "/overview")
    page = await world.post("invitations", {"resource_id": ["r1.0", "r2.0"]}, partial=False)
    assert "<b>Room 1</b>" in page.html


async def test_nobody_chosen_is_said() -> None:
    world = await entered()
    assert "Nobody is chosen yet" in (await world.post("invitations")).html


async def test_whoever_has_connected_meanwhile_gets_no_second_link() -> None:
    world = await entered()
    await world.connect("r0", status=Status.IMPORTING)
    await world.post("invitations", {"resource_id": "r0.0"})
    assert not world.mail.sent


async def test_all_are_invited_after_a_question_and_portion_by_portion() -> None:
    world = await entered()
    await crowd(world, 60)
    await world.connect("r1", status=Status.CONNECTED)
    question = await world.get("invitations/all", partial=True)
    assert "Invite 61 resources?" in question.html
    form = {str(field["name"]): str(field["value"]) for field in question.inputs}
    first = await world.post("invitations/all", form)
    assert len(world.mail.sent) == PORTION
    assert f"{PORTION} sent, {61 - PORTION} to go." in first.html
    form = {str(field["name"]): str(field["value"]) for field in first.inputs}
    last = await world.post("invitations/all", form)
    assert len(world.mail.sent) == 61
    assert "61 invitations are on their way." in last.html
    await world.post("invitations/all", form)
    assert len(world.mail.sent) == 61, "sent again by a reload, it invites nobody twice"


async def test_all_means_all_that_are_looked_at() -> None:
    world = await entered()
    await crowd(world, 3)
    assert "Invite 3 resources?" in (await world.get("invitations/all?q=chair", partial=True)).html
    assert "Invite 1 resource?" in (await world.get("invitations/all?q=anna", partial=True)).html


@pytest.mark.parametrize("path", ["overview", "resources/r0", "invitations/all"])
async def test_whoever_may_only_look_sees_no_button_that_does_something(path: str) -> None:
    world = await entered(rights=frozenset({Right.CHANGE_SETTINGS}))
    page = await world.get(path)
    assert 'form="one"' not in page.html
    assert 'form="several"' not in page.html
    assert "/disable" not in page.html


async def test_who_opens_the_overview_while_timify_hangs_is_told_so_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = await entered()

    async def hangs(call: str, moment: str) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(patience, "LONG", 0.05)
    monkeypatch.setattr(world.acme, "begin", hangs)
    for path in ("overview", "resources/r0"):
        async with asyncio.timeout(5):
            page = await world.get(path)
        assert (world.last.status_code, "TIMIFY does not answer at the moment" in page.html) == (503, True)


@pytest.mark.parametrize(
    ("language", "says", "step"),
    [("en", "paused for everybody", "upgrade to Premium"), ("de", "für alle pausiert", "auf Premium")],
)
async def test_a_downgrade_that_pauses_everybody_is_said_on_every_tab_with_what_to_do(
    language: str, says: str, step: str
) -> None:
    world = await entered(language=language)
    await world.connect("r0", status=Status.CONNECTED)
    assert "plan-paused" not in (await world.get("overview")).by_id
    await world.install(plan="classic")
    assert (await world.connection("r0")).status is Status.PAUSED
    for tab in ("overview", "conflicts", "settings", "help"):
        page = await world.get(tab)
        assert "plan-paused" in page.by_id
        assert says in page.html
        assert step in page.html
    assert world.mail.kinds() == []
    await world.install(plan="premium")
    assert "plan-paused" not in (await world.get("overview")).by_id


async def test_who_was_not_invited_because_the_queue_was_away_is_invited_by_pressing_again() -> None:
    world = await entered()

    async def away(moment: str) -> None:
        raise Transient("503")

    calm, world.mail.trouble = world.mail.trouble, away
    await world.post("invitations", {"resource_id": "r0.0"})
    assert world.last.status_code == 503
    world.mail.trouble = calm
    page = await world.post("invitations", {"resource_id": "r0.0"})
    assert "The invitation is on its way." in page.html
    assert [message.resource_id for message in world.mail.sent] == ["r0"]
