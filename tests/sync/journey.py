"""The steps of somebody who connects a calendar, as the pages call them."""

from shared.sync.connect import begin_sign_in, complete_sign_in, connect
from tests.fakes.identity import FakeServices

BROWSER = "the-browser-of-pat"


async def sign_in(services: FakeServices, browser: str = BROWSER) -> dict[str, str]:
    """Begin, and what Microsoft sends back."""
    await begin_sign_in(services, services.link(), browser)
    return {"state": services.sign_in.begun[-1], "code": "code"}


async def arrive(services: FakeServices) -> str:
    return await complete_sign_in(services, await sign_in(services), BROWSER)


async def connected(services: FakeServices, calendar: str = "cal-main") -> None:
    await connect(services, await arrive(services), BROWSER, calendar, takeover=True)
