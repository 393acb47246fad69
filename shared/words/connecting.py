"""What the connect pages say: settings in the words of somebody who is asked to agree to them, and outcomes."""

from dataclasses import dataclass

from shared.domain.items import Side
from shared.domain.settings import OutlookToTimify, PrivateEvents, Settings, TimifyToOutlook, Travel
from shared.words.speech import Speech

type Saying = tuple[str, str, str]
"""Title, sentence, next step."""


@dataclass(frozen=True, slots=True)
class View:
    """What one side shows of the other, and what it does not."""

    seen: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sharing:
    """What each side will see of the other; None: nothing travels that way."""

    to_timify: View | None
    to_outlook: View | None


def sharing(settings: Settings, say: Speech) -> Sharing:
    """What will be shared under these settings, sentence by sentence."""
    return Sharing(
        to_timify=_to_timify(settings.outlook_to_timify, say) if settings.direction.allows(Side.OUTLOOK) else None,
        to_outlook=_to_outlook(settings.timify_to_outlook, say) if settings.direction.allows(Side.TIMIFY) else None,
    )


def _to_timify(settings: OutlookToTimify, say: Speech) -> View:
    if settings.anonymous:
        seen, unseen = [say("Only when you are busy.")], [say("Titles, places, notes, and who takes part.")]
    else:
        seen, unseen = [], [say("Who takes part, and attachments.")]
        if settings.event_name:
            seen.append(say("Times, titles, places and notes of your events."))
        else:
            seen.append(say("Times, places and notes of your events, under a neutral title."))
            unseen.insert(0, say("The titles of your events."))
    if settings.private_events is PrivateEvents.SKIP:
        unseen.append(say("Private events."))
    elif not settings.anonymous:
        seen.append(say("Of private events only the time, never the title."))
    kinds = {
        say("tentative events"): settings.tentative,
        say("events marked as working elsewhere"): settings.working_elsewhere,
        say("events marked as free"): settings.free,
        say("all-day events"): settings.all_day,
    }
    skipped = [name for name, travel in kinds.items() if travel is Travel.SKIP]
    if skipped:
        unseen.append(_sentence(say.listed(skipped)))
    unseen.append(say("Your e-mails, contacts and other calendars."))
    return View(tuple(seen), tuple(unseen))


def _to_outlook(settings: TimifyToOutlook, say: Speech) -> View:
    if settings.anonymous:
        seen = say("Only the times of your bookings, under a neutral title.")
        return View((seen,), (say("Services, customers' names and notes."),))
    shown = {
        say("the service"): settings.service_name,
        say("the customer's name"): settings.customer_name,
        say("the resource's name"): settings.resource_name,
        say("booking details"): settings.data_fields,
        say("notes"): settings.notes,
    }
    chosen = [name for name, switch in shown.items() if switch]
    left = [name for name, switch in shown.items() if not switch]
    if chosen:
        seen = say("Your bookings: %(what)s.", what=say.listed([say("the time"), *chosen]))
    else:
        seen = say("The times of your bookings.")
    return View((seen,), (_sentence(say.listed(left)),) if left else ())


def _sentence(names: str) -> str:
    return f"{names[:1].upper()}{names[1:]}."


def from_now_on(settings: Settings, say: Speech) -> tuple[str, ...]:
    """What a person will notice of a sync that works."""
    lines = []
    if settings.direction.allows(Side.OUTLOOK):
        lines.append(say("An event in your Outlook calendar takes its time in TIMIFY, within seconds."))
    if settings.direction.allows(Side.TIMIFY):
        lines.append(say("A booking in TIMIFY appears in your Outlook calendar, in the category “TIMIFY”."))
        lines.append(say("Nobody gets an e-mail from Outlook because of the sync."))
    return tuple(lines)


def approval(say: Speech, *, approved: bool) -> Saying:
    """For an administrator who was asked to approve the app."""
    if approved:
        return (
            say("The app is approved"),
            say("Everybody in your organisation may use the calendar sync now."),
            say("Whoever was invited can open the link of the invitation again, and connect."),
        )
    return (
        say("The app was not approved"),
        say("Without the approval, nobody in your organisation can connect a calendar. Nothing was changed."),
        say("If that was not what you wanted, open the approval again."),
    )


def admin_message(address: str, say: Speech) -> str:
    """What a person may send to the administrator who has to approve the app."""
    return say(
        "Hello,\n\nI would like to connect my Outlook calendar to TIMIFY, our appointment-booking system. Please "
        "approve the app for our organisation here:\n\n%(address)s\n\nIt asks to read and write the calendars "
        "of people who sign in themselves, and for nothing else of their mailboxes. One approval is enough for "
        "everybody.\n\nThank you",
        address=address,
    )


def ended(say: Speech, copies: str) -> Saying:
    """After a person has ended the sync; `copies` is what was chosen for them, "" when that is not known."""
    what = {
        "remove_future": say("The copies of coming appointments are being removed from both calendars."),
        "keep": say("The copies stay in both calendars, and do not follow each other any more."),
    }
    return (
        say("The sync has ended"),
        what.get(copies, say("Your Outlook calendar is no longer connected to TIMIFY.")),
        say("You need not do anything. To connect again, ask your TIMIFY administrator for an invitation."),
    )


def used_in_vain(say: Speech) -> Saying:
    """For an invitation that was used already, and whose sync does not run."""
    return (
        say("This invitation has been used"),
        say("Each invitation connects a calendar once. The sync that it was for does not run at the moment."),
        say("Use the link in a newer e-mail, or ask your TIMIFY administrator for a new invitation."),
    )


def no_leave_link(say: Speech) -> Saying:
    """For a link to end a sync that is none, or is too old."""
    return (
        say("This link does not work"),
        say("This link does not end anything. It is not complete, or it is too old. Nothing was changed."),
        say("Copy the whole link from the newest e-mail, or ask your TIMIFY administrator to end the sync."),
    )


def too_often(say: Speech) -> Saying:
    """For whoever asks for pages faster than people do."""
    return (
        say("One moment, please"),
        say("This page was asked for very often in a short time. Your link is still good, and nothing was changed."),
        say("Wait a minute, then load the page again."),
    )


def ended_before(say: Speech) -> Saying:
    """For a link to end a sync that has been replaced by another one."""
    return (
        say("This sync was ended already"),
        say("The calendar has been connected anew since, so this link does not end anything any more."),
        say("To end the present sync, use the link in a newer e-mail."),
    )
