"""Timers: they only send messages for what is due. In UTC, as the plan knows no other zone."""

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger("timer", schedule="0 7 * * * *", use_monitor=True)
async def renew_subscriptions(timer: func.TimerRequest) -> None:
    """Every hour: subscriptions that end within a day."""
    from shared.app import services
    from shared.sync.errands import send_renewals

    await send_renewals(services())


@blueprint.timer_trigger("timer", schedule="0 */10 * * * *", use_monitor=True)
async def run_errands(timer: func.TimerRequest) -> None:
    """Every ten minutes: agreement checks, looks at silent calendars, companies to be erased."""
    from shared.app import services
    from shared.sync.errands import send_errands

    await send_errands(services())
