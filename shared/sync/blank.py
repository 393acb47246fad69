"""A ledger with nothing in it, which keeps nothing: for looking at what is not connected yet."""

from collections.abc import AsyncIterator, Sequence

from shared.domain.accounts import Connection, RoundState
from shared.domain.conflicts import Conflict
from shared.domain.links import Link
from shared.domain.spans import Span
from shared.sync.keeping import Changes


class BlankLedger:
    """See `shared.sync.keeping.Ledger`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.state = RoundState()

    async def link(self, key: str) -> Link | None:
        return None

    async def link_by_id(self, side: str, item_id: str) -> Link | None:
        return None

    async def foresee(self, keys: Sequence[str], units: Sequence[str], span: Span | None = None) -> None:
        """There is nothing to foresee."""

    async def links_of_unit(self, unit: str) -> Sequence[Link]:
        return ()

    async def links_touching(self, span: Span) -> Sequence[Link]:
        return ()

    async def links(self, *, remember: bool = True) -> AsyncIterator[Link]:
        nothing: tuple[Link, ...] = ()
        for link in nothing:
            yield link

    async def conflicts(self) -> Sequence[Conflict]:
        return ()

    async def commit(self, changes: Changes) -> None:
        """Keep nothing."""

    async def close(self, state: RoundState, changes: Changes | None = None) -> None:
        """Keep nothing."""
