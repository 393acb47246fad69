"""The smaller storage doors in memory: invitations, vault and the queue of wakes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from shared.domain.failures import Stale
from shared.storage.invitations import invitation_to_row
from shared.storage.kept import shown
from shared.storage.keys import valid
from shared.sync.keeping import Invitation, Kept
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

    async def kept(self, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
        for token_hash in sorted(self._of(company_id, resource_id)):
            row = invitation_to_row(self._invitations[token_hash])
            yield Kept("invitation", token_hash, shown("invitation", row).columns)

    async def forget(self, company_id: str, resource_id: str = "") -> None:
        for token_hash in self._of(company_id, resource_id):
            del self._invitations[token_hash]

    async def forget_older(self, company_id: str, resource_id: str, before: datetime) -> None:
        for token_hash in self._of(company_id, resource_id):
            if self._invitations[token_hash].expires_at < before:
                del self._invitations[token_hash]

    def _of(self, company_id: str, resource_id: str) -> list[str]:
        every = self._invitations.items()
        mine = {key: each for key, each in every if each.company_id == company_id}
        return [key for key, each in mine.items() if resource_id in ("", each.resource_id)]


class FakeVault:
    """See `shared.sync.keeping.Vault`."""

    def __init__(self) -> None:
        self._caches: dict[tuple[str, str], str] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self.newest = "k1"
        self.trouble: Trouble = give_way

    async def load(self, company_id: str, resource_id: str) -> str | None:
        return self._caches.get((company_id, resource_id))

    @door
    async def save(self, company_id: str, resource_id: str, cache: str) -> None:
        self._caches[valid("company id", company_id), valid("resource id", resource_id)] = cache
        self._keys[company_id, resource_id] = self.newest

    async def exchange(self, company_id: str, resource_id: str, before: str, after: str) -> bool:
        same = self._caches.get((company_id, resource_id)) == before
        if same:
            await self.save(company_id, resource_id, after)
        return same

    @door
    async def reseal(self, company_id: str, resource_id: str) -> bool:
        old = self._keys.get((company_id, resource_id), self.newest) != self.newest
        self._keys[company_id, resource_id] = self.newest
        return old and (company_id, resource_id) in self._caches

    async def destroy(self, company_id: str, resource_id: str) -> None:
        self._caches.pop((company_id, resource_id), None)

    async def holds(self, company_id: str, resource_id: str) -> bool:
        return (company_id, resource_id) in self._caches


class FakeGivenUp:
    """See `shared.sync.ports.GivenUp`. `lying` are the messages, by company and resource."""

    def __init__(self) -> None:
        self.lying: list[tuple[str, str]] = []

    async def forget(self, company_id: str, resource_id: str = "") -> None:
        self.lying = [place for place in self.lying if place[0] != company_id or resource_id not in ("", place[1])]


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
