"""What random people choose from: times, titles, facts, settings, mishaps."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import strategies as st

from shared.domain.items import ShowAs
from shared.domain.spans import Days, Span, When
from tests.sync.core.passing_time import MONDAY
from tests.sync.proof.notes import SECRET

_AT_ODD_MINUTES = (531, 538, 567, 599, 601, 644, 662, 683, 713, 729, 767, 798)


def _span(day: int, minute: int, minutes: int) -> Span:
    start = MONDAY + timedelta(days=day, minutes=minute)
    return Span(start, start + timedelta(minutes=minutes))


def _one_of[T](every: Sequence[T]) -> st.SearchStrategy[T]:
    """As `sampled_from`, which looks at long lists too closely."""
    return st.integers(0, len(every) - 1).map(every.__getitem__)


# Lists to pick from, one draw each: a history has no time for more.
_GRID_SPANS = [_span(day, 540 + 15 * n, long) for day in range(4) for n in range(17) for long in (15, 30, 60, 90)]
_MEETINGS = [
    _span(day, minute, long)
    for day in range(4)
    for minute in (*range(540, 781, 30), *_AT_ODD_MINUTES)
    for long in (15, 30, 60, 5, 1, 45, 47, 90)
]
_DAYS = [
    Days(date(2026, 3, 2) + timedelta(days=first), date(2026, 3, 2) + timedelta(days=first + long))
    for first in range(5)
    for long in (1, 2)
]
grid_minutes = st.sampled_from([15, 30, 60, 90])
grid_spans = _one_of(_GRID_SPANS)
meetings = _one_of(_MEETINGS)
whens: st.SearchStrategy[When] = _one_of([*_MEETINGS, *(20 * _DAYS)])
titles = st.sampled_from(["Team", "Review", "Lunch 🍜", "  ", "שלום", "a" * 300])
event_facts = st.sampled_from(
    [
        {},
        {},
        {},
        {"show_as": ShowAs.TENTATIVE},
        {"show_as": ShowAs.FREE},
        {"declined": True},
        {"attendees": True},
        {"organizer": False, "attendees": True},
        {"private": True, "title": f"{SECRET} doctor", "notes": SECRET},
    ]
)
event_edits = st.sampled_from(
    [
        {"show_as": ShowAs.FREE},
        {"show_as": ShowAs.BUSY},
        {"declined": True},
        {"attendees": True},
        {"attendees": False},
        {"cancelled": True},
        {"private": True, "title": f"{SECRET} talk"},
        {"notes": "bring the plan"},
        {"title": "Renamed"},
        {"title": "Renamed"},
    ]
)
booking_facts = st.sampled_from(
    [
        {},
        {},
        {"service": "Cut", "customers": ("Mia",)},
        {"group": True, "participants": 3, "max_participants": 10},
        {"days": 3},
        {"pattern": (30, 15, 30)},
        {"before": 10, "after": 5},
        {"reserved": True},
    ]
)
booking_edits = st.sampled_from(
    [
        {"title": "Colour"},
        {"title": "Renamed"},
        {"participants": 4},
        {"participants": 5},
        {"reserved": True},
        {"reserved": False},
        {"notes": "allergic"},
        {"customers": ("Mia", "Ben")},
    ]
)
picks = st.integers(0, 10**4)
doors = st.integers(1, 30)
seeds = st.integers(0, 2**16)
choices = st.sampled_from(
    [
        {"direction": "two_way"},
        {"direction": "outlook_to_timify"},
        {"direction": "timify_to_outlook"},
        {"timify_to_outlook.when_busy": "hold"},
        {"timify_to_outlook.when_busy": "copy_and_flag"},
        {"timify_to_outlook.deleted_in_outlook": "ask"},
        {"timify_to_outlook.deleted_in_outlook": "restore_copy"},
        {"outlook_to_timify.free": "sync"},
        {"outlook_to_timify.anonymous": "on"},
        {"outlook_to_timify.private_events": "skip"},
        {"timify_to_outlook.anonymous": "on"},
    ]
)
faults: list[tuple[str, str]] = [
    *(("outlook", call) for call in ("create", "update", "delete", "delta", "read", "series", "view", "subscribe")),
    *(("timify", call) for call in ("create", "update", "delete", "read", "view", "occupied", "find")),
]
