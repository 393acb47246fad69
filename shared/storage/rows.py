"""Rows of companies, connections and round states: small explicit codecs. Unknown columns are left alone.

Moments are ISO text in UTC, spans `start/end`, nested data is JSON. Empty fields have no column. `v` is the version of
the row's form.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.domain.accounts import Company, Connection, Mailbox, PrivacyPolicy, Progress, RoundState, Status
from shared.domain.failures import Reason
from shared.domain.settings import from_dict, to_dict
from shared.domain.spans import Span
from shared.storage import keys
from shared.storage.tables import Row

VERSION = 1
BRIEF = (
    "PartitionKey",
    "RowKey",
    "resource",
    "status",
    "reason",
    "overrides",
    "invited_at",
    "undelivered_at",
    "connected_at",
    "progress",
    "open_conflicts",
    "last_change",
    "checked_at",
    "checked_items",
    "checked_agree",
    "checked_differences",
)
"""The columns of connections and their round states that an overview shows. The others are most of the bytes."""


def row_of(partition: str, row_key: str, columns: Mapping[str, Any]) -> Row:
    """A row without its empty columns."""
    filled = {name: value for name, value in columns.items() if value not in (None, "")}
    return {"PartitionKey": partition, "RowKey": row_key, "v": VERSION, **filled}


def moment(value: datetime | None) -> str:
    return value.astimezone(UTC).isoformat() if value else ""


def read_moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def span_text(span: Span | None) -> str:
    return f"{moment(span.start)}/{moment(span.end)}" if span else ""


def read_span(value: str | None) -> Span | None:
    return span_from(value) if value else None


def span_from(value: str) -> Span:
    start, _, end = value.partition("/")
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end))


def compact(value: Any) -> str:
    """JSON without spaces; "" for nothing."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if value else ""


def company_to_row(company: Company) -> Row:
    policy = company.privacy_policy
    columns = {
        "plan": company.plan,
        "locale": company.locale,
        "timezone": company.timezone,
        "policy_version": policy.version if policy else "",
        "policy_accepted_by": policy.accepted_by if policy else "",
        "policy_accepted_at": moment(policy.accepted_at) if policy else "",
        "settings": compact(to_dict(company.settings)),
        "settings_version": company.settings_version,
        "installed_at": moment(company.installed_at),
        "uninstalled_at": moment(company.uninstalled_at),
    }
    return row_of(keys.partition(company.id), keys.COMPANY, columns)


def company_from_row(row: Row) -> Company:
    accepted = read_moment(row.get("policy_accepted_at"))
    policy = None
    if accepted:
        policy = PrivacyPolicy(
            version=row.get("policy_version", ""), accepted_by=row.get("policy_accepted_by", ""), accepted_at=accepted
        )
    return Company(
        id=row["PartitionKey"],
        plan=row.get("plan", ""),
        locale=row.get("locale", ""),
        timezone=row.get("timezone", ""),
        privacy_policy=policy,
        settings=from_dict(json.loads(row.get("settings", "{}"))),
        settings_version=row.get("settings_version", 1),
        installed_at=read_moment(row.get("installed_at")),
        uninstalled_at=read_moment(row.get("uninstalled_at")),
        etag=row["etag"],
    )


def connection_to_row(connection: Connection) -> Row:
    mailbox = connection.mailbox
    columns = {
        "resource": connection.resource_id,
        "status": connection.status.value,
        "reason": connection.reason.value if connection.reason else "",
        "overrides": compact(connection.overrides),
        "account": mailbox.account if mailbox else "",
        "calendar_id": mailbox.calendar_id if mailbox else "",
        "earlier_account": connection.earlier.account if connection.earlier else "",
        "earlier_calendar_id": connection.earlier.calendar_id if connection.earlier else "",
        "timezone": connection.timezone,
        "working_times": compact(connection.working_times),
        "invitation": connection.invitation,
        "invited_at": moment(connection.invited_at),
        "undelivered_at": moment(connection.undelivered_at),
        "connected_at": moment(connection.connected_at),
        "joined_at": moment(connection.joined_at),
        "shared": connection.shared,
        "subscription_id": connection.subscription_id,
        "subscription_expires": moment(connection.subscription_expires),
        "subscription_key": connection.subscription_key,
        "paused_from": connection.paused_from.value if connection.paused_from else "",
    }
    return row_of(keys.partition(connection.company_id), keys.connection_row(connection.resource_id), columns)


