"""Every setting in words: what it is called, what each value means, and what it is for. One list for every page."""

from dataclasses import dataclass

from shared.words.speech import Speech

DIRECTION, TO_TIMIFY, TO_OUTLOOK, DIGEST = "direction", "outlook_to_timify", "timify_to_outlook", "weekly_digest"

type Value = tuple[str, str]
"""A value as the settings name it, and in words."""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its dotted name, what it is called, its values (the default first), and a sentence about it."""

    name: str
    label: str
    values: tuple[Value, ...]
    hint: str

    @property
    def switch(self) -> bool:
        """Is it turned on and off?"""
        return {value for value, _ in self.values} == {"on", "off"}


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together; `name` is the group's name in the settings, or that of its one setting."""

    name: str
    title: str
    options: tuple[Option, ...]


def options(say: Speech) -> tuple[Group, ...]:
    """All settings, in the order in which people are asked for them."""
    return (
        Group(DIRECTION, say("Direction"), (_direction(say),)),
        Group(TO_TIMIFY, say("Outlook events in TIMIFY"), _to_timify(say)),
        Group(TO_OUTLOOK, say("TIMIFY bookings in Outlook"), _to_outlook(say)),
        Group(DIGEST, say("E-mails"), (_digest(say),)),
    )


def _direction(say: Speech) -> Option:
    values = (
        ("two_way", say("Both ways")),
        ("outlook_to_timify", say("Only from Outlook to TIMIFY")),
        ("timify_to_outlook", say("Only from TIMIFY to Outlook")),
    )
    return Option("direction", say("Direction"), values, say("Which way changes travel. This works at once."))


def _digest(say: Speech) -> Option:
    values = (("off", say("Off")), ("on", say("On")))
    hint = say("A mail to the resource on Mondays, as long as something waits for a decision.")
    return Option(DIGEST, say("Weekly mail of open conflicts"), values, hint)


def _to_timify(say: Speech) -> tuple[Option, ...]:
    group, on, off = TO_TIMIFY, ("on", say("On")), ("off", say("Off"))
    sync, skip = ("sync", say("Block the time")), ("skip", say("Leave out"))
    return (
        Option(
            f"{group}.event_name",
            say("Title of the event"),
            (on, off),
            say("Off: a neutral title. Notes are still copied."),
        ),
        Option(f"{group}.anonymous", say("Anonymous"), (off, on), say("Only the time travels. No title, no notes.")),
        Option(
            f"{group}.private_events",
            say("Private events"),
            (("anonymous", say("Only their time")), ("skip", say("Leave out"))),
            say("The title of a private event never leaves Outlook."),
        ),
        Option(f"{group}.tentative", say("Tentative events"), (sync, skip), say("Not yet accepted for sure.")),
        Option(
            f"{group}.working_elsewhere", say("Working elsewhere"), (skip, sync), say("At work, but in another place.")
        ),
        Option(f"{group}.free", say("Events shown as free"), (skip, sync), say("Reminders, for example.")),
        Option(f"{group}.all_day", say("All-day events"), (sync, skip), say("Holidays and trips, for example.")),
        Option(
            f"{group}.working_times",
            say("Outside the working times"),
            (("ignore", say("Copy all the same")), ("enforce", say("Ask: it becomes a conflict"))),
            say("What happens to an event outside the resource's working times."),
        ),
    )


def _to_outlook(say: Speech) -> tuple[Option, ...]:
    group, on, off = TO_OUTLOOK, ("on", say("On")), ("off", say("Off"))
    return (
        Option(f"{group}.service_name", say("Name of the service"), (on, off), say("In the title.")),
        Option(f"{group}.customer_name", say("Name of the customer"), (on, off), say("In the title.")),
        Option(f"{group}.resource_name", say("Names of the resources"), (off, on), say("Behind the title.")),
        Option(f"{group}.data_fields", say("Data fields of the customer"), (off, on), say("In the text of the event.")),
        Option(f"{group}.notes", say("Notes of the booking"), (off, on), say("In the text of the event.")),
        Option(f"{group}.anonymous", say("Anonymous"), (off, on), say("Only the time travels. No title, no notes.")),
        Option(
            f"{group}.when_busy",
            say("When Outlook is busy at that time"),
            (("copy_and_flag", say("Show the booking and list a conflict")), ("hold", say("Hold it until it is free"))),
            say("So that nobody misses a customer, a booking is shown all the same."),
        ),
        Option(
            f"{group}.deleted_in_outlook",
            say("When the copy is deleted in Outlook"),
            (
                ("cancel_booking", say("Cancel the booking; TIMIFY tells the customer")),
                ("restore_copy", say("Make the copy again")),
                ("ask", say("Ask: it becomes a conflict")),
            ),
            say("What becomes of the booking in TIMIFY."),
        ),
    )
