import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.failures import Broken, Failure, Reason
from shared.identity.grants import Grant
from shared.identity.tokens import VaultTokens
from shared.sync.access import CannotUnseal, KeyUnknown
from tests.fakes.identity import FakeClock
from tests.fakes.storage import FakeVault


class Refresher:
    def __init__(self, now: FakeClock) -> None:
        self.now = now
        self.calls = 0
        self.trouble: Failure | None = None

    async def refresh(self, grant: Grant) -> Grant:
        self.calls += 1
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        expires = self.now() + timedelta(hours=1)
        return replace(grant, cache=f"cache {self.calls}", access_token=f"AT-{self.calls}", expires=expires)


class World:
    def __init__(self) -> None:
        self.now = FakeClock()
        self.vault = FakeVault()
        self.refresher = Refresher(self.now)
        self.made = 0
        self.tokens = self.process()

    def process(self) -> VaultTokens:
        def refresher() -> Refresher:
            self.made += 1
            return self.refresher

        return VaultTokens(self.vault, refresher, self.now)

    async def store(self, access: str = "AT-0", account: str = "a.t", minutes: int = 60) -> None:
        expires = self.now() + timedelta(minutes=minutes)
        grant = Grant(account=account, cache="cache 0", access_token=access, expires=expires)
        await self.vault.save("c", "r", grant.to_text())


@pytest.fixture
async def world() -> World:
    world = World()
    await world.store()
    return world


async def test_a_good_token_costs_neither_microsoft_nor_a_second_look_at_the_vault(world: World) -> None:
    assert await world.tokens.access_token("c", "r") == "AT-0"
    await world.vault.destroy("c", "r")
    assert await world.tokens.access_token("c", "r") == "AT-0"
    assert world.made == 0


async def test_a_token_near_its_end_is_renewed_and_kept_for_other_processes(world: World) -> None:
    await world.tokens.access_token("c", "r")
    world.now.pass_by(timedelta(minutes=56))
    assert await world.tokens.access_token("c", "r") == "AT-1"
    assert await world.process().access_token("c", "r") == "AT-1"
    stored = await world.vault.load("c", "r")
    assert stored is not None
    assert Grant.from_text(stored).cache == "cache 1"
    assert world.refresher.calls == 1


async def test_many_calls_at_once_renew_once(world: World) -> None:
    world.now.pass_by(timedelta(hours=2))
    answers = await asyncio.gather(*(world.tokens.access_token("c", "r") for _ in range(5)))
    assert (set(answers), world.refresher.calls) == ({"AT-1"}, 1)


async def test_a_refused_token_is_replaced_although_it_seems_good(world: World) -> None:
    await world.tokens.access_token("c", "r")
    answers = await asyncio.gather(*(world.tokens.access_token("c", "r", force=True) for _ in range(3)))
    assert (set(answers), world.refresher.calls) == ({"AT-1"}, 1)


async def test_a_new_account_never_meets_the_old_ones_token(world: World) -> None:
    await world.tokens.access_token("c", "r", account="a.t")
    await world.store("AT-of-b", account="b.t")
    assert await world.tokens.access_token("c", "r", account="b.t") == "AT-of-b"
    with pytest.raises(Broken):
        await world.tokens.access_token("c", "r", account="a.t")


async def test_what_reconnecting_forgot_is_read_anew(world: World) -> None:
    await world.tokens.access_token("c", "r")
    await world.store("AT-new")
    world.tokens.forget("c", "r")
    assert await world.tokens.access_token("c", "r") == "AT-new"


