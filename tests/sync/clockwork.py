"""Time that passes, and what the timers make of it."""

from datetime import timedelta

from shared.sync.errands import send_errands, send_renewals
from shared.sync.keeping import Errand
from shared.sync.ports import Wake
from tests.sync.core.world import World

HOUR = timedelta(hours=1)


async def days_pass(world: World, days: int) -> None:
    """Both timers, every hour."""
    for _ in range(24 * days):
        world.now.pass_by(HOUR)
        await send_renewals(world)
        await send_errands(world)
        await world.drain()


def sent(world: World, job: str) -> list[Wake]:
    return [wake for wake, _ in world.wakes.sent if wake.job == job]


async def waiting(world: World, job: str) -> list[Errand]:
    """What is entered, however far ahead."""
    return [errand async for errand in world.store.due_errands(world.now.at + timedelta(days=90)) if errand.job == job]
