"""The TIMIFY simulator: DevAPI, webhooks and booker services on one machine, from the published facts.

Where those are silent, this is what is assumed:

- POST and PATCH /v1/appointments take `external_id` and `metadata` and show them as `externalId` and `metadata`;
  `customers` are ids or objects, `duration_before`/`duration_after` override the service's.
- `interval` of a booking is the work alone; preparation and follow-up stand beside it in `durationBefore`,
  `durationAfter`, `durationTotal`.
- `duration` of a split appointment is its whole span, gaps included.
- `recurring` with `is_independent` makes separate appointments that share a `chainId`; `chain_id` adds one to a chain.
- A moved connected series moves every occurrence alike; the local time of day stays across clock changes.
- Dates in a list query are UTC days, both included. Notification flags of a deletion are off unless sent.
- A reservation that is not confirmed within ten minutes is gone without a webhook.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from dev.simkit import Simulator, utc_now
from dev.timify.simulator import TimifySimulator

__all__ = ["TimifySimulator", "create_simulator"]


def create_simulator(
    *,
    base_url: str,
    webhook_url: str,
    webhook_secret: str,
    app_id: str,
    app_secret: str,
    data_dir: Path | None = None,
    clock: Callable[[], datetime] = utc_now,
    client: httpx.AsyncClient | None = None,
) -> Simulator:
    """The simulator; serve its `app`. `client` carries the webhooks in tests.

    The DevAPI never tells its own address, so `base_url` is unused; both simulators are made with the same words.
    """
    del base_url
    return TimifySimulator(
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        app_id=app_id,
        app_secret=app_secret,
        clock=clock,
        data_dir=data_dir,
        client=client,
    )
