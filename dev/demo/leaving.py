"""Disabling, coming back, one calendar for one resource, uninstalling."""

from dev.demo import cast
from dev.demo.living import ANNA
from dev.demo.scene import Scene
from dev.demo.tale import expect

type Ids = dict[str, set[str]]


async def disable(scene: Scene) -> None:
    tale, actors = scene.tale, scene.actors
    connection = f"{cast.COMPANY}/resources/{cast.ANNA}/connection"
    tale.chapter("Disabling and coming back")
    before = await _ids(scene)
    with tale.step("disabled, copies kept: not one copy goes, the subscription does, Anna is told"):
        await actors.forget_journals()
        await actors.api("DELETE", connection, copies="keep")
        await actors.quiet()
        expect("writes", await scene.written(), {"outlook": [], "timify": []})
        expect("label", (await scene.overview(cast.ANNA))["label"], "Disabled")
        expect("subscriptions", await scene.subscriptions(ANNA), [])
        expect("e-mails", len(await actors.mails("disabled", ANNA)), 1)
    with tale.step("she connects again: every copy is recognised, the journal has zero creates and zero deletes"):
        await actors.forget_journals()
        await scene.connected(cast.ANNA, ANNA)
        expect("writes", await scene.written(), {"outlook": [], "timify": []})
        await _same(scene, before)
    originals = await _originals(scene)
    with tale.step("disabled, copies removed: both calendars keep what people made, and only that"):
        await actors.api("DELETE", connection, copies="remove_future")
        await actors.quiet()
        await _same(scene, originals)
    with tale.step("she connects once more: exactly as many copies as before, and all agree"):
        await scene.connected(cast.ANNA, ANNA)
        expect("how many", {side: len(ids) for side, ids in (await _ids(scene)).items()}, _sizes(before))
        await scene.nothing_more(cast.ANNA)


async def take_over(scene: Scene) -> None:
    tale, actors = scene.tale, scene.actors
    tale.chapter("One Outlook calendar belongs to one resource")
    with tale.step("Petra connects Anna's calendar: the newer wins, Anna is disabled and told why"):
        petra = f"{cast.COMPANY}/resources/{cast.PETRA}/connection"
        await actors.api("DELETE", petra, copies="remove_future")
        await actors.quiet()
        await scene.connected(cast.PETRA, ANNA)
        line = await scene.overview(cast.ANNA)
        expect("label and reason", (line["label"], line["reason"]), ("Disabled", "taken_over"))
        expect("e-mails", len(await actors.mails("taken_over", ANNA)), 1)
        expect("subscriptions of the mailbox", len(await scene.subscriptions(ANNA)), 1)


async def uninstall(scene: Scene) -> None:
    tale, actors = scene.tale, scene.actors
    tale.chapter("Uninstalling")
    with tale.step("every copy that we made for those who are connected goes, and every subscription"):
        jonas = f"{cast.COMPANY}/resources/{cast.JONAS}/connection"
        await actors.api("DELETE", jonas, copies="keep")
        await actors.quiet()
        people_made = {e["id"] for e in await scene.events(ANNA) if not _is_copy(e)}
        copies_of_jonas = len(await scene.appointments(cast.JONAS))
        await actors.api("DELETE", cast.COMPANY, copies="remove_future")

        async def all_gone() -> bool:
            every = await actors.send("GET", f"{actors.where.outlook}/_sim/subscriptions")
            petras = [a for a in await scene.appointments(cast.PETRA) if a["createdBy"] == "app"]
            return not petras and not [one for one in every if one["actor"] == "app"]

        await actors.until(all_gone, "copies and subscriptions gone", every=0.2)
        expect("what is left in Outlook", {e["id"] for e in await scene.events(ANNA)}, people_made)
        expect("the copies that Jonas wanted to keep", len(await scene.appointments(cast.JONAS)), copies_of_jonas)
    with tale.step("the app answers for this company that it is gone"):
        expect("answer", await scene.refused("GET", f"{cast.COMPANY}/resources"), (410, "uninstalled"))


async def _same(scene: Scene, wanted: Ids) -> None:
    """Raise Failed with the titles of what came or went, unless Anna's calendars hold just what is `wanted`."""
    found = await _ids(scene)
    names = {e["id"]: e["subject"] for e in await scene.events(ANNA)}
    names |= {a["id"]: a["title"] for a in await scene.appointments(cast.ANNA)}
    for side, ids in wanted.items():
        expect(f"new in {side}", sorted(names.get(id_, id_) for id_ in found[side] - ids), [])
        expect(f"gone from {side}", sorted(ids - found[side]), [])


async def _ids(scene: Scene) -> Ids:
    """Everything in Anna's two calendars."""
    return {
        "outlook": {event["id"] for event in await scene.events(ANNA)},
        "timify": {appointment["id"] for appointment in await scene.appointments(cast.ANNA)},
    }


async def _originals(scene: Scene) -> Ids:
    """What people made: events without our category; appointments that no app created."""
    return {
        "outlook": {event["id"] for event in await scene.events(ANNA) if not _is_copy(event)},
        "timify": {a["id"] for a in await scene.appointments(cast.ANNA) if a["createdBy"] != "app"},
    }


def _is_copy(event: dict[str, object]) -> bool:
    categories = event.get("categories") or []
    return isinstance(categories, list) and "TIMIFY" in categories


def _sizes(ids: Ids) -> dict[str, int]:
    return {side: len(of_side) for side, of_side in ids.items()}
