"""How long the overview of a company with 1,000 resources takes, and what a browser has to load for it."""

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin
from uuid import uuid4

from dev.actors import Actors
from dev.stack import Stack
from shared.app import utc_now
from shared.domain.accounts import Connection, Progress, RoundState, Status
from shared.domain.failures import Reason
from shared.storage.store import TableStore
from shared.storage.tables import Tables
from tests.benchmarks.report import Bench, percentiles

RESOURCES = 1_000
ROUNDS = 30
_ALL_RIGHTS = ["manage_resources", "change_settings", "decide_conflicts", "uninstall"]
_MIX = (
    (Status.CONNECTED, None),
    (Status.CONNECTED, None),
    (Status.NOT_INVITED, None),
    (Status.AWAITING_CONFIRMATION, None),
    (Status.IMPORTING, None),
    (Status.RECONNECT_NEEDED, Reason.ACCESS_REVOKED),
    (Status.PAUSED, Reason.MANY_DELETIONS),
    (Status.FAILED, Reason.CALENDAR_READ_ONLY),
    (Status.CONNECTED, None),
    (Status.DISABLED, None),
)
"""Every status among each ten resources."""


async def run(bench: Bench) -> None:
    async with Stack.start() as stack, Actors(stack.addresses) as actors:
        company = await open_company(stack, actors, RESOURCES)
        address = await enter(actors, company)
        whole = await _timed(actors, address)
        bench.figure("overview of 1,000 resources, p50", percentiles(whole)[0], "ms", target=300)
        bench.figure("overview of 1,000 resources, p95", percentiles(whole)[1], "ms")
        part = {"hx-request": "true"}
        found = await _timed(actors, f"{address}?q=0420", part)
        bench.figure("a search in it, p50", percentiles(found)[0], "ms", target=300)
        bench.figure("page weight, not compressed", await _weight(actors, address) / 1000, "kB", target=150)


async def open_company(stack: Stack, actors: Actors, number: int) -> str:
    """A company of `number` resources in every status, as rounds would have left them; answers its id."""
    company = uuid4().hex[:24]
    ids = [f"{each:04}{company[:20]}" for each in range(number)]
    resources = [
        {"id": one, "name": f"Treatment chair {one[:4]}", "email": f"chair-{one[:4]}@salon.example"} for one in ids
    ]
    body = {"name": "Salon", "timezone": "Europe/Berlin", "resources": resources}
    await actors.send("PUT", f"{actors.where.timify}/_sim/companies/{company}", body)
    await actors.install(company)
    tables = Tables(stack.storage)
    store = TableStore(tables, utc_now)
    for place, one in enumerate(ids):
        await _connect(store, company, one, place)
    await tables.close()
    return company


async def enter(actors: Actors, company: str, language: str = "en") -> str:
    """The address of the company's overview, with all rights."""
    wish = {"name": "Ada Lovelace", "language": language, "rights": _ALL_RIGHTS}
    answer = await actors.api("POST", f"{company}/console-sessions", wish)
    return str(answer["url"])


async def _connect(store: TableStore, company: str, resource: str, place: int) -> None:
    status, reason = _MIX[place % len(_MIX)]
    if status is Status.NOT_INVITED:
        return
    now = datetime.now(UTC)
    connection = Connection(
        company_id=company,
        resource_id=resource,
        status=status,
        reason=reason,
        invited_at=now - timedelta(days=3),
        connected_at=now - timedelta(days=2),
    )
    await store.save_connection(connection)
    ledger = await store.open(company, resource, now)
    assert ledger is not None
    progress = Progress(total=1000, done=10 * (place % 97), purpose="import", started_at=now - timedelta(minutes=4))
    state = RoundState(
        progress=progress if status is Status.IMPORTING else None,
        last_change=now - timedelta(minutes=place + 2),
        checked_at=now - timedelta(hours=place % 24 + 1),
        checked_items=412,
        checked_agree=412 - place % 2,
        checked_differences={"time": 1} if place % 2 else {},
        open_conflicts=place % 3 if status is Status.CONNECTED else 0,
    )
    await ledger.close(replace(ledger.state, **{name: getattr(state, name) for name in state.__slots__}))


async def _timed(actors: Actors, address: str, headers: dict[str, str] | None = None) -> Sequence[float]:
    """Milliseconds of each call, one after the other, the first ones left out."""
    took = []
    for _ in range(ROUNDS + 3):
        began = time.perf_counter()
        (await actors.http.get(address, headers=headers)).raise_for_status()
        took.append((time.perf_counter() - began) * 1000)
    return took[3:]


async def _weight(actors: Actors, address: str) -> int:
    """Bytes of the page and of every file that it names."""
    page = await actors.http.get(address)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    loaded = [await actors.http.get(urljoin(address, file)) for file in files]
    return len(page.content) + sum(len(file.content) for file in loaded)
