"""Events and bookings that have a canary in every field which holds a text."""

from typing import Any

from tests.stack.canaries import TIMIFY, Flock, outlook
from tests.stack.world import COURSE, CUT, SERVICES, Json, World


def full_event(
    flock: Flock,
    world: World,
    what: str,
    day: int,
    *homes: str,
    person: str = "anna",
    start: str = "09:00",
    guests: bool = True,
    **more: Any,
) -> Json:
    """An event as a person may enter it, from `start` to 10:00. Its own mailbox is home of all; title, body and place
    live in `homes` as well."""
    own = outlook(person)
    return world.event(
        flock.bird(f"title of {what}", own, *homes),
        day,
        start,
        "10:00",
        body={"contentType": "html", "content": _body(flock, what, own, *homes)},
        location={"displayName": flock.bird(f"place of {what}", own, *homes)},
        attendees=[_guest(flock, what, own)] if guests else [],
        categories=[flock.bird(f"category of {what}", own)],
        **more,
    )


def raw_event(
    flock: Flock,
    world: World,
    what: str,
    day: int,
    *homes: str,
    person: str = "anna",
    start: str = "09:00",
    **more: Any,
) -> Json:
    """The same as Exchange holds it, organized by somebody else, with what nobody can enter."""
    own = outlook(person)
    event = full_event(flock, world, what, day, *homes, person=person, start=start)
    further = [event["location"], {"displayName": flock.bird(f"further place of {what}", own)}]
    online = {"joinUrl": f"https://teams.microsoft.com/l/{flock.bird(f'join address of {what}', own)}"}
    organizer = {name: value for name, value in _guest(flock, f"{what} (organizer)", own).items() if name != "type"}
    return event | {
        "locations": further,
        "organizer": organizer,
        "isOrganizer": False,
        "isOnlineMeeting": True,
        "onlineMeeting": online,
        "onlineMeetingUrl": online["joinUrl"],
        "responseStatus": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
        "showAs": "busy",
        "type": "singleInstance",
        **more,
    }


def full_booking(flock: Flock, what: str, *homes: str) -> dict[str, Any]:
    """What a booking says. TIMIFY is home of all; names, notes and data fields live in `homes` as well."""

    def bird(field: str, *also: str) -> str:
        return flock.bird(f"{field} of {what}", TIMIFY, *also)

    customer = {
        "firstName": bird("customer's first name", *homes),
        "lastName": bird("customer's last name", *homes),
        "email": f"{bird('customers address')}@x.example",
        "phone": bird("customer's phone"),
    }
    fields = [{"label": bird("label of a data field", *homes), "value": bird("data field", *homes)}]
    return {"customers": [customer], "customfields": fields, "notes": bird("notes", *homes)}


def full_course(flock: Flock, what: str, *homes: str) -> dict[str, Any]:
    """What a group booking says, and which service it is of."""
    pupil = {"firstName": flock.bird(f"participant of {what}", TIMIFY)}
    more = {"is_course": True, "max_participants": 10, "service": COURSE, "customers": [pupil]}
    return {"title": flock.bird(f"title of {what}", TIMIFY, *homes), **more}


def services(cut: str) -> list[Json]:
    """The company's services, the haircut under another name."""
    return [service | ({"name": cut} if service["id"] == CUT else {}) for service in SERVICES]


def _body(flock: Flock, what: str, own: str, *homes: str) -> str:
    join = flock.bird(f"join block of {what}", own)
    rule, address = "_" * 40, f"https://teams.microsoft.com/l/meetup-join/{join}"
    block = f'<p>{rule}</p><p>Microsoft Teams meeting</p><p><a href="{address}">Join {join}</a></p><p>{rule}</p>'
    return f"<html><body><p>{flock.bird(f'body of {what}', own, *homes)}</p>{block}</body></html>"


def _guest(flock: Flock, what: str, own: str) -> Json:
    address = f"{flock.bird(f'address of somebody at {what}', own)}@x.example"
    name = flock.bird(f"name of somebody at {what}", own)
    return {"emailAddress": {"name": name, "address": address}, "type": "required"}
