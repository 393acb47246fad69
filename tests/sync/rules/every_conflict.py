"""Every kind of conflict by its causes, each with everything that cures it."""

from shared.domain.conflicts import ConflictKind
from shared.domain.items import ShowAs
from tests.sync.rules.causes import (
    EARLY,
    ELEVEN,
    NINE,
    THREE,
    Cause,
    Scene,
    Step,
    booking_at,
    edit,
    event_at,
    move,
    nothing,
    refuse,
    remove,
    retry,
    retry_with,
    steps,
    told,
)

K = ConflictKind
MOVED_BACK, ELSEWHERE = move("copy", NINE), move("copy", ELEVEN)

OVERLAPS = {
    "an event where a booking is": Cause(
        K.OVERLAP,
        booking_at("Cut"),
        event_at("Team"),
        "timify",
        {
            "event moves": move("Team", ELEVEN),
            "event goes": remove("Team"),
            "event is free": edit("Team", show_as=ShowAs.FREE),
            "event is declined": edit("Team", declined=True),
            "event is cancelled": edit("Team", cancelled=True),
            "booking moves": move("Cut", ELEVEN),
            "booking goes": remove("Cut"),
            "booking goes to somebody else": edit("Cut", resource_ids=("r9",)),
            "booking's copy moves": move("copy", ELEVEN),
            "booking's copy goes": remove("copy"),
        },
    ),
    "an event where an event is": Cause(
        K.OVERLAP,
        event_at("First"),
        event_at("Second"),
        "timify",
        {
            "first moves": move("First", ELEVEN),
            "first goes": remove("First"),
            "first is free": edit("First", show_as=ShowAs.FREE),
            "first's copy moves": move("copy", ELEVEN),
            "first's copy goes": remove("copy"),
            "second moves": move("Second", ELEVEN),
            "second goes": remove("Second"),
            "second is free": edit("Second", show_as=ShowAs.FREE),
            "the way is closed": retry_with(direction="timify_to_outlook"),
        },
    ),
    "a booking where an event is": Cause(
        K.OVERLAP,
        event_at("Team"),
        booking_at("Cut"),
        "outlook",
        {
            "event moves": move("Team", ELEVEN),
            "event goes": remove("Team"),
            "event is free": edit("Team", show_as=ShowAs.FREE),
            "event's copy moves": move("copy", ELEVEN),
            "event's copy goes": remove("copy"),
            "booking moves": move("Cut", ELEVEN),
            "booking goes": remove("Cut"),
            "booking goes to somebody else": edit("Cut", resource_ids=("r9",)),
        },
        settings={"timify_to_outlook__when_busy": "hold"},
    ),
    "an event moved onto a booking": Cause(
        K.OVERLAP,
        steps(event_at("Team"), booking_at("Cut", THREE)),
        move("Team", THREE),
        "timify",
        {
            "event moves back": move("Team", NINE),
            "event moves elsewhere": move("Team", ELEVEN),
            "event goes": remove("Team"),
            "event is free": edit("Team", show_as=ShowAs.FREE),
            "booking moves": move("Cut", ELEVEN),
            "booking goes": remove("Cut"),
        },
    ),
    "a copy moved onto a booking": Cause(
        K.OVERLAP,
        steps(booking_at("Cut"), booking_at("Colour", THREE)),
        move("copy", THREE),
        "timify",
        {
            "copy moves back": MOVED_BACK,
            "copy moves elsewhere": ELSEWHERE,
            "copy goes": remove("copy"),
            "its booking moves": move("Cut", ELEVEN),
            "its booking goes": remove("Cut"),
            "the other booking moves": move("Colour", ELEVEN),
            "the other booking goes": remove("Colour"),
            "the source becomes the law": retry_with(direction="timify_to_outlook"),
        },
    ),
    "a copy moved to where another resource is taken": Cause(
        K.OVERLAP,
        steps(booking_at("Cut", NINE, "r1", "r2"), booking_at("Colour", THREE, "r2")),
        move("copy", THREE),
        "timify",
        {
            "copy moves back": MOVED_BACK,
            "copy moves elsewhere": ELSEWHERE,
            "copy goes": remove("copy"),
            "its booking moves": move("Cut", ELEVEN),
            "its booking goes": remove("Cut"),
            "its booking is no more for both": edit("Cut", resource_ids=("r1",)),
            "room is made, and somebody retries": steps(remove("Colour"), told, retry),
            "the source becomes the law": retry_with(direction="timify_to_outlook"),
        },
        found_by_check={"room is made": remove("Colour"), "the other moves": move("Colour", ELEVEN)},
        resources=("r1", "r2"),
    ),
}

