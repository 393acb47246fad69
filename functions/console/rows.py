"""One resource in words, as the overview and its own page show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.console.visit import Visit
from shared.domain.accounts import Status
from shared.domain.catalogue import Explanation, explain
from shared.domain.failures import Reason
from shared.sync.overview import LABELS, ResourceView, expected_end
from shared.words.log_lines import differences_text
from shared.words.options import options
from shared.words.speech import Speech

_TONES = {
    Status.AWAITING_CONFIRMATION: "info",
    Status.IMPORTING: "info",
    Status.CONNECTED: "good",
    Status.RECONNECT_NEEDED: "bad",
    Status.PAUSED: "warn",
    Status.FAILED: "bad",
}
_JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`stamp` names the invitation that the page knows of, so that pressing twice invites once."""

    id: str
    name: str
    email: str
    gone: bool
    status: Status
    label: str
    tone: str
    percent: int
    counted: str
    left: str
    direction: str
    changed: str
    checked: str
    agrees: bool
    conflicts: int
    own: bool
    undelivered: bool
    why: Explanation | None
    invite: str
    stamp: str
    braked: bool
    resumable: bool

    @property
    def importing(self) -> bool:
        return self.status is Status.IMPORTING


def rows(visit: Visit, views: Sequence[ResourceView]) -> list[Row]:
    """The views in words."""
    directions = dict(options(visit.say)[0].options[0].values)
    return [_row(visit, view, directions) for view in views]


def label(status: Status, say: Speech) -> str:
    """A status by itself, as a filter names it: of one who is not invited LABELS has what the button says."""
    if status is Status.NOT_INVITED:
        return say("Not invited")
    return say("Importing") if status is Status.IMPORTING else say(LABELS[status])


def stamp(view: ResourceView) -> str:
    invited = view.connection.invited_at
    return f"{view.resource.id}.{int(invited.timestamp() * 1_000_000) if invited else 0}"


def ago(moment: datetime | None, visit: Visit) -> str:
    """How long ago, "" when never."""
    if moment is None:
        return ""
    now = visit.services.now()
    return visit.say("just now") if now - moment < _JUST_NOW else visit.say.ago(moment, now)


def _row(visit: Visit, view: ResourceView, directions: dict[str, str]) -> Row:
    say, connection, state = visit.say, view.connection, view.state
    importing = view.status is Status.IMPORTING
    paused = view.status is Status.PAUSED
    return Row(
        id=view.resource.id,
        name=view.resource.name or say("No longer in TIMIFY"),
        email=view.resource.email,
        gone=view.gone,
        status=view.status,
        label=say("Importing %(percent)s %%", percent=view.percent) if importing else label(view.status, say),
        tone=_TONES.get(view.status, ""),
        percent=view.percent,
        counted=_counted(view, say),
        left=_left(view, visit) if importing else "",
        direction=directions[connection.effective_settings(visit.company).direction],
        changed=ago(state.last_change, visit),
        checked=_checked(view, visit),
        agrees=not state.checked_differences,
        conflicts=state.open_conflicts,
        own=bool(connection.overrides),
        undelivered=connection.undelivered_at is not None,
        why=explain(connection.reason, say) if connection.reason else None,
        invite=_invite(view, say) if view.invitable else "",
        stamp=stamp(view),
        braked=paused and connection.reason is Reason.MANY_DELETIONS,
        resumable=paused and connection.reason is not Reason.PLAN_NOT_ELIGIBLE,
    )


def _invite(view: ResourceView, say: Speech) -> str:
    """What the button is called that sends a link."""
    if view.status in (Status.NOT_INVITED, Status.DISABLED):
        return say("Invite")
    return say("Send a new link") if view.status is Status.RECONNECT_NEEDED else say("Send again")


def _counted(view: ResourceView, say: Speech) -> str:
    progress = view.state.progress
    if view.status is not Status.IMPORTING or progress is None or not progress.total:
        return ""
    done = min(progress.done, progress.total)
    return say("%(done)s of %(total)s items", done=say.number(done), total=say.number(progress.total))


def _left(view: ResourceView, visit: Visit) -> str:
    """The estimate of an import; "" while there is no telling."""
    now, progress = visit.services.now(), view.state.progress
    end = expected_end(progress, now) if progress else None
    if end is None:
        return ""
    if end - now < _JUST_NOW:
        return visit.say("less than a minute left")
    return visit.say("about %(time)s left", time=visit.say.lasting(end - now))


def _checked(view: ResourceView, visit: Visit) -> str:
    """412 of 412 agree, 3 hours ago."""
    say, state = visit.say, view.state
    if state.checked_at is None:
        return ""
    agree, items = say.number(state.checked_agree), say.number(state.checked_items)
    text = say(
        "%(agree)s of %(items)s items agree, %(ago)s", agree=agree, items=items, ago=ago(state.checked_at, visit)
    )
    found = differences_text(state.checked_differences, say)
    return f"{text} ({found})" if found else text
