"""What the scripted tests of the door have in common."""

from datetime import UTC, datetime
from typing import Any

from shared.domain.items import Draft, Side
from shared.domain.links import link_key
from shared.domain.spans import Span
from tests.adapters.outlook.wire import error

WINDOW = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
WHEN = Span(datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-1')}-0"
DRAFT = Draft(when=WHEN, title="Haircut", notes="First visit")
ROOT = "/me/calendars/cal%2F1=="
EVENT: dict[str, Any] = {
    "id": "AAk=",
    "@odata.etag": 'W/"1"',
    "subject": "Haircut",
    "type": "singleInstance",
    "start": {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2026-03-02T10:00:00.0000000", "timeZone": "UTC"},
}
NOT_FOUND = error(404, "ErrorItemNotFound")