ENFORCED = {"outlook_to_timify__working_times": "enforce"}
LAXER = retry_with(outlook_to_timify__working_times="ignore")
AROUND_THE_CLOCK = tuple((("00:00", "24:00"),) for _ in range(7))


async def longer_hours(scene: Scene) -> None:
    await scene.world.change_connection(working_times=AROUND_THE_CLOCK)
    await scene.retry()


WORKING_TIMES = {
    "an event before work": Cause(
        K.OUTSIDE_WORKING_TIME,
        nothing,
        event_at("Team", EARLY),
        "timify",
        {
            "event moves": move("Team", ELEVEN),
            "event goes": remove("Team"),
            "event is free": edit("Team", show_as=ShowAs.FREE),
            "the setting is laxer": LAXER,
            "the hours are longer": longer_hours,
            "the way is closed": retry_with(direction="timify_to_outlook"),
        },
        found_by_check={
            "the setting is laxer": lambda scene: scene.world.choose(outlook_to_timify__working_times="ignore")
        },
        settings=ENFORCED,
    ),
    "an event moved before work": Cause(
        K.OUTSIDE_WORKING_TIME,
        event_at("Team"),
        move("Team", EARLY),
        "timify",
        {
            "event moves back": move("Team", NINE),
            "event moves elsewhere": move("Team", ELEVEN),
            "event goes": remove("Team"),
            "event is free": edit("Team", show_as=ShowAs.FREE),
            "the copy is moved there by hand": move("copy", EARLY),
            "the setting is laxer": LAXER,
            "the hours are longer": longer_hours,
            "the way is closed": retry_with(direction="timify_to_outlook"),
        },
        settings=ENFORCED,
    ),
    "a booking's copy moved before work": Cause(
        K.OUTSIDE_WORKING_TIME,
        booking_at("Cut"),
        move("copy", EARLY),
        "timify",
        {
            "copy moves back": MOVED_BACK,
            "copy moves elsewhere": ELSEWHERE,
            "copy goes": remove("copy"),
            "booking moves": move("Cut", ELEVEN),
            "booking goes": remove("Cut"),
            "the booking is moved there by hand": move("Cut", EARLY),
            "the setting is laxer": LAXER,
            "the hours are longer": longer_hours,
            "the source becomes the law": retry_with(direction="timify_to_outlook"),
            "the way is closed": retry_with(direction="outlook_to_timify"),
        },
        settings=ENFORCED,
    ),
}


ONE_WAY = ("outlook_to_timify", "timify_to_outlook")


def copy_moved(kind: ConflictKind, before: Step, name: str, untouched: str, **more: Step) -> Cause:
    """Somebody moved the copy of what must not be moved for its sake."""
    law, closed = ONE_WAY if untouched == "outlook" else reversed(ONE_WAY)
    return Cause(
        kind,
        before,
        move("copy", THREE),
        untouched,
        {
            "copy moves back": MOVED_BACK,
            "original moves": move(name, ELEVEN),
            "original moves there too": move(name, THREE),
            "original goes": remove(name),
            "the source becomes the law": retry_with(direction=law),
            "the way is closed": retry_with(direction=closed),
            **{word.replace("_", " "): step for word, step in more.items()},
        },
    )


def copy_deleted(kind: ConflictKind, before: Step, name: str, untouched: str, **more: Step) -> Cause:
    """Somebody deleted the copy of what must not be deleted for its sake."""
    law, closed = ONE_WAY if untouched == "outlook" else reversed(ONE_WAY)
    return Cause(
        kind,
        before,
        remove("copy"),
        untouched,
        {
            "original moves": move(name, ELEVEN),
            "original goes": remove(name),
            "the source becomes the law": retry_with(direction=law),
            "the way is closed": retry_with(direction=closed),
            **{word.replace("_", " "): step for word, step in more.items()},
        },
    )


