"""What the journals tell of how long a change took."""

from typing import cast

import pytest

from dev.actors import Actors
from tests.benchmarks.soak.watching import Watching
from tests.stack.world import Json


class _Journals:
    """Actors whose simulators were asked what a test says."""

    def __init__(self) -> None:
        self.entries: list[Json] = []

    async def take_journals(self) -> tuple[list[Json], list[Json]]:
        taken, self.entries = self.entries, []
        return taken, []

    def add(self, second: int, who: str, method: str, path: str, body: Json, answer: Json, status: int = 200) -> None:
        at = f"2026-03-01T00:00:{second:02}Z"
        entry = {"at": at, "actor": who, "method": method, "path": path, "body": body, "response": answer}
        self.entries.append({**entry, "took_ms": 500, "status": status})


@pytest.fixture
def journals() -> _Journals:
    return _Journals()


@pytest.fixture
def watching(journals: _Journals) -> Watching:
    return Watching(cast(Actors, journals))


EVENT, COPY = "/v1.0/me/events/e1", "/v1/appointments/a1"


def _meet(journals: _Journals) -> None:
    journals.add(1, "person", "POST", "/v1.0/me/events", {"subject": "Meeting 7"}, {"id": "e1"}, 201)


async def test_an_edit_arrives_with_the_next_write_of_the_app_to_its_copy(
    watching: Watching, journals: _Journals
) -> None:
    _meet(journals)
    journals.add(3, "app", "POST", "/v1/appointments", {"title": "Meeting 7"}, {"data": {"id": "a1"}})
    journals.add(10, "person", "PATCH", COPY, {"title": "Retitled by staff 8"}, {"data": {}})
    journals.add(14, "app", "PATCH", EVENT, {"subject": "Retitled by staff 8"}, {}, 503)
    journals.add(15, "app", "PATCH", EVENT, {"subject": "Retitled by staff 8"}, {})
    await watching.look()
    assert [arrival.took for arrival in watching.arrivals] == [2, 5]
    assert watching.failures == {"503": 1}
    assert watching.never_seen == []


async def test_a_copy_whose_creation_got_no_answer_is_known_when_the_app_has_read_it(
    watching: Watching, journals: _Journals
) -> None:
    _meet(journals)
    journals.add(2, "app", "POST", "/v1/appointments", {"title": "Meeting 7"}, {}, 0)
    await watching.look()
    assert len(watching.never_seen) == 1
    journals.add(4, "app", "GET", "/v1/appointments", {}, {"data": [{"id": "a1", "title": "Meeting 7"}]})
    journals.add(6, "person", "DELETE", EVENT, {}, {}, 204)
    journals.add(7, "app", "DELETE", COPY, {}, {}, 404)
    await watching.look()
    assert [arrival.took for arrival in watching.arrivals] == [3, 1]


async def test_what_was_deleted_before_it_was_copied_never_arrives(watching: Watching, journals: _Journals) -> None:
    _meet(journals)
    journals.add(2, "person", "DELETE", EVENT, {}, {}, 204)
    await watching.look()
    assert (watching.arrivals, watching.never_seen, watching.overtaken) == ([], [], 2)
