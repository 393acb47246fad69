"""What the simulator holds: companies with resources, services, customers, appointments, timeshifts: raw objects."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dev.timify.errors import NotFound
from dev.timify.times import iso, read_iso

type Json = dict[str, Any]

OPTIONS = ("refuse_overlaps", "refuse_outside_working_times")
KINDS = ("resources", "services", "customers", "timeshifts", "appointments")


def new_id() -> str:
    """An id as TIMIFY gives them: 24 hexadecimal digits."""
    return secrets.token_hex(12)


def by_id(items: Iterable[Json]) -> dict[str, Json]:
    """The objects by their id."""
    return {item["id"]: item for item in items}


@dataclass
class Company:
    """One TIMIFY account. `facts` are its plain fields: name, plan, timezone, locale and the options."""

    id: str
    facts: Json
    resources: dict[str, Json] = field(default_factory=dict)
    services: dict[str, Json] = field(default_factory=dict)
    customers: dict[str, Json] = field(default_factory=dict)
    timeshifts: dict[str, Json] = field(default_factory=dict)
    appointments: dict[str, Json] = field(default_factory=dict)
    _intervals: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict, repr=False)
    _chains: dict[str, set[str]] = field(default_factory=dict, repr=False)
    _reservations: set[str] = field(default_factory=set, repr=False)

    @property
    def timezone(self) -> str:
        """The company's IANA time zone."""
        return str(self.facts["timezone"])

    def option(self, name: str) -> bool:
        """Is this option of the account (see `OPTIONS`) switched on?"""
        return bool(self.facts.get(name))

    def find(self, kind: str, key: object, *, external: bool = False) -> Json:
        """The object of this kind (a plural, e.g. "resources") by id or external id; raises NotFound."""
        held: dict[str, Json] = getattr(self, kind)
        if not isinstance(key, str):
            found = None
        elif not external:
            found = held.get(key)
        else:
            found = next((item for item in held.values() if item.get("externalId") == key), None)
        if found is None:
            raise NotFound(f"{kind[:-1].capitalize()} not found")
        return found

    def put(self, appointment: Json) -> None:
        """Add or replace an appointment."""
        self.remove(appointment["id"])
        key = appointment["id"]
        self.appointments[key] = appointment
        self._intervals[key] = [
            (read_iso(booking["interval"]["begin"]), read_iso(booking["interval"]["end"]))
            for booking in appointment["bookings"]
        ]
        if appointment.get("chainId"):
            self._chains.setdefault(appointment["chainId"], set()).add(key)
        if appointment.get("reservedUntil"):
            self._reservations.add(key)

    def remove(self, key: str) -> None:
        """Take an appointment away, if it is there."""
        appointment = self.appointments.pop(key, None)
        if appointment is None:
            return
        del self._intervals[key]
        self._reservations.discard(key)
        self._chains.get(appointment.get("chainId") or "", set()).discard(key)

    def touching(self, begin: datetime, end: datetime) -> Iterator[Json]:
        """The appointments of which any booking touches the half-open range."""
        for key, intervals in self._intervals.items():
            if any(starts < end and ends > begin for starts, ends in intervals):
                yield self.appointments[key]

    def chain(self, chain_id: str) -> list[Json]:
        """The appointments of an independent series, in time order."""
        members = (self.appointments[key] for key in self._chains.get(chain_id, ()))
        return sorted(members, key=lambda appointment: str(appointment["startDate"]))

    def drop_expired_reservations(self, now: datetime) -> None:
        """Forget the reservations that nobody confirmed in time."""
        late = [key for key in self._reservations if read_iso(self.appointments[key]["reservedUntil"]) <= now]
        for key in late:
            self.remove(key)

    def to_json(self) -> Json:
        """The whole company, every property kept."""
        return {"id": self.id, **self.facts, **{kind: list(getattr(self, kind).values()) for kind in KINDS}}


class Store:
    """All companies, and the time stamps of changes."""

    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self._last_stamp = 0

    def company(self, key: str) -> Company:
        """The company of this id; raises NotFound."""
        found = self.companies.get(key)
        if found is None:
            raise NotFound("Company not found")
        return found

    def stamp(self, now: datetime) -> Json:
        """`updatedAt` and `timestamp` of a change; the timestamp (epoch ms, a string) grows with every change."""
        self._last_stamp = max(self._last_stamp + 1, int(now.timestamp() * 1000))
        return {"updatedAt": iso(now), "timestamp": str(self._last_stamp)}

    def to_json(self) -> Json:
        """Everything, for a restart."""
        return {
            "lastStamp": self._last_stamp,
            "companies": [company.to_json() for company in self.companies.values()],
        }

    def load(self, state: Json) -> None:
        """Take up what `to_json` gave."""
        self._last_stamp = state["lastStamp"]
        for saved in state["companies"]:
            facts = {name: value for name, value in saved.items() if name not in ("id", *KINDS)}
            company = Company(saved["id"], facts)
            for kind in KINDS[:-1]:
                setattr(company, kind, by_id(saved[kind]))
            for appointment in saved["appointments"]:
                company.put(appointment)
            self.companies[company.id] = company