YOGA = booking_at("Yoga", group=True, max_participants=9)
SERIES = booking_at("Course", days=3)
THEIRS = event_at("Board", organizer=False)
INVITED = event_at("Party", attendees=True)
NOBODY = edit("Party", attendees=False)

PEOPLE = {
    "one occurrence moved": copy_moved(K.SERIES_EDIT, SERIES, "Course", "timify"),
    "one occurrence deleted": copy_deleted(K.SERIES_EDIT, SERIES, "Course", "timify"),
    "a group moved": copy_moved(K.GROUP_BOOKING_EDIT, YOGA, "Yoga", "timify"),
    "a group deleted": copy_deleted(K.GROUP_BOOKING_EDIT, YOGA, "Yoga", "timify"),
    "somebody else's meeting moved": copy_moved(K.NOT_ORGANIZER, THEIRS, "Board", "outlook"),
    "somebody else's meeting deleted": copy_deleted(K.NOT_ORGANIZER, THEIRS, "Board", "outlook"),
    "a meeting with guests moved": copy_moved(
        K.WOULD_NOTIFY_ATTENDEES, INVITED, "Party", "outlook", the_guests_are_taken_off=NOBODY
    ),
    "a meeting with guests deleted": copy_deleted(
        K.WOULD_NOTIFY_ATTENDEES, INVITED, "Party", "outlook", the_guests_are_taken_off=NOBODY
    ),
    "a booking moved whose copy has guests": Cause(
        K.WOULD_NOTIFY_ATTENDEES,
        booking_at("Cut"),
        steps(edit("copy", attendees=True), move("Cut", THREE)),
        "outlook",
        {
            "the guests are taken off": edit("copy", attendees=False),
            "the copy is moved there by hand": move("copy", THREE),
            "the copy goes": remove("copy"),
            "booking moves back": move("Cut", NINE),
        },
    ),
    "a booking deleted whose copy has guests": Cause(
        K.WOULD_NOTIFY_ATTENDEES,
        booking_at("Cut"),
        steps(edit("copy", attendees=True), remove("Cut")),
        "outlook",
        {
            "the guests are taken off": edit("copy", attendees=False),
            "the copy goes": remove("copy"),
        },
    ),
    "a copy deleted where that is asked about": Cause(
        K.COPY_DELETED,
        booking_at("Cut"),
        remove("copy"),
        "timify",
        {
            "booking moves": move("Cut", ELEVEN),
            "booking is renamed": edit("Cut", service="Colour"),
            "booking goes": remove("Cut"),
            "the source becomes the law": retry_with(direction="timify_to_outlook"),
            "the way is closed": retry_with(direction="outlook_to_timify"),
            "the setting says restore": retry_with(timify_to_outlook__deleted_in_outlook="restore_copy"),
        },
        settings={"timify_to_outlook__deleted_in_outlook": "ask"},
    ),
}

REFUSALS = {
    "a copy that TIMIFY refuses": Cause(
        K.REFUSED,
        nothing,
        refuse("timify", "create", event_at("Team")),
        "timify",
        {
            "event moves": move("Team", ELEVEN),
            "event is renamed": edit("Team", title="Crew"),
            "event goes": remove("Team"),
            "event is free": edit("Team", show_as=ShowAs.FREE),
            "somebody retries": retry,
            "the way is closed": retry_with(direction="timify_to_outlook"),
        },
    ),
    "a copy that Outlook refuses": Cause(
        K.REFUSED,
        nothing,
        refuse("outlook", "create", booking_at("Cut")),
        "outlook",
        {
            "booking moves": move("Cut", ELEVEN),
            "booking is renamed": edit("Cut", service="Colour"),
            "booking goes": remove("Cut"),
            "somebody retries": retry,
        },
    ),
    "a change that TIMIFY refuses": Cause(
        K.REFUSED,
        event_at("Team"),
        refuse("timify", "update", move("Team", ELEVEN)),
        "timify",
        {
            "event moves on": move("Team", THREE),
            "event moves back": move("Team", NINE),
            "event goes": remove("Team"),
            "the copy is moved there by hand": move("copy", ELEVEN),
            "somebody retries": retry,
        },
        found_by_check={"the next check": nothing},
    ),
}

CAUSES = OVERLAPS | WORKING_TIMES | PEOPLE | REFUSALS
