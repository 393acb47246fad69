"""Rows of links, conflicts and log lines: ids, times, fingerprints and codes, never content."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from azure.data.tables import EdmType

from shared.domain.accounts import LogLine
from shared.domain.conflicts import Conflict, ConflictKind, ConflictState
from shared.domain.items import Side
from shared.domain.links import Face, Link, LinkState
from shared.domain.spans import Span, hull
from shared.storage import keys
from shared.storage.rows import compact, moment, read_moment, read_span, row_of, span_from, span_text
from shared.storage.tables import Row, between, text


def link_to_row(company_id: str, resource_id: str, link: Link) -> Row:
    """`lo` and `hi` are the first and last minute since 1970 at which either side stands: what a query asks for."""
    around = hull(link.spans) or link.source.span
    columns = {
        "origin": link.origin.value,
        "state": link.state.value,
        "source": compact(_face(link.source)),
        "copy": compact(_face(link.copy)) if link.copy else "",
        "base": compact([span_text(span) for span in link.base]) if link.base else "",
        "generation": link.generation,
        "shape": link.shape,
        "anonymous": link.anonymous,
        "busy": link.busy,
        "twin": link.twin,
        "unit": link.unit,
        "reason": link.reason,
        "lo": (_minute(around.start), EdmType.INT64),
        "hi": (_minute(around.end) + 1, EdmType.INT64),
    }
    return row_of(keys.partition(company_id), keys.link_row(resource_id, link.key), columns)


def link_from_row(row: Row) -> Link:
    base = [span_from(value) for value in json.loads(row.get("base", "[]"))]
    return Link(
        key=row["RowKey"].rpartition("!")[2],
        origin=Side(row["origin"]),
        state=LinkState(row["state"]),
        source=_read_face(row["source"]),
        copy=_read_face(row["copy"]) if row.get("copy") else None,
        base=(base[0], base[1]) if base else None,
        generation=row.get("generation", 0),
        shape=row.get("shape", ""),
        anonymous=row.get("anonymous", False),
        busy=row.get("busy", True),
        twin=row.get("twin", False),
        unit=row.get("unit", ""),
        reason=row.get("reason", ""),
    )


COMPARISONS = 12
"""Azure takes fifteen in one filter, three of which name partition and range."""


def wanted(
    company_id: str, resource_id: str, link_keys: Sequence[str], units: Sequence[str], span: Span | None
) -> Iterator[str]:
    """Filters that together find the links of these keys and units and those of which either side may touch `span`; to
    be looked at exactly afterwards."""
    partition, prefix = keys.partition(company_id), keys.link_prefix(resource_id)
    terms = [[f"RowKey eq {text(keys.link_row(resource_id, key))}"] for key in link_keys]
    terms += [[f"unit eq {text(unit)}"] for unit in units]
    if span is not None:
        terms.insert(0, [f"lo lt {_minute(span.end) + 1}L", f"hi gt {_minute(span.start)}L"])
    while terms:
        some: list[list[str]] = []
        while terms and sum(map(len, some)) + len(terms[0]) <= COMPARISONS:
            some.append(terms.pop(0))
        alternatives = " or ".join(f"({' and '.join(term)})" for term in some)
        yield between(partition, prefix, f"({alternatives})")


def pointer_row(company_id: str, row_key: str) -> Row:
    return row_of(keys.partition(company_id), row_key, {})


def conflict_to_row(company_id: str, resource_id: str, conflict: Conflict) -> Row:
    columns = {
        "kind": conflict.kind.value,
        "item": conflict.item,
        "other": conflict.other,
        "outlook": span_text(conflict.outlook),
        "timify": span_text(conflict.timify),
        "way": span_text(conflict.way),
        "detail": conflict.detail,
        "keeps": ",".join(conflict.keeps),
        "since": moment(conflict.since),
        "state": conflict.state.value,
    }
    return row_of(keys.partition(company_id), keys.conflict_row(resource_id, conflict.id), columns)


def conflict_from_row(row: Row) -> Conflict:
    return Conflict(
        kind=ConflictKind(row["kind"]),
        item=row["item"],
        other=row.get("other", ""),
        outlook=read_span(row.get("outlook")),
        timify=read_span(row.get("timify")),
        way=read_span(row.get("way")),
        detail=row.get("detail", ""),
        keeps=tuple(Side(side) for side in row.get("keeps", "").split(",") if side),
        since=read_moment(row.get("since")),
        state=ConflictState(row["state"]),
    )


def log_to_row(company_id: str, resource_id: str, line: LogLine) -> Row:
    columns = {
        "at": moment(line.at),
        "cause": line.cause,
        "rule": line.rule,
        "item": line.item,
        "side": line.side,
        "fields": ",".join(line.fields),
        "outcome": line.outcome,
        "detail": line.detail,
        "took_ms": line.took_ms,
        "times": span_text(line.times),
    }
    return row_of(keys.partition(company_id), keys.log_row(resource_id, line.at), columns)


def log_from_row(row: Row) -> LogLine:
    fields = row.get("fields", "")
    return LogLine(
        at=datetime.fromisoformat(row["at"]),
        cause=row.get("cause", ""),
        rule=row.get("rule", ""),
        item=row.get("item", ""),
        side=row.get("side", ""),
        fields=tuple(fields.split(",")) if fields else (),
        outcome=row.get("outcome", ""),
        detail=row.get("detail", ""),
        took_ms=row.get("took_ms", 0),
        times=read_span(row.get("times")),
    )


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)


def _face(face: Face) -> dict[str, Any]:
    return {
        "id": face.id,
        "version": face.version,
        "span": span_text(face.span),
        "all_day": face.all_day,
        "title": face.title,
        "notes": face.notes,
        "organizer": face.organizer,
        "attendees": face.attendees,
        "joint": face.joint,
    }


def _read_face(value: str) -> Face:
    data = json.loads(value)
    return Face(
        id=data["id"],
        version=data.get("version", ""),
        span=span_from(data["span"]),
        all_day=data.get("all_day", False),
        title=data.get("title", ""),
        notes=data.get("notes", ""),
        organizer=data.get("organizer", True),
        attendees=data.get("attendees", False),
        joint=data.get("joint", False),
    )
