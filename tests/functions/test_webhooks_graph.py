"""Graph's notifications become wake-ups."""

import asyncio
import json
import logging
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.graph_webhook import MOST_STRANGERS, blueprint, handshake, receive
from functions.http import guarded
from functions.waking import AT_ONCE
from shared.domain.failures import Transient
from shared.identity.signing import Signer
from shared.sync.ports import Wake
from tests.functions.api_world import CONFIG, NOW, Answer, World, answer_of
from tests.log_lines import told

SIGNER = Signer(CONFIG.signing_keys)


class NoTables:
    """Every look at a table is a failure."""

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"the webhook read a table: {name}")


@pytest.fixture
def world() -> World:
    world = World()
    world.store = NoTables()  # type: ignore[assignment]  # whoever reads a table fails
    return world


def item(resource_id: str = "r0", *, signer: Signer = SIGNER, **facts: object) -> dict[str, Any]:
    return {
        "subscriptionId": "76222963-cc7b-42d2-882d-8aaa69cb2ba3",
        "subscriptionExpirationDateTime": "2026-11-29T09:00:00.0000000Z",
        "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
        "clientState": signer.client_state("acme", resource_id),
        "changeType": "updated",
        "resource": "Users/x/Events/AAMk=",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "AAMk="},
        **facts,
    }


def lifecycle(event: object) -> dict[str, Any]:
    facts = item(lifecycleEvent=event)
    return {name: value for name, value in facts.items() if name not in ("changeType", "resource", "resourceData")}


def request(body: bytes, **params: str) -> func.HttpRequest:
    return func.HttpRequest("POST", "https://sync.example/api/graph/notifications", params=params, body=body)


async def post(world: World, *items: Any, raw: bytes | None = None) -> Answer:
    body = raw if raw is not None else json.dumps({"value": list(items)}).encode()
    return answer_of(await guarded(receive(request(body), world.services)))


