"""What a person decides about a conflict: try again, one side's value, or live with it."""

from dataclasses import replace

from shared.domain.accounts import LogLine
from shared.domain.conflicts import Conflict, ConflictState
from shared.domain.failures import Stale
from shared.domain.items import Side
from shared.sync import errors
from shared.sync.ports import Wake
from shared.sync.retention import note
from shared.sync.services import Services

RETRY, KEEP_TIMIFY, KEEP_OUTLOOK, IGNORE = "retry", "keep_timify", "keep_outlook", "ignore"

_SIDES = {KEEP_TIMIFY: Side.TIMIFY, KEEP_OUTLOOK: Side.OUTLOOK}


def actions_of(conflict: Conflict) -> tuple[str, ...]:
    """What can be done about a conflict: a side's value can be kept where that side has one that may hold."""
    keep = [action for action, side in _SIDES.items() if side in conflict.keeps]
    ignore = [IGNORE] if conflict.state is ConflictState.OPEN else []
    return (RETRY, *keep, *ignore)


async def resolve(services: Services, company_id: str, conflict_id: str, action: str) -> None:
    """Do what was decided; the calendars follow in the background. Raises Unknown, Gone, Invalid."""
    every = services.store.company_conflicts(company_id)
    owned = [(resource_id, conflict) async for resource_id, conflict in every if conflict.id == conflict_id]
    if not owned:
        raise errors.unknown_conflict()
    resource_id, conflict = owned[0]
    if action not in actions_of(conflict):
        offered = ", ".join(actions_of(conflict))
        raise errors.wrong_state(f"This conflict cannot be resolved by {action}. It takes: {offered}.")
    if action == IGNORE:
        try:
            await services.store.save_conflict(company_id, resource_id, replace(conflict, state=ConflictState.IGNORED))
        except Stale:
            raise errors.conflict_gone() from None
        times = conflict.outlook or conflict.timify
        line = LogLine(at=services.now(), cause="person", rule="ignored", item=conflict.item, times=times)
        await note(services, company_id, resource_id, line)
        return
    side = _SIDES.get(action)
    await services.wakes.put(
        Wake(
            company_id=company_id,
            resource_id=resource_id,
            cause="person",
            at=services.now(),
            retry=conflict.parties,
            prefer=str(side) if side else "",
            conflict=conflict.id if side else "",
        )
    )
