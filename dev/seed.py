"""Fills a fresh local stack with a small company, through the doors that anybody may use. Nobody is invited."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from dev import salon

_LOG = logging.getLogger(__name__)
_TIMEOUT = httpx.Timeout(10)
_ATTEMPTS = 10
_PAUSE = 1.0  # seconds between two attempts to reach the app


async def seed(functions_url: str, outlook_url: str, timify_url: str, function_key: str) -> None:
    """Seed both simulators, then install the company in the app (URLs without a final slash).

    A mailbox or company that a simulator already has (state of an earlier run) is left as it is. An app that does not
    answer is tried for some seconds and then left alone, with a warning: the calendars are there all the same.
    Raises httpx.HTTPError when a simulator does not take its part.
    """
    now = datetime.now(UTC)
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
        await fill_simulators(client, outlook_url, timify_url, now)
        await install(client, functions_url, function_key, now)


async def fill_simulators(client: httpx.AsyncClient, outlook_url: str, timify_url: str, now: datetime) -> None:
    """The salon's company and mailboxes, with a week of bookings and meetings around `now`."""
    today = now.astimezone(salon.ZONE).date()
    await _put_if_absent(client, f"{timify_url}/_sim/companies/{salon.COMPANY_ID}", salon.company(today))
    for address, mailbox in salon.mailboxes(today).items():
        await _put_if_absent(client, f"{outlook_url}/_sim/mailboxes/{quote(address)}", mailbox)


async def install(
    client: httpx.AsyncClient, functions_url: str, function_key: str, now: datetime, *, pause: float = _PAUSE
) -> bool:
    """Install the company in the app, `pause` seconds between attempts. False, and a warning, when it was in vain."""
    url = f"{functions_url}/api/v1/companies/{salon.COMPANY_ID}"
    consent = {"version": "1", "accepted_by": "admin-1", "accepted_at": now.isoformat()}
    body = {"plan": "premium", "locale": "de", "timezone": "Europe/Berlin", "privacy_policy": consent}
    outcome = ""
    for _ in range(_ATTEMPTS):
        try:
            answer = await client.put(url, json=body, headers={"x-functions-key": function_key})
        except httpx.TransportError as error:
            outcome = type(error).__name__
        else:
            if answer.is_success:
                return True
            outcome = f"HTTP {answer.status_code}"
            if answer.status_code < 500:
                break
        await asyncio.sleep(pause)
    _LOG.warning("The seeded company is not installed in the app: %s", outcome)
    return False


async def _put_if_absent(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> None:
    if (await client.get(url)).is_success:
        return
    (await client.put(url, json=body)).raise_for_status()
