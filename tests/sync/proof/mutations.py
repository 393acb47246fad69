"""Mistakes that somebody could make: each a small change of the text of `shared/` that the proofs must notice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """`edits`: (text, what stands in its place) in `file`. Each text must be there exactly once."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]


def _one(name: str, file: str, old: str, new: str) -> Mutation:
    return Mutation(name, file, ((old, new),))


_PLANNER = (
    _one(
        "a moved copy wins over a moved origin",
        "shared/domain/agreeing.py",
        "if copy_moved and not origin_moved and",
        "if copy_moved and",
    ),
    _one(
        "a tombstone is believed without a look",
        "shared/sync/pull.py",
        "sight = await self._desk.read(Side.OUTLOOK, item_id, origin=link.origin is Side.OUTLOOK)\n",
        "sight = GONE\n",
    ),
    _one(
        "events are rounded inwards",
        "shared/domain/spans.py",
        "return Span(_floor(self.start), _ceil(self.end))",
        "return Span(_ceil(self.start), _floor(self.end))",
    ),
    _one(
        "the direction is not looked at",
        "shared/domain/plan.py",
        "if not ctx.settings.direction.allows(now.origin):",
        "if ctx.settings is None:",
    ),
    _one(
        "an occurrence moves its whole series",
        "shared/domain/agreeing.py",
        "if booking.connected:",
        "if booking is None:",
    ),
    _one(
        "a moved copy moves its group booking",
        "shared/domain/agreeing.py",
        "if booking.group and case.prefer is None:",
        "if booking is None:",
    ),
    _one(
        "a person's choice counts for the other side",
        "shared/domain/agreeing.py",
        "origin_moved, copy_moved = case.prefer is now.origin, case.prefer is not now.origin",
        "origin_moved, copy_moved = case.prefer is not now.origin, case.prefer is now.origin",
    ),
    _one(
        "a copy that people were invited to is deleted",
        "shared/domain/plan.py",
        "if now.copy and now.copy.attendees:",
        "if now.copy is None:",
    ),
    _one(
        "a meeting with attendees is moved",
        "shared/domain/agreeing.py",
        "return Rule.HELD_WOULD_NOTIFY if now.source.attendees else None",
        "return None",
    ),
    _one(
        "a private event travels with its title",
        "shared/domain/shape.py",
        "if is_anonymous(event, shape):",
        "if event is None:",
    ),
    _one(
        "two things stand in one slot",
        "shared/domain/obstacles.py",
        "if picture.in_timify(target, but=now.key):",
        "if picture is None:",
    ),
)

_ORDER = (
    _one(
        "a copy is made before its link is stored",
        "shared/sync/desk.py",
        "        await self.ledger.commit(Changes(links=[link]))\n        course.stored = link\n",
        "        course.stored = None\n",
    ),
    Mutation(
        "the delta link is saved before the effects",
        "shared/sync/rounds.py",
        (
            ("from shared.sync.keeping import Ledger", "from shared.sync.keeping import Changes, Ledger"),
            (
                "        state = await _outlook(services, wake, pull, state, state.window, began)\n",
                "        state = await _outlook(services, wake, pull, state, state.window, began)\n"
                "        await ledger.commit(Changes(state=state))\n"
                "        ledger.state = state\n",
            ),
        ),
    ),
    _one(
        "a receipt is not kept",
        "shared/sync/desk.py",
        "            link = settled(self.ctx, link, write, receipt)\n",
        "            link = settled(self.ctx, link, write, receipt) if isinstance(write, Create) else link\n",
    ),
    _one(
        "an earlier attempt is not looked for",
        "shared/sync/desk.py",
        "        if case.link.state is LinkState.INTENDED:\n",
        "        if case.link.state is None:\n",
    ),
    _one(
        "an event is overwritten whatever its version",
        "shared/sync/desk.py",
        "return await self.outlook.update(face.id, write.change, face.version)",
        'return await self.outlook.update(face.id, write.change, "")',
    ),
    _one(
        "what failed in passing is not tried again",
        "shared/sync/rounds.py",
        "    await put_off(services, wake, desk.tally)\n",
        "",
    ),
)

_LEASE = (
    _one(
        "who lost the lease forgets the message",
        "shared/sync/worker.py",
        "            await services.wakes.put(wake, delay=5.0)\n",
        "",
    ),
    _one(
        "who finds the lease taken forgets the message",
        "shared/sync/worker.py",
        "            await services.wakes.put(replace(wake, tries=wake.tries + 1), delay=min(1.0 + wake.tries, 5.0))\n",
        "",
    ),
    _one("the gate is open", "shared/sync/gate.py", "while key in self._waiting:", "while key in ():"),
    _one(
        "what came during a round counts as read",
        "shared/sync/rounds.py",
        "            with_losses(state, desk.originals, began),\n",
        "            with_losses(state, desk.originals, began),\n            covered_until=services.now(),\n",
    ),
)

_SELF_REPAIR = (
    _one("the brake is off", "shared/sync/brake.py", "ALWAYS_ALLOWED = 10\n", "ALWAYS_ALLOWED = 10**9\n"),
    _one(
        "an emptied calendar is believed", "shared/sync/brake.py", "A_FULL_CALENDAR = 5\n", "A_FULL_CALENDAR = 10**9\n"
    ),
    _one("kept copies go all the same", "shared/domain/plan.py", "if ctx.keep or (", "if ctx is None or ("),
    _one(
        "a decision outlives its conflict",
        "shared/sync/pull.py",
        "            if standing and choosable and standing.concerns(key):\n"
        "                case = replace(case, prefer=prefer, rival=standing.rival(key))\n",
        '            case = replace(case, prefer=prefer, rival=standing.rival(key) if standing else "")\n',
    ),
    _one(
        "a delta without an end stops its calendar",
        "shared/sync/rounds.py",
        "except (LinkExpired, EndlessPaging) as failure:",
        "except LinkExpired as failure:",
    ),
    _one(
        "a silent calendar is not looked at",
        "shared/sync/polls.py",
        "now - seen < (LATELY",
        "seen <= now or now - seen < (LATELY",
    ),
    _one(
        "a person's duplicate is taken for our copy",
        "shared/sync/adoption.py",
        "if any(isinstance(item, Event) and is_copy(item) for item in items):",
        "if not items:",
    ),
    _one(
        "a series is taken for one event",
        "shared/sync/desk.py",
        " or (origin and event.whole_series) else event",
        " else event",
    ),
)

MUTATIONS = (*_PLANNER, *_ORDER, *_LEASE, *_SELF_REPAIR)
