"""What the connect pages say: settings in the words of somebody who is asked to agree to them, and good outcomes."""

from dataclasses import dataclass

from shared.domain.items import Side
from shared.domain.settings import OutlookToTimify, PrivateEvents, Settings, TimifyToOutlook, Travel
from shared.words.speech import Speech

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

ADMIN_MESSAGE = (
    "Hello,\n\nI would like to connect my Outlook calendar to TIMIFY, our appointment-booking system. Please "
    "approve the app for our organisation here:\n\n%(address)s\n\nIt asks to read and write the calendars "
    "of people who sign in themselves, and for nothing else of their mailboxes.\n\nThank you"
)
"""What a person may send to the administrator who has to approve the app."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What each side will see of the other; None: nothing travels that way."""

    to_timify: tuple[str, ...] | None
    to_outlook: tuple[str, ...] | None


def sharing(settings: Settings, say: Speech) -> Sharing:
    """What will be shared under these settings, sentence by sentence."""
    return Sharing(
        to_timify=_to_timify(settings.outlook_to_timify, say) if settings.direction.allows(Side.OUTLOOK) else None,
        to_outlook=_to_outlook(settings.timify_to_outlook, say) if settings.direction.allows(Side.TIMIFY) else None,
    )


def _to_timify(settings: OutlookToTimify, say: Speech) -> tuple[str, ...]:
    if settings.anonymous:
        what = [say("Only when you are busy: no titles, no notes.")]
    elif settings.event_name:
        what = [say("Times, titles and notes of your events.")]
    else:
        what = [say("Times and notes of your events; a neutral title instead of your own.")]
    if settings.private_events is PrivateEvents.SKIP:
        what.append(say("Private events are left out."))
    else:
        what.append(say("Of private events only the time, never the title."))
    kinds = {
        say("tentative events"): settings.tentative,
        say("events marked as working elsewhere"): settings.working_elsewhere,
        say("events marked as free"): settings.free,
        say("all-day events"): settings.all_day,
    }
    skipped = [name for name, travel in kinds.items() if travel is Travel.SKIP]
    if skipped:
        what.append(say("Not shared: %(kinds)s.", kinds=say.listed(skipped)))
    return tuple(what)


def _to_outlook(settings: TimifyToOutlook, say: Speech) -> tuple[str, ...]:
    nobody = say("No one is invited to these events, so no one gets e-mail from Outlook.")
    if settings.anonymous:
        return (say("Only the times of your bookings, under a neutral title."), nobody)
    shown = {
        say("the service"): settings.service_name,
        say("the customer's name"): settings.customer_name,
        say("the resource's name"): settings.resource_name,
        say("booking details"): settings.data_fields,
        say("notes"): settings.notes,
    }
    chosen = [name for name, switch in shown.items() if switch]
    if not chosen:
        return (say("The times of your bookings."), nobody)
    return (say("Your bookings with %(what)s.", what=say.listed(chosen)), nobody)
