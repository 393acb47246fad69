"""The smaller storage doors in memory: invitations, vault and the queue of wakes."""

from dataclasses import replace
from itertools import count

from shared.domain.failures import Stale
from shared.storage.keys import valid
from shared.sync.keeping import Invitation
from shared.sync.ports import Wake
from tests.fakes.trouble import Trouble, door, give_way


class FakeInvitations:
    """See `shared.sync.keeping.Invitations`."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._invitations: dict[str, Invitation] = {}

    async def get(self, token_hash: str) -> Invitation | None:
        return self._invitations.get(valid("token hash", token_hash))

    async def save(self, invitation: Invitation) -> Invitation:
        now = self._invitations.get(valid("token hash", invitation.token_hash))
        if (now.etag if now else "") != invitation.etag:
            raise Stale("etag")
        self._invitations[invitation.token_hash] = replace(invitation, etag=f"etag-{next(self._numbers)}")
        return self._invitations[invitation.token_hash]


class FakeVault:
    """See `shared.sync.keeping.Vault`."""

    def __init__(self) -> None:
        self._caches: dict[tuple[str, str], str] = {}

    async def load(self, company_id: str, resource_id: str) -> str | None:
        return self._caches.get((company_id, resource_id))

    async def save(self, company_id: str, resource_id: str, cache: str) -> None:
        self._caches[valid("company id", company_id), valid("resource id", resource_id)] = cache

    async def destroy(self, company_id: str, resource_id: str) -> None:
        self._caches.pop((company_id, resource_id), None)


class FakeWakes:
    """See `shared.sync.ports.WakeQueue`. `sent` is what was put there, with its delay in seconds."""

    def __init__(self) -> None:
        self.trouble: Trouble = give_way
        self.sent: list[tuple[Wake, float]] = []

    @door
    async def put(self, wake: Wake, delay: float = 0) -> None:
        self.sent.append((wake, delay))

    def take(self) -> list[Wake]:
        """Everything sent so far, which is then gone."""
        taken, self.sent = [wake for wake, _ in self.sent], []
        return taken
