"""The state machine: a company, its people, and a service in bad weather. What it does is in the rules it is made of.

Once it is quiet, both calendars agree or a conflict says why (oracle.py), and a round more writes nothing.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.domain.accounts import Status
from shared.domain.failures import Reason
from shared.sync.companies import Installation, install
from shared.sync.disable import resume
from tests.sync.core.world import COMPANY
from tests.sync.proof import tally
from tests.sync.proof.acts import InOutlook, InTimify
from tests.sync.proof.choices import booking_facts, event_facts, grid_spans, titles, whens
from tests.sync.proof.notes import Notes
from tests.sync.proof.oracle import complaints
from tests.sync.proof.storm import Storm, loop_in_memory

LOOP = loop_in_memory()
WAKING_UP = 4
"""How often people may have to say that the sync shall go on, before it does."""


class Machine(RuleBasedStateMachine):
    """What every history has: a beginning, rests, and an end. `resources` are those of the company."""

    resources: tuple[str, ...] = ("r1",)
    at_first = 3

    def __init__(self) -> None:
        super().__init__()
        self.storm = Storm(*self.resources)
        self.notes = Notes(self.storm)
        self.outlook = InOutlook(self.storm, self.notes)
        self.timify = InTimify(self.storm, self.notes)
        self.doors_until_next_act = 0
        self.told_all = True
        self.began = False
        tally.example(type(self).__name__)

    def run(self, something: Any) -> Any:
        return LOOP.run_until_complete(something)

    def act(self, act: Callable[[], object]) -> None:
        """A person does something: now, or in the middle of a round, which is told at once."""
        doors, self.doors_until_next_act = self.doors_until_next_act, 0

        def at_once() -> None:
            self.storm.observe()
            act()
            self.storm.tell()

        if doors:
            self.storm.meanwhile(doors, at_once)
        else:
            self.storm.observe()
            act()

    def teardown(self) -> None:
        if self.began:
            self.come_to_rest()

    @initialize(data=st.data())
    def connect(self, data: Any) -> None:
        for _ in range(data.draw(st.integers(0, self.at_first))):
            self.outlook.add(self.resources[0], data.draw(whens), data.draw(titles), data.draw(event_facts))
        for number in range(data.draw(st.integers(0, self.at_first))):
            names = self.resources[: 1 + number % 2]
            self.timify.book(names, data.draw(grid_spans), data.draw(titles), data.draw(booking_facts))
        self.run(self.storm.connect())
        self.began = True

    @invariant()
    def nothing_went_wrong_yet(self) -> None:
        tally.step(type(self).__name__)
        assert not self.storm.wrong, "\n".join([*self.storm.wrong, *self.run(self.storm.story())])
        for name, mailbox in self.storm.mailboxes.items():
            assert not mailbox.mailed, f"{name}: attendees got mail"

    # -- and then it is quiet

    @rule()
    def come_to_rest(self) -> None:
        self.storm.calm_down()
        self.run(self.storm.drain())
        if self.told_all:
            self.judge("nothing was lost, and yet without a check")
        self.run(self._wake_up())
        self.run(self.storm.sweep())
        self.run(self._wake_up())
        self.told_all = True
        self.judge("after a check")
        before = self.storm.versions()
        self.run(self.storm.sweep())
        if self.storm.versions() != before:
            raise AssertionError("\n".join(["a round after rest must write nothing", *self.run(self.storm.story())]))

    def judge(self, when: str) -> None:
        wrong = self.run(complaints(self.storm, self.notes.people))
        assert not wrong, "\n".join([when, *wrong, "", *self.run(self.storm.story())])

    async def _wake_up(self) -> None:
        """Whoever was stopped goes on: people upgrade, confirm what the brake asks, and sign in again."""
        for _ in range(WAKING_UP):
            company = await self.storm.store.company(COMPANY)
            if company and not company.eligible:
                await install(self.storm, COMPANY, Installation(plan="premium"))
            asleep = [await self.storm.connection(name) for name in self.resources]
            for connection in asleep:
                if connection.status is Status.PAUSED and connection.reason is Reason.MANY_DELETIONS:
                    await resume(self.storm, COMPANY, connection.resource_id)
                elif connection.status in (Status.RECONNECT_NEEDED, Status.FAILED):
                    await self.storm.connect_one(connection.resource_id)
            await self.storm.drain()
            if not any(connection.status is Status.PAUSED for connection in asleep):
                return
        raise AssertionError("a sync that people let go on stops again and again")
