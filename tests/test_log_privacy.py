"""The log holds ids, codes and numbers. Of what people wrote, and of every key, it holds nothing, at any level.

What the running app says is searched by tests/stack/canaries.py; here the use cases say all that they can say.
"""

import ast
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.failures import Broken, Failure, Reason, Refused, Throttled, Transient
from shared.sync import disable
from shared.sync.ports import Resource, Wake
from tests.functions.api_world import CONFIG
from tests.functions.api_world import World as ApiWorld
from tests.functions.test_webhooks_graph import item, post
from tests.sync.core.world import COMPANY, World, at, span

ROOT = Path(__file__).parents[1]
LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception", "log"})
LOGS = frozenset({"log", "_log", "logging", "logger", "_logger"})
CANARY = "cnry"
"""In every text that people or other systems wrote."""


def wrong_calls(source: str) -> Iterator[str]:
    """What a module logs otherwise than as a fixed text with ids, codes and numbers."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in LOGS or node.func.attr not in LEVELS:
            continue
        said = ast.unparse(node)
        fixed = bool(node.args) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
        if (
            not fixed
            or node.func.attr in ("exception", "log")
            or node.keywords
            or any(_is_whole(argument) for argument in node.args[1:])
        ):
            yield said


def _is_whole(argument: ast.expr) -> bool:
    """Could it be the text of a failure, or any text that is put together here?"""
    made = {"str", "repr", "format", "format_exc"}
    called = {ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(argument) if isinstance(node, ast.Call)}
    failures = {"error", "failure", "problem", "exception", "refusal", "refused", "failed", "found", "e", "exc"}
    whole = isinstance(argument, ast.Name) and argument.id in failures
    return whole or bool(called & made) or any(isinstance(node, ast.JoinedStr) for node in ast.walk(argument))


FILES = sorted(file for folder in ("functions", "shared") for file in (ROOT / folder).rglob("*.py"))


def test_nothing_is_logged_but_fixed_texts_with_codes() -> None:
    found = {str(file.relative_to(ROOT)): list(wrong_calls(file.read_text())) for file in FILES}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "call",
    [
        'log.info(f"mail to {address}")',
        'log.warning("failed: " + text)',
        'log.error("failed: %s", error)',
        'log.error("failed: %s", str(problem))',
        'log.info("of %s", f"{name}")',
        'log.exception("failed")',
        'log.error("failed", exc_info=True)',
        "logging.info(text)",
    ],
)
def test_a_careless_line_would_be_found(call: str) -> None:
    assert list(wrong_calls(call)) != []
    assert list(wrong_calls('log.info("put off: code=%s", failure.code)')) == []


@pytest.fixture(autouse=True)
def all_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize(
    "failure",
    [Throttled("429", 30.0), Transient("503"), Refused("ErrorInvalidRequest"), Broken(Reason.OUR_CREDENTIALS, "x")],
    ids=lambda failure: type(failure).__name__,
)
async def test_rounds_in_all_weathers_say_nothing_of_what_people_wrote(
    failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    world = World("r1", "r2")
    world.salon.add_resource(Resource(id="r1", name=f"{CANARY} Pat", email=f"{CANARY}@example.org"))
    outlook, salon = world.outlook_calendar, world.salon
    outlook.add(span(2, "09:00", "10:00"), f"{CANARY} imported")
    booked = salon.add(["r1"], at(3, "09:00"), 60, service=f"{CANARY} cut", customers=(f"{CANARY} Mia",), notes=CANARY)
    await world.connect()
    reads = [] if isinstance(failure, Refused) else ["delta", "read"]  # nobody refuses to be read
    for call in ("create", "update", "subscribe", "renew", *reads):
        world.fail("outlook", call, "before", failure)
        world.fail("timify", call, "after", failure)
    event = outlook.add(span(2, "11:00", "12:00"), f"{CANARY} live")
    outlook.add(span(3, "09:30", "10:00"), f"{CANARY} that collides")
    salon.edit(booked, title=f"{CANARY} new title", notes=f"{CANARY} new notes")
    await world.drain()
    outlook.move(event, span(4, "11:00", "12:00"))
    await world.sweep()
    for job in ("renew", "resubscribe", "poll", "resource"):
        world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="person", at=world.now(), job=job))
    await world.drain()
    await disable.disable(world, COMPANY, "r1", disable.REMOVE_FUTURE)
    await world.drain()
    secrets = [(await world.state()).delta_link, *(link.source.title for link in world.links()), CANARY]
    assert [secret for secret in secrets if secret and secret in caplog.text] == []
    assert "event=round" in caplog.text


async def test_a_stopped_sync_and_a_lost_sign_in_say_ids_and_reasons(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    for number in range(12):
        world.outlook_calendar.add(span(2 + number // 8, f"{8 + number % 8:02}:00", f"{8 + number % 8:02}:30"), CANARY)
    await world.connect()
    for event in list(world.outlook_calendar.events):
        world.outlook_calendar.remove(event.id)
    await world.drain()
    assert "paused by the brake: 12 of 12" in caplog.text
    await world.connect_one("r1")
    world.fail("outlook", "delta", "before", Broken(Reason.SIGN_IN_EXPIRED, "AADSTS700082"), times=9)
    world.outlook_calendar.add(span(5, "09:00", "10:00"), CANARY)
    world.now.pass_by(timedelta(hours=1))
    await world.drain()
    assert "reason=sign_in_expired" in caplog.text
    links = [message.link for message in world.mail.sent if message.link]
    assert links
    assert [secret for secret in (*links, CANARY) if secret in caplog.text] == []


async def test_a_notification_says_nothing_of_its_body(caplog: pytest.LogCaptureFixture) -> None:
    world = ApiWorld()
    state = item()["clientState"]
    await post(world, item(resource=f"Users/{CANARY}", resourceData={"id": CANARY}), item(clientState=CANARY), CANARY)
    await post(world, raw=json.dumps({"value": CANARY}).encode())
    world.wakes.broken = True
    await post(world, item())
    assert [secret for secret in (state, CANARY, *CONFIG.signing_keys, "secret in it") if secret in caplog.text] == []
    assert "event=notified" in caplog.text
    assert "The queue did not take a wake-up" in caplog.text
