"""After any history of edits, notifications and faults: once quiet, both calendars agree, or a conflict says why.

Profiles: `ci` is deterministic and short; `HISTORIES=long` looks further, anew each time.
"""

import asyncio
import os
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from shared.domain.failures import Failure, Throttled, Transient
from shared.domain.spans import Span, When
from shared.sync.disable import disable
from shared.sync.ports import Wake
from tests.sync.core import crowd
from tests.sync.core.crowd import Crowd
from tests.sync.core.oracle import complaints
from tests.sync.core.world import COMPANY, Died, World

names = st.sampled_from(["r1", "r1", "r2"])
booked_for = st.sampled_from([("r1",), ("r1",), ("r2",), ("r1", "r2")])
grid_spans = st.builds(
    lambda start, minutes: Span(start, start + timedelta(minutes=minutes)), crowd.on_grid, crowd.grid_minutes
)
faults: list[tuple[str, str]] = [
    *(("outlook", call) for call in ("create", "update", "delete", "delta", "read", "series", "view")),
    *(("timify", call) for call in ("create", "update", "delete", "read", "view", "occupied", "find")),
]
choices = st.sampled_from(
    [
        {"direction": "two_way"},
        {"direction": "outlook_to_timify"},
        {"direction": "timify_to_outlook"},
        {"timify_to_outlook__when_busy": "hold"},
        {"timify_to_outlook__when_busy": "copy_and_flag"},
        {"timify_to_outlook__deleted_in_outlook": "ask"},
        {"timify_to_outlook__deleted_in_outlook": "restore_copy"},
        {"outlook_to_timify__free": "sync"},
        {"outlook_to_timify__anonymous": "on"},
        {"outlook_to_timify__private_events": "skip"},
        {"timify_to_outlook__anonymous": "on"},
    ]
)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World("r1", "r2")
        self.crowd = Crowd(self.world)
        self.connected = False

    def run(self, something: Any) -> Any:
        return self.runner.run(something)

    def teardown(self) -> None:
        try:
            if self.connected:
                self.come_to_rest()
        finally:
            self.runner.close()

    @initialize(
        events=st.lists(st.tuples(names, crowd.whens, crowd.titles, crowd.event_facts), max_size=3),
        bookings=st.lists(st.tuples(booked_for, grid_spans, crowd.titles, crowd.booking_facts), max_size=3),
    )
    def connect(self, events: list[Any], bookings: list[Any]) -> None:
        for event in events:
            self.crowd.add_event(*event)
        for booking in bookings:
            self.crowd.book(*booking)
        self.run(self.world.connect())
        self.connected = True

    # -- people in Outlook

    @rule(name=names, when=crowd.whens, title=crowd.titles, facts=crowd.event_facts)
    def add_event(self, name: str, when: When, title: str, facts: dict[str, object]) -> None:
        self.crowd.add_event(name, when, title, facts)

    @rule(name=names, first=crowd.meetings, title=crowd.titles)
    def add_series(self, name: str, first: Span, title: str) -> None:
        self.crowd.add_series(name, first, title)

    @rule(name=names, pick=crowd.picks, when=crowd.whens)
    def move_event(self, name: str, pick: int, when: When) -> None:
        event = self.crowd.event(name, pick)
        if event:
            self.crowd.move_event(name, event, when)

    @rule(name=names, pick=crowd.picks, facts=crowd.event_edits)
    def edit_event(self, name: str, pick: int, facts: dict[str, object]) -> None:
        event = self.crowd.event(name, pick)
        if event:
            self.crowd.edit_event(name, event, facts)

    @rule(name=names, pick=crowd.picks)
    def remove_event(self, name: str, pick: int) -> None:
        event = self.crowd.event(name, pick)
        if event:
            self.crowd.remove_event(name, event)

    @rule(name=names, pick=crowd.picks, hours=st.sampled_from([-2, 1, 24]))
    def shift_series(self, name: str, pick: int, hours: int) -> None:
        self.crowd.shift_series(name, pick, timedelta(hours=hours))

    @rule(name=names, pick=crowd.picks)
    def remove_series(self, name: str, pick: int) -> None:
        self.crowd.remove_series(name, pick)

    # -- people in TIMIFY

    @rule(for_whom=booked_for, first=grid_spans, title=crowd.titles, facts=crowd.booking_facts)
    def book(self, for_whom: tuple[str, ...], first: Span, title: str, facts: dict[str, object]) -> None:
        self.crowd.book(for_whom, first, title, facts)

    @rule(pick=crowd.picks, first=grid_spans)
    def move_booking(self, pick: int, first: Span) -> None:
        appointment = self.crowd.appointment(pick)
        if appointment:
            self.crowd.move_booking(appointment, first)

    @rule(pick=crowd.picks, minutes=crowd.grid_minutes)
    def resize_booking(self, pick: int, minutes: int) -> None:
        appointment = self.crowd.appointment(pick)
        if appointment:
            self.crowd.resize_booking(appointment, minutes)

    @rule(pick=crowd.picks, title=crowd.titles)
    def retitle_booking(self, pick: int, title: str) -> None:
        appointment = self.crowd.appointment(pick)
        if appointment:
            self.crowd.retitle_booking(appointment, title)

    @rule(pick=crowd.picks)
    def remove_booking(self, pick: int) -> None:
        appointment = self.crowd.appointment(pick)
        if appointment:
            self.crowd.remove_booking(appointment)

    # -- what the systems do

    @rule()
    def notify(self) -> None:
        self.world.tell()

    @rule()
    def notify_twice(self) -> None:
        for wake in self.world.tell():
            self.world.wakes.push(wake)

    @rule()
    def lose_notifications(self) -> None:
        self.world.lose_news()

    @precondition(lambda self: len(self.world.wakes) > 0)
    @rule()
    def deliver(self) -> None:
        self.run(self.world.deliver())

    @rule(minutes=st.sampled_from([1, 30, 600]))
    def wait(self, minutes: int) -> None:
        self.world.now.pass_by(timedelta(minutes=minutes))

    @rule(name=names)
    def forget_delta_links(self, name: str) -> None:
        self.world.mailboxes[name].expire_links()

    @rule(name=names, job=st.sampled_from(["check", "catch_up", "renew", "resubscribe"]))
    def send_job(self, name: str, job: str) -> None:
        wake = Wake(company_id=COMPANY, resource_id=name, cause="timer", at=self.world.now(), job=job)
        self.world.wakes.push(wake)

    @rule(fault=st.sampled_from(faults), moment=st.sampled_from(["before", "after"]), how=st.integers(0, 3))
    def go_wrong(self, fault: tuple[str, str], moment: Any, how: int) -> None:
        failures: list[Failure | type[Died]] = [Transient("503"), Throttled("429", 3.0), Died, Transient("timeout")]
        self.world.fail(*fault, moment, failures[how])

    @rule(choice=choices)
    def choose(self, choice: dict[str, str]) -> None:
        self.run(self.world.choose(**choice))

    @rule(name=names, copies=st.sampled_from(["remove_future", "keep"]))
    def reconnect(self, name: str, copies: str) -> None:
        self.crowd.people.left.add(name)
        self.run(disable(self.world, COMPANY, name, copies))
        self.run(self.world.drain())
        self.run(self.world.connect_one(name))

    # -- and then it is quiet

    @rule()
    def come_to_rest(self) -> None:
        self.world.faults.clear()
        self.run(self.world.drain())
        self.run(self.world.sweep())
        wrong = self.run(complaints(self.world, self.crowd.people))
        assert not wrong, "\n".join([*wrong, "", *self.run(self.world.story())])
        before, told = self.world.versions(), self.run(self.world.story())
        self.run(self.world.sweep())
        why = "\n".join(self.run(self.world.story())[len(told) :])
        assert self.world.versions() == before, f"a round after rest must write nothing:\n{why}"


Histories.TestCase.settings = (
    settings(max_examples=3000, stateful_step_count=40, deadline=None, print_blob=True)
    if os.environ.get("HISTORIES") == "long"
    else settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
)
TestHistories = Histories.TestCase
