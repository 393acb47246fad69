"""The host writes the text and the trace of whatever a function raises into the log: it must hold no content."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import cast

import azure.functions as func
import pytest

from functions import email_worker, sync_worker
from functions.failing import Unforeseen, without_content
from shared.domain.failures import Transient

SECRET = "Lunch with Kim at kim@example.org"

type Trigger = Callable[[func.QueueMessage], Awaitable[None]]


def trigger(builder: object) -> Trigger:
    """The function that Azure calls."""
    return cast(Trigger, builder.build().get_user_function())  # type: ignore[attr-defined]  # azure-functions leaves it untyped


async def raised_by(work: Awaitable[None]) -> str:
    """All that the host gets to see of what was raised."""
    with pytest.raises(Unforeseen) as failed:
        await work
    assert failed.value.__context__ is None
    assert failed.value.__cause__ is None
    return str(failed.value) + "".join(traceback.format_exception(failed.value))


async def broken(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("error", [ValueError(SECRET), KeyError(SECRET), Transient("503")])
async def test_what_goes_wrong_is_told_by_its_class_and_its_place(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = await raised_by(without_content(broken(error)))
    assert type(error).__name__ in told
    assert SECRET not in told + caplog.text
    assert f"Failed: {type(error).__name__} at " in caplog.text
    assert "test_failing.py" in caplog.text


async def test_a_message_that_nobody_understands_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = f'{{"company_id":"c1","cause":"poll","at":"{SECRET}"}}'.encode()
    told = await raised_by(trigger(sync_worker.sync_worker)(func.QueueMessage(body=body)))
    assert "ValueError" in told
    assert SECRET[:20] not in told + caplog.text


async def test_a_mail_that_nobody_can_read_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = await raised_by(trigger(email_worker.email_worker)(func.QueueMessage(body=SECRET.encode())))
    assert "Failed: " in caplog.text
    assert SECRET not in told + caplog.text


async def test_what_ends_the_process_is_let_through() -> None:
    class Ended(BaseException):
        pass

    async def ended() -> None:
        raise Ended

    with pytest.raises(Ended):
        await without_content(ended())
