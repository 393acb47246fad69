"""All that we ever send to Graph. What has no place here cannot be sent."""

from typing import TypedDict

from shared.outlook.times import WallClock


class TextBody(TypedDict):
    contentType: str
    content: str


class ExtendedProperty(TypedDict):
    id: str
    value: str


class EventBody(TypedDict, total=False):
    """All that we ever write to an event. There is no place for attendees, because Exchange would mail them."""

    subject: str
    body: TextBody
    start: WallClock
    end: WallClock
    isAllDay: bool
    showAs: str
    categories: list[str]
    transactionId: str
    singleValueExtendedProperties: list[ExtendedProperty]


class SubscriptionBody(TypedDict, total=False):
    """A subscription to make, or the new end of one."""

    changeType: str
    notificationUrl: str
    lifecycleNotificationUrl: str
    resource: str
    expirationDateTime: str
    clientState: str


type Body = EventBody | SubscriptionBody