def connection_from_row(row: Row) -> Connection:
    reason, paused = row.get("reason"), row.get("paused_from")
    return Connection(
        company_id=row["PartitionKey"],
        resource_id=row["resource"],
        status=Status(row["status"]),
        reason=Reason(reason) if reason else None,
        overrides=json.loads(row.get("overrides", "{}")),
        mailbox=_read_mailbox(row, ""),
        earlier=_read_mailbox(row, "earlier_"),
        timezone=row.get("timezone", ""),
        working_times=_working_times(row.get("working_times", "[]")),
        invitation=row.get("invitation", ""),
        invited_at=read_moment(row.get("invited_at")),
        undelivered_at=read_moment(row.get("undelivered_at")),
        connected_at=read_moment(row.get("connected_at")),
        joined_at=read_moment(row.get("joined_at")),
        shared=row.get("shared", False),
        subscription_id=row.get("subscription_id", ""),
        subscription_expires=read_moment(row.get("subscription_expires")),
        subscription_key=row.get("subscription_key", ""),
        paused_from=Status(paused) if paused else None,
        etag=row["etag"],
    )


def _read_mailbox(row: Row, prefix: str) -> Mailbox | None:
    account = row.get(f"{prefix}account")
    return Mailbox(account=account, calendar_id=row.get(f"{prefix}calendar_id", "")) if account else None


def state_columns(state: RoundState) -> dict[str, Any]:
    """What rounds hand on; the lease's columns stand beside them in the same row."""
    progress = state.progress
    return {
        "delta_link": state.delta_link,
        "window": span_text(state.window),
        "covered_until": moment(state.covered_until),
        "progress": compact(_progress(progress)) if progress else "",
        "unmarked": state.unmarked,
        "open_conflicts": state.open_conflicts,
        "lost": state.lost,
        "lost_since": moment(state.lost_since),
        "closed_until": moment(state.closed_until),
        "last_change": moment(state.last_change),
        "checked_at": moment(state.checked_at),
        "checked_items": state.checked_items,
        "checked_agree": state.checked_agree,
        "checked_differences": compact(state.checked_differences),
    }


def state_from_row(row: Row | None) -> RoundState:
    """The round state; a fresh one when there is no row."""
    if row is None:
        return RoundState()
    return RoundState(
        delta_link=row.get("delta_link", ""),
        window=read_span(row.get("window")),
        covered_until=read_moment(row.get("covered_until")),
        progress=_read_progress(row.get("progress")),
        unmarked=row.get("unmarked", False),
        open_conflicts=row.get("open_conflicts", 0),
        lost=row.get("lost", 0),
        lost_since=read_moment(row.get("lost_since")),
        closed_until=read_moment(row.get("closed_until")),
        last_change=read_moment(row.get("last_change")),
        checked_at=read_moment(row.get("checked_at")),
        checked_items=row.get("checked_items", 0),
        checked_agree=row.get("checked_agree", 0),
        checked_differences=json.loads(row.get("checked_differences", "{}")),
    )


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "total": progress.total,
        "done": progress.done,
        "agree": progress.agree,
        "differences": progress.differences,
        "losses": progress.losses,
        "unbraked": progress.unbraked,
        "keep": progress.keep,
        "anew": progress.anew,
        "writes": progress.writes,
        "cursor": moment(progress.cursor),
        "purpose": progress.purpose,
        "started_at": moment(progress.started_at),
    }


def _read_progress(value: str | None) -> Progress | None:
    if not value:
        return None
    data = json.loads(value)
    return Progress(
        total=data.get("total", 0),
        done=data.get("done", 0),
        agree=data.get("agree", 0),
        differences=data.get("differences", {}),
        losses=data.get("losses", 0),
        unbraked=data.get("unbraked", False),
        keep=data.get("keep", False),
        anew=data.get("anew", False),
        writes=data.get("writes", 0),
        cursor=read_moment(data.get("cursor")),
        purpose=data.get("purpose", ""),
        started_at=read_moment(data.get("started_at")),
    )


def _working_times(value: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(tuple((begin, end) for begin, end in day) for day in json.loads(value))
