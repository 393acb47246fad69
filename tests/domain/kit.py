"""Strategies for everything the domain knows, and short ways to say what examples are about."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared.domain.accounts import WorkingTimes
from shared.domain.cases import GONE, UNREAD, Case, Context, Sight, face_of, new_link
from shared.domain.items import Booking, Event, Item, ShowAs, Side
from shared.domain.links import Face, Link, LinkState
from shared.domain.picture import Picture
from shared.domain.rules import Rule
from shared.domain.settings import Direction, OutlookToTimify, Settings, TimifyToOutlook
from shared.domain.shape import Shape, expected
from shared.domain.spans import Days, Span, When, clamp

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN = Span(NOON, NOON + HOUR)
WINDOW = Span(NOON - timedelta(days=10), NOON + timedelta(days=365))


def meeting(when: When = TEN, **facts: Any) -> Event:
    return Event(**({"id": "event", "version": "1", "when": when, "title": "Team"} | facts))


def appointment(span: Span = TEN, **facts: Any) -> Booking:
    blank: dict[str, Any] = {
        "id": "booking",
        "appointment_id": "booking",
        "version": "1",
        "span": span,
        "service": "Cut",
    }
    return Booking(**(blank | {"resource_ids": ("r1",)} | facts))


zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "Africa/Casablanca",
    ]
).map(ZoneInfo)
near = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
sentinels = st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]).map(clamp)
moments = st.one_of(near, near, near, sentinels)
grid_moments = st.integers(0, 12 * 24 * 40).map(lambda n: datetime(2026, 3, 1, tzinfo=UTC) + n * timedelta(minutes=5))
soon = st.integers(0, 300 * 24 * 12).map(lambda n: datetime(2026, 3, 3, tzinfo=UTC) + n * timedelta(minutes=5))
lengths = st.one_of(st.just(timedelta(0)), st.timedeltas(timedelta(minutes=-9), timedelta(days=3)))
short_spans = st.builds(lambda start, length: Span(start, clamp(start + length)), moments, lengths)
spans = st.one_of(short_spans, short_spans, st.builds(Span, moments, moments))
dates = st.one_of(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.sampled_from([date.min, date.max]))
whens: st.SearchStrategy[When] = st.one_of(spans, st.builds(Days, dates, dates))
texts = st.one_of(
    st.sampled_from(
        ["", " ", "Team", "🧑‍🤝‍🧑 Runde", "שלום עולם", "\u202eevil", "a\x00b\r\nc\t", "x" * 5000, "{}", "\ud800"]
    ),
    st.text(max_size=12),
)
ids = st.sampled_from(["a", "b", "AAMk/x+y==", "5f0@2026-03-03"])
events = st.builds(
    Event,
    id=ids,
    version=st.sampled_from(["1", "2"]),
    when=whens,
    title=texts,
    notes=texts,
    show_as=st.sampled_from(ShowAs),
    private=st.booleans(),
    cancelled=st.booleans(),
    declined=st.booleans(),
    organizer=st.booleans(),
    attendees=st.booleans(),
    series=st.sampled_from([None, "master"]),
)
bookings = st.builds(
    Booking,
    id=ids,
    appointment_id=ids,
    version=st.sampled_from(["1", "2"]),
    span=spans,
    before=st.sampled_from([0, 10]),
    split=st.booleans(),
    title=texts,
    notes=texts,
    service=texts,
    customers=st.lists(texts, max_size=2).map(tuple),
    resource_ids=st.sampled_from([(), ("r1",), ("r1", "r2")]),
    resource_names=st.lists(texts, max_size=2).map(tuple),
    data_fields=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    group=st.booleans(),
    connected=st.booleans(),
    reserved=st.booleans(),
)
travelling = st.one_of(
    st.builds(
        meeting,
        st.builds(lambda at, minutes: Span(at, at + timedelta(minutes=minutes)), soon, st.integers(1, 3000)),
        title=texts,
        notes=texts,
        private=st.booleans(),
        organizer=st.booleans(),
        attendees=st.booleans(),
    ),
    st.builds(
        appointment,
        st.builds(lambda at, steps: Span(at, at + steps * timedelta(minutes=5)), soon, st.integers(1, 300)),
        title=texts,
        notes=texts,
        service=texts,
        group=st.booleans(),
        connected=st.booleans(),
    ),
)
items: st.SearchStrategy[Item] = st.one_of(events, bookings)


def _choices(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{f.name: st.sampled_from(type(getattr(kind(), f.name))) for f in fields(kind)})


outward = _choices(OutlookToTimify)
inward = _choices(TimifyToOutlook)
settings = st.builds(
    Settings, direction=st.sampled_from(Direction), outlook_to_timify=outward, timify_to_outlook=inward
)
shapes = st.one_of(
    st.just(""),
    st.builds(lambda part: Shape(part).encode(), st.one_of(outward, inward)),
    st.sampled_from(["nonsense", "event_name=on&locale=de"]),
)
working_times: st.SearchStrategy[WorkingTimes] = st.sampled_from(
    [(), ((),) * 7, ((("09:00", "17:00"),),) * 7, ((("00:00", "24:00"),),) * 7]
)
contexts = st.builds(
    Context,
    resource_id=st.just("r1"),
    settings=settings,
    zone=zones,
    window=st.just(WINDOW),
    now=near,
    locale=st.sampled_from(["en", "de-AT", "xx", ""]),
    working_times=working_times,
    keep=st.booleans(),
)
prints = st.sampled_from(["", "aa", "bb"])
faces = st.builds(
    Face,
    id=ids,
    version=st.sampled_from(["", "1", "2"]),
    span=spans,
    all_day=st.booleans(),
    title=prints,
    notes=prints,
    organizer=st.booleans(),
    attendees=st.booleans(),
    joint=st.booleans(),
)
reasons = st.one_of(st.just(""), st.sampled_from([str(rule) for rule in Rule]), st.just("unheard of"))
links = st.builds(
    Link,
    key=st.sampled_from(["k1", "k2", "k3"]),
    origin=st.sampled_from(Side),
    state=st.sampled_from(LinkState),
    source=faces,
    copy=st.none() | faces,
    base=st.none() | st.tuples(spans, spans),
    generation=st.integers(0, 3),
    shape=shapes,
    anonymous=st.booleans(),
    busy=st.booleans(),
    twin=st.booleans(),
    reason=reasons,
)
pictures = st.lists(links, max_size=4).map(Picture)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any combination of a link and what is seen of both sides, also ones that make no sense."""
    link = draw(links)
    kinds: dict[Side, st.SearchStrategy[Item]] = {Side.OUTLOOK: events, Side.TIMIFY: bookings}
    absent = st.sampled_from([UNREAD, GONE])
    origin: Sight = draw(st.one_of(absent, kinds[link.origin]))
    copy: Sight = draw(st.one_of(absent, kinds[link.origin.other]))
    return Case(
        link=link,
        origin=origin,
        copy=copy,
        prefer=draw(st.none() | st.sampled_from(Side)),
        rival=draw(st.sampled_from(["", "k1", "k2"])),
        again=draw(st.booleans()),
        others_free=draw(st.none() | st.booleans()),
        twin=draw(st.booleans()),
    )


