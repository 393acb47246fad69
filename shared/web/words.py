"""What the connect pages say: settings in the words of somebody who is asked to agree to them, and good outcomes."""

from dataclasses import dataclass

from shared.domain.items import Side
from shared.domain.settings import OutlookToTimify, PrivateEvents, Settings, TimifyToOutlook, Travel

CONNECTED = (
    "Your calendar is connected",
    "The first import is under way: existing bookings and events are being brought together.",
    "You need not wait here. It takes minutes, for very full calendars hours; you get an e-mail when it is done.",
)
"""Title, sentence, next step."""

APPROVED = (
    "The app is approved",
    "The app may be used in the whole organisation.",
    "Everybody who was invited can open their link again.",
)


def admin_message(consent_url: str) -> str:
    """What a person may send to the administrator who has to approve the app."""
    return (
        "Hello,\n\nI would like to connect my Outlook calendar to TIMIFY, our appointment-booking system. Please "
        f"approve the app for our organisation here:\n\n{consent_url}\n\nIt asks to read and write the calendars "
        "of people who sign in themselves, and for nothing else of their mailboxes.\n\nThank you"
    )


@dataclass(frozen=True, slots=True)
class Sharing:
    """What each side will see of the other; None: nothing travels that way."""

    to_timify: tuple[str, ...] | None
    to_outlook: tuple[str, ...] | None


def sharing(settings: Settings) -> Sharing:
    """What will be shared under these settings, sentence by sentence."""
    return Sharing(
        to_timify=_to_timify(settings.outlook_to_timify) if settings.direction.allows(Side.OUTLOOK) else None,
        to_outlook=_to_outlook(settings.timify_to_outlook) if settings.direction.allows(Side.TIMIFY) else None,
    )


def _to_timify(settings: OutlookToTimify) -> tuple[str, ...]:
    if settings.anonymous:
        what = ["Only when you are busy: no titles, no notes."]
    elif settings.event_name:
        what = ["Times, titles and notes of your events."]
    else:
        what = ["Times and notes of your events; a neutral title instead of your own."]
    if settings.private_events is PrivateEvents.SKIP:
        what.append("Private events are left out.")
    else:
        what.append("Of private events only the time, never the title.")
    kinds = {
        "tentative events": settings.tentative,
        "events marked as working elsewhere": settings.working_elsewhere,
        "events marked as free": settings.free,
        "all-day events": settings.all_day,
    }
    skipped = [name for name, travel in kinds.items() if travel is Travel.SKIP]
    if skipped:
        what.append(f"Not shared: {_listed(skipped)}.")
    return tuple(what)


def _to_outlook(settings: TimifyToOutlook) -> tuple[str, ...]:
    if settings.anonymous:
        return ("Only the times of your bookings, under a neutral title.", _NO_ATTENDEES)
    shown = {
        "the service": settings.service_name,
        "the customer's name": settings.customer_name,
        "the resource's name": settings.resource_name,
        "booking details": settings.data_fields,
        "notes": settings.notes,
    }
    chosen = [name for name, switch in shown.items() if switch]
    what = f"Your bookings with {_listed(chosen)}." if chosen else "The times of your bookings."
    return (what, _NO_ATTENDEES)


_NO_ATTENDEES = "No one is invited to these events, so no one gets e-mail from Outlook."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
