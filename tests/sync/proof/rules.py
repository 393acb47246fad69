"""The rules that machines are put together from: what may happen next."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shared.domain.failures import Failure, Stale, Throttled, Transient
from shared.domain.spans import Span, When
from shared.sync.companies import Installation, change_overrides, install
from shared.sync.disable import disable
from shared.sync.errands import send_errands, send_renewals
from shared.sync.errors import UseCaseError
from shared.sync.ports import Wake
from shared.sync.resolve import actions_of, resolve
from tests.sync.core.world import COMPANY
from tests.sync.proof import choices

if TYPE_CHECKING:
    from tests.sync.proof.machine import Machine as _Machine
else:
    _Machine = object

which = st.integers(0, 3)
"""One of the resources, by number."""


def named(machine: "_Machine", number: int) -> str:
    return machine.resources[number % len(machine.resources)]


def group(machine: "_Machine", number: int) -> tuple[str, ...]:
    """Some of the resources: each alone, all together."""
    groups = [*((name,) for name in machine.resources), machine.resources]
    return groups[number % len(groups)]


class Meetings(_Machine):
    """People in Outlook, and single events."""

    @rule(number=which, when=choices.whens, title=choices.titles, facts=choices.event_facts)
    def add_event(self, number: int, when: When, title: str, facts: dict[str, object]) -> None:
        self.act(partial(self.outlook.add, named(self, number), when, title, facts))

    @rule(number=which, pick=choices.picks, when=choices.whens)
    def move_event(self, number: int, pick: int, when: When) -> None:
        self.act(partial(self.outlook.move, named(self, number), pick, when))

    @rule(number=which, pick=choices.picks, facts=choices.event_edits)
    def edit_event(self, number: int, pick: int, facts: dict[str, object]) -> None:
        self.act(partial(self.outlook.edit, named(self, number), pick, facts))

    @rule(number=which, pick=choices.picks)
    def remove_event(self, number: int, pick: int) -> None:
        self.act(partial(self.outlook.remove, named(self, number), pick))

    @rule(number=which, pick=choices.picks)
    def duplicate_event(self, number: int, pick: int) -> None:
        self.act(partial(self.outlook.duplicate, named(self, number), pick))


class Recurring(_Machine):
    """People in Outlook, and series."""

    @rule(number=which, first=choices.meetings, title=choices.titles)
    def add_series(self, number: int, first: Span, title: str) -> None:
        self.act(partial(self.outlook.add_series, named(self, number), first, title))

    @rule(number=which, pick=choices.picks)
    def repeat_event(self, number: int, pick: int) -> None:
        self.act(partial(self.outlook.repeat, named(self, number), pick))

    @rule(number=which, pick=choices.picks, hours=st.sampled_from([-2, 1, 24]))
    def shift_series(self, number: int, pick: int, hours: int) -> None:
        self.act(partial(self.outlook.shift_series, named(self, number), pick, timedelta(hours=hours)))

    @rule(number=which, pick=choices.picks, title=choices.titles)
    def retitle_series(self, number: int, pick: int, title: str) -> None:
        self.act(partial(self.outlook.retitle_series, named(self, number), pick, title))

    @rule(number=which, pick=choices.picks, keep=st.integers(1, 2))
    def truncate_series(self, number: int, pick: int, keep: int) -> None:
        self.act(partial(self.outlook.truncate_series, named(self, number), pick, keep))

    @rule(number=which, pick=choices.picks)
    def end_repetition(self, number: int, pick: int) -> None:
        self.act(partial(self.outlook.end_repetition, named(self, number), pick))

    @rule(number=which, pick=choices.picks)
    def remove_series(self, number: int, pick: int) -> None:
        self.act(partial(self.outlook.remove_series, named(self, number), pick))


class Bookings(_Machine):
    """People in TIMIFY."""

    @rule(number=which, first=choices.grid_spans, title=choices.titles, facts=choices.booking_facts)
    def book(self, number: int, first: Span, title: str, facts: dict[str, object]) -> None:
        self.act(partial(self.timify.book, group(self, number), first, title, facts))

    @rule(pick=choices.picks, first=choices.grid_spans)
    def move_booking(self, pick: int, first: Span) -> None:
        self.act(partial(self.timify.move, pick, first))

    @rule(pick=choices.picks, minutes=choices.grid_minutes)
    def resize_booking(self, pick: int, minutes: int) -> None:
        self.act(partial(self.timify.resize, pick, minutes))

    @rule(pick=choices.picks, facts=choices.booking_edits)
    def edit_booking(self, pick: int, facts: dict[str, object]) -> None:
        self.act(partial(self.timify.edit, pick, facts))

    @rule(pick=choices.picks)
    def remove_booking(self, pick: int) -> None:
        self.act(partial(self.timify.remove, pick))


class Teams(_Machine):
    """Resources join bookings and leave them."""

    @rule(pick=choices.picks, number=which)
    def assign(self, pick: int, number: int) -> None:
        self.act(partial(self.timify.assign, pick, group(self, number)))


class Deliveries(_Machine):
    """What the queue and the two systems do with messages."""

    @rule()
    def notify(self) -> None:
        self.storm.tell()

    @rule()
    def notify_twice(self) -> None:
        for wake in self.storm.tell():
            self.storm.wakes.push(wake)

    @rule()
    def lose_notifications(self) -> None:
        self.told_all = False
        self.storm.lose_news()

    @precondition(lambda self: len(self.storm.wakes) > 0)
    @rule(pick=choices.picks)
    def deliver(self, pick: int) -> None:
        self.run(self.storm.deliver_any(pick))

    @precondition(lambda self: len(self.storm.wakes) > 0)
    @rule()
    def deliver_the_next(self) -> None:
        self.run(self.storm.deliver())

    @precondition(lambda self: len(self.storm.wakes) > 1)
    @rule(picks=st.tuples(choices.picks, choices.picks), apart=st.booleans(), seed=choices.seeds)
    def deliver_two(self, picks: tuple[int, int], apart: bool, seed: int) -> None:
        self.run(self.storm.deliver_two(picks, apart, seed))

    @rule(minutes=st.sampled_from([1, 30, 600]))
    def wait(self, minutes: int) -> None:
        self.storm.now.pass_by(timedelta(minutes=minutes))

    @rule(doors=choices.doors)
    def act_in_the_middle_of_a_round(self, doors: int) -> None:
        self.doors_until_next_act = doors

    @rule(number=which, job=st.sampled_from(["check", "catch_up", "renew", "resubscribe"]))
    def send_job(self, number: int, job: str) -> None:
        wake = Wake(company_id=COMPANY, resource_id=named(self, number), cause="timer", at=self.storm.now(), job=job)
        self.storm.wakes.push(wake)


class Trouble(_Machine):
    """What goes wrong."""

    @rule(fault=st.sampled_from(choices.faults), moment=st.sampled_from(["before", "after"]), how=st.integers(0, 2))
    def call_fails(self, fault: tuple[str, str], moment: Any, how: int) -> None:
        failures: list[Failure] = [Transient("503"), Throttled("429", 3.0), Transient("timeout")]
        self.storm.fail(*fault, moment, failures[how])

    @rule(call=st.sampled_from(["update", "delete"]))
    def version_is_stale(self, call: str) -> None:
        self.storm.fail("outlook", call, "before", Stale("412"))

    @rule(number=which)
    def delta_links_expire(self, number: int) -> None:
        self.act(self.storm.mailboxes[named(self, number)].expire_links)

    @rule(doors=choices.doors)
    def worker_dies(self, doors: int) -> None:
        self.storm.die(doors)

    @rule(doors=choices.doors, number=which)
    def lease_is_lost(self, doors: int, number: int) -> None:
        self.storm.lose_lease(doors, named(self, number))

    @rule(doors=choices.doors)
    def storage_fails(self, doors: int) -> None:
        self.storm.fail_storage(doors)

    @rule(number=which)
    def access_is_revoked(self, number: int) -> None:
        self.told_all = False
        self.storm.revoke(named(self, number))


class Decisions(_Machine):
    """What administrators and resources decide."""

    @rule(choice=choices.choices)
    def choose(self, choice: dict[str, str]) -> None:
        self.told_all = False
        self.run(self.storm.choose(**{key.replace(".", "__"): value for key, value in choice.items()}))

    @rule(number=which, choice=choices.choices)
    def choose_for_one(self, number: int, choice: dict[str, str]) -> None:
        self.told_all = False
        self.run(change_overrides(self.storm, COMPANY, named(self, number), choice))

    @rule(number=which, pick=choices.picks, action=choices.picks)
    def resolve_conflict(self, number: int, pick: int, action: int) -> None:
        name = named(self, number)
        conflicts = self.run(self.storm.conflicts(name))
        if conflicts:
            conflict = conflicts[pick % len(conflicts)]
            actions = actions_of(conflict)
            self.notes.decision(name, {conflict.item, conflict.other} - {""})
            self.run(resolve(self.storm, COMPANY, conflict.id, actions[action % len(actions)]))

    @rule(plan=st.sampled_from(["basic", "premium"]))
    def change_plan(self, plan: str) -> None:
        self.told_all = False
        self.run(install(self.storm, COMPANY, Installation(plan=plan)))

    @rule(number=which, copies=st.sampled_from(["remove_future", "keep"]))
    def disable(self, number: int, copies: str) -> None:
        self.told_all = False
        self.notes.people.left.add(named(self, number))
        try:
            self.run(disable(self.storm, COMPANY, named(self, number), copies))
        except UseCaseError:
            return

    @rule(number=which)
    def connect_again(self, number: int) -> None:
        self.told_all = False
        self.run(self.storm.connect_one(named(self, number)))


class Misfortunes(_Machine):
    """What no system should go through, and ours survives."""

    @rule(number=which)
    def tables_are_lost(self, number: int) -> None:
        self.told_all = False
        self.notes.people.left.add(named(self, number))
        self.run(self.storm.store.forget_links(COMPANY, named(self, number)))

    @rule(number=which)
    def outlook_is_emptied(self, number: int) -> None:
        self.act(partial(self.outlook.empty, named(self, number)))

    @rule(number=which)
    def timify_is_emptied(self, number: int) -> None:
        self.act(partial(self.timify.empty, named(self, number)))

    @rule(days=st.sampled_from([1, 3, 9, 14]))
    def days_pass(self, days: int) -> None:
        self.told_all = False
        self.storm.now.pass_by(timedelta(days=days))
        self.run(send_renewals(self.storm))
        self.run(send_errands(self.storm))
