"""What is kept for a time, how long, and its end: one errand looks at one resource when something of it is over.

Whoever writes a row that shall go enters the errand for the time at which it is over. Every resource has its own ten
minutes of the week for that, so several entries of a week are one, and what is over is gone within a week. While a
sync runs, its daily check does the same to the log and the links, a day later at the most, and enters the errand anew,
should it have got lost.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.accounts import LogLine
from shared.domain.items import Side
from shared.domain.links import LinkState
from shared.sync.disputes import Disputes
from shared.sync.keeping import Changes, Errand, Ledger
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.sync.spread import next_turn, own_time

JOB = "tidy"
KEEP_LOG = timedelta(days=90)
KEEP_MAILS = timedelta(days=90)
"""Rows that say that a mail was sent; a mail that is put off, given up and replayed is known by its row."""
KEEP_INVITATIONS = timedelta(days=30)
"""After an invitation is over: so long an old link says what became of it."""
KEEP_PAST = timedelta(days=30)
"""Links, after their item has left the window."""
KEEP_COMPANY = timedelta(days=30)
"""After uninstalling: who comes back finds the settings as they were."""
KEEP_GIVEN_UP = timedelta(days=90)
"""Messages in a poison queue."""
KEEP_TELEMETRY = timedelta(days=90)
"""What infra/ may set as `logRetentionDays` at the most."""
WEEK = timedelta(days=7)


async def note(services: Services, company_id: str, resource_id: str, line: LogLine) -> None:
    """A line in the sync log outside of any round: what people did, or why a sync does not run any more."""
    await services.store.append_log(company_id, resource_id, line)
    await tidy_after(services, company_id, resource_id, services.now())


async def tidy_after(services: Services, company_id: str, resource_id: str, over: datetime) -> None:
    """Enter the errand for when something is `over`: one and the same entry for a whole week."""
    own = own_time(company_id, resource_id) * 7
    due = next_turn(own, WEEK, over)
    await services.store.schedule_errand(Errand(job=JOB, company_id=company_id, resource_id=resource_id, due=due))


async def run(services: Services, ledger: Ledger, wake: Wake) -> None:
    """The worker's part, under the lease. Where the sync does not run nobody else looks: as long as anything is left
    that will be over, there is a next time."""
    company_id, resource_id, now = wake.company_id, wake.resource_id, services.now()
    await services.store.forget_log(company_id, resource_id, now - KEEP_LOG)
    await services.mails.forget_older(company_id, resource_id, now - KEEP_MAILS)
    await services.invitations.forget_older(company_id, resource_id, now - KEEP_INVITATIONS)
    state = ledger.state
    if ledger.connection.etag and not ledger.connection.status.live:
        conflicts = Disputes()
        await conflicts.load(ledger)
        stay = await forget_past(ledger, conflicts, past_before(services, now), now)
        state = replace(state, open_conflicts=len(conflicts))
        lines, _ = await services.store.log(company_id, resource_id, 1, "")
        if stay.total() or lines:
            await tidy_after(services, company_id, resource_id, now)
    await ledger.close(state)


def past_before(services: Services, now: datetime) -> datetime:
    """What ended before this moment needs no link."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - services.config.back - KEEP_PAST


async def forget_past(
    ledger: Ledger, conflicts: Disputes, before: datetime, now: datetime
) -> Counter[tuple[Side, LinkState]]:
    """Forget links of which both sides ended `before`, and the conflicts that they are in; the calendars keep what they
    have. Answers how many links stay, by the side of the copy and their state."""
    stay = Counter[tuple[Side, LinkState]]()
    async for link in ledger.links(remember=False):
        if all(span.end < before for span in link.spans):
            over = conflicts.turn(link.key, (), now)
            await ledger.commit(Changes(forget=[link], cured=over.cured))
        else:
            stay[link.origin.other, link.state] += 1
    return stay
