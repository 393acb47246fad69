"""docs/timify_backend_client.py, as TIMIFY's backend would use it, against everything that runs."""

import asyncio

import pytest

from docs.timify_backend_client import CalendarSync, Problem
from tests.stack.world import World

pytestmark = pytest.mark.stack


async def test_who_copies_the_example_client_gets_a_company_through_its_whole_life(world: World) -> None:
    await world.open("anna", "ben")
    company, anna, ben = world.company_id, world.resource("anna"), world.resource("ben")
    with CalendarSync(world.actors.where.functions, world.actors.where.function_key) as sync:
        await asyncio.to_thread(_begin, sync, company, ben)
        await world.begin("anna")
        await world.actors.quiet()
        await world.book(world.at(0, "10:00"))
        await world.add(world.event("Dentist", 0, "10:15", "11:00"))
        await world.actors.quiet()
        await asyncio.to_thread(_decide, sync, company, anna)
        await world.actors.quiet()
        await asyncio.to_thread(_end, sync, company, anna)
    await world.actors.quiet()
    assert await world.event_copies() == []


def _begin(sync: CalendarSync, company: str, ben: str) -> None:
    assert sync.company(company)["eligible"]
    assert sync.replace_settings(company, {"weekly_digest": "off"})["weekly_digest"] == "off"
    changed = sync.change_resource_settings(company, ben, {"timify_to_outlook.notes": "on"})
    assert changed["overrides"] == {"timify_to_outlook": {"notes": "on"}}
    invited = sync.invite_several(company, [ben, "nobody"])
    assert [one["status"] for one in invited] == ["awaiting_confirmation", None]
    assert sync.revoke_invitation(company, ben)["status"] == "not_invited"
    assert "/console/" in sync.console_session(company, "Mia", "de", rights=[])["url"]


def _decide(sync: CalendarSync, company: str, anna: str) -> None:
    connected = list(sync.resources(company, status=["connected"]))
    assert [(line["resource_id"], line["open_conflicts"]) for line in connected] == [(anna, 1)]
    (conflict,) = sync.conflicts(company, state=["open"])
    assert sync.conflict(company, conflict["id"]) == conflict
    assert sync.preview_settings(company, {"direction": "outlook_to_timify"})["connections"] == 1
    assert sync.decide(company, conflict["id"], "keep_timify")["action"] == "keep_timify"


def _end(sync: CalendarSync, company: str, anna: str) -> None:
    assert list(sync.conflicts(company)) == []
    rules = {line["rule"] for line in sync.log(company, anna)}
    assert rules == {"invited", "connected", "checked", "copied", "kept_by_choice"}
    assert sync.preview_disabling(company, anna)["removed_in_outlook"] == 1
    assert sync.check(company, anna)["status"] == "connected"
    assert sync.disable(company, anna)["status"] == "disabled"
    assert sync.uninstall(company)["uninstalled_at"]
    with pytest.raises(Problem) as refused:
        sync.invite(company, anna)
    assert (refused.value.status, refused.value.code) == (410, "uninstalled")
