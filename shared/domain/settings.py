"""What a company or a resource chose. Every field of the settings tab, with its default."""

from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar

from shared.domain.items import Side


class Direction(StrEnum):
    TWO_WAY = "two_way"
    OUTLOOK_TO_TIMIFY = "outlook_to_timify"
    TIMIFY_TO_OUTLOOK = "timify_to_outlook"

    def allows(self, origin: Side) -> bool:
        """May items of `origin` be written to the other side?"""
        return self is Direction.TWO_WAY or self.value.startswith(origin.value)


class Switch(StrEnum):
    ON = "on"
    OFF = "off"

    def __bool__(self) -> bool:
        return self is Switch.ON


class PrivateEvents(StrEnum):
    ANONYMOUS = "anonymous"
    SKIP = "skip"


class Travel(StrEnum):
    SYNC = "sync"
    SKIP = "skip"


class WorkingTimesRule(StrEnum):
    IGNORE = "ignore"
    ENFORCE = "enforce"


class WhenBusy(StrEnum):
    COPY_AND_FLAG = "copy_and_flag"
    HOLD = "hold"


class DeletedInOutlook(StrEnum):
    CANCEL_BOOKING = "cancel_booking"
    RESTORE_COPY = "restore_copy"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookToTimify:
    """How Outlook events appear in TIMIFY."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    event_name: Switch = Switch.ON
    anonymous: Switch = Switch.OFF
    private_events: PrivateEvents = PrivateEvents.ANONYMOUS
    tentative: Travel = Travel.SYNC
    working_elsewhere: Travel = Travel.SKIP
    free: Travel = Travel.SKIP
    all_day: Travel = Travel.SYNC
    working_times: WorkingTimesRule = WorkingTimesRule.IGNORE


@dataclass(frozen=True, slots=True, kw_only=True)
class TimifyToOutlook:
    """How TIMIFY bookings appear in Outlook."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    service_name: Switch = Switch.ON
    customer_name: Switch = Switch.ON
    resource_name: Switch = Switch.OFF
    data_fields: Switch = Switch.OFF
    notes: Switch = Switch.OFF
    anonymous: Switch = Switch.OFF
    when_busy: WhenBusy = WhenBusy.COPY_AND_FLAG
    deleted_in_outlook: DeletedInOutlook = DeletedInOutlook.CANCEL_BOOKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a company, or the effective settings of a resource. `weekly_digest`: mail of open conflicts."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    direction: Direction = Direction.TWO_WAY
    weekly_digest: Switch = Switch.OFF
    outlook_to_timify: OutlookToTimify = field(default_factory=OutlookToTimify)
    timify_to_outlook: TimifyToOutlook = field(default_factory=TimifyToOutlook)


type Overrides = dict[str, str]
"""A resource's own choices: dotted field name (`outlook_to_timify.event_name`) to value."""


def to_dict(settings: Settings) -> dict[str, Any]:
    """Settings as plain nested data, values as the settings tab names them."""
    return asdict(settings)


def from_dict(data: dict[str, Any]) -> Settings:
    """Settings from plain nested data that was validated before; unknown names are left out, so old rows still read."""
    result: Settings = _build(Settings(), data)
    return result


def effective(company: Settings, overrides: Overrides) -> Settings:
    """The company's settings with a resource's own choices laid over them."""
    nested: dict[str, Any] = {}
    for name, value in overrides.items():
        group, _, leaf = name.rpartition(".")
        target = nested.setdefault(group, {}) if group else nested
        target[leaf] = value
    result: Settings = _build(company, nested)
    return result


def flatten(data: dict[str, Any], prefix: str = "") -> Overrides:
    """Nested settings data as dotted names; what `effective` takes."""
    flat: Overrides = {}
    for name, value in data.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = str(value)
    return flat


def _build(base: Any, data: dict[str, Any]) -> Any:
    changes: dict[str, Any] = {}
    for spec in fields(base):
        if spec.name in data:
            now, new = getattr(base, spec.name), data[spec.name]
            changes[spec.name] = _build(now, new) if is_dataclass(now) else type(now)(new)
    return replace(base, **changes)
