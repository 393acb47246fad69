"""Mailboxes as test data: put in raw, given back raw, and saved between runs."""

from datetime import date
from typing import Any

from dev.outlook import ids, series
from dev.outlook.errors import Body, Json
from dev.outlook.store import CONSENTS, KINDS, Calendar, Item, Mailbox, Store, item_of

_DEFAULTS: Body = {"timeZone": "UTC", "kind": "exchange_online", "consent": "granted"}


def put_mailbox(store: Store, upn: str, wanted: Body) -> Mailbox:
    """Replace a mailbox. Calendars are matched by id or else by name, events by id, so that delta shows the difference.

    Raises ValueError for what cannot be a mailbox.
    """
    _check(wanted)
    tenant = wanted.get("tenant") or ids.guid("tenant", upn.partition("@")[2] or upn)
    mailbox = store.mailboxes.get(upn.lower())
    if mailbox is None:
        mailbox = Mailbox(upn, str(wanted.get("oid") or ids.guid("user", upn)), tenant, "")
        store.mailboxes[upn.lower()] = mailbox
    given = _DEFAULTS | wanted
    mailbox.tenant, mailbox.name = tenant, given.get("name") or upn.partition("@")[0]
    mailbox.timezone, mailbox.kind, mailbox.consent = given["timeZone"], given["kind"], given["consent"]
    mailbox.transactions.clear()
    _put_calendars(store, mailbox, wanted.get("calendars") or [{"name": "Calendar"}])
    for calendar in mailbox.calendars.values():
        for item in calendar.items.values():
            remember_transaction(mailbox, item)
    return mailbox


def _check(wanted: Json) -> None:
    if not isinstance(wanted, dict):
        raise ValueError("a mailbox is an object")
    if wanted.get("kind", KINDS[0]) not in KINDS or wanted.get("consent", CONSENTS[0]) not in CONSENTS:
        raise ValueError(f"kind is one of {KINDS}, consent one of {CONSENTS}")
    for calendar in wanted.get("calendars") or []:
        if not isinstance(calendar, dict) or not isinstance(calendar.get("name"), str):
            raise ValueError("a calendar is an object with a name")
        if not all(isinstance(event, dict) for event in calendar.get("events") or []):
            raise ValueError("events are objects")


def remember_transaction(mailbox: Mailbox, item: Item) -> None:
    """A transaction id that came with a raw event is taken; nothing can be the same request."""
    transaction = item.raw.get("transactionId")
    if isinstance(transaction, str) and transaction:
        mailbox.transactions.setdefault(transaction, ("", item.id))


def _put_calendars(store: Store, mailbox: Mailbox, wanted: list[Body]) -> None:
    before, after = mailbox.calendars, dict[str, Calendar]()
    by_name = {calendar.raw["name"]: calendar for calendar in before.values()}
    for raw in wanted:
        known = before.get(raw["id"]) if raw.get("id") else by_name.get(raw["name"])
        if known is None or known.id in after:
            known = Calendar(raw.get("id") or ids.new_calendar(), {}, mailbox)
        known.raw = {name: value for name, value in raw.items() if name != "events"} | {"id": known.id}
        after[known.id] = known
    if after and not any(calendar.is_default for calendar in after.values()):
        first = next(iter(after.values()))
        first.raw["isDefaultCalendar"] = True
    mailbox.calendars = after
    for calendar, raw in zip(after.values(), wanted, strict=True):
        _put_events(store, calendar, raw.get("events") or [])


def _put_events(store: Store, calendar: Calendar, events: list[Body]) -> None:
    fresh = {item.id: item for item in map(item_of, events)}
    for old in [item for item in calendar.items.values() if item.id not in fresh]:
        calendar.remove(old)
        store.changed(calendar, old.id, "deleted")
    for item in sorted(fresh.values(), key=lambda item: item.master_id is not None):  # masters first
        known = calendar.items.get(item.id)
        if known is not None and known.raw == item.raw:
            continue
        if known is not None:
            item.overrides = known.overrides
        calendar.put(item)
        if item.master_id:
            item.day = series.original_day(calendar, item)
            calendar.link(item)
        store.changed(calendar, item.id, "updated" if known else "created")


def dump_mailbox(mailbox: Mailbox) -> Body:
    """A mailbox as it can be put in again, every property kept."""
    return {
        "upn": mailbox.upn,
        "oid": mailbox.oid,
        "tenant": mailbox.tenant,
        "name": mailbox.name,
        "timeZone": mailbox.timezone,
        "kind": mailbox.kind,
        "consent": mailbox.consent,
        "calendars": [
            calendar.raw | {"canEdit": calendar.can_edit, "events": [item.raw for item in calendar.items.values()]}
            for calendar in mailbox.calendars.values()
        ],
    }


def snapshot(mailbox: Mailbox) -> Body:
    """Everything of a mailbox, positions in the change log included, so that delta links survive a restart."""
    return dump_mailbox(mailbox) | {
        "seq": mailbox.seq,
        "transactions": mailbox.transactions,
        "calendars": [
            {
                "raw": calendar.raw,
                "items": [
                    {
                        "id": item.id,
                        "raw": item.raw,
                        "etag": item.etag,
                        "seq": item.seq,
                        "day": item.day.isoformat() if item.day else None,
                    }
                    for item in calendar.items.values()
                ],
                "tombstones": calendar.tombstones,
                "generations": calendar.generations,
            }
            for calendar in mailbox.calendars.values()
        ],
    }


def restore(store: Store, state: dict[str, Any]) -> None:
    """Take up what `snapshot` gave."""
    mailbox = Mailbox(state["upn"], state["oid"], state["tenant"], state["name"])
    mailbox.timezone, mailbox.kind, mailbox.consent = state["timeZone"], state["kind"], state["consent"]
    mailbox.seq = state["seq"]
    mailbox.transactions = {name: (print_, item) for name, (print_, item) in state["transactions"].items()}
    store.mailboxes[mailbox.upn.lower()] = mailbox
    for saved in state["calendars"]:
        calendar = Calendar(saved["raw"]["id"], saved["raw"], mailbox)
        calendar.tombstones, calendar.generations = saved["tombstones"], saved["generations"]
        mailbox.calendars[calendar.id] = calendar
        for entry in saved["items"]:
            item = item_of(entry["raw"])
            item.id, item.etag, item.seq = entry["id"], entry["etag"], entry["seq"]
            calendar.items[item.id] = item
        for entry in saved["items"]:
            item = calendar.items[entry["id"]]
            if item.master_id:
                item.day = date.fromisoformat(entry["day"]) if entry["day"] else None
                calendar.link(item)
