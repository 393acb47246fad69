"""The account that somebody signed in with, asked through Graph before it is connected."""

from collections.abc import Sequence

from shared.outlook.account import list_calendars, mailbox_probe
from shared.outlook.client import GraphClient
from shared.sync.ports import Calendar


class GraphAccount:
    """See `shared.sync.access.Account`."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def probe(self) -> None:
        """Is there a mailbox that can be synced? Raises Broken or Transient."""
        await mailbox_probe(self._client)

    async def calendars(self) -> Sequence[Calendar]:
        """All calendars that the account sees, the default one first."""
        return await list_calendars(self._client)
