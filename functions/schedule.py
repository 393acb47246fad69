"""Timers: renew what ends soon, erase what is no longer ours to keep. In UTC, as the plan knows no other zone."""

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger("timer", schedule="0 7 * * * *", use_monitor=True)
async def renew_subscriptions(timer: func.TimerRequest) -> None:
    """Every hour: a message for each subscription that ends within a day."""
    from shared.app import services
    from shared.sync.subscriptions import wake_due

    await wake_due(services())


@blueprint.timer_trigger("timer", schedule="0 23 3 * * *", use_monitor=True)
async def erase_uninstalled(timer: func.TimerRequest) -> None:
    """Every night: a message for each company whose data must be erased."""
    from shared.app import services
    from shared.sync.disable import wake_erasures

    await wake_erasures(services())
