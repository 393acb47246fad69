"""The demo must not say that all is well when it is not."""

import io

from dev.actors import Failed
from dev.demo.tale import Tale, expect, must


def told(tale: Tale) -> str:
    assert isinstance(tale.out, io.StringIO)
    return tale.out.getvalue()


def test_a_promise_that_did_not_hold_ends_in_exit_code_1_and_a_sentence() -> None:
    tale = Tale(out=io.StringIO())
    tale.chapter("Conflicts")
    with tale.step("it is held"):
        expect("writes", ["POST"], [])
    with tale.step("it is cured"):
        must(True, "never said")
    assert tale.end() == 1
    assert "Did not hold — Conflicts: it is held. writes: ['POST'] instead of []" in told(tale)
    assert "1 of 2 promises held" in told(tale)


def test_a_step_that_breaks_has_not_held_and_the_tale_goes_on() -> None:
    tale = Tale(out=io.StringIO())
    with tale.step("the list has an item"):
        raise KeyError("items")
    with tale.step("somebody got what was promised"):
        raise Failed("nobody did")
    assert [step.failure for step in tale.steps] == ["KeyError: 'items'", "nobody did"]


def test_a_demo_that_checked_nothing_has_proved_nothing() -> None:
    assert Tale(out=io.StringIO()).end() == 1


def test_all_held_is_exit_code_0_without_colours_where_nobody_watches() -> None:
    tale = Tale(out=io.StringIO())
    with tale.step("two is two"):
        expect("two", 1 + 1, 2)
    assert tale.end() == 0
    assert "\x1b" not in told(tale)