async def test_a_connection_without_tokens_needs_its_person() -> None:
    with pytest.raises(Broken) as broken:
        await World().tokens.access_token("c", "r")
    assert broken.value.reason is Reason.ACCESS_REVOKED


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(KeyUnknown("k1"), Reason.OUR_CREDENTIALS), (CannotUnseal("k1"), Reason.SIGN_IN_LOST)],
    ids=["forgotten in the settings", "lost"],
)
async def test_a_key_that_was_only_forgotten_disconnects_nobody_and_a_lost_one_asks_to_sign_in(
    trouble: CannotUnseal, reason: Reason
) -> None:
    class Locked(FakeVault):
        async def load(self, company_id: str, resource_id: str) -> str | None:
            raise trouble

    world = World()
    tokens = VaultTokens(Locked(), lambda: world.refresher, world.now)
    with pytest.raises(Broken) as broken:
        await tokens.access_token("c", "r")
    assert broken.value.reason is reason


async def test_a_failed_renewal_leaves_what_is_stored_alone(world: World) -> None:
    before = await world.vault.load("c", "r")
    world.now.pass_by(timedelta(hours=2))
    world.refresher.trouble = Broken(Reason.ACCESS_REVOKED)
    with pytest.raises(Broken):
        await world.tokens.access_token("c", "r")
    assert await world.vault.load("c", "r") == before


class Slow(Refresher):
    """Something happens while Microsoft thinks about the answer."""

    def __init__(self, now: FakeClock, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(now)
        self.meanwhile = meanwhile

    async def refresh(self, grant: Grant) -> Grant:
        if self.calls == 0:
            await self.meanwhile()
        return await super().refresh(grant)


async def test_a_renewal_under_way_does_not_bring_back_tokens_that_were_erased(world: World) -> None:
    async def erase() -> None:
        await world.vault.destroy("c", "r")
        world.tokens.forget("c", "r")

    world.now.pass_by(timedelta(hours=2))
    world.refresher = Slow(world.now, erase)
    for _ in range(2):
        with pytest.raises(Broken) as broken:
            await world.tokens.access_token("c", "r")
        assert broken.value.code == "no_record"
    assert not await world.vault.holds("c", "r")


async def test_a_renewal_under_way_does_not_write_over_a_new_sign_in(world: World) -> None:
    async def sign_in_anew() -> None:
        await world.store("AT-fresh", account="b.t")
        world.tokens.forget("c", "r")

    world.now.pass_by(timedelta(hours=2))
    world.refresher = Slow(world.now, sign_in_anew)
    with pytest.raises(Broken) as broken:
        await world.tokens.access_token("c", "r", account="a.t")
    assert (broken.value.code, broken.value.doubtful) == ("other_account", True)
    assert await world.tokens.access_token("c", "r", account="b.t") == "AT-fresh"
    assert world.refresher.calls == 1


async def test_of_two_processes_that_renew_at_once_the_later_takes_what_the_earlier_stored(world: World) -> None:
    async def other_process() -> None:
        await world.store("AT-other")

    world.now.pass_by(timedelta(hours=2))
    world.refresher = Slow(world.now, other_process)
    assert await world.tokens.access_token("c", "r", force=True) == "AT-other"
    assert await world.tokens.access_token("c", "r") == "AT-other"


async def test_what_is_erased_while_it_is_stored_is_not_answered_from_memory(world: World) -> None:
    async def erase(moment: str) -> None:
        if moment == "after save":
            await world.vault.destroy("c", "r")
            world.tokens.forget("c", "r")

    world.now.pass_by(timedelta(hours=2))
    world.vault.trouble = erase
    await world.tokens.access_token("c", "r")
    with pytest.raises(Broken):
        await world.tokens.access_token("c", "r")


async def test_graphs_client_gets_a_new_token_when_it_says_the_last_was_refused(world: World) -> None:
    token = world.tokens.provider("c", "r", "a.t")
    assert (await token(False), await token(True), await token(False)) == ("AT-0", "AT-1", "AT-1")


def test_a_worker_with_good_tokens_never_imports_msal() -> None:
    script = "import sys, shared.identity.tokens; print(sorted({'msal', 'httpx', 'jinja2'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout.strip() == "[]"
