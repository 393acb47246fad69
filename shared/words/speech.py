"""One language: its words from a gettext catalogue, its dates, numbers and lists.

English texts are the message ids. Another language is one more file `catalogs/{language}.po`; `make words` brings it up
to date. Import it where a page or an e-mail is made: Babel is slow to load.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

SOURCE = "en"
"""The language of the message ids."""
CATALOGS = Path(__file__).parent / "catalogs"
_REGION = {SOURCE: "en_GB"}
"""Days before months: TIMIFY's customers are Europeans first."""

type Moment = datetime


class Speech:
    """Speaks one language, and tells times as the clocks of `zone` show them."""

    def __init__(self, language: str, zone: tzinfo = UTC) -> None:
        self.language = language
        self.zone = zone
        self.translations = _translations(language)
        self._locale = Locale.parse(_REGION.get(language, language))

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language; `%(name)s` in it stands for a value."""
        said = self.translations.gettext(text)
        return said % values if values else said

    def plural(self, one: str, many: str, number: int, **values: object) -> str:
        """The form that belongs to `number`, which both forms name `%(number)s`."""
        said = self.translations.ngettext(one, many, number)
        return said % ({"number": self.number(number)} | values)

    def day(self, day: date) -> str:
        """26 November 2026. A moment is the day of the zone."""
        local = day.astimezone(self.zone) if isinstance(day, datetime) else day
        return format_date(local, "long", locale=self._locale)

    def clock(self, moment: Moment) -> str:
        """14:05, or 2:05 pm where people say so."""
        return format_time(moment, "short", tzinfo=self.zone, locale=self._locale)

    def weekday(self, moment: Moment, now: Moment | None = None) -> str:
        """Thu 26 Nov; with its year where that is another than `now`'s."""
        year = now is not None and moment.astimezone(self.zone).year != now.astimezone(self.zone).year
        return format_skeleton("yMMMEd" if year else "MMMEd", moment, tzinfo=self.zone, locale=self._locale)

    def moment(self, moment: Moment, now: Moment | None = None) -> str:
        """Thu 26 Nov, 14:05; with its year where that is another than `now`'s."""
        return f"{self.weekday(moment, now)}, {self.clock(moment)}"

    def span(self, start: Moment, end: Moment, now: Moment | None = None) -> str:
        """Thu 26 Nov, 14:05–15:00; both days where they differ, the year where it is another than `now`'s."""
        same = start.astimezone(self.zone).date() == end.astimezone(self.zone).date()
        return f"{self.moment(start, now)}–{self.clock(end) if same else self.moment(end, now)}"

    def ago(self, then: Moment, now: Moment) -> str:
        """5 minutes ago; in 2 hours when `then` is yet to come."""
        return format_timedelta(then - now, add_direction=True, locale=self._locale)

    def lasting(self, time: timedelta) -> str:
        """2 hours."""
        return format_timedelta(time, locale=self._locale)

    def number(self, number: float) -> str:
        return format_decimal(number, locale=self._locale)

    def listed(self, names: Sequence[str]) -> str:
        """a, b and c."""
        return format_list(list(names), locale=self._locale)


type Say = Callable[[str], str]


def speech(language: str, timezone: str = "UTC") -> Speech:
    """`language` may be any locale (`de-AT`); one that we do not speak becomes English, an unknown zone UTC."""
    try:
        zone: tzinfo = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return Speech(language_of(language), zone)


def languages() -> tuple[str, ...]:
    """Every language that we speak, the source first."""
    return (SOURCE, *sorted(file.stem for file in CATALOGS.glob("*.po")))


def language_of(locale: str) -> str:
    """The language of a locale such as `de-AT` or `de_CH`; English when we do not speak it."""
    language = locale.replace("_", "-").partition("-")[0].strip().lower()
    return language if language in languages() else SOURCE


def preferred(accept_language: str, otherwise: str) -> str:
    """The language that a browser likes best of those that we speak (RFC 9110, Accept-Language)."""
    wishes: list[tuple[float, str]] = []
    for part in accept_language[:500].split(","):
        name, _, quality = part.partition(";")
        weight = quality.strip().removeprefix("q=")
        wishes.append((float(weight) if _is_weight(weight) else 1.0, name.strip()))
    for liking, name in sorted(wishes, key=lambda wish: -wish[0]):
        if liking > 0 and name and language_of(name) == name.replace("_", "-").partition("-")[0].lower():
            return language_of(name)
    return language_of(otherwise)


def _is_weight(text: str) -> bool:
    return bool(text) and text.replace(".", "", 1).isdigit() and text.isascii()


@cache
def _translations(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    with (CATALOGS / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
