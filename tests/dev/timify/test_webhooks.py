"""Deletions, webhooks and mails: who hears of a change."""

from tests.dev.timify.conftest import ANNA, BEN, COMPANY, Timify, company


async def test_a_change_goes_unheard(timify: Timify) -> None:
    made = await timify.book(external_id="x1")
    await timify.change(made["id"], resource_ids=[BEN])
    await timify.call("DELETE", f"/v1/appointments/{made['id']}")
    heard = await timify.webhooks()
    assert sorted((body["event"], body["action"], body["data"]["id"]) for body in heard) == [
        ("Event", "Created", made["id"]),
        ("Event", "Deleted", made["id"]),
        ("Event", "Updated", made["id"]),
    ]
    created = next(body for body in heard if body["action"] == "Created")
    assert created["companyId"] == COMPANY
    assert created["data"] == {"id": made["id"], "externalId": "x1", "resources": [{"id": ANNA}]}
    assert {headers["x-timify-webhook-secret"] for headers in timify.received.headers} == {"hook-secret"}


async def test_the_resource_that_lost_a_booking_is_named(timify: Timify) -> None:
    made = await timify.book()
    await timify.webhooks()
    await timify.change(made["id"], resource_ids=[BEN])
    assert (await timify.webhooks())[0]["data"]["resources"] == [{"id": BEN}]


async def test_a_webhook_that_was_refused_is_sent_again(timify: Timify) -> None:
    timify.received.status = 500
    await timify.book()
    assert len(await timify.webhooks()) == 1


async def test_a_refused_request_is_announced(timify: Timify) -> None:
    await timify.book(400, duration=7)
    assert await timify.webhooks() == []


async def test_webhooks_ignore_the_orders_of_a_test(timify: Timify) -> None:
    await timify.http.put("/_sim/notifications", json={"duplicate": 1})
    await timify.book()
    assert (await timify.http.get("/_sim/notifications")).json()["pending"] == 2
    assert len(await timify.webhooks()) == 2
    await timify.http.put("/_sim/notifications", json={"drop": True})
    await timify.book()
    assert await timify.webhooks() == []


async def test_a_deleted_booking_is_still_there(timify: Timify) -> None:
    made = await timify.book()
    await timify.call("DELETE", f"/v1/appointments/{made['id']}")
    await timify.call("GET", f"/v1/appointments/{made['id']}", 404)
    await timify.change(made["id"], 404, title="ghost")
    await timify.call("DELETE", f"/v1/appointments/{made['id']}", 404)
    assert await timify.between("2026-03-03", "2026-03-03") == []


async def test_a_customer_gets_mail_that_nobody_asked_for(timify: Timify) -> None:
    quiet, loud = await timify.book(customers=["c1"]), await timify.book(customers=["c1"])
    await timify.call("DELETE", f"/v1/appointments/{quiet['id']}")
    assert (await timify.http.get("/_sim/mail")).json()["count"] == 0
    await timify.call("DELETE", f"/v1/appointments/{loud['id']}", params={"has_notify_customers": "true"})
    mail = (await timify.http.get("/_sim/mail")).json()
    assert (mail["count"], mail["items"][0]["appointmentId"]) == (1, loud["id"])
    assert mail["items"][0]["to"] == ["carla@kunde.example"]
    await timify.http.delete("/_sim/mail")
    assert (await timify.http.get("/_sim/mail")).json()["count"] == 0


async def test_a_mail_to_a_resource_counts_as_one_to_a_customer(timify: Timify) -> None:
    made = await timify.book(customers=["c1"])
    flags = {"has_notify_customers": "false", "has_notify_resources": "true"}
    await timify.call("DELETE", f"/v1/appointments/{made['id']}", params=flags)
    mail = (await timify.http.get("/_sim/mail")).json()
    assert (mail["count"], mail["resources"][0]["to"]) == (0, ["anna@salon.example"])


async def test_one_id_that_is_gone_stops_a_bulk_deletion(timify: Timify) -> None:
    first, second = await timify.book(), await timify.book()
    await timify.webhooks()
    body = {"ids": [first["id"], "gone", second["id"], first["id"]], "has_notify_customers": False}
    answer = await timify.call("POST", "/v1/appointments/delete/bulk", json=body)
    assert answer["data"]["ids"] == [first["id"], second["id"]]
    heard = await timify.webhooks()
    assert [(body["event"], body["action"]) for body in heard] == [("Events", "Deleted")]
    assert [item["id"] for item in heard[0]["data"]] == [first["id"], second["id"]]
    await timify.call("POST", "/v1/appointments/delete/bulk", 400, json={"ids": []})


async def test_a_renamed_resource_keeps_its_old_name_elsewhere(timify: Timify) -> None:
    renamed = await timify.call("PATCH", f"/v1/resources/{ANNA}", json={"name": "Anna B.", "email": "ab@salon.example"})
    assert (renamed["data"]["name"], renamed["data"]["email"]) == ("Anna B.", "ab@salon.example")
    heard = await timify.webhooks()
    assert [(body["event"], body["action"], body["data"]["id"]) for body in heard] == [("Resource", "Updated", ANNA)]


async def test_seeding_a_company_floods_the_app(timify: Timify) -> None:
    visit = {"id": "a" * 24, "title": "Visit", "start": "2026-03-03 09:00", "duration": 60, "resource_ids": [ANNA]}
    await timify.seed(appointments=[visit])
    assert await timify.webhooks() == []
    fewer = company()["resources"][1:]
    await timify.seed(appointments=[visit | {"title": "Other"}], resources=fewer, notify=True)
    heard = {(body["event"], body["action"], body["data"]["id"]) for body in await timify.webhooks()}
    assert heard == {("Event", "Updated", "a" * 24), ("Resource", "Deleted", ANNA)}


async def test_a_call_that_took_effect_but_was_not_answered_is_lost(timify: Timify) -> None:
    await timify.http.post(
        "/_sim/faults", json={"method": "POST", "path": "/v1/appointments$", "status": 503, "when": "after"}
    )
    body = {"title": "Visit", "datetime": "2026-03-03 09:00", "duration": 60, "resource_ids": [ANNA]}
    answer = await timify.http.post("/v1/appointments", json=body, headers=timify.app)
    assert answer.status_code == 503
    assert len(await timify.between("2026-03-03", "2026-03-03")) == 1
    assert len(await timify.webhooks()) == 1


async def test_the_limits_of_one_company_throttle_another(timify: Timify) -> None:
    await timify.http.put("/_sim/limits", json={"requests_per_10_min": 1})
    await timify.call("GET", "/v1/resources")
    error = await timify.call("GET", "/v1/resources", 429)
    assert error["status"] == 0
    other = {**timify.app, "company-id": "other"}
    await timify.call("GET", "/v1/resources", 404, headers=other)
