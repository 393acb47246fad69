"""Domain objects with every field filled, so that a codec that drops one is noticed."""

from datetime import UTC, datetime, timedelta

from shared.domain.accounts import (
    Company,
    Connection,
    LogLine,
    Mailbox,
    PrivacyPolicy,
    Progress,
    RoundState,
    Status,
)
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Reason
from shared.domain.items import Side
from shared.domain.links import Face, Link, LinkState, link_key
from shared.domain.settings import Direction, OutlookToTimify, Settings, Switch
from shared.domain.spans import Span

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def hours(first: float, last: float) -> Span:
    """A span counted in hours from noon."""
    return Span(NOON + timedelta(hours=first), NOON + timedelta(hours=last))


def company(company_id: str) -> Company:
    return Company(
        id=company_id,
        plan="Premium",
        locale="de",
        timezone="Europe/Berlin",
        privacy_policy=PrivacyPolicy(version="3", accepted_by="admin-7", accepted_at=NOON),
        settings=Settings(
            direction=Direction.OUTLOOK_TO_TIMIFY, outlook_to_timify=OutlookToTimify(anonymous=Switch.ON)
        ),
        settings_version=4,
        installed_at=NOON,
        uninstalled_at=NOON + timedelta(days=1),
    )


def connection(company_id: str, resource_id: str) -> Connection:
    return Connection(
        company_id=company_id,
        resource_id=resource_id,
        status=Status.PAUSED,
        reason=Reason.PLAN_NOT_ELIGIBLE,
        overrides={"outlook_to_timify.event_name": "off"},
        mailbox=Mailbox(account="oid.tid", calendar_id="AAMk/AD+x=="),
        earlier=Mailbox(account="earlier.tid", calendar_id="AAMk/old=="),
        timezone="Europe/Berlin",
        working_times=((), (("08:00", "12:00"), ("13:00", "24:00")), (), (), (), (), ()),
        invitation="0f" * 16,
        invited_at=NOON,
        undelivered_at=NOON,
        connected_at=NOON + timedelta(minutes=3),
        joined_at=NOON + timedelta(minutes=2),
        shared=True,
        subscription_id="5522bd62-7c96-4530-85b0-00b916ecdc10",
        subscription_expires=NOON + timedelta(days=6),
        subscription_key="20261123",
        paused_from=Status.CONNECTED,
    )


def state() -> RoundState:
    return RoundState(
        delta_link="https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=R0usmcCM",
        window=hours(-240, 8760),
        covered_until=NOON + timedelta(microseconds=17),
        progress=Progress(
            total=200,
            done=80,
            agree=79,
            differences={"missing": 1},
            losses=3,
            unbraked=True,
            keep=True,
            anew=True,
            writes=7,
            cursor=NOON,
            purpose="import",
            started_at=NOON,
        ),
        lost=2,
        lost_since=NOON,
        closed_until=NOON - timedelta(days=1000),
        open_conflicts=3,
        unmarked=True,
        last_change=NOON,
        checked_at=NOON,
        checked_items=412,
        checked_agree=411,
        checked_differences={"time": 1},
    )


def link(resource_id: str, item: str, span: Span | None = None, copy: str = "", origin: Side = Side.OUTLOOK) -> Link:
    """A link of `item`; with a copy if it is named."""
    span = span or hours(0, 1)
    return Link(
        key=link_key(resource_id, origin, item),
        origin=origin,
        state=LinkState.LINKED if copy else LinkState.INTENDED,
        source=Face(
            id=item,
            version='W/"1"',
            span=span,
            all_day=True,
            title="a1",
            notes="b2",
            organizer=False,
            attendees=True,
            joint=True,
        ),
        copy=Face(id=copy, version="v1", span=span.outwards(), title="c3", notes="d4") if copy else None,
        base=(span, span.outwards()) if copy else None,
        generation=2,
        shape="s1",
        anonymous=True,
        busy=False,
        twin=True,
        unit="",
        reason="",
    )


def conflict(item: str = "k1", other: str = "k2") -> Conflict:
    return Conflict(
        kind=ConflictKind.OVERLAP,
        item=item,
        other=other,
        outlook=hours(0, 1),
        timify=hours(1, 2),
        way=hours(2, 3),
        detail="SLOT_TAKEN",
        keeps=(Side.TIMIFY, Side.OUTLOOK),
        since=NOON,
    )


def line(number: int = 0, at: datetime = NOON) -> LogLine:
    return LogLine(
        at=at,
        cause="notification",
        rule=f"rule-{number}",
        item="k1",
        side="outlook",
        fields=("when", "title"),
        outcome="failed",
        detail="ErrorItemNotFound",
        took_ms=120,
        times=hours(0, 1),
    )