def test_the_handshake_gives_the_token_back_as_plain_text_whatever_is_in_it() -> None:
    token = "Validation: <script>alert(1)</script> + & ü"
    response = handshake(request(b"not json", validationToken=token))
    assert response is not None
    answer = answer_of(response)
    assert (answer.status, answer.raw.decode(), answer.mimetype) == (200, token, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_without_a_token_there_is_no_handshake() -> None:
    assert handshake(request(b"{}")) is None


async def test_a_notification_wakes_its_connection_without_a_look_at_any_table(world: World) -> None:
    answer = await post(world, item())
    assert (answer.status, answer.raw) == (202, b"")
    assert world.wakes.sent == [Wake(company_id="acme", resource_id="r0", cause="notification", at=NOW, outlook=True)]


async def test_a_burst_for_one_calendar_is_one_wake_up(world: World) -> None:
    await post(world, item(), item(changeType="created"), item("r1"), item(changeType="deleted"))
    assert [wake.resource_id for wake in world.wakes.sent] == ["r0", "r1"]


async def test_a_notification_has_a_name_in_the_log_and_in_every_message_that_it_became(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await post(world, item(), item("r1"))
        await post(world, item())
    first, second = told(caplog.records, "notified")
    assert (first["source"], first["wakes"], second["wakes"]) == ("notification", "2", "1")
    names = [wake.correlation for wake in world.wakes.sent]
    assert names == [first["correlation"], first["correlation"], second["correlation"]]
    assert first["correlation"] != second["correlation"]


async def test_a_subscription_made_before_the_keys_rotated_still_wakes(world: World) -> None:
    await post(world, item(signer=Signer(CONFIG.signing_keys[1:])))
    assert len(world.wakes.sent) == 1


FORGED = Signer(("somebody-elses-key-of-length",)).client_state("acme", "r0")


@pytest.mark.parametrize("state", [FORGED, FORGED[:-1], "", None, 7, ["x"], "x" * 100_000, "a|b|c"])
async def test_a_forged_notification_is_dropped_and_the_prober_learns_nothing(
    world: World, state: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        genuine, forged = await post(world, item()), await post(world, item(clientState=state))
    assert (forged.status, forged.raw) == (genuine.status, genuine.raw)
    assert len(world.wakes.sent) == 1
    assert "Dropped 1" in caplog.text
    assert FORGED not in caplog.text


async def test_one_forged_item_does_not_take_the_genuine_ones_with_it(world: World) -> None:
    await post(world, item(clientState=FORGED), None, "x", {}, item("r1"))
    assert [wake.resource_id for wake in world.wakes.sent] == ["r1"]


async def test_a_body_full_of_forgeries_is_not_checked_to_its_end(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Each check costs a signature, and anybody may send such a body."""
    with caplog.at_level(logging.WARNING):
        forged = [item(clientState=FORGED)] * (MOST_STRANGERS + 50)
        assert (await post(world, *forged, item("r1"))).status == 202
        assert world.wakes.sent == []
        assert f"Dropped {len(forged) + 1}" in caplog.text
        await post(world, item("r2"), *forged, item("r1"))
    assert [wake.resource_id for wake in world.wakes.sent] == ["r2", "r1"]


@pytest.mark.parametrize(
    ("event", "job", "cause", "outlook"),
    [
        ("missed", "round", "missed", True),
        ("reauthorizationRequired", "renew", "reauthorizationRequired", False),
        ("subscriptionRemoved", "resubscribe", "subscriptionRemoved", False),
        ("somethingOfTheFuture", "round", "missed", True),
        ({"not": "text"}, "round", "missed", True),
    ],
)
async def test_webhooks_that_quietly_stop_are_brought_back(
    world: World, event: object, job: str, cause: str, outlook: bool
) -> None:
    assert (await post(world, lifecycle(event))).status == 202
    wake = world.wakes.sent[0]
    assert (wake.job, wake.cause, wake.outlook) == (job, cause, outlook)


async def test_a_renewal_is_not_swallowed_by_a_notification_in_the_same_body(world: World) -> None:
    await post(world, item(), lifecycle("reauthorizationRequired"), lifecycle("missed"))
    assert [wake.job for wake in world.wakes.sent] == ["round", "renew"]


async def test_a_queue_that_is_away_makes_graph_send_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.wakes.broken = True
    answer = await post(world, item())
    assert (answer.status, answer.code) == (503, "queue-unreachable")
    assert "a message with a secret" not in caplog.text + answer.raw.decode()


class SlowQueue:
    """Takes a moment for each message; refuses those of one resource. `most`: how many it was given at once."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.kept: list[str] = []
        self.most = self._now = 0

    async def put(self, wake: Wake, delay: float = 0) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.001)
        self._now -= 1
        if wake.resource_id == self.refused:
            raise Transient("busy")
        self.kept.append(wake.resource_id)


async def test_a_thousand_connections_in_one_body_open_no_thousand_connections_to_the_queue(world: World) -> None:
    queue = world.wakes = SlowQueue()  # type: ignore[assignment]  # another queue behind the same door
    names = [f"r{number}" for number in range(1000)]
    answer = await post(world, *(item(name) for name in names))
    assert answer.status == 202
    assert sorted(queue.kept) == sorted(names)
    assert queue.most == AT_ONCE


async def test_graph_is_not_told_that_all_is_well_when_one_of_many_was_not_kept(world: World) -> None:
    queue = world.wakes = SlowQueue(refused="r70")  # type: ignore[assignment]  # as above
    answer = await post(world, *(item(f"r{number}") for number in range(200)))
    assert (answer.status, answer.code) == (503, "queue-unreachable")
    kept = len(queue.kept)
    await asyncio.sleep(0.05)
    assert len(queue.kept) == kept < 199, "it goes on after the answer, where a host may end the process"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"value": {}}', b"\xff", b"[" * 50_000])
async def test_a_body_that_is_no_notification_is_refused(world: World, raw: bytes) -> None:
    assert (await post(world, raw=raw)).status == 400
    assert world.wakes.sent == []


async def test_a_flood_in_one_body_is_not_parsed(world: World) -> None:
    assert (await post(world, raw=b" " * (1024 * 1024 + 1))).status == 413


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["value", "clientState", "x"]), inner),
    )
)
async def test_no_body_makes_the_webhook_fail_or_wake_a_stranger(body: Any) -> None:
    world = World()
    answer = await post(world, raw=json.dumps(body).encode())
    assert answer.status in (202, 400)
    assert world.wakes.sent == []


def test_graph_needs_no_function_key() -> None:
    app = func.FunctionApp()
    app.register_functions(blueprint)
    bindings = [json.loads(str(f))["bindings"][0] for f in app.get_functions()]
    assert {(b["route"], b["authLevel"]) for b in bindings} == {
        ("api/graph/notifications", "ANONYMOUS"),
        ("api/graph/lifecycle", "ANONYMOUS"),
    }
