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
    """Every ten minutes: agreement checks, looks at silent calendars, what is to be erased; and a word to operations as
    long as messages lie in a poison queue."""
    from shared.app import services
    from shared.storage.given_up import report
    from shared.sync.errands import send_errands
    from shared.sync.retention import KEEP_GIVEN_UP

    app = services()
    await send_errands(app)
    await report(app.config.storage, app.now() - KEEP_GIVEN_UP)
