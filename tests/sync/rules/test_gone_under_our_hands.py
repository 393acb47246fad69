"""A copy that was deleted just before we wrote to it: what its origin's person did must not be punished for it."""

import pytest

from tests.sync.rules.pair import ELEVEN, KINDS, THREE, Kind, pair_at_rest


@pytest.mark.parametrize("kind", KINDS)
async def test_an_item_that_was_moved_is_not_deleted_because_its_copy_was_and_the_move_was_heard_of_first(
    kind: Kind,
) -> None:
    pair = await pair_at_rest(kind)
    pair.move("origin", ELEVEN)
    pair.remove("copy")
    await pair.come_to_rest("outlook_first" if kind == "event" else "timify_first")
    assert [when for when, _ in pair.outlook()] == [when for when, _ in pair.timify()] == [ELEVEN]
    assert pair.world.salon.told == []
    assert await pair.rules() == ["restored"]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_log_does_not_say_that_an_item_followed_which_was_gone(kind: Kind) -> None:
    pair = await pair_at_rest(kind)
    pair.move("copy", THREE)
    pair.remove("origin")
    await pair.come_to_rest("timify_first" if kind == "event" else "outlook_first")
    assert (pair.outlook(), pair.timify()) == ([], [])
    assert await pair.rules() == ["origin_deleted"]


async def test_an_event_whose_title_followed_its_copy_stays_when_the_copy_goes_before_it_could_be_moved() -> None:
    pair = await pair_at_rest("event")
    pair.move("origin", ELEVEN)
    pair.write("copy", title="Renamed")

    def just_before(call: str) -> None:
        if call == "update" and pair.world.outlook_calendar.known(pair.origin).title == "Renamed":
            pair.world.watch = lambda call: None
            pair.remove("copy")

    pair.world.watch = just_before
    await pair.come_to_rest("whole_check")
    assert pair.outlook() == pair.timify() == [(ELEVEN, "Renamed")]
