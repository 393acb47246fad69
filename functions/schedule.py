"""Timers: they send messages for what is due, and say what was given up. In UTC, as the plan knows no other zone."""

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.timer_trigger("timer", schedule="0 7 * * * *", use_monitor=True)
async def renew_subscriptions(timer: func.TimerRequest) -> None:
    """Every hour: subscriptions that end within a day."""
    from shared.app import services
    from shared.sync.errands import send_renewals

    await send_renewals(services())


@blueprint.timer_trigger("timer", schedule="0 */10 * * * *", use_monitor=True)
async def run_errands(timer: func.TimerRequest) -> None:
    """Every ten minutes: agreement checks, looks at silent calendars, what is to be erased; and to operations how long
    messages wait, and a word as long as some lie in a poison queue."""
    from shared.app import services
    from shared.storage import backlog, given_up
    from shared.sync.errands import send_errands
    from shared.sync.retention import KEEP_GIVEN_UP

    app = services()
    await send_errands(app)
    await given_up.report(app.config.storage, app.now() - KEEP_GIVEN_UP)
    await backlog.report(app.config.storage)
