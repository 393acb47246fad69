"""Everything between a use case and the carrier, in memory."""

from collections.abc import Awaitable, Callable

from functions.email_worker import send
from shared.domain.accounts import Connection
from shared.email.carriers import Envelope
from shared.email.queue_mail import QueueMail
from tests.fakes.identity import FakeServices
from tests.fakes.mails import FakeCarrier, FakeMails, FakeQueue


class Post(FakeServices):
    """One company whose mails go through a queue, a worker and a carrier."""

    def __init__(self, *, asks: bool = True) -> None:
        super().__init__()
        self.queue = FakeQueue()
        self.letterbox = QueueMail(self.queue, self.sealer)
        self.mails = FakeMails()
        self.carrier = FakeCarrier(asks=asks)

    async def with_company(self, plan: str = "premium", *, accepted: bool = True) -> "Post":
        """Whoever gets a mail has a connection, and be it one that was never made."""
        await super().with_company(plan, accepted=accepted)
        for name in ("r1", "r2"):
            await self.store.save_connection(Connection(company_id="c1", resource_id=name))
        return self

    async def deliver(self, text: str) -> None:
        """One message, as the worker gets it."""
        await send(self, self.mails, self.carrier, self.queue, text.encode())

    async def deliver_all(self) -> None:
        """What waits now; not what is put off meanwhile."""
        for text in self.queue.take():
            await self.deliver(text)

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.mails.rows.values()]


def failing(failure: BaseException, times: int = 1) -> Callable[[Envelope], Awaitable[None]]:
    """Trouble that happens so often, and then no more."""
    left = times

    async def fail(envelope: Envelope) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise failure

    return fail