# -- examples


def context(direction: str = "two_way", zone: ZoneInfo = BERLIN, **rest: Any) -> Context:
    """The context of an example; `outward` and `inward` set fields of both parts of the settings."""
    chosen = Settings(
        direction=Direction(direction),
        outlook_to_timify=rest.pop("outward", OutlookToTimify()),
        timify_to_outlook=rest.pop("inward", TimifyToOutlook()),
    )
    return Context(resource_id="r1", settings=chosen, zone=zone, window=WINDOW, now=NOON - HOUR, **rest)


def copy_of(ctx: Context, origin: Item) -> Item:
    """The copy as it is right after it was made."""
    draft = expected(origin, ctx.shape(new_link(ctx, origin)), ctx.zone)
    assert isinstance(draft.when, Span)
    if isinstance(origin, Event):
        return Booking(
            id="copy", appointment_id="copy", version="1", span=draft.when, title=draft.title, notes=draft.notes
        )
    return Event(id="copy", version="1", when=draft.when, title=draft.title, notes=draft.notes)


def linked(ctx: Context, origin: Item) -> Link:
    """The link of an item whose copy was just made, both in agreement."""
    link = new_link(ctx, origin)
    shape = ctx.shape(link).encode()
    return replace(link, state=LinkState.LINKED, copy=face_of(copy_of(ctx, origin), link.key, ctx.zone), shape=shape)
