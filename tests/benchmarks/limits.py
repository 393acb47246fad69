"""Which limit of Azure or Graph a growing fleet meets first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.cost_model import DAY, HTTP, ROUNDS, Book, Fleet, Usage, instances

TIMER_RUNS = 144
"""Runs of the errands' timer in a day."""


RENEWAL_RUNS = 144
"""Hourly runs in the six days after which a subscription is renewed."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` connections fit under it; `then` is what to do when they do not. `own`: of one company or tenant, so that
    others do not come nearer to it."""

    name: str
    most: float
    then: str
    own: bool = False


def limits(fleet: Fleet, book: Book, *, errands: float, bursts: int) -> Sequence[Limit]:
    """All limits of a fleet, the nearest first. `errands` are those of one connection's day, `bursts` the entities
    that one round touches in its company's partition at most. Renewals of one run are taken as made all at once."""
    each, peak = fleet.each, book.assumed["peak"]
    messages = each.runs.get(ROUNDS, 0.0) / DAY * peak
    requests = (each.tables + each.queues) / DAY * peak
    errand_seconds = 2 * book.assumed["storage_seconds"]
    per_run = book.assumed["timer_seconds"] / errand_seconds
    company = book.limits["partition_entities"] / (messages * bursts)
    sharded = "more queues, chosen by a hash of the company; the worker listens to each"
    found = [
        Limit("messages of one queue", book.limits["queue_messages"] / messages, sharded),
        Limit(
            "requests of one storage account",
            book.limits["account_requests"] / requests,
            "more storage accounts, chosen by a hash of the company",
        ),
        Limit(
            "errands in one run of the timer",
            per_run * TIMER_RUNS / errands,
            "send errands by sixteen at once, then one timer message for each part of the day's partition",
        ),
        Limit("cores of the region", _by_cores(fleet, book), "a higher quota, then more regions by company"),
        Limit(
            "table partition of one company",
            company,
            "companies of that size in a partition for each resource",
            own=True,
        ),
        Limit(
            "Graph's calls about subscriptions of one tenant",
            book.limits["graph_subscriptions"] * RENEWAL_RUNS,
            "spread the renewals of one tenant over the hour",
            own=True,
        ),
    ]
    return sorted(found, key=lambda limit: limit.most)


def of_fleet(found: Sequence[Limit]) -> Sequence[Limit]:
    """Those that all companies share."""
    return [limit for limit in found if not limit.own]


def changes_of_mailbox(change: Usage, book: Book) -> float:
    """Changes in ten minutes of one calendar at which Graph refuses, if every call were one of Graph's."""
    return book.limits["graph_mailbox_requests"] / change.calls


def _by_cores(fleet: Fleet, book: Book) -> float:
    """Connections at which the busiest hour needs all cores, or all instances, that one app may have."""
    needed = sum(instances(fleet, book, group) for group in (HTTP, ROUNDS)) / fleet.connections * book.assumed["peak"]
    allowed = min(book.limits["flex_instances"], book.limits["flex_cores"] / fleet.size.cores)
    return allowed / needed
