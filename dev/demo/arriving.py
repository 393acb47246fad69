"""Installing, settings, the overview, the invitation, and every way in which connecting can fail."""

import html
import re

from dev.demo import cast
from dev.demo.scene import Scene
from dev.demo.tale import expect, must

_POLICY = {"version": "3", "accepted_by": "admin-7", "accepted_at": "2026-01-01T00:00:00Z"}


async def install(scene: Scene) -> None:
    tale, actors, company = scene.tale, scene.actors, cast.COMPANY
    tale.chapter("Installing")
    with tale.step("a company with a basic plan is refused, and nothing of it is kept"):
        refused = await scene.refused("PUT", company, {"plan": "basic", "privacy_policy": _POLICY})
        expect("answer", refused, (403, "not-eligible"))
        expect("afterwards", await scene.refused("GET", company), (404, "unknown-company"))
    with tale.step("a premium plan installs, but works only once the privacy policy is accepted"):
        await actors.api("PUT", company, {"plan": "premium", "locale": "en", "timezone": cast.ZONE.key})
        expect("overview", await scene.refused("GET", f"{company}/resources"), (403, "policy-not-accepted"))
        answer = await actors.api("PUT", company, {"plan": "premium", "privacy_policy": _POLICY})
        expect("who accepted", answer["privacy_policy"]["accepted_by"], "admin-7")
    with tale.step("a caller without the function key is turned away"):
        answer = await actors.http.get(f"{actors.where.functions}/api/v1/companies/{company}")
        expect("status", answer.status_code, 401)


async def settings(scene: Scene) -> None:
    tale, actors, company = scene.tale, scene.actors, cast.COMPANY
    tale.chapter("Settings and overview")
    with tale.step("settings of the company are kept; one resource overrides one field and follows in all others"):
        await actors.api("PUT", f"{company}/settings", {"timify_to_outlook": {"notes": "on"}})
        own = f"{company}/resources/{cast.ANNA}/settings"
        await actors.api("PATCH", own, {"timify_to_outlook.resource_name": "on"})
        shown = await actors.api("GET", own)
        expect("overrides", shown["overrides"], {"timify_to_outlook": {"resource_name": "on"}})
        effective = shown["effective"]["timify_to_outlook"]
        expect("effective", (effective["notes"], effective["resource_name"]), ("on", "on"))
        other = await actors.api("GET", f"{company}/resources/{cast.JONAS}/settings")
        expect("the others", other["effective"]["timify_to_outlook"]["resource_name"], "off")
    with tale.step("a setting that does not exist is refused with its name"):
        expect(
            "answer",
            await scene.refused("PUT", f"{company}/settings", {"timify_to_outlook": {"colour": "on"}}),
            (400, "invalid"),
        )
    with tale.step("the resource follows the company again; all settings are back to their defaults"):
        await actors.api("DELETE", f"{company}/resources/{cast.ANNA}/settings")
        await actors.api("PUT", f"{company}/settings", {})
        shown = await actors.api("GET", f"{company}/resources/{cast.ANNA}/settings")
        expect("overrides", shown["overrides"], {})
        expect("notes", shown["effective"]["timify_to_outlook"]["notes"], "off")
    with tale.step("the overview lists everybody who has access to the calendar, each with Invite"):
        lines = await actors.items(f"{company}/resources")
        expect("labels", {line["name"]: line["label"] for line in lines}, dict.fromkeys(_names(), "Invite"))


async def invite(scene: Scene) -> str:
    """Answers the link of Anna's invitation."""
    tale, actors, company = scene.tale, scene.actors, cast.COMPANY
    tale.chapter("Inviting")
    link = ""
    with tale.step("a resource without an e-mail address cannot be invited"):
        refused = await scene.refused("POST", f"{company}/resources/{cast.ROOM}/invitation")
        expect("answer", refused, (422, "no-email-address"))
    with tale.step("Anna gets an e-mail with a link of her own; the overview says Awaiting Confirmation"):
        link = await actors.invite(company, cast.ANNA)
        mail = (await actors.mails("invitation"))[0]
        expect("recipient", mail["to"], cast.upn("anna"))
        must(link in mail["text"] and link in html.unescape(mail["html"]), "the link is missing in the mail")
        expect("label", (await scene.overview(cast.ANNA))["label"], "Awaiting Confirmation")
    with tale.step("inviting again replaces the earlier link: it explains itself, the newer one works"):
        again = await actors.invite(company, cast.ANNA)
        expect("the earlier link", await _outcome(scene, link, "anna"), ("failed", "link_replaced"))
        link = again
        must('id="sign-in"' in (await actors.http.get(link)).text, "the newer link does not lead to the sign-in")
    with tale.step("an invitation that was withdrawn, or never existed, leads nowhere"):
        gone = await actors.invite(company, cast.JONAS)
        await actors.api("DELETE", f"{company}/resources/{cast.JONAS}/invitation")
        expect("withdrawn", await _outcome(scene, gone, "jonas"), ("failed", "link_unknown"))
        expect("made up", await _outcome(scene, link[:-4] + "AAAA", "anna"), ("failed", "link_unknown"))
        expect("label", (await scene.overview(cast.JONAS))["label"], "Invite")
    return link


async def fail(scene: Scene) -> None:
    """Petra fails in every way, with one and the same link, and connects in the end."""
    tale, actors, company = scene.tale, scene.actors, cast.COMPANY
    tale.chapter("Connecting, and every way in which it can fail")
    link = await actors.invite(company, cast.PETRA)
    attempts = (
        ("the person declines Microsoft's consent", "petra.declines", "consent_declined", "Could not connect"),
        ("the organisation wants an administrator's approval", "petra.asks", "admin_approval_required", None),
        ("the mailbox is on the company's own server", "petra.server", "mailbox_on_premises", "Could not connect"),
        ("there is no calendar that may be written to", "petra.reads", "calendar_read_only", "Could not connect"),
    )
    for what, who, reason, label in attempts:
        with tale.step(f"{what}: the page and an e-mail say so, the link stays good"):
            expect("the page", await _outcome(scene, link, who), ("failed", reason))
            await actors.quiet()
            line = await scene.overview(cast.PETRA)
            expect("reason in the overview", line["reason"], reason)
            expect("label", line["label"], label or line["label"])
            mails = await actors.mails("failed", cast.upn("petra"))
            must(mails and mails[0]["link"] == link, "no e-mail tells why")
    with tale.step("the page that asks for approval has a link for the administrator; behind it, consent is given"):
        page = (await actors.connect(link, cast.upn("petra.asks")))["page"]
        consent = re.search(r'id="admin-consent" href="([^"]+)"', page)
        must(consent, "the page has no link for the administrator")
        assert consent is not None
        await actors.http.get(f"{html.unescape(consent[1])}&_sim_user={cast.upn('petra.asks')}", follow_redirects=True)
        mailbox = await actors.send("GET", f"{actors.where.outlook}/_sim/mailboxes/{cast.upn('petra.asks')}")
        expect("consent at Microsoft", mailbox["consent"], "granted")
    with tale.step("the company's plan is downgraded: the link explains it, and works again after the upgrade"):
        await actors.api("PUT", company, {"plan": "basic"})
        expect("the page", await _outcome(scene, link, "petra"), ("failed", "plan_not_eligible"))
        await actors.api("PUT", company, {"plan": "premium"})
    with tale.step("Microsoft does not answer: the page says to try again, and nobody counts as failed"):
        fault = {"method": "GET", "path": "/v1.0/me", "status": 503, "times": 12}
        await actors.send("POST", f"{actors.where.outlook}/_sim/faults", fault)
        found = await _outcome(scene, link, "petra")
        await actors.send("DELETE", f"{actors.where.outlook}/_sim/faults")
        expect("the page", found, ("failed", "microsoft_unreachable"))
    with tale.step("after all of that the same link connects; used once, it connects nobody again"):
        expect("the page", await _outcome(scene, link, "petra.asks"), ("importing", ""))
        await scene.synced(cast.PETRA)
        expect("the link again", await _outcome(scene, link, "petra"), ("failed", "link_used"))
    tale.note("An invitation that has expired is left to the tests: it would take 14 days.")


async def _outcome(scene: Scene, link: str, who: str) -> tuple[str, str]:
    outcome = await scene.actors.connect(link, cast.upn(who))
    return outcome["status"], outcome["reason"]


def _names() -> list[str]:
    return [resource["name"] for resource in cast.company()["resources"]]
